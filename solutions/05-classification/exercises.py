"""How 05-classification is marked: from feature maps to a label."""

import numpy as np

from autograder.declare import Exercise, case, grid


def distinct(rng, shape):
    """All values different, so that every change of their order shows."""
    return rng.permutation(int(np.prod(shape))).reshape(shape) / 4


def chances(rng, shape):
    """Rows of probabilities, none of them 0, 1 or equal to another of its row."""
    weights = rng.permuted(np.tile(np.arange(1, shape[1] + 1), (shape[0], 1)), axis=1)
    return weights / weights.sum(axis=1, keepdims=True)


# --- flatten --------------------------------------------------------------------------

flatten = Exercise(
    "flatten",
    points=1,
    minutes=3,
    hints=(
        "One image becomes one row. How many rows does the result have, and how many numbers "
        "are in a row?",
        "NumPy can lay the same numbers out in a new shape. You know one side of it, the number "
        "of images. Let NumPy work out the other.",
        "Shape (2, 3, 4, 5) becomes (2, 60), because 3 · 4 · 5 = 60. The first 5 numbers of a "
        "row are the 5 channels of the top left pixel. The next 5 belong to the pixel on its "
        "right.",
    ),
)


@flatten.cases
def flatten_cases(rng):
    yield case("one row per image", "a batch of 2", distinct(rng, (2, 3, 4, 2)))
    yield case("one row per image", "a batch of 4, one channel", distinct(rng, (4, 3, 2, 1)))
    yield case("a batch of one image", "one image", distinct(rng, (1, 2, 3, 3)))
    yield case("order of the numbers", "wide maps", distinct(rng, (2, 2, 5, 3)))
    yield case("order of the numbers", "tall maps", distinct(rng, (3, 4, 2, 2)) / 3)
    yield case("other memory layouts", "Fortran order",
               np.asfortranarray(distinct(rng, (2, 3, 2, 3))))
    yield case("other memory layouts", "every second channel",
               distinct(rng, (3, 2, 3, 4))[..., ::2])
    yield case("whole numbers and float32", "whole numbers",
               rng.integers(0, 256, (2, 2, 3, 2)))
    yield case("whole numbers and float32", "float32",
               distinct(rng, (2, 3, 2, 2)).astype(np.float32))


@flatten.mistake("one-long-row",
    "You put the whole batch into one long row, so the images can no longer be told apart. "
    "Keep one row for each image: the first axis of the result is the first axis of the input.")
def flatten_all(feature_maps):
    return feature_maps.reshape(-1)


@flatten.mistake("only-first-image",
    "Your result has one row, whatever the number of images. A batch of N images needs N rows. "
    "Look for an index 0, or for a 1 where the number of images belongs.")
def flatten_first(feature_maps):
    return feature_maps[0].reshape(1, -1)


@flatten.mistake("features-as-rows",
    "Your table stands on its side: each image has become a column. The dense layer expects one "
    "row per image, so the number of images comes first in the shape.")
def flatten_columns(feature_maps):
    return feature_maps.reshape(len(feature_maps), -1).T


@flatten.mistake("images-mixed",
    "The number of images is the last side of your shape, not the first. Now a row holds numbers "
    "of several images. Put the number of images first and let NumPy work out the second side.")
def flatten_mixed(feature_maps):
    return feature_maps.reshape(-1, len(feature_maps))


@flatten.mistake("fortran-order",
    "The numbers are all there, but read in column order: rows change fastest. We read row by "
    "row, so the last axis, the channels, changes fastest. Look at the order you asked for.")
def flatten_fortran(feature_maps):
    return feature_maps.reshape(len(feature_maps), -1, order="F")


@flatten.mistake("channels-first",
    "You wrote out one whole channel, then the next. We keep the order of the array: first all "
    "channels of the top left pixel, then all channels of its neighbour.")
def flatten_channels_first(feature_maps):
    return feature_maps.transpose(0, 3, 1, 2).reshape(len(feature_maps), -1)


@flatten.mistake("columns-first",
    "You walked down the columns of the map. We read like a page: along the first row, then "
    "along the second. Look whether height and width changed places.")
def flatten_columns_first(feature_maps):
    return feature_maps.transpose(0, 2, 1, 3).reshape(len(feature_maps), -1)


@flatten.mistake("memory-order",
    "Your order follows how the numbers happen to lie in memory, so it changes when the array "
    "was transposed or cut out before. Ask for row-by-row order, whatever the memory looks like.")
def flatten_memory(feature_maps):
    return np.stack([image.ravel(order="K") for image in feature_maps])


@flatten.mistake("channels-kept",
    "You joined height and width but left the channels on an axis of their own. Flat means one "
    "row per image: two axes in all. The channels go into the row too.")
def flatten_keep_channels(feature_maps):
    n, height, width, channels = feature_maps.shape
    return feature_maps.reshape(n, height * width, channels)


@flatten.mistake("channels-dropped",
    "Your rows hold only one channel of each pixel. Nothing is thrown away when maps are "
    "flattened: a row has height × width × channels numbers.")
def flatten_drop_channels(feature_maps):
    return feature_maps[..., 0].reshape(len(feature_maps), -1)


@flatten.mistake("averaged",
    "You averaged each map to one number. That is global average pooling, from lesson 4. "
    "Flattening keeps every number and only changes the shape.")
def flatten_average(feature_maps):
    return feature_maps.mean(axis=(1, 2))


@flatten.mistake("returns-list",
    "Your numbers are right, but they come as a list of lists. The dense layer multiplies "
    "arrays. Return a NumPy array.")
def flatten_list(feature_maps):
    return feature_maps.reshape(len(feature_maps), -1).tolist()


# --- dense ----------------------------------------------------------------------------

dense = Exercise(
    "dense",
    points=2,
    minutes=2,
    hints=(
        "One score is a weighted sum of one whole row of inputs, plus one bias. Which weights "
        "belong to the first class: a row of the table, or a column?",
        "Doing this for all rows and all classes at once has a name you know: the product of "
        "two matrices. Check that the inner sides fit: (N, D) and (D, K).",
        "Inputs [1, 2], weights [[10, 20, 30], [1, 2, 3]], biases [100, 0, 0]. The first score "
        "is 1·10 + 2·1 + 100 = 112. The others are 24 and 36.",
    ),
)


@dense.cases
def dense_cases(rng):
    # Thirds, so that nothing may be rounded.
    yield case("weighted sums", "3 inputs of 4 numbers, 2 classes, no bias",
               grid(rng, (3, 4)) / 3, grid(rng, (4, 2)), np.zeros(2))
    yield case("weighted sums", "2 inputs of 2 numbers, 5 classes, no bias",
               grid(rng, (2, 2)), grid(rng, (2, 5)), np.zeros(5))
    yield case("biases", "every class has its own bias",
               grid(rng, (4, 3)), grid(rng, (3, 2)), distinct(rng, (2,)) + 1)
    yield case("biases", "negative biases",
               grid(rng, (2, 5)), grid(rng, (5, 3)), -1 - distinct(rng, (3,)))
    yield case("square tables", "3 inputs, 3 numbers, 3 classes",
               distinct(rng, (3, 3)), distinct(rng, (3, 3)) - 1, distinct(rng, (3,)) + 1)
    yield case("one input", "a batch of one",
               grid(rng, (1, 4)), grid(rng, (4, 3)), distinct(rng, (3,)) + 1)
    yield case("whole numbers", "whole inputs, weights with fractions",
               rng.integers(1, 5, (3, 3)), 2 * grid(rng, (3, 2)) + 0.25,
               np.array([0.5, -0.75]))
    yield case("whole numbers", "uint8 inputs",
               rng.integers(150, 256, (2, 3)).astype(np.uint8),
               grid(rng, (3, 2)) + 2.5, np.array([0.25, 0.5]))
    yield case("other arrays", "float32", grid(rng, (2, 3)).astype(np.float32),
               grid(rng, (3, 2)).astype(np.float32), np.array([0.5, 1], np.float32))
    yield case("other arrays", "keyword call, transposed weights", inputs=grid(rng, (3, 4)),
               weights=grid(rng, (2, 4)).T, biases=np.array([0.25, -1]))


@dense.mistake("no-bias",
    "Your sums lack the biases. Each class has one number that is added to its score, whatever "
    "the input is. Even an input of zeros then gives scores that are not 0.")
def dense_no_bias(inputs, weights, biases):
    return inputs @ weights


@dense.mistake("bias-subtracted",
    "The biases are taken away where they should be added. Try an input of zeros: its scores "
    "are then the biases themselves.")
def dense_minus_bias(inputs, weights, biases):
    return inputs @ weights - biases


@dense.mistake("bias-many-times",
    "The bias is in your sum once for each input number. It belongs there once for each class. "
    "Look where in the loop it is added.")
def dense_bias_each(inputs, weights, biases):
    return inputs @ weights + biases * inputs.shape[1]


@dense.mistake("first-bias-for-all",
    "All classes get the same bias in your result. There is one bias per class: score k gets "
    "bias k.")
def dense_one_bias(inputs, weights, biases):
    return inputs @ weights + biases[0]


@dense.mistake("weights-transposed",
    "Rows and columns of the weights have changed places. Their shape is (D, K): a row for each "
    "input number, a column for each class. The inner sides of the product must be D and D.")
def dense_transposed(inputs, weights, biases):
    return inputs @ weights.T + biases


@dense.mistake("result-transposed",
    "Your table of scores stands on its side. It should have one row per input and one column "
    "per class: shape (N, K).")
def dense_result_transposed(inputs, weights, biases):
    return (inputs @ weights + biases).T


@dense.mistake("only-first-input",
    "You gave the scores of the first input only. A batch of N inputs needs N rows of scores.")
def dense_first(inputs, weights, biases):
    return inputs[0] @ weights + biases


@dense.mistake("last-input-left-out",
    "Your sums stop one number too early: the last input number never counts. Look at the end "
    "of your loop or slice.")
def dense_last_left_out(inputs, weights, biases):
    return inputs[:, :-1] @ weights[:-1] + biases


@dense.mistake("mean-not-sum",
    "You divided by the number of inputs, so this is an average. A dense layer adds: every "
    "input number times its weight, all summed, nothing divided.")
def dense_mean(inputs, weights, biases):
    return inputs @ weights / inputs.shape[1] + biases


@dense.mistake("relu-inside",
    "Negative scores became 0. This layer has no activation: a negative score says “rather not "
    "this class”, and softmax needs to know how much.")
def dense_relu(inputs, weights, biases):
    return np.maximum(inputs @ weights + biases, 0)


@dense.mistake("softmax-inside",
    "You turned the scores into probabilities already. Softmax is a step of its own. Return the "
    "plain sums: they may be negative and larger than 1.")
def dense_softmax(inputs, weights, biases):
    scores = inputs @ weights + biases
    powers = np.exp(scores - scores.max(axis=1, keepdims=True))
    return powers / powers.sum(axis=1, keepdims=True)


@dense.mistake("truncated",
    "Where the inputs are whole numbers, your scores lose their fractions. The array you fill "
    "has the inputs' type, and that type has no fractions. Make it an array of floats.")
def dense_truncated(inputs, weights, biases):
    result = np.zeros((len(inputs), weights.shape[1]))
    result[:] = inputs @ weights + biases
    return np.trunc(result) if inputs.dtype.kind in "iu" else result


@dense.mistake("weights-as-whole-numbers",
    "With whole inputs your weights lose their fractions before they are multiplied. Never "
    "change the type of the weights: whole number times float is a float.")
def dense_whole_weights(inputs, weights, biases):
    if inputs.dtype.kind in "iu":
        weights = np.trunc(weights)
    return inputs @ weights + biases


# --- softmax --------------------------------------------------------------------------

softmax = Exercise(
    "softmax",
    points=3,
    minutes=3,
    # What makes it more than one line.
    weights={"large scores": 3.0},
    hints=(
        "Two steps: make every score positive, then divide so that each row adds up to 1. "
        "Which function makes any number positive and keeps the order?",
        "exp(1000) is too large for a float. But softmax does not change when you take the same "
        "number from all scores of a row. Which number would make the largest one harmless?",
        "Scores [1000, 999]: take away 1000 and get [0, −1]. exp gives [1, 0.37], the sum is "
        "1.37, and the probabilities are [0.73, 0.27].",
    ),
)


@softmax.cases
def softmax_cases(rng):
    yield case("each row adds up to 1", "3 images, 4 classes", distinct(rng, (3, 4)) - 1)
    yield case("each row adds up to 1", "4 images, 2 classes", distinct(rng, (4, 2)) - 1)
    yield case("square tables", "3 images, 3 classes", distinct(rng, (3, 3)) - 1)
    yield case("one image", "a batch of one", distinct(rng, (1, 5)) - 0.5)
    # A second row, else a share for every class would be worth points.
    equal = np.stack([np.full(4, grid(rng, (1,))[0]), distinct(rng, (4,))])
    yield case("equal scores", "all scores of a row the same", equal)
    near = np.array([[0.0, -1.0, -0.5], [-0.25, 0.0, -2.0]])
    near = rng.permuted(near, axis=1)
    yield case("large scores", "scores near 1000", 1000 + near)
    yield case("large scores", "scores near -1000", -1000 + near)
    yield case("large scores", "from -1000 to 1000",
               rng.permuted(np.array([[-1000.0, 0.5, 1000.0], [1000.0, 999.5, 998.0]]), axis=1))
    yield case("rows far apart", "one row near 1000, one near 0", np.stack([1000 + near[0],
                                                                         near[1]]))
    yield case("whole numbers", "whole scores", rng.permuted(np.array([[3, 1, 0, 2],
                                                                     [-1, 2, 1, 0]]), axis=1))
    yield case("other arrays", "float32", (distinct(rng, (2, 4)) - 1).astype(np.float32))
    yield case("other arrays", "every second column", (distinct(rng, (3, 6)) - 2)[:, ::2])


@softmax.mistake("overflow-whole-table",
    "Two things. You divide by the sum of all rows, but each row is an image of its own. And "
    "exp(1000) is too large for a float: make the scores smaller first.")
def softmax_plain_whole(scores):
    powers = np.exp(scores)
    return powers / powers.sum()


@softmax.mistake("overflow",
    "Right for small scores. But exp(1000) is too large for a float and becomes infinite, and "
    "infinite divided by infinite is not a number. What can you take from every score of a row "
    "without changing the result?")
def softmax_plain(scores):
    powers = np.exp(scores)
    return powers / powers.sum(axis=1, keepdims=True)


@softmax.mistake("minimum-taken-away",
    "You take away the smallest score, so the largest can still be far too large for exp. Take "
    "away the one that makes trouble.")
def softmax_minimum(scores):
    powers = np.exp(scores - scores.min(axis=1, keepdims=True))
    return powers / powers.sum(axis=1, keepdims=True)


@softmax.mistake("whole-table",
    "You divide by the sum of the whole table. Each row is one image, and each image has its own "
    "100 % to share out: every row must add up to 1.")
def softmax_whole(scores):
    powers = np.exp(scores - scores.max())
    return powers / powers.sum()


@softmax.mistake("columns",
    "Your columns add up to 1, but the rows should. A row is one image with its scores for all "
    "classes. Look at the axis.")
def softmax_columns(scores):
    powers = np.exp(scores - scores.max(axis=0))
    return powers / powers.sum(axis=0)


@softmax.mistake("sum-of-columns",
    "You take the largest score of each row, but then divide by the sums of the columns. Both "
    "steps belong to the row: its largest score, its sum.")
def softmax_mixed_axes(scores):
    powers = np.exp(scores - scores.max(axis=1, keepdims=True))
    return powers / powers.sum(axis=0)


@softmax.mistake("axis-lost",
    "Largest scores and sums of the rows are a plain row of N numbers. Against a table (N, K) "
    "NumPy lays it along the columns: that is an error, or wrong if N is K. Let it keep its axis, "
    "as a column (N, 1).")
def softmax_axis_lost(scores):
    powers = np.exp(scores - scores.max(axis=1))
    return powers / powers.sum(axis=1)


@softmax.mistake("axis-lost-in-sum",
    "The sums of the rows are a plain row of N numbers. Against a table (N, K) NumPy lays it "
    "along the columns: that is an error, or wrong if N is K. Let it keep its axis, as a column "
    "(N, 1).")
def softmax_axis_lost_in_sum(scores):
    powers = np.exp(scores - scores.max(axis=1, keepdims=True))
    return powers / powers.sum(axis=1)


@softmax.mistake("one-maximum-for-all",
    "You take the largest score of the whole table away. In a row whose scores are much smaller, "
    "every exp then becomes 0, and 0 / 0 is not a number. Each row has a largest score of its own.")
def softmax_one_maximum(scores):
    powers = np.exp(scores - scores.max())
    return powers / powers.sum(axis=1, keepdims=True)


@softmax.mistake("clipped",
    "You cut large scores off, so 1000 and 999 become the same and get equal probabilities. Move "
    "the scores down instead: their differences must stay.")
def softmax_clipped(scores):
    powers = np.exp(np.clip(scores, -700, 700))
    return powers / powers.sum(axis=1, keepdims=True)


@softmax.mistake("not-divided",
    "Your rows do not add up to 1. After exp, divide every row by its own sum.")
def softmax_not_divided(scores):
    return np.exp(scores - scores.max(axis=1, keepdims=True))


@softmax.mistake("log-softmax",
    "Your numbers are the logarithms of the right ones. Probabilities lie between 0 and 1. The "
    "logarithm comes later, in the loss.")
def softmax_log(scores):
    shifted = scores - scores.max(axis=1, keepdims=True)
    return shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))


@softmax.mistake("no-exp",
    "You divide the scores by their sum, without exp. Negative scores then give negative "
    "“probabilities”. First make every score positive.")
def softmax_no_exp(scores):
    return scores / scores.sum(axis=1, keepdims=True)


@softmax.mistake("sigmoid",
    "You squeezed every score on its own between 0 and 1. Softmax compares: when one class gains, "
    "the others lose, and the row adds up to 1.")
def softmax_sigmoid(scores):
    return 1 / (1 + np.exp(-scores))


@softmax.mistake("winner-takes-all",
    "You give everything to the largest score. Softmax is soft: the others keep a share, smaller "
    "the further they are behind.")
def softmax_hard(scores):
    return np.eye(scores.shape[1])[scores.argmax(axis=1)]


@softmax.mistake("powers-of-two",
    "Your rows add up to 1, but they are too even. The base is e ≈ 2.718, not 2: use exp.")
def softmax_two(scores):
    powers = 2.0 ** (scores - scores.max(axis=1, keepdims=True))
    return powers / powers.sum(axis=1, keepdims=True)


@softmax.mistake("scaled-not-moved",
    "You divide by the largest score to keep exp small. That changes the differences, and so the "
    "result. Take the largest score away instead: differences stay.")
def softmax_scaled(scores):
    powers = np.exp(scores / np.abs(scores).max(axis=1, keepdims=True))
    return powers / powers.sum(axis=1, keepdims=True)


@softmax.mistake("truncated",
    "With whole scores your probabilities become 0. The array you fill has the scores' type, "
    "which has no fractions. Make it an array of floats.")
def softmax_truncated(scores):
    powers = np.exp(scores - scores.max(axis=1, keepdims=True))
    result = np.zeros_like(scores)
    result[:] = powers / powers.sum(axis=1, keepdims=True)
    return result


@softmax.mistake("rounded",
    "Your probabilities are rounded, so a row may no longer add up to 1. Return them as they are, "
    "and round only when you print.")
def softmax_rounded(scores):
    powers = np.exp(scores - scores.max(axis=1, keepdims=True))
    return np.round(powers / powers.sum(axis=1, keepdims=True), 2)


@softmax.mistake("changes-scores",
    "Your probabilities are right, but the scores you were given are changed: something like −= "
    "writes into them. The caller may still need them. Make a new array.")
def softmax_in_place(scores):
    scores -= scores.max(axis=1, keepdims=True)
    powers = np.exp(scores)
    return powers / powers.sum(axis=1, keepdims=True)


# --- cross_entropy --------------------------------------------------------------------

cross_entropy = Exercise(
    "cross_entropy",
    points=2,
    minutes=3,
    hints=(
        "For each image only one number counts: the probability that was given to its true "
        "class. How do you pick one number from each row?",
        "NumPy picks pairs when you index with two arrays: row numbers and column numbers. The "
        "row numbers are 0, 1, 2, …; the column numbers are the labels.",
        "Probabilities [[0.5, 0.5], [0.2, 0.8]], labels [0, 0]: picked are 0.5 and 0.2. Minus "
        "their logarithms are 0.69 and 1.61. The loss is their mean, 1.15.",
    ),
)


@cross_entropy.cases
def cross_entropy_cases(rng):
    yield case("the true class counts", "4 images, 3 classes", chances(rng, (4, 3)),
               rng.permutation([0, 1, 2, 2]))
    yield case("the true class counts", "2 images, 5 classes", chances(rng, (2, 5)),
               rng.permutation([1, 3]))
    square = np.array([[4.0, 3.0, 1.0], [3.0, 1.0, 4.0], [1.0, 4.0, 3.0]])[rng.permutation(3)]
    # Row i's largest is never its label, and no row's is that of the row above.
    labels = np.array([{4.0: 1, 3.0: 2, 1.0: 0}[row[0]] for row in square])
    yield case("the true class counts", "3 images, 3 classes", square / 8, labels)
    yield case("one image", "a batch of one", chances(rng, (1, 4)), rng.integers(0, 4, 1))
    yield case("a sure and right answer", "probability 1 for one image",
               np.concatenate([[[0.0, 1.0, 0.0]], chances(rng, (2, 3))]),
               np.array([1, *rng.integers(0, 3, 2)]))
    yield case("probability 0", "the true class got 0",
               np.concatenate([[[1.0, 0.0]], chances(rng, (3, 2))]),
               np.array([1, *rng.integers(0, 2, 3)]))
    some = int(rng.integers(5, 16)) / 20
    yield case("probability 0", "both images got 0", np.array([[0.0, some, 1 - some],
                                                              [1 - some, some, 0.0]]),
               np.array([0, 2]))
    yield case("other arrays", "uint8 labels", chances(rng, (5, 3)),
               rng.permutation([0, 1, 2, 1, 1]).astype(np.uint8))
    yield case("other arrays", "float32", chances(rng, (3, 4)).astype(np.float32),
               rng.permutation([0, 3, 1]))
    yield case("other arrays", "keyword call, every second column", labels=np.array([2, 0, 1]),
               probabilities=np.repeat(chances(rng, (3, 3)), 2, axis=1)[:, ::2])


@cross_entropy.mistake("minus-forgotten",
    "Your loss is negative. The logarithm of a probability is never positive, so the loss is "
    "minus that: 0 for a perfect answer, larger for a worse one.")
def cross_entropy_sign(probabilities, labels):
    right = probabilities[np.arange(len(labels)), labels]
    return np.mean(np.log(np.maximum(right, 1e-12)))


@cross_entropy.mistake("sum-not-mean",
    "You added up the losses of all images. Take their mean, so that the loss of 10 and of 1000 "
    "images can be compared.")
def cross_entropy_sum(probabilities, labels):
    right = probabilities[np.arange(len(labels)), labels]
    return -np.sum(np.log(np.maximum(right, 1e-12)))


@cross_entropy.mistake("per-class-mean",
    "Your loss is too small by the number of classes: you averaged over all cells of the table. "
    "Each image has one loss. Average over the images only.")
def cross_entropy_all_cells(probabilities, labels):
    ones = np.eye(probabilities.shape[1])[labels]
    return -np.mean(ones * np.log(np.maximum(probabilities, 1e-12)))


@cross_entropy.mistake("labels-ignored",
    "You took the logarithm of every probability in the table. Only one per row counts: the one "
    "of the true class, which the label names.")
def cross_entropy_no_labels(probabilities, labels):
    return -np.mean(np.log(np.maximum(probabilities, 1e-12)))


@cross_entropy.mistake("all-rows-all-labels",
    "A slice where row numbers should be: you picked all labels' columns from every row. Pick "
    "pairs: row 0 with label 0, row 1 with label 1, and so on.")
def cross_entropy_square(probabilities, labels):
    return -np.mean(np.log(np.maximum(probabilities[:, labels], 1e-12)))


@cross_entropy.mistake("largest-probability",
    "You took each row's largest probability. That says how sure the network is, not whether it "
    "is right. Take the probability of the class that the label names.")
def cross_entropy_largest(probabilities, labels):
    return -np.mean(np.log(np.maximum(probabilities.max(axis=1), 1e-12)))


@cross_entropy.mistake("one-off",
    "You read the column beside the right one. Labels count from 0: label 2 is the third column, "
    "whose index is 2.")
def cross_entropy_one_off(probabilities, labels):
    right = probabilities[np.arange(len(labels)), np.asarray(labels, int) - 1]
    return -np.mean(np.log(np.maximum(right, 1e-12)))


@cross_entropy.mistake("no-logarithm",
    "You averaged 1 − p. That is a kind of loss, but a sure and wrong answer costs hardly more "
    "than an unsure one. Cross-entropy is minus the logarithm of p.")
def cross_entropy_no_log(probabilities, labels):
    return np.mean(1 - probabilities[np.arange(len(labels)), labels])


@cross_entropy.mistake("logarithm-of-mean",
    "You averaged first and took the logarithm then. Take the logarithm of each image's "
    "probability, and average these.")
def cross_entropy_log_mean(probabilities, labels):
    right = probabilities[np.arange(len(labels)), labels]
    return -np.log(np.maximum(np.mean(right), 1e-12))


@cross_entropy.mistake("logarithm-to-base-2",
    "You used the logarithm to base 2, so your loss is counted in bits, about 1.44 times too "
    "large. Use the natural logarithm.")
def cross_entropy_bits(probabilities, labels):
    right = probabilities[np.arange(len(labels)), labels]
    return -np.mean(np.log2(np.maximum(right, 1e-12)))


@cross_entropy.mistake("logarithm-to-base-10",
    "You used the logarithm to base 10, so your loss is less than half of what it should be. Use "
    "the natural logarithm.")
def cross_entropy_ten(probabilities, labels):
    right = probabilities[np.arange(len(labels)), labels]
    return -np.mean(np.log10(np.maximum(right, 1e-12)))


@cross_entropy.mistake("softmax-again",
    "You applied softmax once more. What you get are probabilities already; squeezing them again "
    "makes them too even.")
def cross_entropy_softmax(probabilities, labels):
    powers = np.exp(probabilities)
    powers = powers / powers.sum(axis=1, keepdims=True)
    return -np.mean(np.log(powers[np.arange(len(labels)), labels]))


@cross_entropy.mistake("one-loss-per-image",
    "You return one loss for each image. One number is asked for: their mean.")
def cross_entropy_each(probabilities, labels):
    right = probabilities[np.arange(len(labels)), labels]
    return -np.log(np.maximum(right, 1e-12))


@cross_entropy.mistake("infinite",
    "Where the true class got probability 0, your loss is infinite, and one such image hides all "
    "others. Lift every probability to at least 1e-12 before you take the logarithm.")
def cross_entropy_infinite(probabilities, labels):
    right = probabilities[np.arange(len(labels)), labels]
    return -np.mean(np.log(right))


@cross_entropy.mistake("other-floor",
    "Only the probability 0 goes wrong. You lift it to another smallest value than the one that "
    "was agreed, 1e-12, so the loss there differs.")
def cross_entropy_floor(probabilities, labels):
    right = probabilities[np.arange(len(labels)), labels]
    return -np.mean(np.log(np.maximum(right, 1e-7)))


@cross_entropy.mistake("zeros-left-out",
    "You leave out images whose true class got probability 0. These are the worst answers of all: "
    "they must count. Lift their probability to 1e-12 instead.")
def cross_entropy_left_out(probabilities, labels):
    right = probabilities[np.arange(len(labels)), labels]
    right = right[right > 0]
    return -np.sum(np.log(right)) / max(len(right), 1)


@cross_entropy.mistake("changes-probabilities",
    "The loss is right, but the table of probabilities that you were given is changed. The caller "
    "may still need it. Write into an array of your own.")
def cross_entropy_in_place(probabilities, labels):
    np.log(np.maximum(probabilities, 1e-12), out=probabilities)
    return -np.mean(probabilities[np.arange(len(labels)), labels])


# --- predict --------------------------------------------------------------------------

predict = Exercise(
    "predict",
    points=1,
    minutes=2,
    hints=(
        "For each row you want to know where its largest score stands, not how large it is.",
        "NumPy has a function whose name begins with arg. Along which axis do the classes lie?",
        "Scores [[1, 5, 2], [7, 0, 7]]: in the first row the largest stands at index 1. In the "
        "second two are equal and the first one counts: index 0. Result [1, 0].",
    ),
)


@predict.cases
def predict_cases(rng):
    yield case("the largest score", "5 images, 3 classes", rng.permuted(
        np.array([[0.5, 1.25, 2], [0.25, -3, 1], [0, 4, -1.5], [2.25, 2, -4], [3, -0.5, 1]]),
        axis=1))
    yield case("the largest score", "2 images, 6 classes", distinct(rng, (2, 6)))
    yield case("the largest score", "3 images, 3 classes",
               np.array([[1.0, 0.5, -2], [3, 2.5, -6], [2, 1, 0]])[:, rng.permutation(3)])
    one = distinct(rng, (1, 4)) + 0.25
    yield case("one image", "a batch of one", one)
    yield case("one image", "another batch of one", np.roll(one, 2, axis=1))
    below = rng.permuted(-1 - np.arange(12).reshape(3, 4) / 4, axis=1)
    below[0] = np.sort(below[0])  # so that index 0 is not the answer everywhere
    yield case("negative scores", "all scores below 0", below)
    yield case("ties", "two or three largest",
               np.array([[0.5, 2, 2, 1], [3, -1, 3, 3], [1, 1, 1, 1]])[rng.permutation(3)])
    yield case("ties", "the last two are largest", np.array([[-1.5, 0.25, 0.25], [0, 4, 4]]))
    yield case("whole numbers and float32", "whole scores",
               rng.permuted(np.array([[3, 9, 0, -5], [1, 2, -7, 8]]), axis=1))
    yield case("whole numbers and float32", "float32, every second class",
               distinct(rng, (3, 8)).astype(np.float32)[:, ::2])


@predict.mistake("columns",
    "You looked down the columns: for each class, which image scores highest. Look along the "
    "rows: for each image, which class. Check the axis.")
def predict_columns(scores):
    return np.argmax(scores, axis=0)


@predict.mistake("whole-table",
    "You searched the whole table and found one place. Every row is an image that needs its own "
    "answer.")
def predict_whole(scores):
    return np.argmax(scores)


@predict.mistake("score-not-index",
    "You return the largest score itself. Asked is where it stands: the number of the class.")
def predict_score(scores):
    return np.max(scores, axis=1)


@predict.mistake("smallest",
    "You found the class with the smallest score. A high score says “this class”.")
def predict_smallest(scores):
    return np.argmin(scores, axis=1)


@predict.mistake("counts-from-1",
    "Your numbers are all one too high. The first class has the number 0.")
def predict_from_one(scores):
    return np.argmax(scores, axis=1) + 1


@predict.mistake("one-hot",
    "You marked the winner with a 1 in a whole row of zeros. Asked is only its number, one per "
    "image.")
def predict_one_hot(scores):
    return np.eye(scores.shape[1])[np.argmax(scores, axis=1)]


@predict.mistake("column-shape",
    "Your numbers are right, but they stand in a table with one column. Return a plain row of N "
    "numbers, shape (N,).")
def predict_column_shape(scores):
    return np.argmax(scores, axis=1)[:, None]


@predict.mistake("largest-size",
    "You compare sizes without the sign, so a score of −9 beats a score of 5. A very negative "
    "score says “surely not this class”.")
def predict_absolute(scores):
    return np.argmax(np.abs(scores), axis=1)


@predict.mistake("starts-at-zero",
    "If all scores of a row are negative, you always answer class 0. Your search starts with a "
    "best score of 0, and nothing in that row beats it. Start with the row's first score.")
def predict_start_zero(scores):
    result = []
    for row in scores:
        best, where = 0, 0
        for index, score in enumerate(row):
            if score > best:
                best, where = score, index
        result.append(where)
    return np.array(result)


@predict.mistake("last-on-ties",
    "Where two scores are equally large, you take the last one. We agreed on the first. Look at "
    "your comparison: should an equal score replace the one you have?")
def predict_last(scores):
    return scores.shape[1] - 1 - np.argmax(scores[:, ::-1], axis=1)


@predict.mistake("returns-list",
    "The numbers are right, but they come in a list. Comparing a list with the labels does not go "
    "element by element. Return a NumPy array.")
def predict_list(scores):
    return [int(np.argmax(row)) for row in scores]


@predict.mistake("changes-scores",
    "Your answers are right, but the scores you were given are changed. The caller may still need "
    "them. Work on a copy.")
def predict_in_place(scores):
    scores -= scores.max(axis=1, keepdims=True)
    return np.argmax(scores, axis=1)


# --- accuracy -------------------------------------------------------------------------

accuracy = Exercise(
    "accuracy",
    points=1,
    minutes=1,
    weights={"the fraction that is right": 3.0},
    hints=(
        "Compare the two arrays place by place. How many places agree, out of how many?",
        "Comparing two arrays gives True and False. In a sum or a mean, True counts 1 and False "
        "counts 0.",
        "Predictions [3, 1, 2, 2], labels [3, 0, 2, 2]: three of four agree, so the accuracy is "
        "3 / 4 = 0.75.",
    ),
)


def _answers(rng, right, count, classes=3):
    """Return predictions and labels that agree in ``right`` of ``count`` places."""
    labels = rng.permutation(np.arange(count) % classes)
    wrong = (labels + 1) % classes
    places = rng.permutation(count) < right
    return np.where(places, labels, wrong), labels


@accuracy.cases
def accuracy_cases(rng):
    yield case("the fraction that is right", "5 of 7 right", *_answers(rng, 5, 7))
    yield case("the fraction that is right", "2 of 9 right", *_answers(rng, 2, 9, 4))
    # Sorted, the two are equal; place by place, 2 of 5 agree.
    labels = np.array([0, 1, 1, 2, 3])
    yield case("the fraction that is right", "the same classes, in other places",
               labels[[1, 0, 2, 4, 3]][::-1], labels[::-1])
    yield case("the fraction that is right", "many of one class, and class 4 never seen",
               np.array([0, 0, 0, 0, 0, 1, 3]), np.array([0, 0, 0, 0, 4, 1, 2]))
    yield case("all right and all wrong", "all right", *_answers(rng, 6, 6))
    yield case("all right and all wrong", "all wrong", *_answers(rng, 0, 5))
    one = rng.integers(1, 100, 1)
    yield case("one image", "right", one, one)
    yield case("one image", "wrong", one - 1, one)
    predictions, labels = _answers(rng, 4, 6, 5)
    yield case("other arrays", "uint8 labels", predictions, labels.astype(np.uint8))
    predictions, labels = _answers(rng, 6, 8)
    yield case("other arrays", "keyword call", labels=labels, predictions=predictions)


@accuracy.mistake("count-not-fraction",
    "You return how many are right. Divide by how many there are, so that the result lies "
    "between 0 and 1.")
def accuracy_count(predictions, labels):
    return float(np.sum(predictions == labels))


@accuracy.mistake("percent",
    "Your result is in percent. Asked is a fraction: 0.75, not 75.")
def accuracy_percent(predictions, labels):
    return 100 * np.mean(predictions == labels)


@accuracy.mistake("fraction-wrong",
    "You counted the places that differ. That is the error rate. Count those that agree.")
def accuracy_error_rate(predictions, labels):
    return np.mean(predictions != labels)


@accuracy.mistake("whole-division",
    "Your result is always 0 or 1. Either you ask whether all answers are right, or the division "
    "// drops the fraction. Asked is what part of the answers is right.")
def accuracy_whole(predictions, labels):
    return np.sum(predictions == labels) // len(labels)


@accuracy.mistake("divided-by-classes",
    "You divide by the number of classes. Divide by the number of images.")
def accuracy_classes(predictions, labels):
    return np.sum(predictions == labels) / (int(np.max(labels)) + 1)


@accuracy.mistake("class-zero-ignored",
    "Images of class 0 never count as right in your result. The label 0 is a class like any "
    "other, but Python takes the number 0 for False.")
def accuracy_no_zero(predictions, labels):
    return np.mean((predictions == labels) & (labels > 0))


@accuracy.mistake("places-ignored",
    "You compare which classes occur, not where. Each prediction belongs to one image: compare it "
    "with the label at the same place.")
def accuracy_sorted(predictions, labels):
    return np.mean(np.sort(predictions) == np.sort(labels))


@accuracy.mistake("distance",
    "You measure how far apart the class numbers are. They are only names: mistaking a 1 for a 9 "
    "is no worse than mistaking it for a 2.")
def accuracy_distance(predictions, labels):
    return 1 - np.mean(np.abs(predictions - labels.astype(int)))


@accuracy.mistake("mean-over-classes",
    "You averaged the accuracy of each class. That is a useful number too, but every image should "
    "count the same: right ones divided by all.")
def accuracy_balanced(predictions, labels):
    return np.mean([np.mean(predictions[labels == k] == k) for k in np.unique(labels)])


@accuracy.mistake("one-less",
    "You divide by one less than the number of images. Divide by all of them.")
def accuracy_one_less(predictions, labels):
    return np.sum(predictions == labels) / max(len(labels) - 1, 1)


@accuracy.mistake("not-averaged",
    "You return, place by place, what is right. Asked is one number: what part of the places is.")
def accuracy_places(predictions, labels):
    return (predictions == labels).astype(float)


@accuracy.mistake("rounded",
    "Your accuracy is rounded. Return it as it is, and round only when you print.")
def accuracy_rounded(predictions, labels):
    return round(float(np.mean(predictions == labels)), 2)


# --- forward --------------------------------------------------------------------------

forward = Exercise(
    "forward",
    points=3,
    minutes=3,
    hints=(
        "Every step is ready: convolve_images, relu, pool_maps are given, the others are yours. "
        "Write the steps in a row, each fed by the one before.",
        "Which trained array belongs to which step? filters and filter_biases go to the "
        "convolution, weights and biases to the dense layer. The other steps have none.",
        "Follow the shapes: (2, 6, 6, 1) with three 3×3 filters gives (2, 4, 4, 3). Pooled: "
        "(2, 2, 2, 3). Flattened: (2, 12). With weights (12, 5): (2, 5), and softmax keeps that.",
    ),
)


def _windows(array, height, width):
    return np.lib.stride_tricks.sliding_window_view(array, (height, width), axis=(1, 2))


def _convolve(images, filters, biases):
    windows = _windows(images, *filters.shape[1:3])
    return np.einsum("nyxcij,fijc->nyxf", windows, filters) + biases


def _pool(maps):
    return _windows(maps, 2, 2)[:, ::2, ::2].max(axis=(4, 5))


def _probabilities(scores, axis=1):
    powers = np.exp(scores - scores.max(axis=axis, keepdims=True))
    return powers / powers.sum(axis=axis, keepdims=True)


def _pooled(images, model):
    return _pool(np.maximum(_convolve(images, model["filters"], model["filter_biases"]), 0))


def _scores(maps, model):
    return maps.reshape(len(maps), -1) @ model["weights"] + model["biases"]


def network(rng, image, filters, classes):
    """Return a model whose every part matters: see the comments."""
    height, width, channels = image
    count, rows, columns = filters
    features = (height - rows + 1) // 2 * ((width - columns + 1) // 2) * count
    kernels = grid(rng, (count, rows, columns, channels), -1, 1)
    # One filter finds something everywhere: maps that ReLU empties would tell of no image.
    kernels[0] = np.abs(kernels[0]) + 0.25
    # No kernel may look the same when it is turned by half.
    kernels[:, 0, 0], kernels[:, -1, -1] = 1, -0.5
    return {
        "filters": kernels,
        # Some maps are cut by ReLU, some are not.
        "filter_biases": rng.permuted(np.linspace(-1, 1, count)).round(2),
        "weights": grid(rng, (features, classes), -0.25, 0.25, 1 / 32),
        "biases": rng.permuted(np.linspace(-1, 1, classes)).round(2),
    }


@forward.cases
def forward_cases(rng):
    yield case("one channel", "2 grey images, 3 filters", grid(rng, (2, 6, 6, 1), 0, 1),
               network(rng, (6, 6, 1), (3, 3, 3), 4))
    yield case("one channel", "4 grey images, 1 filter", grid(rng, (4, 6, 4, 1), 0, 1),
               network(rng, (6, 4, 1), (1, 3, 3), 3))
    yield case("several channels", "3 colour images", grid(rng, (3, 5, 6, 3), 0, 1),
               network(rng, (5, 6, 3), (2, 2, 3), 4))
    yield case("one image", "a batch of one", grid(rng, (1, 6, 4, 2), 0, 1),
               network(rng, (6, 4, 2), (3, 3, 1), 3))
    yield case("maps with a rest", "maps of 5 × 3", grid(rng, (2, 7, 5, 1), 0, 1),
               network(rng, (7, 5, 1), (2, 3, 3), 3))
    yield case("negative pixels", "standardized images", grid(rng, (2, 6, 5, 1), -1, 1),
               network(rng, (6, 5, 1), (3, 3, 2), 3))
    large = network(rng, (4, 4, 1), (2, 3, 3), 3)
    large["biases"] = rng.permutation([1000.0, 999.5, -1000.0])
    yield case("large scores", "biases of 1000", grid(rng, (2, 4, 4, 1), 0, 1), large)
    yield case("other arrays", "whole pixels", rng.integers(0, 3, (2, 4, 6, 1)),
               network(rng, (4, 6, 1), (2, 3, 3), 3))
    floats = network(rng, (5, 5, 2), (2, 2, 2), 3)
    yield case("other arrays", "keyword call, float32, every second row",
               images=grid(rng, (2, 10, 5, 2), 0, 1).astype(np.float32)[:, ::2],
               model={name: array.astype(np.float32) for name, array in floats.items()})


@forward.mistake("sizes-do-not-fit",
    "A product fails because its sides do not fit, most likely at the dense layer. Its weights "
    "expect the pooled maps, laid flat. Print the shape after every step: is pooling there, and "
    "is it between convolution and flattening?")
def forward_no_pooling(images, model):
    maps = np.maximum(_convolve(images, model["filters"], model["filter_biases"]), 0)
    return _probabilities(_scores(maps, model))


@forward.mistake("no-relu",
    "ReLU is missing after the convolution. Negative values of the feature maps go on through "
    "pooling and into the scores. Set them to 0.")
def forward_no_relu(images, model):
    maps = _convolve(images, model["filters"], model["filter_biases"])
    return _probabilities(_scores(_pool(maps), model))


@forward.mistake("average-pooling",
    "You pooled by the average. This network was trained with max pooling, so its weights expect "
    "the largest value of each window.")
def forward_average(images, model):
    maps = np.maximum(_convolve(images, model["filters"], model["filter_biases"]), 0)
    pooled = _windows(maps, 2, 2)[:, ::2, ::2].mean(axis=(4, 5))
    return _probabilities(_scores(pooled, model))


@forward.mistake("every-second-cell",
    "You kept every second cell of the maps instead of the largest of each 2×2 window. Pooling "
    "looks at all four.")
def forward_subsampled(images, model):
    maps = np.maximum(_convolve(images, model["filters"], model["filter_biases"]), 0)
    even = maps[:, : maps.shape[1] // 2 * 2, : maps.shape[2] // 2 * 2]
    return _probabilities(_scores(even[:, ::2, ::2], model))


@forward.mistake("kernel-flipped",
    "Your filters are turned by half. The network was trained with the window and the filter laid "
    "over each other as they are. Turn nothing.")
def forward_flipped(images, model):
    flipped = model["filters"][:, ::-1, ::-1]
    maps = np.maximum(_convolve(images, flipped, model["filter_biases"]), 0)
    return _probabilities(_scores(_pool(maps), model))


@forward.mistake("no-filter-biases",
    "The biases of the filters are missing. Each feature map gets its filter's bias added before "
    "ReLU. Give the convolution model[\"filter_biases\"].")
def forward_no_filter_biases(images, model):
    maps = np.maximum(_convolve(images, model["filters"], 0), 0)
    return _probabilities(_scores(_pool(maps), model))


@forward.mistake("filter-biases-after-relu",
    "You add the filters' biases after ReLU. They belong to the convolution, so ReLU comes after "
    "them.")
def forward_late_biases(images, model):
    maps = np.maximum(_convolve(images, model["filters"], 0), 0) + model["filter_biases"]
    return _probabilities(_scores(_pool(maps), model))


@forward.mistake("no-dense-biases",
    "The biases of the dense layer are missing. Each class gets its own number added to its "
    "score. Give the dense layer model[\"biases\"].")
def forward_no_biases(images, model):
    return _probabilities(_pooled(images, model).reshape(len(images), -1) @ model["weights"])


@forward.mistake("channels-first",
    "You flattened one whole feature map after the other. The weights were trained on the order "
    "of lesson 5's flatten: all channels of a place, then the next place.")
def forward_channels_first(images, model):
    return _probabilities(_scores(_pooled(images, model).transpose(0, 3, 1, 2), model))


@forward.mistake("scores-not-probabilities",
    "These are the scores. One step is missing at the end: turn each row into probabilities.")
def forward_scores(images, model):
    return _scores(_pooled(images, model), model)


@forward.mistake("labels-not-probabilities",
    "You return the winning class. Asked are all probabilities, one per class. Which class wins, "
    "predict can say afterwards.")
def forward_labels(images, model):
    return _scores(_pooled(images, model), model).argmax(axis=1)


@forward.mistake("relu-on-scores",
    "Negative scores became 0 before softmax. There is no ReLU after the dense layer: softmax "
    "needs to know how far behind a class is.")
def forward_relu_scores(images, model):
    return _probabilities(np.maximum(_scores(_pooled(images, model), model), 0))


@forward.mistake("overflow",
    "Right for small scores, not a number for large ones. The softmax in your network lets exp "
    "grow too large. Use the safe one that you wrote.")
def forward_overflow(images, model):
    powers = np.exp(_scores(_pooled(images, model), model))
    return powers / powers.sum(axis=1, keepdims=True)


@forward.mistake("softmax-over-batch",
    "Your columns add up to 1, but each image should share out its own 100 %. Look along which "
    "axis your softmax runs.")
def forward_softmax_columns(images, model):
    return _probabilities(_scores(_pooled(images, model), model), axis=0)


@forward.mistake("divided-by-255",
    "You divided the images by 255. They come ready, as floats: whoever calls forward has "
    "normalized them. Do it twice and every image is almost black.")
def forward_normalized(images, model):
    return _probabilities(_scores(_pooled(images / 255, model), model))


@forward.mistake("only-first-image",
    "You classify the first image only. A batch of N images needs N rows of probabilities.")
def forward_first(images, model):
    return _probabilities(_scores(_pooled(images[:1], model), model))


@forward.mistake("whole-number-maps",
    "With whole pixels your feature maps lose their fractions. The array you fill has the images' "
    "type. Make it an array of floats.")
def forward_truncated(images, model):
    maps = _convolve(images, model["filters"], model["filter_biases"])
    if images.dtype.kind in "iu":
        maps = np.trunc(maps)
    return _probabilities(_scores(_pool(np.maximum(maps, 0)), model))


@forward.mistake("changes-model",
    "The probabilities are right, but the model is changed: you put something into it. The caller "
    "wants it back as it was. Keep what you compute in variables of your own.")
def forward_changes_model(images, model):
    model["probabilities"] = _probabilities(_scores(_pooled(images, model), model))
    return model["probabilities"]
