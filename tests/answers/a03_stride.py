"""Right answers to lesson 03, written the ways people write them."""

OUTPUT_SIZE = [
    """
def output_size(size, kernel_size, stride=1, padding=0):
    if kernel_size > size + 2 * padding:
        raise ValueError("too large")
    return (size - kernel_size + 2 * padding) // stride + 1
""",
    """
import math

def output_size(size, kernel_size, stride=1, padding=0):
    total = size + 2 * padding
    if total < kernel_size:
        raise ValueError(f"{kernel_size} > {total}")
    return math.floor((total - kernel_size) / stride + 1)
""",
    """
def output_size(size, kernel_size, stride=1, padding=0):
    count, start = 0, -padding
    while start + kernel_size <= size + padding:
        count += 1
        start += stride
    if count == 0:
        raise ValueError("no window fits")
    return count
""",
    """
def output_size(size, kernel_size, stride=1, padding=0):
    windows = len(range(0, size + 2 * padding - kernel_size + 1, stride))
    if not windows:
        raise ValueError
    return windows
""",
    """
def output_size(size, kernel_size, stride=1, padding=0):
    steps, rest = divmod(size + padding + padding - kernel_size, stride)
    if steps < 0:
        raise ValueError("negative room")
    return steps + 1
""",
    """
def output_size(size, kernel_size, stride=1, padding=0):
    room = size + 2 * padding - kernel_size
    if room < 0:
        raise ValueError("no room")
    return int(np.floor(room / stride)) + 1
""",
    """
def output_size(size, kernel_size, stride=1, padding=0):
    room = np.int64(size + 2 * padding - kernel_size)
    if room < 0:
        raise ValueError("no room")
    return np.array(room // stride + 1)
""",
    """
class DoesNotFit(ValueError):
    pass

def output_size(size, kernel_size, stride=1, padding=0):
    if size + 2 * padding - kernel_size <= -1:
        raise DoesNotFit(kernel_size)
    return -(-(size + 2 * padding - kernel_size + 1) // stride)
""",
    """
def output_size(size, kernel_size, stride=1, padding=0):
    if padding:
        return output_size(size + 2 * padding, kernel_size, stride)
    if kernel_size > size:
        raise ValueError("does not fit")
    if kernel_size + stride > size:
        return 1
    return 1 + output_size(size - stride, kernel_size, stride)
""",
    """
class OutputSize:
    def __call__(self, size, kernel_size, stride=1, padding=0):
        row = np.zeros(size + 2 * padding)
        windows = np.lib.stride_tricks.sliding_window_view(row, kernel_size)
        return len(windows[::stride])

output_size = OutputSize()
""",
    """
import functools

@functools.lru_cache(maxsize=None)
def output_size(size, kernel_size, stride=1, padding=0):
    def fits(start):
        return start + kernel_size <= size + 2 * padding
    if not fits(0):
        raise ValueError("the kernel does not fit")
    return sum(1 for start in range(0, size + 2 * padding, stride) if fits(start))
""",
]

PAD = [
    """
def pad(image, padding):
    p = (padding, padding)
    return np.pad(image, [p, p] + [(0, 0)] * (image.ndim - 2))
""",
    """
def pad(image, padding):
    if image.ndim == 2:
        return np.pad(image, padding)
    return np.pad(image, ((padding, padding), (padding, padding), (0, 0)), mode="constant")
""",
    """
def pad(image, padding):
    if padding == 0:
        return image
    result = np.zeros((image.shape[0] + 2 * padding, image.shape[1] + 2 * padding)
                      + image.shape[2:], dtype=image.dtype)
    result[padding:-padding, padding:-padding] = image
    return result
""",
    """
def pad(image, padding):
    height, width = image.shape[:2]
    result = np.zeros((height + 2 * padding, width + 2 * padding, *image.shape[2:]))
    for row in range(height):
        for column in range(width):
            result[row + padding, column + padding] = image[row, column]
    return result
""",
    """
def pad(image, padding):
    for _ in range(padding):
        row = np.zeros_like(image[:1])
        image = np.concatenate([row, image, row], axis=0)
        column = np.zeros_like(image[:, :1])
        image = np.concatenate([column, image, column], axis=1)
    return image
""",
    """
def pad(image, padding):
    if padding == 0:
        return image.copy()
    shape = list(image.shape)
    shape[0] += 2
    shape[1] += 2
    ringed = np.zeros(shape)
    ringed[1:-1, 1:-1] = image
    return pad(ringed, padding - 1)
""",
    """
def pad(image, padding):
    sides = np.zeros((image.shape[0], padding) + image.shape[2:])
    wide = np.hstack([sides, image, sides])
    ends = np.zeros((padding,) + wide.shape[1:])
    return np.vstack([ends, wide, ends])
""",
    """
def pad(image, padding):
    if image.ndim == 3:
        return np.dstack([pad(image[:, :, c], padding) for c in range(image.shape[2])])
    blank = [0.0] * (image.shape[1] + 2 * padding)
    side = [0.0] * padding
    rows = [blank] * padding + [side + list(row) + side for row in image] + [blank] * padding
    return np.array(rows)
""",
    """
def pad(image, padding):
    H, W = image.shape[:2]
    down = np.eye(H + 2 * padding, H, -padding)
    across = np.eye(W + 2 * padding, W, -padding)
    return np.einsum("ai,ij...,bj->ab...", down, image.astype(float), across)
""",
    """
pad = lambda image, padding: np.asfortranarray(np.pad(
    np.asarray(image, dtype=np.float32), [(padding, padding)] * 2 + [(0, 0)] * (image.ndim - 2)))
""",
    """
def pad(image, padding):
    H, W = image.shape[0], image.shape[1]
    rows = np.arange(-padding, H + padding)
    columns = np.arange(-padding, W + padding)
    inside = ((rows >= 0) & (rows < H))[:, None] & ((columns >= 0) & (columns < W))[None, :]
    picked = image[np.clip(rows, 0, H - 1)][:, np.clip(columns, 0, W - 1)]
    return picked * inside.reshape(inside.shape + (1,) * (image.ndim - 2))
""",
]

CONVOLVE2D = [
    """
def convolve2d(image, kernel, stride=1, padding=0):
    padded = np.pad(image, padding)
    h, w = kernel.shape
    H, W = padded.shape
    return np.array([[(padded[i:i + h, j:j + w] * kernel).sum()
                      for j in range(0, W - w + 1, stride)]
                     for i in range(0, H - h + 1, stride)])
""",
    """
def convolve2d(image, kernel, stride=1, padding=0):
    windows = np.lib.stride_tricks.sliding_window_view(np.pad(image, padding), kernel.shape)
    return np.einsum("ijhw,hw->ij", windows[::stride, ::stride], kernel)
""",
    """
def convolve2d(image, kernel, stride=1, padding=0):
    padded = np.pad(image, padding)
    (h, w), (H, W) = kernel.shape, padded.shape
    rows, columns = (H - h) // stride + 1, (W - w) // stride + 1
    result = np.zeros((rows, columns))
    for i in range(h):
        for j in range(w):
            result += kernel[i, j] * padded[i:i + (rows - 1) * stride + 1:stride,
                                            j:j + (columns - 1) * stride + 1:stride]
    return result
""",
    """
def convolve2d(image, kernel, stride=1, padding=0):
    padded = np.pad(image, padding)
    h, w = kernel.shape
    every = np.zeros((padded.shape[0] - h + 1, padded.shape[1] - w + 1))
    for r in range(every.shape[0]):
        for c in range(every.shape[1]):
            every[r, c] = np.vdot(padded[r:r + h, c:c + w], kernel)
    return every[::stride, ::stride]
""",
    """
def convolve2d(image, kernel, stride=1, padding=0):
    H, W = image.shape
    h, w = kernel.shape
    rows = (H + 2 * padding - h) // stride + 1
    columns = (W + 2 * padding - w) // stride + 1
    result = []
    for r in range(rows):
        line = []
        for c in range(columns):
            total = 0.0
            for i in range(h):
                for j in range(w):
                    y, x = r * stride + i - padding, c * stride + j - padding
                    if 0 <= y < H and 0 <= x < W:
                        total += float(image[y, x]) * float(kernel[i, j])
            line.append(total)
        result.append(line)
    return np.array(result)
""",
    """
def convolve2d(image, kernel, stride=1, padding=0):
    padded = np.pad(image, padding).astype(np.float32)
    h, w = kernel.shape
    rows = range(0, padded.shape[0] - h + 1, stride)
    columns = range(0, padded.shape[1] - w + 1, stride)
    patches = np.stack([padded[r:r + h, c:c + w].ravel() for r in rows for c in columns])
    return (patches @ kernel.astype(np.float32).ravel()).reshape(len(rows), len(columns))
""",
    """
def convolve2d(image, kernel, stride=1, padding=0):
    if padding:
        return convolve2d(np.pad(image, padding), kernel, stride)
    h, w = kernel.shape
    if image.shape[0] < h:
        return np.zeros((0, (image.shape[1] - w) // stride + 1))
    row = [np.tensordot(image[:h, c:c + w], kernel)
           for c in range(0, image.shape[1] - w + 1, stride)]
    return np.vstack([np.array(row)[None], convolve2d(image[stride:], kernel, stride)])
""",
    """
class Convolution:
    def __init__(self, xp):
        self.xp = xp
    def __call__(self, image, kernel, stride=1, padding=0):
        xp = self.xp
        image = xp.pad(image, ((padding, padding), (padding, padding)))
        h, w = kernel.shape
        shape = ((image.shape[0] - h) // stride + 1, (image.shape[1] - w) // stride + 1)
        out = xp.empty(shape)
        for index in xp.ndindex(*shape):
            top, left = (stride * i for i in index)
            out[index] = xp.sum(xp.multiply(image[top:top + h, left:left + w], kernel))
        return out

convolve2d = Convolution(np)
""",
    """
def convolve2d(image, kernel, stride=1, padding=0):
    x = np.ascontiguousarray(np.pad(image, padding), dtype=float)
    h, w = kernel.shape
    rows, columns = (x.shape[0] - h) // stride + 1, (x.shape[1] - w) // stride + 1
    down, across = x.strides
    windows = np.lib.stride_tricks.as_strided(
        x, (rows, columns, h, w), (down * stride, across * stride, down, across))
    return np.tensordot(windows, kernel, axes=2)
""",
    """
import functools

def padded_first(f):
    @functools.wraps(f)
    def wrapped(image, kernel, stride=1, padding=0):
        return f(np.pad(image, padding), kernel, stride)
    return wrapped

@padded_first
def convolve2d(image, kernel, stride):
    h, w = kernel.shape
    r = np.arange(0, image.shape[0] - h + 1, stride)[:, None] + np.arange(h)
    c = np.arange(0, image.shape[1] - w + 1, stride)[:, None] + np.arange(w)
    return (image[r[:, None, :, None], c[None, :, None, :]] * kernel).sum(axis=(2, 3))
""",
    """
def convolve2d(image, kernel, stride=1, padding=0):
    x = np.pad(image.astype(float), padding)
    h, w = kernel.shape
    size = (x.shape[0] + h - 1, x.shape[1] + w - 1)
    spectrum = np.fft.rfft2(x, size) * np.fft.rfft2(kernel[::-1, ::-1], size)
    full = np.fft.irfft2(spectrum, size)
    return full[h - 1:x.shape[0]:stride, w - 1:x.shape[1]:stride]
""",
]

CONVOLUTION_LAYER = [
    """
def convolution_layer(image, filters, biases, stride=1, padding=0):
    padded = np.pad(image, ((padding, padding), (padding, padding), (0, 0)))
    F, h, w, C = filters.shape
    windows = np.lib.stride_tricks.sliding_window_view(padded, (h, w, C))[::stride, ::stride, 0]
    return np.einsum("ijhwc,fhwc->ijf", windows, filters) + biases
""",
    """
def convolution_layer(image, filters, biases, stride=1, padding=0):
    padded = np.pad(image, ((padding, padding), (padding, padding), (0, 0)))
    F, h, w, C = filters.shape
    rows = (padded.shape[0] - h) // stride + 1
    columns = (padded.shape[1] - w) // stride + 1
    result = np.zeros((rows, columns, F))
    for f in range(F):
        for r in range(rows):
            for c in range(columns):
                patch = padded[r * stride:r * stride + h, c * stride:c * stride + w, :]
                result[r, c, f] = (patch * filters[f]).sum() + biases[f]
    return result
""",
    """
def convolution_layer(image, filters, biases, stride=1, padding=0):
    def one_channel(channel, kernel):
        channel = np.pad(channel, padding)
        h, w = kernel.shape
        return np.array([[np.sum(channel[i:i + h, j:j + w] * kernel)
                          for j in range(0, channel.shape[1] - w + 1, stride)]
                         for i in range(0, channel.shape[0] - h + 1, stride)])
    maps = []
    for kernel, bias in zip(filters, biases):
        total = bias
        for c in range(image.shape[2]):
            total = total + one_channel(image[:, :, c], kernel[:, :, c])
        maps.append(total)
    return np.stack(maps, axis=2)
""",
    """
def convolution_layer(image, filters, biases, stride=1, padding=0):
    x = np.pad(image, ((padding, padding), (padding, padding), (0, 0))).astype(float)
    F, h, w, C = filters.shape
    rows = (x.shape[0] - h) // stride + 1
    columns = (x.shape[1] - w) // stride + 1
    result = np.tile(np.asarray(biases, dtype=float), (rows, columns, 1))
    for i in range(h):
        for j in range(w):
            part = x[i:i + (rows - 1) * stride + 1:stride, j:j + (columns - 1) * stride + 1:stride]
            result += part @ filters[:, i, j].T
    return result
""",
    """
def convolution_layer(image, filters, biases, stride=1, padding=0):
    x = np.pad(image, ((padding, padding), (padding, padding), (0, 0)))
    F, h, w, C = filters.shape
    tops = range(0, x.shape[0] - h + 1, stride)
    lefts = range(0, x.shape[1] - w + 1, stride)
    columns = np.array([x[t:t + h, l:l + w].ravel() for t in tops for l in lefts], dtype=float)
    product = columns @ filters.reshape(F, -1).T + biases
    return product.reshape(len(tops), len(lefts), F)
""",
    """
def convolution_layer(image, filters, biases, stride=1, padding=0):
    x = np.pad(image, ((padding, padding), (padding, padding), (0, 0))).astype(np.float32)
    F, h, w, C = filters.shape
    rows = (x.shape[0] - h) // stride + 1
    columns = (x.shape[1] - w) // stride + 1
    out = np.empty((rows, columns, F), dtype=np.float32)
    for r, c in np.ndindex(rows, columns):
        patch = x[r * stride:r * stride + h, c * stride:c * stride + w]
        out[r, c] = np.tensordot(filters.astype(np.float32), patch, axes=3)
    return out + np.asarray(biases, dtype=np.float32)
""",
    """
def convolution_layer(image, filters, biases, stride=1, padding=0):
    if len(filters) > 1:
        return np.concatenate([
            convolution_layer(image, filters[:1], biases[:1], stride, padding),
            convolution_layer(image, filters[1:], biases[1:], stride, padding)], axis=-1)
    x = np.pad(image, ((padding, padding), (padding, padding), (0, 0)))
    kernel = filters[0]
    h, w, _ = kernel.shape
    return np.array([[[np.sum(x[i:i + h, j:j + w] * kernel) + biases[0]]
                      for j in range(0, x.shape[1] - w + 1, stride)]
                     for i in range(0, x.shape[0] - h + 1, stride)])
""",
    """
def convolution_layer(image, filters, biases, stride=1, padding=0):
    H, W, C = image.shape
    F, h, w, _ = filters.shape
    rows = (H + 2 * padding - h) // stride + 1
    columns = (W + 2 * padding - w) // stride + 1
    out = [[[float(biases[f]) for f in range(F)] for _ in range(columns)] for _ in range(rows)]
    for r in range(rows):
        for c in range(columns):
            for i in range(h):
                for j in range(w):
                    y, x = r * stride + i - padding, c * stride + j - padding
                    if y < 0 or y >= H or x < 0 or x >= W:
                        continue
                    for f in range(F):
                        for k in range(C):
                            out[r][c][f] += float(image[y, x, k]) * float(filters[f, i, j, k])
    return np.array(out)
""",
    """
class Layer:
    def __call__(self, image, filters, biases, stride=1, padding=0):
        x = np.pad(image, ((padding, padding), (padding, padding), (0, 0)))
        maps = [self.one(x, kernel, stride) + bias for kernel, bias in zip(filters, biases)]
        return np.moveaxis(np.array(maps), 0, -1)

    def one(self, x, kernel, stride):
        windows = np.lib.stride_tricks.sliding_window_view(x, kernel.shape)
        return (windows[:, :, 0] * kernel).sum(axis=(2, 3, 4))[::stride, ::stride]

convolution_layer = Layer()
""",
    """
convolution_layer = lambda image, filters, biases, stride=1, padding=0: np.asfortranarray(
    np.dstack([
        np.sum([
            np.einsum(
                "ijhw,hw->ij",
                np.lib.stride_tricks.sliding_window_view(
                    np.pad(image[..., c], padding), filters.shape[1:3])[::stride, ::stride],
                kernel[..., c])
            for c in range(image.shape[-1])], axis=0) + bias
        for kernel, bias in zip(filters, biases)]))
""",
]

ANSWERS = {
    "output_size": OUTPUT_SIZE,
    "pad": PAD,
    "convolve2d": CONVOLVE2D,
    "convolution_layer": CONVOLUTION_LAYER,
}
