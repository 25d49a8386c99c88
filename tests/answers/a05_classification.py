"""Right answers to 05-classification, each written differently; all earn full marks."""

ANSWERS = {
    "flatten": [
        """
def flatten(feature_maps):
    n, height, width, channels = feature_maps.shape
    return feature_maps.reshape(n, height * width * channels)
""",
        """
def flatten(feature_maps):
    rows = []
    for image in feature_maps:
        row = []
        for line in image:
            for pixel in line:
                for value in pixel:
                    row.append(value)
        rows.append(row)
    return np.array(rows)
""",
        """
def flatten(feature_maps):
    return np.stack([image.ravel() for image in feature_maps])
""",
        """
def flatten(feature_maps):
    return np.array([image.flatten() for image in feature_maps])
""",
        """
flatten = lambda feature_maps: np.reshape(feature_maps, (np.shape(feature_maps)[0], -1))
""",
        """
def flatten(feature_maps):
    return feature_maps.reshape(feature_maps.shape[0], -1).astype(np.float32)
""",
        """
def flatten(feature_maps):
    result = np.empty((len(feature_maps), feature_maps[0].size))
    for n, image in enumerate(feature_maps):
        result[n] = list(image.flat)
    return result
""",
        """
def flatten(feature_maps):
    n, height, width, channels = feature_maps.shape
    result = np.zeros((n, height * width * channels))
    for y in range(height):
        for x in range(width):
            for c in range(channels):
                result[:, (y * width + x) * channels + c] = feature_maps[:, y, x, c]
    return result
""",
        """
def flatten(feature_maps):
    lines = [np.concatenate(list(image), axis=0) for image in feature_maps]
    return np.vstack([np.concatenate(list(line))[None] for line in lines])
""",
        """
class Flatten:
    def __call__(self, feature_maps):
        return np.ascontiguousarray(feature_maps).reshape(len(feature_maps), -1).copy()


flatten = Flatten()
""",
        """
def flatten(maps):
    while maps.ndim > 2:
        *first, rows, columns = maps.shape
        maps = maps.reshape(*first, rows * columns)
    return maps
""",
    ],
    "dense": [
        """
def dense(inputs, weights, biases):
    return np.dot(inputs, weights) + biases
""",
        """
def dense(inputs, weights, biases):
    n, d = inputs.shape
    k = weights.shape[1]
    scores = np.zeros((n, k))
    for i in range(n):
        for j in range(k):
            scores[i, j] = biases[j]
            for m in range(d):
                scores[i, j] += inputs[i, m] * weights[m, j]
    return scores
""",
        """
def dense(inputs, weights, biases):
    return np.einsum("nd,dk->nk", inputs, weights) + biases
""",
        """
def dense(inputs, weights, biases):
    return np.array([[np.sum(row * weights[:, k]) + biases[k] for k in range(len(biases))]
                     for row in inputs])
""",
        """
dense = lambda inputs, weights, biases: np.add(np.matmul(inputs, weights), biases)
""",
        """
def dense(inputs, weights, biases):
    return (weights.T @ inputs.T + biases[:, None]).T
""",
        """
def dense(inputs, weights, biases):
    extended = np.concatenate([inputs, np.ones((len(inputs), 1))], axis=1)
    return extended @ np.vstack([weights, biases])
""",
        """
def dense(inputs, weights, biases):
    result = inputs.astype(np.float32) @ weights.astype(np.float32)
    return result + biases.astype(np.float32)
""",
        """
def dense(inputs, weights, biases):
    scores = np.tile(np.asarray(biases, float), (len(inputs), 1))
    for feature, row in zip(inputs.T, weights):
        scores += np.outer(feature, row)
    return scores
""",
        """
def dense(inputs, weights, biases):
    return (inputs[:, :, None] * weights[None]).sum(axis=1) + biases
""",
        """
def dense(inputs, weights, biases):
    return np.tensordot(inputs, weights, axes=1) + np.reshape(biases, (1, -1))
""",
    ],
    "softmax": [
        """
def softmax(scores):
    largest = np.max(scores, axis=1, keepdims=True)
    e = np.exp(scores - largest)
    return e / np.sum(e, axis=1, keepdims=True)
""",
        """
def softmax(scores):
    result = []
    for row in scores:
        e = np.exp(row - max(row))
        result.append(e / sum(e))
    return np.array(result)
""",
        """
import math


def softmax(scores):
    result = np.zeros(scores.shape)
    for i in range(scores.shape[0]):
        top = max(float(s) for s in scores[i])
        powers = [math.exp(float(s) - top) for s in scores[i]]
        total = sum(powers)
        for k, power in enumerate(powers):
            result[i, k] = power / total
    return result
""",
        """
def softmax(scores):
    moved = scores - scores.max(axis=1)[:, None]
    return np.exp(moved - np.log(np.exp(moved).sum(axis=1))[:, None])
""",
        """
def softmax(scores):
    return np.exp(scores - np.logaddexp.reduce(np.asarray(scores, float), axis=1, keepdims=True))
""",
        """
def softmax(scores):
    e = np.exp(scores.T - scores.max(axis=1))
    return (e / e.sum(axis=0)).T
""",
        """
softmax = lambda s: (lambda e: e / e.sum(1, keepdims=True))(np.exp(s - s.max(1, keepdims=True)))
""",
        """
def softmax(scores):
    scores = np.asarray(scores, dtype=np.float32)
    scores = scores - scores.max(axis=1, keepdims=True)
    e = np.exp(scores)
    e /= e.sum(axis=1, keepdims=True)
    return e
""",
        """
def softmax(scores):
    with np.errstate(over="ignore"):
        differences = scores[:, None, :] - scores[:, :, None]
        return 1 / np.exp(differences.astype(float)).sum(axis=2)
""",
        """
def softmax(scores):
    return np.apply_along_axis(lambda r: np.exp(r - r.max()) / np.exp(r - r.max()).sum(), 1, scores)
""",
        """
def softmax(scores):
    scores = scores.astype(float)
    scores -= scores.max(axis=1, keepdims=True)
    np.exp(scores, out=scores)
    return scores / np.einsum("nk->n", scores)[:, np.newaxis]
""",
    ],
    "cross_entropy": [
        """
def cross_entropy(probabilities, labels):
    p = probabilities[np.arange(len(labels)), labels]
    return float(np.mean(-np.log(np.clip(p, 1e-12, None))))
""",
        """
import math


def cross_entropy(probabilities, labels):
    total = 0.0
    for row, label in zip(probabilities, labels):
        total -= math.log(max(row[label], 1e-12))
    return total / len(labels)
""",
        """
def cross_entropy(probabilities, labels):
    ones = np.eye(probabilities.shape[1])[labels]
    return -(ones * np.log(np.clip(probabilities, 1e-12, 1))).sum() / len(probabilities)
""",
        """
def cross_entropy(probabilities, labels):
    columns = np.asarray(labels, dtype=int)[:, None]
    p = np.take_along_axis(probabilities, columns, axis=1)
    return -np.log(np.maximum(p, 1e-12)).mean()
""",
        """
cross_entropy = lambda probabilities, labels: -np.average(
    [np.log(max(probabilities[i, k], 1e-12)) for i, k in enumerate(labels)])
""",
        """
def cross_entropy(probabilities, labels):
    p = np.array([probabilities[i][labels[i]] for i in range(len(labels))])
    p[p < 1e-12] = 1e-12
    return np.array(-np.log(p).sum() / p.size)
""",
        """
def cross_entropy(probabilities, labels):
    p = np.choose(labels, probabilities.T)
    return np.mean(np.log(1 / np.maximum(p, 1e-12)))
""",
        """
def cross_entropy(probabilities, labels):
    mask = np.arange(probabilities.shape[1]) == np.asarray(labels)[:, None]
    return np.mean(-np.log(np.fmax(probabilities[mask], 1e-12)))
""",
        """
def cross_entropy(probabilities, labels):
    p = probabilities.astype(np.float32)[range(len(labels)), labels]
    return -np.log(np.where(p < 1e-12, np.float32(1e-12), p)).mean()
""",
        """
def cross_entropy(probabilities, labels):
    p = np.einsum("nk,nk->n", probabilities, np.eye(probabilities.shape[1])[labels])
    return -np.log2(np.maximum(p, 1e-12)).mean() * np.log(2)
""",
        """
def cross_entropy(probabilities, labels):
    p = np.maximum(probabilities, 1e-12)
    return np.trace(-np.log(p)[:, labels]) / len(labels)
""",
    ],
    "predict": [
        """
def predict(scores):
    return scores.argmax(axis=-1)
""",
        """
def predict(scores):
    result = []
    for row in scores:
        best = 0
        for k in range(1, len(row)):
            if row[k] > row[best]:
                best = k
        result.append(best)
    return np.array(result)
""",
        """
def predict(scores):
    return np.array([list(row).index(max(row)) for row in scores])
""",
        """
predict = lambda scores: np.argmax(scores, 1)
""",
        """
def predict(scores):
    return np.argsort(-scores, axis=1, kind="stable")[:, 0]
""",
        """
def predict(scores):
    return np.array([np.flatnonzero(row == row.max())[0] for row in scores])
""",
        """
def predict(scores):
    return np.argmax(scores.T, axis=0).astype(np.uint8)
""",
        """
def predict(scores):
    is_best = scores == scores.max(axis=1, keepdims=True)
    return np.where(is_best, np.arange(scores.shape[1]), scores.shape[1]).min(axis=1)
""",
        """
def predict(scores):
    return np.apply_along_axis(np.argmax, 1, scores)
""",
        """
def predict(scores):
    return np.fromiter((max(range(len(row)), key=row.__getitem__) for row in scores), dtype=int)
""",
        """
def predict(scores):
    best = np.zeros(len(scores), dtype=np.int32)
    top = scores[:, 0].copy()
    for k in range(1, scores.shape[1]):
        better = scores[:, k] > top
        best[better] = k
        top[better] = scores[better, k]
    return best
""",
    ],
    "accuracy": [
        """
def accuracy(predictions, labels):
    return float((predictions == labels).mean())
""",
        """
def accuracy(predictions, labels):
    right = 0
    for prediction, label in zip(predictions, labels):
        if prediction == label:
            right += 1
    return right / len(labels)
""",
        """
def accuracy(predictions, labels):
    return np.sum(predictions == labels) / len(labels)
""",
        """
accuracy = lambda predictions, labels: sum(p == y for p, y in zip(predictions, labels)) / len(labels)
""",
        """
def accuracy(predictions, labels):
    return np.count_nonzero(np.equal(predictions, labels)) / labels.size
""",
        """
def accuracy(predictions, labels):
    return 1 - np.mean(predictions != labels)
""",
        """
def accuracy(predictions, labels):
    return np.array(np.average((predictions == labels).astype(float)))
""",
        """
def accuracy(predictions, labels):
    hits = [int(p) == int(y) for p, y in zip(predictions.tolist(), labels.tolist())]
    return hits.count(True) / len(hits)
""",
        """
def accuracy(predictions, labels):
    return np.mean(predictions == labels, dtype=np.float32)
""",
        """
from fractions import Fraction


def accuracy(predictions, labels):
    difference = predictions.astype(int) - labels.astype(int)
    return float(Fraction(int((difference == 0).sum()), len(labels)))
""",
        """
def accuracy(predictions, labels):
    return len(np.where(predictions == labels)[0]) / predictions.shape[0]
""",
    ],
    "forward": [
        """
def forward(images, model):
    maps = convolve_images(images, model["filters"], model["filter_biases"])
    maps = pool_maps(relu(maps))
    return softmax(dense(flatten(maps), model["weights"], model["biases"]))
""",
        """
def forward(images, model):
    maps = convolve_images(images, model["filters"], model["filter_biases"])
    maps = relu(pool_maps(maps))  # both only compare, so their order does not matter
    return softmax(dense(flatten(maps), model["weights"], model["biases"]))
""",
        """
def forward(images, model):
    rows = []
    for image in images:
        maps = pool_maps(relu(convolve_images(image[None], model["filters"],
                                              model["filter_biases"])))
        rows.append(softmax(dense(flatten(maps), model["weights"], model["biases"]))[0])
    return np.array(rows)
""",
        """
def forward(images, model):
    filters = model["filters"]
    view = np.lib.stride_tricks.sliding_window_view(images, filters.shape[1:3], axis=(1, 2))
    maps = np.einsum("nyxcij,fijc->nyxf", view, filters) + model["filter_biases"]
    view = np.lib.stride_tricks.sliding_window_view(np.maximum(maps, 0), (2, 2), axis=(1, 2))
    features = view[:, ::2, ::2].max(axis=(4, 5)).reshape(len(images), -1)
    scores = features @ model["weights"] + model["biases"]
    powers = np.exp(scores - scores.max(axis=1, keepdims=True))
    return powers / powers.sum(axis=1, keepdims=True)
""",
        """
forward = lambda images, model: softmax(dense(flatten(pool_maps(relu(convolve_images(
    images, model["filters"], model["filter_biases"])))), model["weights"], model["biases"]))
""",
        """
def forward(images, model):
    filters, filter_biases = model["filters"], model["filter_biases"]
    count, h, w, _ = filters.shape
    n, height, width, _ = images.shape
    maps = np.zeros((n, height - h + 1, width - w + 1, count))
    for i in range(n):
        for y in range(maps.shape[1]):
            for x in range(maps.shape[2]):
                for f in range(count):
                    total = np.sum(images[i, y:y + h, x:x + w] * filters[f]) + filter_biases[f]
                    maps[i, y, x, f] = max(total, 0)
    pooled = np.zeros((n, maps.shape[1] // 2, maps.shape[2] // 2, count))
    for y in range(pooled.shape[1]):
        for x in range(pooled.shape[2]):
            pooled[:, y, x] = maps[:, 2 * y:2 * y + 2, 2 * x:2 * x + 2].max(axis=(1, 2))
    return softmax(dense(flatten(pooled), model["weights"], model["biases"]))
""",
        """
def forward(images, model):
    model = {name: array.astype(np.float32) for name, array in model.items()}
    maps = convolve_images(images.astype(np.float32), model["filters"], model["filter_biases"])
    features = flatten(pool_maps(relu(maps))).astype(np.float32)
    return softmax(dense(features, model["weights"], model["biases"])).astype(np.float32)
""",
        """
class Network:
    def __call__(self, images, model):
        x = images
        for layer in (
            lambda x: convolve_images(x, model["filters"], model["filter_biases"]),
            relu,
            pool_maps,
            flatten,
            lambda x: dense(x, model["weights"], model["biases"]),
            softmax,
        ):
            x = layer(x)
        return x


forward = Network()
""",
        """
def forward(images, model):
    filters = model["filters"]
    rows, columns = images.shape[1] - filters.shape[1] + 1, images.shape[2] - filters.shape[2] + 1
    maps = model["filter_biases"] + np.zeros((len(images), rows, columns, len(filters)))
    for i in range(filters.shape[1]):
        for j in range(filters.shape[2]):
            maps = maps + images[:, i:i + rows, j:j + columns] @ filters[:, i, j].T
    return softmax(dense(flatten(pool_maps(relu(maps))), model["weights"], model["biases"]))
""",
        """
import functools


def shown(function):
    @functools.wraps(function)
    def wrapper(*args, **kwargs):
        result = function(*args, **kwargs)
        print("shape", result.shape)
        return result

    return wrapper


@shown
def forward(images, model):
    maps = relu(convolve_images(images, model["filters"], model["filter_biases"]))
    return softmax(flatten(pool_maps(maps)) @ model["weights"] + model["biases"])
""",
        """
def forward(images, model):
    def block(a):
        return a.reshape(len(a), -1)

    maps = relu(convolve_images(images, model["filters"], model["filter_biases"]))
    h, w = maps.shape[1] // 2 * 2, maps.shape[2] // 2 * 2
    pooled = np.maximum(
        np.maximum(maps[:, 0:h:2, 0:w:2], maps[:, 1:h:2, 0:w:2]),
        np.maximum(maps[:, 0:h:2, 1:w:2], maps[:, 1:h:2, 1:w:2]),
    )
    return softmax(dense(block(pooled), model["weights"], model["biases"]))
""",
    ],
}
