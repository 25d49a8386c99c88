"""Right answers to lesson 06, written the ways people write them."""

from ._dressed import dressed

NUMERICAL_GRADIENT = dressed(
    "numerical_gradient",
    """
def numerical_gradient(f, x, h=1e-5):
    slopes = np.empty(x.shape)
    for i in np.ndindex(*x.shape):
        up, down = x.astype(float), x.astype(float)
        up[i] += h
        down[i] -= h
        slopes[i] = (f(up) - f(down)) / (up[i] - down[i])
    return slopes
""",
    """
def numerical_gradient(f, x, h=1e-5):
    def slope(k):
        step = np.zeros(x.size)
        step[k] = h
        step = step.reshape(x.shape)
        return (f(x + step) - f(x - step)) / (2 * h)
    return np.array([slope(k) for k in range(x.size)]).reshape(x.shape)
""",
    """
def numerical_gradient(f, x, h=1e-5):
    steps = np.eye(x.size).reshape(x.size, *x.shape) * h
    return np.reshape([(f(x + s) - f(x - s)) / 2 / h for s in steps], x.shape)
""",
    """
def numerical_gradient(f, x, h=1e-5):
    if not np.issubdtype(x.dtype, np.floating):
        x = x * 1.0
    out = np.zeros_like(x)
    it = np.nditer(x, flags=["multi_index"])
    for value in it:
        place, old = it.multi_index, float(value)
        x[place] = old + h
        a = f(x)
        x[place] = old - h
        b = f(x)
        x[place] = old
        out[place] = (a - b) / (2 * h)
    return out
""",
)

CROSS_ENTROPY_GRADIENT = dressed(
    "cross_entropy_gradient",
    """
def cross_entropy_gradient(probabilities, labels):
    return (probabilities - np.eye(probabilities.shape[1])[labels]) / len(labels)
""",
    """
def cross_entropy_gradient(probabilities, labels):
    n, k = probabilities.shape
    gradient = np.zeros((n, k))
    for i in range(n):
        for j in range(k):
            gradient[i, j] = (probabilities[i, j] - (j == labels[i])) / n
    return gradient
""",
    """
def cross_entropy_gradient(probabilities, labels):
    right = np.arange(probabilities.shape[1]) == np.asarray(labels)[:, None]
    return np.where(right, probabilities - 1, probabilities) / probabilities.shape[0]
""",
    """
def cross_entropy_gradient(probabilities, labels):
    gradient = np.array(probabilities)
    np.subtract.at(gradient, (np.arange(len(labels)), labels), 1)
    gradient /= len(labels)
    return gradient
""",
)

DENSE_BACKWARD = dressed(
    "dense_backward",
    """
def dense_backward(gradient, inputs, weights):
    return (np.dot(gradient, weights.T), np.dot(inputs.T, gradient), np.sum(gradient, axis=0))
""",
    """
def dense_backward(gradient, inputs, weights):
    d_inputs = np.einsum("nk,dk->nd", gradient, weights)
    d_weights = np.einsum("nd,nk->dk", inputs, gradient)
    return d_inputs, d_weights, np.einsum("nk->k", gradient)
""",
    """
def dense_backward(gradient, inputs, weights):
    d_inputs, d_weights = np.zeros(inputs.shape), np.zeros(weights.shape)
    for x, g, d in zip(inputs, gradient, d_inputs):
        d += weights @ g
        d_weights += np.outer(x, g)
    return [d_inputs, d_weights, sum(gradient)]
""",
    """
from collections import namedtuple
Back = namedtuple("Back", "inputs weights biases")

def dense_backward(gradient, inputs, weights):
    ones = np.ones(len(inputs))
    return Back((weights @ gradient.T).T, (gradient.T @ inputs).T, ones @ gradient)
""",
)

RELU_BACKWARD = dressed(
    "relu_backward",
    """
def relu_backward(gradient, inputs):
    return np.where(inputs > 0, gradient, 0)
""",
    """
def relu_backward(gradient, inputs):
    result = gradient.copy()
    result[inputs <= 0] = 0
    return result
""",
    "relu_backward = lambda gradient, inputs: (np.sign(inputs) + 1) // 2 * gradient * (inputs != 0)",
    """
def relu_backward(gradient, inputs):
    flat = [g if x > 0 else 0.0 for g, x in zip(gradient.ravel(), inputs.ravel())]
    return np.array(flat).reshape(gradient.shape)
""",
)

MAX_POOL_BACKWARD = dressed(
    "max_pool_backward",
    """
def max_pool_backward(gradient, feature_maps, size=2):
    result = np.zeros(feature_maps.shape)
    n, rows, columns, channels = gradient.shape
    for i in range(n):
        for r in range(rows):
            for c in range(columns):
                for k in range(channels):
                    window = feature_maps[i, r*size:(r+1)*size, c*size:(c+1)*size, k]
                    a, b = np.unravel_index(window.argmax(), window.shape)
                    result[i, r*size + a, c*size + b, k] = gradient[i, r, c, k]
    return result
""",
    """
def max_pool_backward(gradient, feature_maps, size=2):
    n, rows, columns, channels = gradient.shape
    inside = feature_maps[:, :rows * size, :columns * size]
    blocks = inside.reshape(n, rows, size, columns, size, channels).transpose(0, 1, 3, 5, 2, 4)
    winners = blocks.reshape(n, rows, columns, channels, -1).argmax(axis=-1)
    spread = np.zeros((n, rows, columns, channels, size * size))
    np.put_along_axis(spread, winners[..., None], gradient[..., None], axis=-1)
    spread = spread.reshape(n, rows, columns, channels, size, size).transpose(0, 1, 4, 2, 5, 3)
    result = np.zeros(feature_maps.shape)
    result[:, :rows * size, :columns * size] = spread.reshape(n, rows * size, columns * size, -1)
    return result
""",
    """
def max_pool_backward(gradient, feature_maps, size=2):
    result = np.zeros(feature_maps.shape)
    for place in np.ndindex(gradient.shape):
        n, r, c, k = place
        best, where = None, None
        for i in range(r * size, r * size + size):
            for j in range(c * size, c * size + size):
                if best is None or feature_maps[n, i, j, k] > best:
                    best, where = feature_maps[n, i, j, k], (n, i, j, k)
        result[where] += gradient[place]
    return result
""",
    """
def max_pool_backward(gradient, feature_maps, size=2):
    result = np.zeros(feature_maps.shape)
    _, rows, columns, _ = gradient.shape
    for r in range(rows):
        for c in range(columns):
            block = feature_maps[:, r*size:(r+1)*size, c*size:(c+1)*size]
            flat = block.reshape(len(block), size * size, -1)
            first = np.eye(size * size)[flat.argmax(axis=1)].transpose(0, 2, 1)
            share = first * gradient[:, r, c][:, None]
            result[:, r*size:(r+1)*size, c*size:(c+1)*size] = share.reshape(block.shape)
    return result
""",
)

CONVOLUTION_FAST = dressed(
    "convolution_fast",
    """
def convolution_fast(images, filters, biases):
    windows = np.lib.stride_tricks.sliding_window_view(images, filters.shape[1:3], axis=(1, 2))
    return np.tensordot(windows, filters, ([3, 4, 5], [3, 1, 2])) + biases
""",
    """
def convolution_fast(images, filters, biases):
    count, h, w, _ = filters.shape
    n, height, width, _ = images.shape
    maps = np.zeros((n, height - h + 1, width - w + 1, count)) + biases
    for i in range(h):
        for j in range(w):
            part = images[:, i:i + height - h + 1, j:j + width - w + 1]
            maps += part @ filters[:, i, j].T
    return maps
""",
    """
def convolution_fast(images, filters, biases):
    count, h, w, c = filters.shape
    n, height, width, _ = images.shape
    images = np.ascontiguousarray(images, dtype=float)
    a, b, d, e = images.strides
    shape = (n, height - h + 1, width - w + 1, h, w, c)
    windows = np.lib.stride_tricks.as_strided(images, shape, (a, b, d, b, d, e))
    return windows.reshape(*shape[:3], -1) @ filters.reshape(count, -1).T + biases
""",
    """
def convolution_fast(images, filters, biases):
    windows = np.lib.stride_tricks.sliding_window_view(images, filters.shape[1:3], axis=(1, 2))
    return np.einsum("nrcduv,fuvd->nrcf", windows, filters, optimize=True) + biases
""",
)

CONVOLUTION_BACKWARD = dressed(
    "convolution_backward",
    """
def convolution_backward(gradient, images, filters):
    rows, columns = gradient.shape[1:3]
    d_images, d_filters = np.zeros(images.shape), np.zeros(filters.shape)
    for i in range(filters.shape[1]):
        for j in range(filters.shape[2]):
            part = images[:, i:i + rows, j:j + columns]
            d_filters[:, i, j] = np.einsum("nrcf,nrcd->fd", gradient, part)
            d_images[:, i:i + rows, j:j + columns] += gradient @ filters[:, i, j]
    return d_images, d_filters, gradient.sum(axis=(0, 1, 2))
""",
    """
def convolution_backward(gradient, images, filters):
    d_images, d_filters = np.zeros(images.shape), np.zeros(filters.shape)
    _, h, w, _ = filters.shape
    for n, r, c, f in np.ndindex(gradient.shape):
        g = gradient[n, r, c, f]
        d_images[n, r:r + h, c:c + w] += g * filters[f]
        d_filters[f] += g * images[n, r:r + h, c:c + w]
    return d_images, d_filters, gradient.reshape(-1, len(filters)).sum(axis=0)
""",
    """
def convolution_backward(gradient, images, filters):
    view = np.lib.stride_tricks.sliding_window_view
    _, h, w, _ = filters.shape
    ring = np.pad(gradient, ((0, 0), (h - 1, h - 1), (w - 1, w - 1), (0, 0)))
    turned = filters[:, ::-1, ::-1]
    d_images = np.einsum("nrcfuv,fuvd->nrcd", view(ring, (h, w), axis=(1, 2)), turned)
    d_filters = np.einsum("nrcf,nrcduv->fuvd", gradient, view(images, (h, w), axis=(1, 2)))
    return [d_images, d_filters, gradient.sum((0, 1, 2))]
""",
    """
def convolution_backward(gradient, images, filters):
    count, h, w, depth = filters.shape
    windows = np.lib.stride_tricks.sliding_window_view(images, (h, w), axis=(1, 2))
    table = np.moveaxis(windows, 3, 5).reshape(-1, h * w * depth)
    g = gradient.reshape(-1, count)
    back = (g @ filters.reshape(count, -1)).reshape(*gradient.shape[:3], h, w, depth)
    d_images = np.zeros(images.shape)
    for r in range(gradient.shape[1]):
        for c in range(gradient.shape[2]):
            d_images[:, r:r + h, c:c + w] += back[:, r, c]
    return d_images, (g.T @ table).reshape(filters.shape), g.sum(axis=0)
""",
)

_TRAIN = """
def train(images, labels, epochs, seed):
    rng = np.random.default_rng(seed)
    model = new_model(images.shape[1:], labels.max() + 1, rng{size})
    {before}
    for epoch in range(epochs):
        order = rng.permutation(len(images))
        for chosen in np.array_split(order, max(1, len(images) // {batch})):
            _, slopes = loss_and_gradients(model, images[chosen], labels[chosen])
            for name in model:
                {step}
    return model
"""
_MOMENTUM = """velocity[name] = 0.9 * velocity[name] - {rate} * slopes[name]
                model[name] = model[name] + velocity[name]"""
_VELOCITY = "velocity = dict.fromkeys(model, 0)"


def _train(step: str, before: str = _VELOCITY, batch: int = 25, size: str = "") -> str:
    return _TRAIN.format(step=step, before=before, batch=batch, size=size)


TRAIN = [
    _train(_MOMENTUM.format(rate="0.1 * (1 - epoch / epochs)")),
    _train(_MOMENTUM.format(rate="0.05")),
    _train(_MOMENTUM.format(rate="0.05"), batch=16),
    _train(_MOMENTUM.format(rate="0.1 * 0.9 ** epoch"), batch=30),
    _train(_MOMENTUM.format(rate="0.08 * (1 - epoch / epochs)"), size=", 16, 3"),
    _train(_MOMENTUM.format(rate="0.08 * (1 - epoch / epochs)"), size=", 16"),
    _train("model[name] = model[name] - 0.25 * slopes[name]", "pass", batch=8, size=", 16"),
    _train(
        """first[name] = 0.9 * first[name] + 0.1 * slopes[name]
                second[name] = 0.99 * second[name] + 0.01 * slopes[name] ** 2
                model[name] = model[name] - 0.006 * first[name] / (np.sqrt(second[name]) + 1e-6)""",
        "first, second = dict.fromkeys(model, 0), dict.fromkeys(model, 0)",
        size=", 16",
    ),
    _train(
        _MOMENTUM.format(rate="0.1 * (1 - epoch / epochs)"),
        "images = images.astype(float)\n    model = {k: v.astype(float) for k, v in model.items()}\n"
        "    velocity = {k: np.zeros_like(v) for k, v in model.items()}",
    ),
    "from types import SimpleNamespace\n"
    + _train(_MOMENTUM.format(rate="0.1 * (1 - epoch / epochs)"), batch=20)
    + "\ntrain = (lambda plain: lambda *a, **k: plain(*a, **k))(train)\n",
]

ANSWERS = {
    "numerical_gradient": NUMERICAL_GRADIENT,
    "cross_entropy_gradient": CROSS_ENTROPY_GRADIENT,
    "dense_backward": DENSE_BACKWARD,
    "relu_backward": RELU_BACKWARD,
    "max_pool_backward": MAX_POOL_BACKWARD,
    "convolution_fast": CONVOLUTION_FAST,
    "convolution_backward": CONVOLUTION_BACKWARD,
    "train": TRAIN,
}
