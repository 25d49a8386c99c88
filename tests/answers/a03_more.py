"""More right answers to lesson 03: other libraries' habits, types and layouts."""

ANSWERS = {
    "output_size": [
        """
def output_size(size, kernel_size, stride=1, padding=0):
    n = len(range(0, size + 2 * padding - kernel_size + 1, stride))
    if n == 0: raise ValueError
    return n
""",
        """
class TooBig(ValueError):
    def __init__(self, a, b):
        super().__init__(f"{a} > {b}")
def output_size(size, kernel_size, stride=1, padding=0):
    room = size - kernel_size + padding + padding
    if room < 0: raise TooBig(kernel_size, size)
    return 1 + divmod(room, stride)[0]
""",
        """
def output_size(size, kernel_size, stride=1, padding=0):
    at, n = -padding, 0
    while at + kernel_size <= size + padding:
        n += 1; at += stride
    if not n: raise ValueError('no')
    return n
""",
        """
def output_size(size, kernel_size, stride=1, padding=0):
    if padding: return output_size(size + 2 * padding, kernel_size, stride)
    if size < kernel_size: raise ValueError
    return 1 if size - stride < kernel_size else 1 + output_size(size - stride, kernel_size, stride)
""",
        """
import math
def output_size(size, kernel_size, stride=1, padding=0):
    n = math.floor((size + 2 * padding - kernel_size) / stride)
    if n < 0: raise ValueError("kernel too large")
    return np.int64(n + 1)
""",
        """
def output_size(size, kernel_size, stride=1, padding=0):
    v = np.lib.stride_tricks.sliding_window_view(np.pad(np.zeros(size), padding), kernel_size)
    return v[::stride].shape[0]
""",
        """
def output_size(size, kernel_size, stride=1, padding=0):
    if kernel_size > size + 2 * padding: raise ValueError(f"{kernel_size}")
    return np.array((size + 2 * padding - kernel_size) // stride + 1)
""",
        """
output_size = lambda size, kernel_size, stride=1, padding=0: int((size + 2 * padding - kernel_size) / stride + 1) if size + 2 * padding >= kernel_size else (_ for _ in ()).throw(ValueError("x"))
""",
    ],
    "pad": [
        """
def pad(image, padding):
    h, w = image.shape[:2]; rest = image.shape[2:]
    side = np.zeros((h, padding) + rest)
    mid = np.concatenate([side, image, side], axis=1)
    cap = np.zeros((padding, w + 2 * padding) + rest)
    return np.concatenate([cap, mid, cap], axis=0)
""",
        """
def pad(image, padding):
    if padding == 0: return image
    out = np.zeros((image.shape[0] + 2, image.shape[1] + 2, *image.shape[2:]), image.dtype)
    out[1:-1, 1:-1] = image
    return pad(out, padding - 1)
""",
        """
def pad(image, padding):
    out = image
    for _ in range(padding):
        for ax in (0, 1):
            out = np.insert(out, [0, out.shape[ax]], 0, axis=ax)
    return out
""",
        """
def pad(image, padding):
    h, w = image.shape[:2]
    a = np.eye(h + 2 * padding, h, -padding); b = np.eye(w + 2 * padding, w, -padding)
    return np.einsum('ih,jw,hw...->ij...', a, b, image)
""",
        """
def pad(image, padding):
    p = padding
    def get(r, c):
        inside = 0 <= r < image.shape[0] and 0 <= c < image.shape[1]
        return image[r, c].tolist() if inside else (0 * image[0, 0]).tolist()
    return np.array([[get(r, c) for c in range(-p, image.shape[1] + p)] for r in range(-p, image.shape[0] + p)])
""",
        """
def pad(image, padding):
    out = np.zeros((image.shape[0] + 2 * padding, image.shape[1] + 2 * padding) + image.shape[2:], dtype=np.longdouble)
    out[:image.shape[0], :image.shape[1]] = image
    return np.roll(out, (padding, padding), axis=(0, 1))
""",
        """
def pad(image, padding):
    return np.pad(image, [(padding,) * 2] * 2 + [(0, 0)] * (image.ndim - 2), constant_values=0.0)
""",
        """
def pad(image, padding):
    return np.asfortranarray(np.pad(image, ((padding, padding), (padding, padding), (0, 0))[:image.ndim]))
""",
    ],
    "convolve2d": [
        """
def convolve2d(image, kernel, stride=1, padding=0):
    x = np.pad(image, padding)
    h, w = kernel.shape; R = (x.shape[0] - h) // stride + 1; C = (x.shape[1] - w) // stride + 1
    a, b = x.strides
    v = np.lib.stride_tricks.as_strided(x, (R, C, h, w), (a * stride, b * stride, a, b))
    return np.einsum('rcij,ij->rc', v, kernel)
""",
        """
def convolve2d(image, kernel, stride=1, padding=0):
    x = np.pad(image.astype(float), padding); H, W = x.shape; h, w = kernel.shape
    f = np.fft.irfft2(np.fft.rfft2(x) * np.conj(np.fft.rfft2(kernel, s=(H, W))), s=(H, W))
    return f[:H - h + 1:stride, :W - w + 1:stride]
""",
        """
def convolve2d(image, kernel, stride=1, padding=0):
    H, W = image.shape; h, w = kernel.shape
    out = []
    for r in range(-padding, H + padding - h + 1, stride):
        row = []
        for c in range(-padding, W + padding - w + 1, stride):
            row.append(sum(float(image[r + i, c + j]) * kernel[i, j] for i in range(h) for j in range(w) if 0 <= r + i < H and 0 <= c + j < W))
        out.append(row)
    return np.array(out)
""",
        """
def convolve2d(image, kernel, stride=1, padding=0):
    h, w = kernel.shape
    R = output_size(image.shape[0], h, stride, padding); C = output_size(image.shape[1], w, stride, padding)
    p = pad(image, padding); out = np.zeros((R, C), np.longdouble)
    for i in range(h):
        for j in range(w):
            out += p[i:i + (R - 1) * stride + 1:stride, j:j + (C - 1) * stride + 1:stride] * kernel[i, j]
    return out
""",
        """
def convolve2d(image, kernel, stride=1, padding=0):
    x = pad(image, padding).astype(np.float32); h, w = kernel.shape
    r = np.arange(0, x.shape[0] - h + 1, stride)[:, None, None, None] + np.arange(h)[:, None]
    c = np.arange(0, x.shape[1] - w + 1, stride)[:, None, None] + np.arange(w)
    return (x[r, c] * kernel.astype(np.float32)).sum((2, 3))
""",
        """
def convolve2d(image, kernel, stride=1, padding=0):
    if padding: return convolve2d(np.pad(image, padding), kernel, stride)
    if stride > 1: return convolve2d(image, kernel)[::stride, ::stride]
    return np.tensordot(np.lib.stride_tricks.sliding_window_view(image, kernel.shape), kernel)
""",
        """
class Conv:
    def __init__(self, **defaults): self.d = defaults
    def __call__(self, image, kernel, stride=None, padding=None):
        s = self.d['stride'] if stride is None else stride; p = self.d['padding'] if padding is None else padding
        v = np.lib.stride_tricks.sliding_window_view(np.pad(image, p), kernel.shape)[::s, ::s]
        return (v * kernel).sum(axis=(-1, -2))
convolve2d = Conv(stride=1, padding=0)
""",
        """
def convolve2d(image, kernel, stride=1, padding=0):
    x = pad(image, padding); h, w = kernel.shape
    def rows():
        for r in range(0, len(x) - h + 1, stride):
            yield sum(np.correlate(x[r + i], kernel[i], 'valid') for i in range(h))[::stride]
    return np.vstack(list(rows()))
""",
    ],
    "convolution_layer": [
        """
def convolution_layer(image, filters, biases, stride=1, padding=0):
    p = np.pad(image, ((padding,) * 2, (padding,) * 2, (0, 0)))
    v = np.lib.stride_tricks.sliding_window_view(p, filters.shape[1:3], axis=(0, 1))[::stride, ::stride]
    return np.tensordot(v, filters, ([2, 3, 4], [3, 1, 2])) + biases
""",
        """
def convolution_layer(image, filters, biases, stride=1, padding=0):
    F, h, w, C = filters.shape
    return np.dstack([sum(convolve2d(image[..., c], filters[f, ..., c], stride=stride, padding=padding) for c in range(C)) + biases[f] for f in range(F)])
""",
        """
def convolution_layer(image, filters, biases, stride=1, padding=0):
    F, h, w, C = filters.shape; x = pad(image, padding)
    out = np.empty((output_size(image.shape[0], h, stride, padding), output_size(image.shape[1], w, stride, padding), F), np.longdouble)
    for r, c, f in np.ndindex(out.shape):
        out[r, c, f] = biases[f] + (x[r * stride:r * stride + h, c * stride:c * stride + w] * filters[f]).sum()
    return out
""",
        """
def convolution_layer(image, filters, biases, stride=1, padding=0):
    F, h, w, C = filters.shape; x = pad(image, padding)
    R, S = x.shape[0] - h + 1, x.shape[1] - w + 1
    out = 0
    for i, j in np.ndindex(h, w):
        out = out + x[i:i + R:stride, j:j + S:stride] @ filters[:, i, j, :].T
    return out + biases
""",
        """
def convolution_layer(image, filters, biases, stride=1, padding=0):
    if stride != 1:
        return convolution_layer(image, filters, biases, 1, padding)[::stride, ::stride]
    x = pad(image, padding)
    v = np.lib.stride_tricks.sliding_window_view(x, filters.shape[1:])
    return np.einsum('rcxijk,fijk->rcf', v, filters) + np.reshape(biases, (1, 1, -1))
""",
        """
def convolution_layer(image, filters, biases, stride=1, padding=0):
    x = pad(image, padding).astype('f4'); h, w = filters.shape[1:3]
    return np.array([[[np.sum(x[r:r + h, c:c + w] * k.astype('f4')) + b for k, b in zip(filters, biases)] for c in range(0, x.shape[1] - w + 1, stride)] for r in range(0, x.shape[0] - h + 1, stride)], dtype='f4')
""",
    ],
}
