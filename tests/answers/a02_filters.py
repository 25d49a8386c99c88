"""Right answers to lesson 02, written the ways people write them."""

APPLY_FILTER = [
    """
def apply_filter(patch, kernel):
    return (patch * kernel).sum()
""",
    """
def apply_filter(patch, kernel):
    total = 0
    for place in np.ndindex(patch.shape):
        total += patch[place] * kernel[place]
    return total
""",
    """
def apply_filter(patch, kernel):
    return float(np.dot(patch.ravel(), kernel.ravel()))
""",
    """
def apply_filter(patch, kernel):
    return np.vdot(patch, kernel)
""",
    """
def apply_filter(patch, kernel):
    return np.tensordot(patch, kernel, axes=patch.ndim)
""",
    """
def apply_filter(patch, kernel):
    letters = "ijk"[: patch.ndim]
    return np.einsum(f"{letters},{letters}->", patch, kernel)
""",
    """
def apply_filter(patch, kernel):
    return sum(p * k for p, k in zip(patch.flatten().tolist(), kernel.flatten().tolist()))
""",
    """
def apply_filter(patch, kernel):
    if patch.ndim == 0:
        return patch * kernel
    return sum(apply_filter(p, k) for p, k in zip(patch, kernel))
""",
    """
def apply_filter(patch, kernel):
    return np.float32(np.multiply(patch, kernel).sum())
""",
    """
import math
apply_filter = lambda patch, kernel: math.fsum((patch * kernel).flat)
""",
    """
class Sum:
    def __call__(self, patch, kernel):
        return np.array(np.sum(np.asarray(patch, dtype=float) * kernel))

apply_filter = Sum()
""",
    """
def apply_filter(patch, kernel):
    products = patch * kernel
    while products.ndim > 0:
        products = products.sum(axis=-1)
    return products
""",
]

CONVOLVE2D = [
    """
def convolve2d(image, kernel):
    H, W = image.shape
    h, w = kernel.shape
    out = np.zeros((H - h + 1, W - w + 1))
    for r in range(H - h + 1):
        for c in range(W - w + 1):
            for i in range(h):
                for j in range(w):
                    out[r, c] += image[r + i, c + j] * kernel[i, j]
    return out
""",
    """
def convolve2d(image, kernel):
    windows = np.lib.stride_tricks.sliding_window_view(image, kernel.shape)
    return np.einsum("rcij,ij->rc", windows, kernel)
""",
    """
def convolve2d(image, kernel):
    h, w = kernel.shape
    rows, columns = image.shape[0] - h + 1, image.shape[1] - w + 1
    out = np.zeros((rows, columns))
    for i in range(h):
        for j in range(w):
            out += kernel[i, j] * image[i : i + rows, j : j + columns]
    return out
""",
    """
def convolve2d(image, kernel):
    h, w = kernel.shape
    return np.array([[np.sum(image[r:r + h, c:c + w] * kernel)
                      for c in range(image.shape[1] - w + 1)]
                     for r in range(image.shape[0] - h + 1)])
""",
    """
def convolve2d(image, kernel):
    # By the convolution theorem; the kernel's conjugate makes a correlation of it.
    size = image.shape
    product = np.fft.rfft2(image) * np.conj(np.fft.rfft2(kernel, s=size))
    full = np.fft.irfft2(product, s=size)
    return full[: size[0] - kernel.shape[0] + 1, : size[1] - kernel.shape[1] + 1]
""",
    """
def convolve2d(image, kernel):
    height, width = kernel.shape
    rows = []
    r = 0
    while r + height <= len(image):
        row = []
        c = 0
        while c + width <= len(image[0]):
            row.append(apply_filter(image[r:r + height, c:c + width], kernel))
            c += 1
        rows.append(row)
        r += 1
    return np.array(rows)
""",
    """
def convolve2d(image, kernel):
    rows = image.shape[0] - kernel.shape[0] + 1
    total = 0
    for i, weights in enumerate(kernel):
        total = total + np.stack(
            [np.correlate(line, weights, mode="valid") for line in image[i:i + rows]])
    return total
""",
    """
def convolve2d(image, kernel):
    h, w = kernel.shape
    rows, columns = image.shape[0] - h + 1, image.shape[1] - w + 1
    matrix = np.array([image[r:r + h, c:c + w].ravel()
                       for r in range(rows) for c in range(columns)])
    return (matrix @ kernel.ravel()).reshape(rows, columns)
""",
    """
def convolve2d(image, kernel):
    windows = np.lib.stride_tricks.sliding_window_view(image.astype(np.float32), kernel.shape)
    return np.tensordot(windows, kernel.astype(np.float32), axes=((2, 3), (0, 1)))
""",
    """
def convolve2d(image, kernel):
    out = np.empty((len(image) - len(kernel) + 1, len(image[0]) - len(kernel[0]) + 1), order="F")
    for place, _ in np.ndenumerate(out):
        window = image[tuple(slice(at, at + n) for at, n in zip(place, kernel.shape))]
        out[place] = np.vdot(window, kernel)
    return out
""",
    """
import functools

def remember_nothing(f):
    @functools.wraps(f)
    def wrapper(*args, **kwargs):
        return f(*args, **kwargs)
    return wrapper

@remember_nothing
def convolve2d(image, kernel):
    image, kernel = image.tolist(), kernel.tolist()
    h, w = len(kernel), len(kernel[0])
    return np.array([
        [sum(image[r + i][c + j] * kernel[i][j] for i in range(h) for j in range(w))
         for c in range(len(image[0]) - w + 1)]
        for r in range(len(image) - h + 1)], dtype=float)
""",
    """
class Convolution:
    def __call__(self, image, kernel):
        if kernel.shape[0] == 1 and kernel.shape[1] == 1:
            return image * kernel[0, 0]
        return np.sum(
            np.lib.stride_tricks.sliding_window_view(image, kernel.shape) * kernel, axis=(-2, -1))

convolve2d = Convolution()
""",
]

RELU = [
    """
def relu(x):
    return np.maximum(0, x)
""",
    """
def relu(x):
    return np.where(x > 0, x, 0)
""",
    """
def relu(x):
    return x * (x > 0)
""",
    """
def relu(x):
    result = x.copy()
    result[result < 0] = 0
    return result
""",
    """
def relu(x):
    return np.clip(x, 0, None)
""",
    """
def relu(x):
    return (x + np.abs(x)) / 2
""",
    """
def relu(x):
    result = np.zeros(x.shape)
    for place in np.ndindex(x.shape):
        if x[place] > 0:
            result[place] = x[place]
    return result
""",
    """
def relu(x):
    return np.array([max(value, 0) for value in x.flatten()]).reshape(x.shape)
""",
    """
relu = np.vectorize(lambda x: max(float(x), 0.0))
""",
    """
def relu(x):
    return np.fmax(x.astype(np.float32), np.float32(0))
""",
    """
def relu(x):
    return -np.minimum(-x, 0)
""",
    """
def relu(x):
    if x.ndim == 0:
        return max(x, 0)
    return np.array([relu(part) for part in x])
""",
]

CONVOLVE_CHANNELS = [
    """
def convolve_channels(image, kernel):
    result = convolve2d(image[:, :, 0], kernel[:, :, 0])
    for c in range(1, image.shape[2]):
        result = result + convolve2d(image[:, :, c], kernel[:, :, c])
    return result
""",
    """
def convolve_channels(image, kernel):
    h, w, channels = kernel.shape
    rows, columns = image.shape[0] - h + 1, image.shape[1] - w + 1
    out = np.zeros((rows, columns))
    for r in range(rows):
        for c in range(columns):
            out[r, c] = apply_filter(image[r:r + h, c:c + w], kernel)
    return out
""",
    """
def convolve_channels(image, kernel):
    windows = np.lib.stride_tricks.sliding_window_view(image, kernel.shape[:2], axis=(0, 1))
    return np.einsum("rcdij,ijd->rc", windows, kernel)
""",
    """
def convolve_channels(image, kernel):
    windows = np.lib.stride_tricks.sliding_window_view(image, kernel.shape)
    return np.sum(windows[:, :, 0] * kernel, axis=(2, 3, 4))
""",
    """
def convolve_channels(image, kernel):
    h, w, _ = kernel.shape
    rows, columns = image.shape[0] - h + 1, image.shape[1] - w + 1
    return sum(image[i:i + rows, j:j + columns] @ kernel[i, j] for i in range(h) for j in range(w))
""",
    """
def convolve_channels(image, kernel):
    (H, W, C), (h, w, _) = image.shape, kernel.shape
    out = np.zeros((H - h + 1, W - w + 1))
    for r in range(H - h + 1):
        for c in range(W - w + 1):
            total = 0.0
            for i in range(h):
                for j in range(w):
                    for k in range(C):
                        total += image[r + i, c + j, k] * kernel[i, j, k]
            out[r, c] = total
    return out
""",
    """
def convolve_channels(image, kernel):
    maps = [convolve2d(image[..., c], kernel[..., c]) for c in range(kernel.shape[-1])]
    return np.sum(maps, axis=0)
""",
    """
def convolve_channels(image, kernel):
    maps = np.dstack([convolve2d(a, b) for a, b in zip(image.T, kernel.T)])
    return maps.sum(axis=-1).T
""",
    """
def convolve_channels(image, kernel):
    return np.array([[np.tensordot(image[r:r + len(kernel), c:c + len(kernel[0])], kernel, 3)
                      for c in range(image.shape[1] - kernel.shape[1] + 1)]
                     for r in range(image.shape[0] - kernel.shape[0] + 1)])
""",
    """
import functools, operator
convolve_channels = lambda image, kernel: functools.reduce(
    operator.add,
    map(convolve2d, np.moveaxis(image, -1, 0), np.moveaxis(kernel, -1, 0))).astype(np.float32)
""",
    """
def convolve_channels(image, kernel):
    # A box of C channels is a flat window: C columns for each pixel.
    h, w, channels = kernel.shape
    flat = image.reshape(image.shape[0], -1)
    windows = np.lib.stride_tricks.sliding_window_view(flat, (h, w * channels))[:, ::channels]
    return np.asfortranarray((windows * kernel.reshape(h, -1)).sum(axis=(2, 3)))
""",
]

CONVOLUTION_LAYER = [
    """
def convolution_layer(image, filters, biases):
    maps = []
    for f in range(len(filters)):
        maps.append(convolve_channels(image, filters[f]) + biases[f])
    return np.stack(maps, axis=2)
""",
    """
def convolution_layer(image, filters, biases):
    F, h, w, C = filters.shape
    out = np.zeros((image.shape[0] - h + 1, image.shape[1] - w + 1, F))
    for f in range(F):
        out[:, :, f] = convolve_channels(image, filters[f]) + biases[f]
    return out
""",
    """
def convolution_layer(image, filters, biases):
    windows = np.lib.stride_tricks.sliding_window_view(image, filters.shape[1:3], axis=(0, 1))
    return np.einsum("rcdij,fijd->rcf", windows, filters) + biases
""",
    """
def convolution_layer(image, filters, biases):
    count, h, w, channels = filters.shape
    rows, columns = image.shape[0] - h + 1, image.shape[1] - w + 1
    patches = np.array([image[r:r + h, c:c + w].ravel()
                        for r in range(rows) for c in range(columns)])
    return (patches @ filters.reshape(count, -1).T + biases).reshape(rows, columns, count)
""",
    """
def convolution_layer(image, filters, biases):
    count, h, w, channels = filters.shape
    rows, columns = image.shape[0] - h + 1, image.shape[1] - w + 1
    out = np.zeros((rows, columns, count)) + biases
    for i in range(h):
        for j in range(w):
            out += image[i:i + rows, j:j + columns] @ filters[:, i, j].T
    return out
""",
    """
def convolution_layer(image, filters, biases):
    F, h, w, C = filters.shape
    rows, columns = image.shape[0] - h + 1, image.shape[1] - w + 1
    out = np.empty((rows, columns, F))
    for r in range(rows):
        for c in range(columns):
            for f in range(F):
                out[r, c, f] = np.sum(image[r:r + h, c:c + w] * filters[f]) + biases[f]
    return out
""",
    """
def convolution_layer(image, filters, biases):
    maps = np.array([convolve_channels(image, kernel) for kernel in filters])
    return np.moveaxis(maps + np.reshape(biases, (-1, 1, 1)), 0, -1)
""",
    """
def convolution_layer(image, filters, biases):
    return np.dstack([
        sum(convolve2d(image[..., c], kernel[..., c]) for c in range(image.shape[-1])) + bias
        for kernel, bias in zip(filters, biases)])
""",
    """
def convolution_layer(image, filters, biases):
    windows = np.lib.stride_tricks.sliding_window_view(
        image.astype(np.float32), filters.shape[1:])[:, :, 0]
    maps = np.tensordot(windows, filters.astype(np.float32), axes=((2, 3, 4), (1, 2, 3)))
    return maps + biases.astype(np.float32)
""",
    """
def convolution_layer(image, filters, biases):
    maps = list(map(lambda pair: convolve_channels(image, pair[0]) + pair[1], zip(filters, biases)))
    return np.transpose(np.array(maps), (1, 2, 0))
""",
    """
class Layer:
    def __init__(self, activation=None):
        self.activation = activation or (lambda x: x)

    def __call__(self, image, filters, biases):
        rows = [[[apply_filter(image[r:r + k.shape[0], c:c + k.shape[1]], k) + b
                  for k, b in zip(filters, biases)]
                 for c in range(image.shape[1] - filters.shape[2] + 1)]
                for r in range(image.shape[0] - filters.shape[1] + 1)]
        return self.activation(np.array(rows))

convolution_layer = Layer()
""",
]

ANSWERS = {
    "apply_filter": APPLY_FILTER,
    "convolve2d": CONVOLVE2D,
    "relu": RELU,
    "convolve_channels": CONVOLVE_CHANNELS,
    "convolution_layer": CONVOLUTION_LAYER,
}
