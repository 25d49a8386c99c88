"""How 06-training is marked: gradients, layer by layer, and the training they make possible."""

import numpy as np

from autograder.declare import Exercise, case, grid, known
from cnnkit.data import load_digits
from cnnkit.measures import KEYS


def distinct(rng, shape):
    """All values different and none 0, some negative, so that every change of order shows."""
    count = int(np.prod(shape))
    return (rng.permutation(count) - count // 3 + 0.5).reshape(shape) / 4


def chances(rng, shape):
    """Rows of probabilities, none of them 0, 1 or equal to another of its row."""
    weights = rng.permuted(np.tile(np.arange(1, shape[1] + 1), (shape[0], 1)), axis=1)
    return weights / weights.sum(axis=1, keepdims=True)


# --- numerical_gradient -----------------------------------------------------------------

numerical_gradient = Exercise(
    "numerical_gradient",
    points=2,
    minutes=10,
    hints=(
        "A gradient has one number for each number in x. To get one of them you need f twice. "
        "What changes between the two calls, and what stays?",
        "For each place: a little more there, call f; a little less there, call f; the "
        "difference divided by the way from less to more. Then put the old value back. "
        "np.ndindex(x.shape) walks through all places.",
        "f is the sum of squares, x = [3, 5], h = 0.1, first place: f([3.1, 5]) = 34.61 and "
        "f([2.9, 5]) = 33.41. The difference is 1.2 and the way 0.2, so the first number is 6.",
    ),
    # Rounded, because differences of nearly equal numbers vary in their last digits.
    expectation=lambda _, value: np.round(value, 6),
)


@numerical_gradient.cases
def numerical_gradient_cases(rng):
    squares, cubes = known("sum_of_squares"), known("sum_of_cubes")
    places, neighbours = known("weighted_sum"), known("neighbour_products")
    yield case("one row", "sum of squares, h = 1/4", squares, grid(rng, (5,), 0.5, 2), 0.25)
    yield case("one row", "neighbours multiplied, h left out", neighbours, distinct(rng, (4,)))
    yield case("one row", "cubes, h left out", cubes, grid(rng, (3,), 0.5, 2))
    yield case("tables and batches", "cubes, a 2×3 table, h = 1/2",
               cubes, grid(rng, (2, 3), 0.5, 2), h=0.5)
    yield case("tables and batches", "neighbours, 3×2×2, h = 1/4",
               neighbours, distinct(rng, (3, 2, 2)), 0.25)
    yield case("negative values", "cubes, h = 1/2", cubes, grid(rng, (3, 2), -2, -0.5), h=0.5)
    # Cubes, whose slopes are no whole numbers: 3x² + h².
    yield case("whole numbers", "whole numbers, h = 1/4",
               cubes, rng.permutation(np.arange(1, 7)).reshape(2, 3), h=0.25)
    yield case("other memory layouts", "Fortran order, h = 1/2",
               places, np.asfortranarray(distinct(rng, (2, 3))), h=0.5)
    yield case("other memory layouts", "every second column, h = 1/2",
               neighbours, distinct(rng, (2, 6))[:, ::2], h=0.5)


@numerical_gradient.mistake("half-way",
    "Your numbers are twice as large as they should be. From a little less to a little more the "
    "way is two steps long, not one. Look at what you divide by.")
def numerical_twice(f, x, h=1e-5):
    return _sloped(f, x, h, lambda more, less, _: (more - less) / h)


@numerical_gradient.mistake("not-divided",
    "You return differences of f. A slope is a difference divided by the way it took. How far is "
    "it from a little less to a little more?")
def numerical_difference(f, x, h=1e-5):
    return _sloped(f, x, h, lambda more, less, _: more - less)


@numerical_gradient.mistake("other-sign",
    "Every number has the wrong sign. f with a little more comes first, f with a little less is "
    "taken away from it.")
def numerical_sign(f, x, h=1e-5):
    return _sloped(f, x, h, lambda more, less, _: (less - more) / (2 * h))


@numerical_gradient.mistake("one-sided",
    "You compare a little more with x itself. That leans to one side, and for curves it is off "
    "by a whole h. Take the same step to both sides.")
def numerical_forward(f, x, h=1e-5):
    return _sloped(f, x, h, lambda more, _, here: (more - here) / h)


@numerical_gradient.mistake("one-sided-below",
    "You compare x itself with a little less. That leans to one side, and for curves it is off "
    "by a whole h. Take the same step to both sides.")
def numerical_backward(f, x, h=1e-5):
    return _sloped(f, x, h, lambda _, less, here: (here - less) / h)


@numerical_gradient.mistake("own-h",
    "Your step is always the same small one. The caller may ask for another: use the parameter h.")
def numerical_own_step(f, x, h=1e-5):
    return _sloped(f, x, 1e-5, lambda more, less, _: (more - less) / 2e-5)


@numerical_gradient.mistake("all-at-once",
    "You moved all numbers of x together, so every place of your gradient holds the same. Move "
    "one number, leave the others where they are, and put it back.")
def numerical_together(f, x, h=1e-5):
    return np.full(x.shape, (f(x + h) - f(x - h)) / (2 * h))


@numerical_gradient.mistake("not-put-back",
    "The first number is right, later ones drift. You never put the old value back, so all "
    "places you have visited stay a little too small.")
def numerical_drift(f, x, h=1e-5):
    x = x.astype(float)
    slopes = np.zeros(x.shape)
    for place in np.ndindex(x.shape):
        x[place] += h
        more = f(x)
        x[place] -= 2 * h
        slopes[place] = (more - f(x)) / (2 * h)
    return slopes


@numerical_gradient.mistake("whole-number-steps",
    "With whole numbers your gradient is wrong: an array of whole numbers cannot take a small "
    "step, it cuts it off. Work on a copy that holds floats.")
def numerical_truncated(f, x, h=1e-5):
    moved = x.copy()
    slopes = np.zeros(x.shape)
    for place in np.ndindex(x.shape):
        moved[place] = x[place] + h
        more = f(moved)
        moved[place] = x[place] - h
        slopes[place] = (more - f(moved)) / (2 * h)
        moved[place] = x[place]
    return slopes


@numerical_gradient.mistake("rows-at-once",
    "For a single row you are right. In a table you moved whole rows: one index picks a row, not "
    "a number. Visit every place.")
def numerical_rows(f, x, h=1e-5):
    slopes = np.zeros(x.shape)
    for row in range(len(x)):
        more, less = x.astype(float), x.astype(float)
        more[row] += h
        less[row] -= h
        slopes[row] = (f(more) - f(less)) / (2 * h)
    return slopes


@numerical_gradient.mistake("flat",
    "Your numbers are right and stand in one long row. A gradient has the shape of x. Bring them "
    "into that shape at the end.")
def numerical_flat(f, x, h=1e-5):
    return _sloped(f, x, h, lambda more, less, _: (more - less) / (2 * h)).ravel()


@numerical_gradient.mistake("leaves-it-moved",
    "The gradient is right, but x is not as you got it. The last step stays in it. Put every "
    "value back, or work on a copy.")
def numerical_moved(f, x, h=1e-5):
    slopes = _sloped(f, x, h, lambda more, less, _: (more - less) / (2 * h))
    x.flat[-1] -= 1
    return slopes


def _sloped(f, x, h, slope):
    """Visit every place; ``slope`` makes a number of f above, below and here."""
    slopes = np.zeros(x.shape)
    for place in np.ndindex(x.shape):
        more, less = x.astype(float), x.astype(float)
        more[place] += h
        less[place] -= h
        slopes[place] = slope(f(more), f(less), f(x.astype(float)))
    return slopes


# --- cross_entropy_gradient ---------------------------------------------------------------

cross_entropy_gradient = Exercise(
    "cross_entropy_gradient",
    points=2,
    minutes=4,
    hints=(
        "What should the scores of a picture do so that the loss falls? The right class up, the "
        "others down. By how much does each class miss?",
        "In each row: the probabilities, minus 1 at the right class. And because the loss is a "
        "mean over N images, each image's share is an N-th of that.",
        "Probabilities [0.2, 0.5, 0.3], label 1, one image: the gradient is [0.2, −0.5, 0.3]. "
        "With two images in the batch this row would be [0.1, −0.25, 0.15].",
    ),
)


@cross_entropy_gradient.cases
def cross_entropy_gradient_cases(rng):
    yield case("one image", "one image, four classes", chances(rng, (1, 4)), rng.integers(0, 4, 1))
    yield case("a batch", "three images, four classes",
               chances(rng, (3, 4)), rng.permutation(4)[:3])
    yield case("a batch", "five images, three classes, labels repeat",
               chances(rng, (5, 3)), rng.permutation([0, 1, 2, 2, 1]))
    yield case("as many images as classes", "four and four",
               chances(rng, (4, 4)), np.array([1, 1, 3, 0]))
    order = rng.permutation(3)
    sure = np.concatenate([np.eye(3)[order[:2]], chances(rng, (2, 3))])
    yield case("very sure", "once right, once wrong", sure,
               np.array([order[0], order[2], *rng.integers(0, 3, 2)]))
    yield case("other types and layouts", "float32",
               chances(rng, (2, 3)).astype(np.float32), np.array([2, 0]))
    yield case("other types and layouts", "Fortran order",
               np.asfortranarray(chances(rng, (3, 5))), rng.integers(0, 5, 3))
    yield case("other types and layouts", "labels as small integers",
               chances(rng, (2, 4)), np.array([3, 1], dtype=np.uint8))


def _targets(probabilities, labels):
    targets = np.zeros(probabilities.shape)
    targets[np.arange(len(labels)), labels] = 1
    return targets


@cross_entropy_gradient.mistake("no-mean",
    "Right for one image. With N images your gradient is N times too large: the loss is their "
    "mean, so every image counts for an N-th.")
def cross_entropy_sum(probabilities, labels):
    return probabilities - _targets(probabilities, labels)


@cross_entropy_gradient.mistake("divided-by-all",
    "You divided by the number of all values. The mean goes over the images only. How many rows "
    "are there?")
def cross_entropy_all(probabilities, labels):
    return (probabilities - _targets(probabilities, labels)) / probabilities.size


@cross_entropy_gradient.mistake("divided-by-classes",
    "You divided by the number of classes. The loss is a mean over the images: count the rows, "
    "not the columns.")
def cross_entropy_classes(probabilities, labels):
    return (probabilities - _targets(probabilities, labels)) / probabilities.shape[1]


@cross_entropy_gradient.mistake("other-sign",
    "All signs are wrong. A gradient points uphill, to more loss. More score for the right class "
    "means less loss, so there the gradient is negative.")
def cross_entropy_sign(probabilities, labels):
    return (_targets(probabilities, labels) - probabilities) / len(labels)


@cross_entropy_gradient.mistake("only-the-right-class",
    "Your gradient is 0 for all wrong classes. They matter too: raise the score of a wrong class "
    "and it takes probability away from the right one.")
def cross_entropy_only_right(probabilities, labels):
    targets = _targets(probabilities, labels)
    return (probabilities - targets) * targets / len(labels)


@cross_entropy_gradient.mistake("for-probabilities",
    "This is the slope for the probabilities, −1/p. Asked is the one for the scores, the numbers "
    "before softmax. There the two formulas melt into something simpler.")
def cross_entropy_of_probabilities(probabilities, labels):
    chance = np.maximum(probabilities, 1e-12)
    return -_targets(probabilities, labels) / chance / len(labels)


@cross_entropy_gradient.mistake("no-target",
    "You never use the labels. Without them there is nothing to be right or wrong about. "
    "What is different at the right class of each row?")
def cross_entropy_no_target(probabilities, labels):
    return probabilities / len(labels)


@cross_entropy_gradient.mistake("softmax-twice",
    "You put the probabilities through softmax again. They come ready: each row adds up to 1.")
def cross_entropy_softmax(probabilities, labels):
    powers = np.exp(probabilities)
    again = powers / powers.sum(axis=1, keepdims=True)
    return (again - _targets(probabilities, labels)) / len(labels)


@cross_entropy_gradient.mistake("whole-columns",
    "You took 1 away from whole columns: every row lost 1 at every label of the batch. Each row "
    "has one label of its own. Give a row number with each column number.")
def cross_entropy_columns(probabilities, labels):
    gradient = np.array(probabilities, dtype=float)
    gradient[:, labels] -= 1
    return gradient / len(labels)


@cross_entropy_gradient.mistake("labels-from-one",
    "You took the 1 from the class before the right one. Labels count from 0, as indices do.")
def cross_entropy_shifted(probabilities, labels):
    return cross_entropy_right(probabilities, labels.astype(int) - 1)


@cross_entropy_gradient.mistake("changes-probabilities",
    "The gradient is right, but the probabilities you were given are gone: you wrote into them. "
    "Work on a copy.")
def cross_entropy_in_place(probabilities, labels):
    gradient = cross_entropy_right(probabilities, labels)
    probabilities[np.arange(len(labels)), labels] -= 1
    return gradient


def cross_entropy_right(probabilities, labels):
    return (probabilities - _targets(probabilities, labels)) / len(labels)


# --- dense_backward -----------------------------------------------------------------------

dense_backward = Exercise(
    "dense_backward",
    points=3,
    minutes=2,
    hints=(
        "Write down the four shapes: gradient (N, K), inputs (N, D), weights (D, K), biases (K,). "
        "Each result has the shape of what it belongs to.",
        "There is only one way to multiply two of these tables so that the shape comes out. For "
        "the inputs: gradient and weights. For the weights: inputs and gradient. A bias touches "
        "every image of the batch, so its share is a sum.",
        "One image with inputs [1, 2], gradient [3], weights [[4], [5]]: d_inputs is [12, 15], "
        "d_weights is [[3], [6]], d_biases is [3].",
    ),
)


@dense_backward.cases
def dense_backward_cases(rng):
    yield case("three different sizes", "N = 2, D = 4, K = 3",
               grid(rng, (2, 3)) + 0.125, distinct(rng, (2, 4)), distinct(rng, (4, 3)))
    yield case("three different sizes", "N = 4, D = 2, K = 5",
               grid(rng, (4, 5)) + 0.125, distinct(rng, (4, 2)), distinct(rng, (2, 5)))
    yield case("all sizes alike", "N = D = K = 3",
               distinct(rng, (3, 3)), distinct(rng, (3, 3)), distinct(rng, (3, 3)))
    yield case("one image", "N = 1", distinct(rng, (1, 2)), distinct(rng, (1, 4)),
               distinct(rng, (4, 2)))
    yield case("other types and layouts", "float32", *(
        distinct(rng, shape).astype(np.float32) for shape in ((2, 2), (2, 3), (3, 2))))
    yield case("other types and layouts", "Fortran order and every second column",
               np.asfortranarray(distinct(rng, (3, 2))), distinct(rng, (3, 8))[:, ::2],
               np.asfortranarray(distinct(rng, (4, 2))))
    yield case("other types and layouts", "whole numbers", rng.integers(1, 4, (2, 3)),
               rng.integers(0, 9, (2, 2)), rng.permutation(np.arange(6)).reshape(2, 3))


def _dense(gradient, inputs, weights):
    return gradient @ weights.T, inputs.T @ gradient, gradient.sum(axis=0)


@dense_backward.mistake("wrong-order",
    "The right arrays in another order. Asked is d_inputs, d_weights, d_biases: the order in which "
    "dense takes inputs, weights and biases.")
def dense_order(gradient, inputs, weights):
    d_inputs, d_weights, d_biases = _dense(gradient, inputs, weights)
    return d_weights, d_biases, d_inputs


@dense_backward.mistake("weights-not-turned",
    "d_inputs goes wrong: you used the weights as they stand. On the way back they work the other "
    "way, from classes to inputs. Turn the table.")
def dense_not_turned(gradient, inputs, weights):
    if weights.shape[0] != weights.shape[1]:
        raise ValueError("shapes do not fit")
    return gradient @ weights, inputs.T @ gradient, gradient.sum(axis=0)


@dense_backward.mistake("d-weights-turned",
    "Your d_weights stands on its side: (K, D) instead of (D, K). It must fit onto the weights, "
    "for it is subtracted from them. Swap the two factors.")
def dense_d_weights_turned(gradient, inputs, weights):
    d_inputs, d_weights, d_biases = _dense(gradient, inputs, weights)
    return d_inputs, d_weights.T, d_biases


@dense_backward.mistake("mean-again",
    "d_weights and d_biases are divided by the number of images. The mean is in the gradient "
    "already, from the loss. Here the images' shares are only added.")
def dense_mean(gradient, inputs, weights):
    d_inputs, d_weights, d_biases = _dense(gradient, inputs, weights)
    return d_inputs, d_weights / len(inputs), d_biases / len(inputs)


@dense_backward.mistake("bias-mean",
    "d_biases is a mean, and should be a sum. The division by the number of images is in the "
    "gradient already.")
def dense_bias_mean(gradient, inputs, weights):
    return gradient @ weights.T, inputs.T @ gradient, gradient.mean(axis=0)


@dense_backward.mistake("bias-not-summed",
    "d_biases has a row for each image. There is one bias per class, shared by all images: their "
    "shares add up.")
def dense_bias_rows(gradient, inputs, weights):
    return gradient @ weights.T, inputs.T @ gradient, gradient.copy()


@dense_backward.mistake("bias-other-axis",
    "d_biases is summed over the classes. There is one bias per class; the sum goes over the "
    "images. Look at the axis.")
def dense_bias_axis(gradient, inputs, weights):
    return gradient @ weights.T, inputs.T @ gradient, gradient.sum(axis=1)


@dense_backward.mistake("bias-keeps-axis",
    "d_biases is a table with one row. The biases are a plain row of K numbers, and d_biases must "
    "have their shape.")
def dense_bias_keeps(gradient, inputs, weights):
    return gradient @ weights.T, inputs.T @ gradient, gradient.sum(axis=0, keepdims=True)


@dense_backward.mistake("relu-inside",
    "Where an input is negative, your d_inputs is 0. That is the work of relu_backward. A dense "
    "layer alone passes every gradient on.")
def dense_relu(gradient, inputs, weights):
    d_inputs, d_weights, d_biases = _dense(gradient, inputs, weights)
    return np.where(inputs > 0, d_inputs, 0), d_weights, d_biases


@dense_backward.mistake("only-first-image",
    "d_weights comes from the first image alone. The same weights served the whole batch, so all "
    "images have a say.")
def dense_first(gradient, inputs, weights):
    d_inputs, _, d_biases = _dense(gradient, inputs, weights)
    return d_inputs, np.outer(inputs[0], gradient[0]), d_biases


@dense_backward.mistake("step-taken",
    "You return new weights. Asked is only their gradient; the step comes later, in training.")
def dense_step(gradient, inputs, weights):
    d_inputs, d_weights, d_biases = _dense(gradient, inputs, weights)
    return d_inputs, weights - d_weights, d_biases


@dense_backward.mistake("no-biases",
    "Two results, but three were asked: the biases learn too. What changes in the scores if a bias "
    "grows by 1?")
def dense_no_biases(gradient, inputs, weights):
    return gradient @ weights.T, inputs.T @ gradient


# --- relu_backward ------------------------------------------------------------------------

relu_backward = Exercise(
    "relu_backward",
    points=1,
    minutes=2,
    hints=(
        "ReLU does one of two things with a value. How much does its output change if you wiggle "
        "the input a little, in each case?",
        "Where the input was positive, ReLU is the identity and the gradient goes through. Where "
        "it was 0 or less, the output stood still, so nothing goes through.",
        "Inputs [−1, 0, 2], gradient [5, 5, −5]: the result is [0, 0, −5].",
    ),
)


@relu_backward.cases
def relu_backward_cases(rng):
    def inputs(shape):
        values = distinct(rng, shape)
        values.flat[:: max(2, values.size // 3)] = 0
        return values

    def gradient(shape):
        return rng.permuted(np.resize([-1.5, 2.25, -0.5, 3.0, 1.25, -2.0], shape).ravel()).reshape(
            shape)  # fmt: skip

    fixed = np.array([-2.0, -0.5, 0.0, 0.0, 0.5, 2.0, 3.0, -1.0])
    slopes = np.array([3.0, -1.5, 2.0, -2.0, -0.75, 1.5, -2.0, 0.5])
    order = rng.permutation(8)
    yield case("one row", "both signs and zeros", slopes[order], fixed[order])
    yield case("zeros stop it", "zeros among the inputs",
               rng.permutation(slopes)[:4], fixed[[2, 3, 4, 2]])
    yield case("maps", "a batch of maps", gradient((2, 3, 2, 2)), inputs((2, 3, 2, 2)))
    yield case("maps", "a 4×3 table", gradient((4, 3)) / 3, inputs((4, 3)))
    yield case("other types and layouts", "float32",
               gradient((3, 4)).astype(np.float32), inputs((3, 4)).astype(np.float32))
    yield case("other types and layouts", "Fortran order and every second column",
               np.asfortranarray(gradient((3, 3))), inputs((3, 6))[:, ::2])
    yield case("other types and layouts", "whole numbers as inputs",
               gradient((5,)), np.array([3, -2, 0, 1, -5]))


@relu_backward.mistake("zero-lets-through",
    "At inputs of exactly 0 you let the gradient through. The course's rule, and everybody's: 0 "
    "counts as closed.")
def relu_zero_open(gradient, inputs):
    return gradient * (inputs >= 0)


@relu_backward.mistake("relu-of-gradient",
    "You cut off negative gradients. A gradient may well be negative. What decides is the sign of "
    "the input that ReLU saw.")
def relu_of_gradient(gradient, inputs):
    return np.maximum(gradient, 0)


@relu_backward.mistake("only-positive-gradients",
    "Where the input was positive you still cut off negative gradients. Only the input decides "
    "whether the gate is open.")
def relu_both(gradient, inputs):
    return np.maximum(gradient, 0) * (inputs > 0)


@relu_backward.mistake("only-the-gate",
    "You return the gates, 1 for open and 0 for closed. What comes through an open gate?")
def relu_gate(gradient, inputs):
    return (inputs > 0).astype(float)


@relu_backward.mistake("times-input",
    "You multiply by the input itself. ReLU passes a positive value on as it is, so the slope "
    "there is 1, whatever the value.")
def relu_times_input(gradient, inputs):
    return gradient * np.maximum(inputs, 0)


@relu_backward.mistake("gate-turned",
    "Your gates are the wrong way round: you let through what ReLU had cut off.")
def relu_inverse(gradient, inputs):
    return gradient * (inputs <= 0)


@relu_backward.mistake("no-gate",
    "You pass everything on. Where ReLU's output stood still at 0, no wiggle of the input could "
    "matter: the gradient there is 0.")
def relu_open(gradient, inputs):
    return gradient.copy()


@relu_backward.mistake("sign",
    "Where the input is negative your gradient changes its sign. ReLU is not the absolute value: "
    "to the left of 0 it is flat.")
def relu_sign(gradient, inputs):
    return gradient * np.sign(inputs)


@relu_backward.mistake("leaky",
    "You let a hundredth of the gradient through closed gates. That belongs to another function, "
    "the leaky ReLU. Ours is flat below 0.")
def relu_leaky(gradient, inputs):
    return gradient * np.where(inputs > 0, 1, 0.01)


@relu_backward.mistake("arguments-swapped",
    "You gate the inputs by the gradient. It is the other way round: the inputs are the gates.")
def relu_swapped(gradient, inputs):
    return inputs * (gradient > 0)


@relu_backward.mistake("changes-gradient",
    "Right values, but you wrote them into the gradient you were given. Somebody may still need "
    "it. Make a new array.")
def relu_in_place(gradient, inputs):
    gradient[inputs <= 0] = 0
    return gradient


# --- max_pool_backward --------------------------------------------------------------------

max_pool_backward = Exercise(
    "max_pool_backward",
    points=3,
    minutes=15,
    hints=(
        "A window of four values passed one of them on. If you wiggle the other three a little, "
        "what happens to the output?",
        "Make zeros in the shape of the feature maps. For each window find the place of its first "
        "maximum and put that window's gradient there. argmax gives the first place, counted "
        "along the rows.",
        "Window [[1, 7], [7, 2]], gradient 5: the first 7 gets it all: [[0, 5], [0, 0]].",
    ),
)


def _tied(rng, shape):
    """Maps in which many windows have their maximum twice or more, also below 0."""
    return rng.integers(-3, -1, shape) / 2


@max_pool_backward.cases
def max_pool_backward_cases(rng):
    yield case("one map", "4×4", distinct(rng, (1, 2, 2, 1)), distinct(rng, (1, 4, 4, 1)))
    yield case("batches and channels", "2 images, 4×6, 2 channels",
               distinct(rng, (2, 2, 3, 2)) / 3, distinct(rng, (2, 4, 6, 2)))
    yield case("batches and channels", "3 channels, size by name",
               distinct(rng, (1, 2, 2, 3)), distinct(rng, (1, 4, 4, 3)), size=2)
    rows = np.array([[4, 4, 1, 3], [2, 1, 3, 2], [0, 2, 5, 5], [2, 0, 5, 5]]) / 2.0
    # The two maxima stand so that row-major and column-major order disagree.
    yield case("ties", "two or more maxima in a window",
               distinct(rng, (1, 2, 2, 1)), rows[None, ..., None] + int(rng.integers(0, 4)))
    negative = np.stack([rows, _tied(rng, (4, 4))], axis=-1)[None] - 4
    yield case("ties", "negative maps", distinct(rng, (1, 2, 2, 2)), negative)
    yield case("other sizes", "windows of 3×3",
               distinct(rng, (2, 2, 1, 2)), distinct(rng, (2, 6, 3, 2)), 3)
    yield case("windows that do not fit", "5×7, windows of 2×2",
               distinct(rng, (1, 2, 3, 2)), distinct(rng, (1, 5, 7, 2)))
    yield case("windows that do not fit", "7×5, windows of 3×3",
               distinct(rng, (1, 2, 1, 1)), distinct(rng, (1, 7, 5, 1)), size=3)
    yield case("other types and layouts", "float32", distinct(rng, (1, 1, 2, 2)).astype(np.float32),
               distinct(rng, (1, 2, 4, 2)).astype(np.float32))
    yield case("other types and layouts", "whole-number maps, every second channel of the gradient",
               distinct(rng, (1, 2, 2, 4))[..., ::2], rng.permutation(32).reshape(1, 4, 4, 2))
    yield case("other types and layouts", "Fortran order",
               np.asfortranarray(distinct(rng, (2, 2, 1, 2))),
               np.asfortranarray(distinct(rng, (2, 4, 2, 2))))


def _each_window(gradient, maps, size, put):
    """Fill zeros window by window: ``put(values, slope, place)`` gives a size×size array."""
    result = np.zeros(maps.shape)
    for n, r, c, k in np.ndindex(gradient.shape):
        rows, columns = slice(r * size, (r + 1) * size), slice(c * size, (c + 1) * size)
        result[n, rows, columns, k] = put(maps[n, rows, columns, k], gradient[n, r, c, k])
    return result


def _winner(values, slope, place):
    result = np.zeros(values.size)
    result[place] = slope
    return result.reshape(values.shape)


def _pooled_right(gradient, maps, size):
    return _each_window(gradient, maps, size, lambda v, g: _winner(v, g, v.argmax()))


@max_pool_backward.mistake("all-maxima",
    "Where a window has its maximum twice, you give the gradient to both, so it is counted twice. "
    "The first one, row by row, gets it all.")
def pool_all_maxima(gradient, feature_maps, size=2):
    return _each_window(gradient, feature_maps, size, lambda v, g: (v == v.max()) * g)


@max_pool_backward.mistake("shared-by-maxima",
    "You share the gradient between equal maxima. That is a fair rule, but not the one asked: the "
    "first maximum, row by row, gets it all.")
def pool_shared(gradient, feature_maps, size=2):
    return _each_window(
        gradient, feature_maps, size, lambda v, g: (v == v.max()) * (g / np.sum(v == v.max())))


@max_pool_backward.mistake("last-maximum",
    "Of equal maxima you take the last. Asked is the first one, going along the rows.")
def pool_last(gradient, feature_maps, size=2):
    return _each_window(gradient, feature_maps, size, lambda v, g: _winner(
        v, g, v.size - 1 - v.ravel()[::-1].argmax()))


@max_pool_backward.mistake("down-the-columns",
    "Of equal maxima you take the first going down the columns. Asked is the first going along "
    "the rows.")
def pool_columns(gradient, feature_maps, size=2):
    return _each_window(gradient, feature_maps, size, lambda v, g: _winner(v.T, g, v.T.argmax()).T)


@max_pool_backward.mistake("average",
    "You spread each gradient evenly over its window. That would be right for average pooling. "
    "The maximum alone decided the output, so it gets everything.")
def pool_average(gradient, feature_maps, size=2):
    return _each_window(gradient, feature_maps, size, lambda v, g: np.full(v.shape, g / v.size))


@max_pool_backward.mistake("everybody",
    "You gave the whole gradient to every value of its window. Only one of them made it through "
    "the pooling.")
def pool_everybody(gradient, feature_maps, size=2):
    return _each_window(gradient, feature_maps, size, lambda v, g: np.full(v.shape, g))


@max_pool_backward.mistake("top-left",
    "You always give the gradient to the top left of a window. It belongs where the maximum is.")
def pool_corner(gradient, feature_maps, size=2):
    return _each_window(gradient, feature_maps, size, lambda v, g: _winner(v, g, 0))


@max_pool_backward.mistake("minimum",
    "You gave the gradient to the smallest value of each window.")
def pool_minimum(gradient, feature_maps, size=2):
    return _each_window(gradient, feature_maps, size, lambda v, g: _winner(v, g, v.argmin()))


@max_pool_backward.mistake("largest-absolute",
    "In windows with negative values you picked the one farthest from 0. The maximum is the "
    "largest value, and −1 is larger than −5.")
def pool_absolute(gradient, feature_maps, size=2):
    return _each_window(gradient, feature_maps, size, lambda v, g: _winner(v, g, abs(v).argmax()))


@max_pool_backward.mistake("maximum-or-zero",
    "Where all values of a window are negative, nobody gets the gradient. You start the search "
    "for the maximum at 0. Start with a value of the window.")
def pool_from_zero(gradient, feature_maps, size=2):
    return _each_window(gradient, feature_maps, size, lambda v, g: (
        _winner(v, g, v.argmax()) if v.max() > 0 else np.zeros(v.shape)))


@max_pool_backward.mistake("search-from-zero",
    "Where all values of a window are negative, its top left gets the gradient. You start the "
    "search for the maximum at 0, and nothing there is larger. Start with a value of the window.")
def pool_search_from_zero(gradient, feature_maps, size=2):
    return _each_window(gradient, feature_maps, size, lambda v, g: (
        _winner(v, g, v.argmax() if v.max() > 0 else 0)))


@max_pool_backward.mistake("times-the-value",
    "You put the maximum times the gradient there. Pooling copies the maximum, so its slope is 1: "
    "the gradient arrives as it is.")
def pool_times_value(gradient, feature_maps, size=2):
    return _pooled_right(gradient, feature_maps, size) * feature_maps


@max_pool_backward.mistake("size-ignored",
    "Right for windows of 2×2. With size 3 you still use 2. Look for a fixed number.")
def pool_size(gradient, feature_maps, size=2):
    rows, columns = feature_maps.shape[1] // 2, feature_maps.shape[2] // 2
    inside = gradient[:, :rows, :columns]
    return _pooled_right(inside, feature_maps, 2)


@max_pool_backward.mistake("rest-cut-off",
    "Your result is smaller than the feature maps where windows do not fit. Pixels that no window "
    "looked at are there all the same: their gradient is 0.")
def pool_cut(gradient, feature_maps, size=2):
    rows, columns = gradient.shape[1] * size, gradient.shape[2] * size
    return _pooled_right(gradient, feature_maps, size)[:, :rows, :columns]


@max_pool_backward.mistake("channels-together",
    "With several channels you look for one maximum among all of them. Every channel was pooled "
    "alone, and gets its own gradient.")
def pool_channels(gradient, feature_maps, size=2):
    best = feature_maps.max(axis=3, keepdims=True)
    return _pooled_right(gradient, feature_maps, size) * (feature_maps == best)


@max_pool_backward.mistake("only-first-image",
    "From the second image on your gradient is 0. Go through the whole batch.")
def pool_first(gradient, feature_maps, size=2):
    result = _pooled_right(gradient, feature_maps, size)
    result[1:] = 0
    return result


# --- convolution_fast ---------------------------------------------------------------------

convolution_fast = Exercise(
    "convolution_fast",
    points=3,
    minutes=9,
    weights={"speed": 4.0},
    options={"speed": {"measure": "speed", "factor": 10}},
    hints=(
        "One value of a map is a sum of products: a row times a column. If every window is laid "
        "out as a row, what is the whole layer?",
        "sliding_window_view(images, (h, w), axis=(1, 2)) shows all windows without copying one: "
        "(N, rows, columns, C, h, w). The filters have their axes in another order. Bring both "
        "into the same order, flatten, and multiply the two tables.",
        "2 images of 4×4×3, 5 filters of 3×3×3: 2·2·2 = 8 windows of 27 numbers. An (8, 27) table "
        "times a (27, 5) table gives (8, 5); as maps, (2, 2, 2, 5).",
    ),
)


@convolution_fast.cases
def convolution_fast_cases(rng):
    def arguments(images, filters):
        count = filters[0]
        return grid(rng, images), grid(rng, filters), distinct(rng, (count,))

    yield case("one image", "4×5, one channel, one filter", *arguments((1, 4, 5, 1), (1, 3, 3, 1)))
    yield case("batches, channels, filters", "2 images 5×4×3, 2 filters 3×3",
               *arguments((2, 5, 4, 3), (2, 3, 3, 3)))
    yield case("batches, channels, filters", "3 images 4×6×2, 5 filters 2×2",
               *arguments((3, 4, 6, 2), (5, 2, 2, 2)))
    yield case("filters that are not square", "2×3", *arguments((1, 5, 6, 2), (3, 2, 3, 2)))
    yield case("filters that are not square", "4×1", *arguments((2, 5, 4, 1), (2, 4, 1, 1)))
    yield case("the window is the image", "3×4 on 3×4", *arguments((2, 3, 4, 2), (3, 3, 4, 2)))
    pictures, filters, biases = arguments((1, 4, 4, 2), (2, 2, 3, 2))
    yield case("other types and layouts", "float32", *(
        array.astype(np.float32) for array in (pictures, filters, biases)))
    whole = rng.integers(100, 256, (2, 4, 5, 2)).astype(np.uint8)
    yield case("other types and layouts", "uint8 images",
               whole, grid(rng, (2, 3, 2, 2), 0.25, 2), biases)
    yield case("other types and layouts", "Fortran order and every second column",
               grid(rng, (2, 4, 8, 2))[:, :, ::2], np.asfortranarray(filters), biases=biases)
    yield case("speed", "16 images 16×16×3, eight 5×5 filters",
               grid(rng, (16, 16, 16, 3)).astype(np.float32),
               grid(rng, (8, 5, 5, 3)).astype(np.float32),
               distinct(rng, (8,)).astype(np.float32))


def _windows(images, height, width):
    """All windows, (N, rows, columns, C, h, w)."""
    return np.lib.stride_tricks.sliding_window_view(images, (height, width), axis=(1, 2))


def _maps(images, filters):
    windows = _windows(images, *filters.shape[1:3])
    return np.tensordot(windows, filters, ([3, 4, 5], [3, 1, 2]))


@convolution_fast.mistake("still-a-loop",
    "All values are right, but there is still a Python loop that takes one step for each value. "
    "Lay the windows out as the rows of a table and let one matrix product do the work.")
def fast_loop(images, filters, biases):
    count, height, width, _ = filters.shape
    rows, columns = images.shape[1] - height + 1, images.shape[2] - width + 1
    maps = np.zeros((len(images), rows, columns, count))
    for n, r, c, k in np.ndindex(maps.shape):
        window = images[n, r : r + height, c : c + width]
        maps[n, r, c, k] = np.sum(window * filters[k]) + biases[k]
    return maps


@convolution_fast.mistake("axes-mixed",
    "Right for one channel. In sliding_window_view the channels come before the window's rows and "
    "columns, in the filters after them. You multiplied numbers that do not belong together: "
    "bring the axes into one order before you flatten.")
def fast_axes(images, filters, biases):
    count, height, width, _channels = filters.shape
    windows = _windows(images, height, width)
    table = windows.reshape(*windows.shape[:3], -1)
    return table @ filters.reshape(count, -1).T + biases


@convolution_fast.mistake("flipped-filters",
    "Your filters are turned upside down. What the course calls convolution does not flip: the "
    "filter lies on the image as it is.")
def fast_flipped(images, filters, biases):
    return _maps(images, filters[:, ::-1, ::-1]) + biases


@convolution_fast.mistake("no-biases",
    "The biases are missing. Every filter adds its own number to its whole map.")
def fast_no_biases(images, filters, biases):
    return _maps(images, filters) + np.zeros(len(filters))


@convolution_fast.mistake("biases-twice",
    "The biases are in there twice. Add them once, after the product.")
def fast_biases_twice(images, filters, biases):
    return _maps(images, filters) + 2 * biases


@convolution_fast.mistake("relu-inside",
    "Negative values have become 0. ReLU is a layer of its own and comes later.")
def fast_relu(images, filters, biases):
    return np.maximum(_maps(images, filters) + biases, 0)


@convolution_fast.mistake("filters-first",
    "Right values in another order: your filters' axis comes too early. A batch of maps is "
    "(N, rows, columns, F), filters last.")
def fast_filters_first(images, filters, biases):
    return (_maps(images, filters) + biases).transpose(0, 3, 1, 2)


@convolution_fast.mistake("only-first-channel",
    "Right for one channel. With more, you use the first only. A window has all channels, and the "
    "sum runs over them too.")
def fast_first_channel(images, filters, biases):
    return _maps(images[..., :1], filters[..., :1]) + biases


@convolution_fast.mistake("only-first-image",
    "You convolve the first image only. A batch of N images gives N stacks of maps.")
def fast_first_image(images, filters, biases):
    return _maps(images[:1], filters) + biases


@convolution_fast.mistake("mean",
    "You take the mean of the products. A filter adds them up.")
def fast_mean(images, filters, biases):
    return _maps(images, filters) / filters[0].size + biases


@convolution_fast.mistake("one-window-short",
    "A row and a column of windows are missing at the end. In a row of 5 a window of 3 stops at "
    "3 places: 5 − 3 + 1.")
def fast_short(images, filters, biases):
    return _maps(images, filters)[:, :-1, :-1] + biases


@convolution_fast.mistake("height-and-width-swapped",
    "Right for square filters. Height and width of the filter are swapped somewhere: rows come "
    "first.")
def fast_swapped(images, filters, biases):
    count, height, width, channels = filters.shape
    turned = filters.reshape(count, width, height, channels)
    if images.shape[1] < width or images.shape[2] < height:
        raise ValueError("the window does not fit")
    return _maps(images, turned) + biases


@convolution_fast.mistake("bytes-wrap",
    "With uint8 images the sums are far too small: the filters became whole bytes, or the sums "
    "wrapped around at 256. Turn the images into floats first.")
def fast_bytes(images, filters, biases):
    if images.dtype == np.uint8:
        return (_maps(images.astype(float), filters) + biases).astype(np.int64) % 256
    return _maps(images, filters) + biases


# --- convolution_backward -----------------------------------------------------------------

convolution_backward = Exercise(
    "convolution_backward",
    points=4,
    minutes=10,
    hints=(
        "One value of the filter took part in every window of every image. One pixel took part in "
        "several windows, each time under another value of the filter. Their shares add up.",
        "With the windows as a table, the layer is a product, as in dense: d_filters is windows "
        "times gradient. For d_images, every filter value (i, j) sends the gradient back to the "
        "pixels it lay on: the images shifted by i rows and j columns.",
        "Image row [1, 2, 3], filter [10, 20], gradient [5, 7]: d_filters is [1·5 + 2·7, "
        "2·5 + 3·7] = [19, 31]. d_images is [50, 100 + 70, 140].",
    ),
)


@convolution_backward.cases
def convolution_backward_cases(rng):
    def arguments(images, filters):
        maps = (images[0], images[1] - filters[1] + 1, images[2] - filters[2] + 1, filters[0])
        return grid(rng, maps) + 0.125, distinct(rng, images) / 2, distinct(rng, filters) / 2

    yield case("one image, one filter", "3×4, filter 2×2", *arguments((1, 3, 4, 1), (1, 2, 2, 1)))
    yield case("several filters", "4×4, two filters 3×3", *arguments((1, 4, 4, 1), (2, 3, 3, 1)))
    yield case("several channels", "4×3×2, filter 2×2", *arguments((1, 4, 3, 2), (1, 2, 2, 2)))
    yield case("batches", "2 images 4×5×3, 2 filters 2×2",
               *arguments((2, 4, 5, 3), (2, 2, 2, 3)))
    yield case("batches", "3 images 3×3×2, 4 filters 2×2",
               *arguments((3, 3, 3, 2), (4, 2, 2, 2)))
    yield case("filters that are not square", "2×3", *arguments((2, 4, 5, 2), (3, 2, 3, 2)))
    yield case("filters that are not square", "3×1", *arguments((1, 5, 3, 2), (2, 3, 1, 2)))
    yield case("the window is the image", "3×2 on 3×2", *arguments((2, 3, 2, 2), (2, 3, 2, 2)))
    yield case("other types and layouts", "float32", *(
        array.astype(np.float32) for array in arguments((2, 3, 3, 2), (2, 2, 2, 2))))
    gradient, images, filters = arguments((2, 4, 4, 2), (2, 2, 3, 2))
    yield case("other types and layouts", "Fortran order", *map(
        np.asfortranarray, (gradient, images, filters)))
    whole = rng.integers(0, 9, (2, 4, 4, 2))
    yield case("other types and layouts", "whole-number images", gradient, whole, filters)


def _back(gradient, images, filters):
    """The three gradients, by the definition."""
    rows, columns = gradient.shape[1:3]
    d_images, d_filters = np.zeros(images.shape), np.zeros(filters.shape)
    for i, j in np.ndindex(*filters.shape[1:3]):
        d_images[:, i : i + rows, j : j + columns] += gradient @ filters[:, i, j]
        part = images[:, i : i + rows, j : j + columns]
        d_filters[:, i, j] = np.tensordot(gradient, part, ([0, 1, 2], [0, 1, 2]))
    return d_images, d_filters, gradient.sum(axis=(0, 1, 2))


@convolution_backward.mistake("wrong-order",
    "The right arrays in another order. Asked is d_images, d_filters, d_biases.")
def back_order(gradient, images, filters):
    d_images, d_filters, d_biases = _back(gradient, images, filters)
    return d_filters, d_biases, d_images


@convolution_backward.mistake("d-images-not-turned",
    "d_images is wrong: the filter must be turned half way round on the way back. A pixel at the "
    "window's top left was multiplied with the filter's top left, so that value sends it its "
    "share.")
def back_not_turned(gradient, images, filters):
    _, d_filters, d_biases = _back(gradient, images, filters)
    return _back(gradient, images, filters[:, ::-1, ::-1])[0], d_filters, d_biases


@convolution_backward.mistake("d-filters-turned",
    "Your d_filters is turned half way round. The gradient of the filter's top left value stands "
    "at the top left.")
def back_filters_turned(gradient, images, filters):
    d_images, d_filters, d_biases = _back(gradient, images, filters)
    return d_images, d_filters[:, ::-1, ::-1], d_biases


@convolution_backward.mistake("overwritten-not-added",
    "In d_images each window overwrites what the window before it had left. Windows overlap, and "
    "a pixel has a share in all of them: add.")
def back_overwritten(gradient, images, filters):
    d_images, d_filters, d_biases = _back(gradient, images, filters)
    height, width = filters.shape[1:3]
    d_images = np.zeros(images.shape)
    for n, r, c in np.ndindex(gradient.shape[:3]):
        share = np.tensordot(gradient[n, r, c], filters, 1)
        d_images[n, r : r + height, c : c + width] = share
    return d_images, d_filters, d_biases


@convolution_backward.mistake("mean-over-batch",
    "d_filters and d_biases are divided by the number of images. The mean is in the gradient "
    "already, from the loss. Here shares are only added.")
def back_mean(gradient, images, filters):
    d_images, d_filters, d_biases = _back(gradient, images, filters)
    return d_images, d_filters / len(images), d_biases / len(images)


@convolution_backward.mistake("bias-mean",
    "d_biases is a mean over the map. A bias was added at every place, so the gradients of all "
    "places add up.")
def back_bias_mean(gradient, images, filters):
    d_images, d_filters, _d_biases = _back(gradient, images, filters)
    return d_images, d_filters, gradient.mean(axis=(0, 1, 2))


@convolution_backward.mistake("bias-per-image",
    "d_biases has a row for each image. There is one bias per filter for the whole batch: add "
    "over images, rows and columns.")
def back_bias_images(gradient, images, filters):
    d_images, d_filters, _d_biases = _back(gradient, images, filters)
    return d_images, d_filters, gradient.sum(axis=(1, 2))


@convolution_backward.mistake("bias-one-number",
    "d_biases is one number for all filters. Each filter has its own bias and its own map.")
def back_bias_all(gradient, images, filters):
    d_images, d_filters, _d_biases = _back(gradient, images, filters)
    return d_images, d_filters, np.full(len(filters), gradient.sum())


@convolution_backward.mistake("only-first-image",
    "d_filters comes from the first image alone. All images of the batch used the same filters.")
def back_first(gradient, images, filters):
    d_images, _, d_biases = _back(gradient, images, filters)
    return d_images, _back(gradient[:1], images[:1], filters)[1], d_biases


@convolution_backward.mistake("only-first-filter",
    "d_images comes from the first filter alone. A pixel was seen by every filter, so every map "
    "sends something back.")
def back_first_filter(gradient, images, filters):
    _, d_filters, d_biases = _back(gradient, images, filters)
    return _back(gradient[..., :1], images, filters[:1])[0], d_filters, d_biases


@convolution_backward.mistake("channels-summed",
    "d_images is the same for all channels. Each channel of a filter sends back to its own "
    "channel of the image.")
def back_channels(gradient, images, filters):
    d_images, d_filters, d_biases = _back(gradient, images, filters)
    total = d_images.sum(axis=3, keepdims=True)
    return np.broadcast_to(total, images.shape).copy(), d_filters, d_biases


@convolution_backward.mistake("valid-only",
    "d_images is smaller than the images: you convolved the gradient without padding it. Every "
    "pixel had a share, the corners too.")
def back_valid(gradient, images, filters):
    d_images, d_filters, d_biases = _back(gradient, images, filters)
    rows, columns = filters.shape[1] - 1, filters.shape[2] - 1
    inner = d_images[:, rows : images.shape[1] - rows, columns : images.shape[2] - columns]
    return inner, d_filters, d_biases


@convolution_backward.mistake("whole-number-images",
    "With whole-number images your d_images loses its fractions: you made it of the images' type. "
    "Make it an array of floats.")
def back_truncated(gradient, images, filters):
    d_images, d_filters, d_biases = _back(gradient, images, filters)
    return d_images.astype(images.dtype).astype(float), d_filters, d_biases


# --- train --------------------------------------------------------------------------------

TRAIN_IMAGES, UNSEEN_IMAGES, EPOCHS = 1000, 600, 20


def _placed(rng, chosen, side=12):
    """Digits, each at a random place of a canvas of side×side: uint8 images, labels."""
    digits, labels = load_digits()
    images = np.zeros((len(chosen), side, side, 1), np.uint8)
    for image, digit in zip(images, digits[chosen], strict=True):
        row, column = rng.integers(0, side - 7, 2)
        image[row : row + 8, column : column + 8, 0] = digit
    return images, labels[chosen]


def _stripes(rng, count):
    """Pictures of 7×10 in two channels: lying, standing and sloping strokes, uint8, and labels."""
    strokes = [np.zeros((4, 4), bool) for _ in range(3)]
    strokes[0][1], strokes[1][:, 1] = True, True
    strokes[2][np.arange(4), np.arange(4)] = True
    labels = rng.permutation(np.resize(np.arange(3), count))
    images = rng.integers(0, 60, (count, 7, 10, 2)).astype(np.uint8)
    for image, label in zip(images, labels, strict=True):
        row, column = rng.integers(0, 4), rng.integers(0, 7)
        image[row : row + 4, column : column + 4, rng.integers(0, 2)][strokes[label]] = 230
    return images, labels


_ASKED = {}


def _unseen(case, _model):
    """What is asked of the model: images of the same kind that were not among the arguments."""
    return _ASKED[case.args[3], case.args[0].shape]


def _training(rng, seed, epochs, images, labels, fresh, answers):
    """The arguments of a case. Its classes are numbered anew: no model of last week knows how."""
    numbers = rng.permutation(labels.max() + 1).astype(labels.dtype)
    images = (images / 255).astype(np.float32)
    _ASKED[seed, images.shape] = {"images": fresh, "labels": numbers[answers].astype(np.uint8)}
    return images, numbers[labels], epochs, seed


train = Exercise(
    "train",
    points=4,
    minutes=15,
    seconds=40,
    rounds=1,
    measure="accuracy",
    # What random filters can do with a trained dense layer earns little, here and there.
    weights={
        "digits it has never seen": 4.0,
        "other pictures and classes": 2.0,
        "result type": 0.5,
        "leaves its arguments alone": 0.5,
        "gives the same answer twice": 0.5,
    },
    options={
        "full": 0.8,
        "none": 0.65,
        "other pictures and classes": {"full": 0.85, "none": 0.7},
    },
    expectation=_unseen,
    hints=(
        "What happens to one batch? And how many batches make an epoch? Write the inside first, "
        "try it on one batch, and watch its loss.",
        "Make a model and one rng from the seed. In every epoch shuffle the numbers of the images "
        "and cut them into batches. For each batch: gradients, then every array of the model "
        "takes a small step against its gradient.",
        "A weight of 0.50 with gradient 2.0 and learning rate 0.1 becomes 0.50 − 0.1 · 2.0 = 0.30. "
        "1,000 images in batches of 25 are 40 such steps an epoch.",
    ),
)


@train.cases
def train_cases(rng):
    seed = int(rng.integers(1, 2**31 - 1))
    order = rng.permutation(1797)
    chosen, rest = order[:TRAIN_IMAGES], order[TRAIN_IMAGES:][:UNSEEN_IMAGES]
    # Each digit twice, at two places: where it lies must not matter.
    seen, asked = _placed(rng, np.tile(chosen, 2)), _placed(rng, rest)
    yield case("digits it has never seen", f"2 × 1,000 digits on 12×12, {EPOCHS} epochs",
               *_training(rng, seed, EPOCHS, *seen, *asked))
    yield case("other pictures and classes", "strokes of three kinds on 7×10×2, 30 epochs",
               *_training(rng, seed, 30, *_stripes(rng, 400), *_stripes(rng, 300)))


def _start(images, classes, rng, count=8, size=3):
    _, height, width, channels = images.shape
    features = (height - size + 1) // 2 * ((width - size + 1) // 2) * count
    model = {
        "filters": rng.normal(0, (2 / (size * size * channels)) ** 0.5,
                              (count, size, size, channels)),
        "filter_biases": np.zeros(count),
        "weights": rng.normal(0, features**-0.5, (features, classes)),
        "biases": np.zeros(classes),
    }
    return {name: array.astype(np.float32) for name, array in model.items()}


def _slopes(model, images, labels, flip=False, relu=True, channels_first=False):
    """Gradients of a network in one go; the switches exchange one part of it."""
    filters = model["filters"][:, ::-1, ::-1] if flip else model["filters"]
    windows = _windows(images, *filters.shape[1:3])
    windows = windows[:, : windows.shape[1] // 2 * 2, : windows.shape[2] // 2 * 2]
    n, rows, columns = windows.shape[:3]
    table = windows.transpose(0, 1, 2, 4, 5, 3).reshape(n * rows * columns, -1)
    maps = table @ filters.reshape(len(filters), -1).T + model["filter_biases"]
    shape = (n, rows // 2, 2, columns // 2, 2, len(filters))
    gate = (maps > 0) if relu else np.ones(maps.shape, bool)
    blocks = (maps * gate).reshape(shape)
    pooled = blocks.max(axis=(2, 4))
    winners = blocks == pooled[:, :, None, :, None]
    turned = pooled.transpose(0, 3, 1, 2) if channels_first else pooled
    features = turned.reshape(n, -1)
    scores = features @ model["weights"] + model["biases"]
    away = np.exp(scores - scores.max(axis=1, keepdims=True))
    away /= away.sum(axis=1, keepdims=True)
    away[np.arange(n), labels] -= 1
    away = (away / n).astype(np.float32)
    back = (away @ model["weights"].T).reshape(turned.shape)
    back = back.transpose(0, 2, 3, 1) if channels_first else back
    back = (back[:, :, None, :, None] * winners * np.ones(shape, bool)).reshape(maps.shape) * gate
    d_filters = (back.T @ table).reshape(filters.shape)
    return {
        "filters": d_filters[:, ::-1, ::-1] if flip else d_filters,
        "filter_biases": back.sum(axis=0),
        "weights": features.T @ away,
        "biases": away.sum(axis=0),
    }


def _descend(model, images, labels, epochs, rng, rate=0.1, batch=25, steps=None, answers=None,
             only=KEYS, **other):
    """Train a model in place: steps with momentum over shuffled batches.

    ``steps`` limits the steps of an epoch; ``answers`` are used instead of the shuffled labels;
    ``only`` these arrays move.
    """
    moving = {name: np.zeros_like(array) for name, array in model.items()}
    images = images.astype(np.float32)
    total, done = epochs * len(range(0, len(labels), batch)), 0
    for _ in range(epochs):
        order = np.arange(len(labels)) if steps else rng.permutation(len(labels))
        for start in range(0, len(labels), batch)[:steps]:
            chosen = order[start : start + batch]
            right = labels[chosen] if answers is None else answers[start : start + batch]
            slopes = _slopes(model, images[chosen], right, **other)
            for name in only:
                moving[name] = 0.9 * moving[name] + slopes[name]
                model[name] -= rate * (1 - done / total) * moving[name]
            done += 1
    return model


def _trained(images, labels, epochs, seed, count=8, size=3, **other):
    rng = np.random.default_rng(seed)
    model = _start(images, int(labels.max()) + 1, rng, count, size)
    return _descend(model, images, labels, epochs, rng, **other)


@train.mistake("never-updates",
    "Your model is still as it was at the start, guessing. The step never reaches it: subtract the "
    "learning rate times the gradient from every array, and keep the result in the model.")
def train_never(images, labels, epochs, seed):
    return _start(images, int(labels.max()) + 1, np.random.default_rng(seed))


@train.mistake("not-a-number",
    "Values of your model have run away and are no numbers any more. The learning rate is far too "
    "large, or the step goes uphill: the gradient is subtracted.")
def train_runs_away(images, labels, epochs, seed):
    model = _trained(images, labels, 1, seed)
    return {name: array * np.nan for name, array in model.items()}


@train.mistake("labels-not-shuffled",
    "Your network was trained, and still guesses. Do images and labels go through the shuffle "
    "together, in one order for both? If so, print the loss: if it hardly falls, the steps are too "
    "small; if it jumps, far too large.")
def train_mismatched(images, labels, epochs, seed):
    mixed = np.random.default_rng(seed + 1).permutation(labels)
    return _trained(images, labels, max(2, epochs // 5), seed, rate=0.05, answers=mixed)


@train.mistake("zero-start",
    "All your filters are 0. From there nothing moves: a filter of zeros gives maps of zeros and "
    "gets a gradient of zeros. Start with small random numbers.")
def train_from_zero(images, labels, epochs, seed):
    model = _start(images, int(labels.max()) + 1, np.random.default_rng(seed))
    model["filters"] *= 0
    model["weights"] *= 0
    return _descend(model, images, labels, 2, np.random.default_rng(seed))


@train.mistake("filters-alike",
    "All your filters are the same. They started alike, so they got the same gradients and stayed "
    "alike: eight filters, one opinion. Let each start with random numbers of its own.")
def train_alike(images, labels, epochs, seed):
    model = _start(images, int(labels.max()) + 1, np.random.default_rng(seed))
    model["filters"][:] = 0.1
    model["weights"][:] = 0.01
    return _descend(model, images, labels, 2, np.random.default_rng(seed))


@train.mistake("first-batch-only",
    "Your network knows its first images by heart and few others. In every epoch it sees the same "
    "batch only. Go on to the next batches, through all the images.")
def train_first_batch(images, labels, epochs, seed):
    return _trained(images, labels, 80, seed, rate=0.2, steps=1)


@train.mistake("stops-early",
    "Your network has begun to learn and is far from done. Does it go through all images in each "
    "epoch, and through all epochs? If so, the step may be too small.")
def train_briefly(images, labels, epochs, seed):
    return _trained(images, labels, max(1, epochs // 8), seed, rate=0.015)


@train.mistake("standardized-inside",
    "You changed the images before training: they were centred or scaled. forward gets them as "
    "they come, and to your network they look foreign. Train on the images as they are.")
def train_standardized(images, labels, epochs, seed):
    return _trained((images - images.mean()) / images.std(), labels, epochs, seed)


@train.mistake("channels-first",
    "Your network was trained with another flatten: one whole map after the other. forward lays "
    "out all channels of a place, then the next place. Use the same order.")
def train_channels_first(images, labels, epochs, seed):
    return _trained(images, labels, epochs, seed, channels_first=True)


@train.mistake("filters-never-trained",
    "Only your dense layer has learned. The filters are still as random as they started: the loss "
    "would fall if they moved. Update every array of the model, the filters and their biases too.")
def train_dense_only(images, labels, epochs, seed):
    return _trained(images, labels, epochs, seed, size=5, count=12,
                    only=("weights", "biases"))


@train.mistake("no-relu",
    "Your network was trained without ReLU and is asked with it. Both must be the same network, "
    "part for part.")
def train_no_relu(images, labels, epochs, seed):
    return _trained(images, labels, epochs, seed, relu=False)


@train.mistake("flipped-filters",
    "Your network was trained with flipped filters. In this course a filter lies on the image as "
    "it is.")
def train_flipped(images, labels, epochs, seed):
    return _trained(images, labels, epochs, seed, flip=True)


@train.mistake("several-results",
    "You return the model and something else, perhaps the losses. Asked is the model alone.")
def train_with_history(images, labels, epochs, seed):
    return _trained(images, labels, 1, seed), [2.3, 1.1]


@train.mistake("filters-last",
    "Your filters have their number at the end, (h, w, C, F). In this course it comes first: "
    "(F, h, w, C).")
def train_filters_last(images, labels, epochs, seed):
    model = _trained(images, labels, 1, seed)
    return {**model, "filters": model["filters"].transpose(1, 2, 3, 0)}
