"""More right answers to lesson 02: other libraries' habits, types and layouts."""

ANSWERS = {
    "apply_filter": [
        """
def apply_filter(patch, kernel):
    return np.einsum(patch, list(range(patch.ndim)), kernel, list(range(kernel.ndim)), [])
""",
        """
def apply_filter(patch, kernel):
    return sum(float(a) * float(b) for a, b in np.nditer([patch, kernel], order='C'))
""",
        """
def apply_filter(patch, kernel):
    return (patch.astype(np.longdouble) * kernel).sum()
""",
        """
from fractions import Fraction
def apply_filter(patch, kernel):
    return sum(Fraction(float(p)) * Fraction(float(k)) for p, k in zip(patch.flat, kernel.flat))
""",
        """
def apply_filter(patch, kernel):
    def walk(a, b):
        return sum(map(walk, a, b)) if isinstance(a, list) else a * b
    return walk(patch.tolist(), kernel.tolist())
""",
        """
def apply_filter(patch, kernel):
    p, k = patch.reshape(len(patch), -1), kernel.reshape(len(kernel), -1)
    return np.trace(p @ k.T)
""",
        """
def apply_filter(patch, kernel):
    p, k = patch.astype(float).ravel(), kernel.astype(float).ravel()
    return ((p + k) @ (p + k) - (p - k) @ (p - k)) / 4
""",
        """
def apply_filter(patch, kernel):
    return np.cumsum(patch * kernel)[-1]
""",
        """
def apply_filter(patch, kernel):
    return np.sum(patch * kernel, keepdims=True).squeeze()
""",
    ],
    "convolve2d": [
        """
def convolve2d(image, kernel):
    s = image.shape
    f = np.fft.irfft2(np.fft.rfft2(image.astype(np.float32)) * np.conj(np.fft.rfft2(kernel.astype(np.float32), s)), s)
    return f[:s[0] - kernel.shape[0] + 1, :s[1] - kernel.shape[1] + 1].astype(np.float32)
""",
        """
def convolve2d(image, kernel):
    H, W = image.shape; h, w = kernel.shape
    s = image.strides
    v = np.lib.stride_tricks.as_strided(image, (H - h + 1, W - w + 1, h, w), (s[0], s[1], s[0], s[1]), writeable=False)
    return (v * kernel).sum(axis=(2, 3))
""",
        """
def convolve2d(image, kernel):
    H, W = image.shape; h, w = kernel.shape
    s = (H + h - 1, W + w - 1)
    f = np.fft.ifft2(np.fft.fft2(image, s) * np.fft.fft2(kernel[::-1, ::-1], s)).real
    return f[h - 1:H, w - 1:W]
""",
        """
def convolve2d(image, kernel):
    rows = image.shape[0] - kernel.shape[0] + 1
    out = np.zeros((rows, image.shape[1] - kernel.shape[1] + 1))
    for i in range(kernel.shape[0]):
        for r in range(rows):
            out[r] += np.convolve(image[r + i], kernel[i][::-1], mode='valid')
    return out
""",
        """
def convolve2d(image, kernel):
    H, W = image.shape; h, w = kernel.shape
    R, C = H - h + 1, W - w + 1
    M = np.zeros((R * C, H * W))
    for r in range(R):
        for c in range(C):
            for i in range(h):
                M[r * C + c, (r + i) * W + c:(r + i) * W + c + w] = kernel[i]
    return (M @ image.ravel()).reshape(R, C)
""",
        """
def convolve2d(image, kernel):
    h, w = kernel.shape
    R, C = np.subtract(image.shape, kernel.shape) + 1
    gen = (float((image[r:r + h, c:c + w] * kernel).sum()) for r in range(R) for c in range(C))
    return np.fromiter(gen, dtype=float, count=R * C).reshape(R, C)
""",
        """
def convolve2d(image, kernel):
    h, w = kernel.shape
    at = np.vectorize(lambda r, c: float(np.vdot(image[r:r + h, c:c + w], kernel)), otypes=[float])
    return np.fromfunction(lambda r, c: at(r, c), (image.shape[0] - h + 1, image.shape[1] - w + 1), dtype=int)
""",
        """
def convolve2d(image, kernel):
    h, w = kernel.shape
    if image.shape[0] < h:
        return np.zeros((0, image.shape[1] - w + 1))
    first = [np.sum(image[:h, c:c + w] * kernel) for c in range(image.shape[1] - w + 1)]
    return np.vstack([[first], convolve2d(image[1:], kernel)])
""",
        """
def convolve2d(image, kernel):
    v = np.lib.stride_tricks.sliding_window_view(image.T, kernel.T.shape)
    return np.einsum('crji,ji->cr', v, kernel.T).T
""",
        """
def convolve2d(image, kernel):
    u, s, vt = np.linalg.svd(kernel.astype(float), full_matrices=False)
    out = 0
    for k in range(len(s)):
        a = np.apply_along_axis(lambda x: np.correlate(x, u[:, k] * s[k], 'valid'), 0, image.astype(float))
        out = out + np.apply_along_axis(lambda x: np.correlate(x, vt[k], 'valid'), 1, a)
    return out
""",
        """
def convolve2d(image, kernel):
    h, w = kernel.shape
    out = np.empty((image.shape[0] - h + 1, image.shape[1] - w + 1), dtype=object)
    for p in np.ndindex(out.shape):
        out[p] = float(np.sum(image[p[0]:p[0] + h, p[1]:p[1] + w] * kernel))
    return out
""",
    ],
    "relu": [
        "import functools\nrelu = functools.partial(np.maximum, 0)",
        """
def relu(x): return x * np.heaviside(x, 0)
""",
        """
def relu(x):
    return np.sort(np.stack([np.zeros(x.shape), x]), axis=0)[1]
""",
        """
def relu(x): return np.ma.masked_less(x, 0).filled(0)
""",
        """
relu = np.frompyfunc(lambda v: v if v > 0 else 0, 1, 1)
""",
        """
def relu(x): return np.piecewise(x.astype(float), [x > 0], [lambda v: v, 0])
""",
        """
def relu(x): return np.maximum(x.astype(np.longdouble), 0)
""",
        """
def relu(x):
    y = x.astype(float).copy(); np.putmask(y, y < 0, 0); return y
""",
        """
def relu(x):
    return np.fromiter((v if v > 0 else 0 for v in x.ravel()), float, x.size).reshape(x.shape)
""",
        """
class R:
    slope = 0
    def __call__(self, x, **_): return np.where(x > 0, x, x * self.slope)
relu = R()
""",
    ],
    "convolve_channels": [
        """
def convolve_channels(image, kernel):
    H, W, C = image.shape; h, w, _ = kernel.shape
    f = np.fft.fft2(image, axes=(0, 1)) * np.conj(np.fft.fft2(kernel, s=(H, W), axes=(0, 1)))
    return np.fft.ifft2(f.sum(axis=2)).real[:H - h + 1, :W - w + 1]
""",
        """
def convolve_channels(image, kernel):
    h, w, C = kernel.shape; a, b, c = image.strides
    R, S = image.shape[0] - h + 1, image.shape[1] - w + 1
    v = np.lib.stride_tricks.as_strided(image, (R, S, h, w, C), (a, b, a, b, c))
    return np.tensordot(v, kernel, axes=3)
""",
        """
def convolve_channels(image, kernel):
    v = np.lib.stride_tricks.sliding_window_view(image, kernel.shape)[:, :, 0]
    return np.einsum('rcijk,ijk->rc', v.astype(np.float32), kernel.astype(np.float32), optimize=True)
""",
        """
def convolve_channels(image, kernel):
    return sum((convolve2d(image[..., c], kernel[..., c]) for c in range(image.shape[-1])), 0.0)
""",
        """
def convolve_channels(image, kernel):
    h, w = kernel.shape[:2]; k = kernel.flatten()
    return np.stack([[image[r:r + h, c:c + w].flatten() @ k for c in range(image.shape[1] - w + 1)] for r in range(image.shape[0] - h + 1)])
""",
        """
def convolve_channels(image, kernel):
    h, w, C = kernel.shape
    R, S = image.shape[0] - h + 1, image.shape[1] - w + 1
    out = np.zeros((R, S), dtype=np.longdouble)
    for i, j, c in np.ndindex(kernel.shape):
        out += kernel[i, j, c] * image[i:i + R, j:j + S, c]
    return out
""",
        """
def convolve_channels(image, kernel):
    v = np.lib.stride_tricks.sliding_window_view(image, kernel.shape)
    f = np.vectorize(lambda p: float((p * kernel).sum()), signature='(i,j,k)->()')
    return f(v)[:, :, 0]
""",
        """
def convolve_channels(image, kernel, *, conv=convolve2d):
    total = None
    for a, b in zip(np.rollaxis(image, 2), np.rollaxis(kernel, 2)):
        m = conv(a, b)
        total = m if total is None else total + m
    return total
""",
    ],
    "convolution_layer": [
        """
def convolution_layer(image, filters, biases):
    H, W, C = image.shape; F, h, w, _ = filters.shape
    a = np.fft.fft2(image, axes=(0, 1)); b = np.conj(np.fft.fft2(filters, s=(H, W), axes=(1, 2)))
    m = np.fft.ifft2(np.einsum('hwc,fhwc->hwf', a, b), axes=(0, 1)).real
    return m[:H - h + 1, :W - w + 1] + biases
""",
        """
def convolution_layer(image, filters, biases):
    return np.array([(convolve_channels(image, f) + b).T for f, b in zip(filters, biases)]).T
""",
        """
def convolution_layer(image, filters, biases):
    out = [convolve_channels(image, filters[k])[..., np.newaxis] + biases[k] for k in range(biases.size)]
    return np.concatenate(out, axis=-1)
""",
        """
def convolution_layer(image, filters, biases):
    F, h, w, C = filters.shape
    out = np.tile(biases.astype(np.float64), (image.shape[0] - h + 1, image.shape[1] - w + 1, 1))
    for r, c, f in np.ndindex(out.shape):
        out[r, c, f] += np.vdot(image[r:r + h, c:c + w, :], filters[f])
    return out
""",
        """
def convolution_layer(image, filters, biases):
    F, h, w, C = filters.shape
    v = np.lib.stride_tricks.sliding_window_view(image, (h, w, C)).reshape(image.shape[0] - h + 1, image.shape[1] - w + 1, -1)
    v = np.concatenate([v, np.ones(v.shape[:2] + (1,))], axis=2)
    return v @ np.column_stack([filters.reshape(F, -1), biases]).T
""",
        """
def convolution_layer(image, filters, biases):
    one = (convolve_channels(image, filters[0]) + biases[0])[:, :, None]
    if len(filters) == 1: return one
    return np.append(one, convolution_layer(image, filters[1:], biases[1:]), axis=2)
""",
        """
def convolution_layer(image, filters, biases):
    R, S = image.shape[0] - filters.shape[1] + 1, image.shape[1] - filters.shape[2] + 1
    return np.array([[[float(np.sum(image[r:r + filters.shape[1], c:c + filters.shape[2]] * k)) + float(b) for k, b in zip(filters, biases)] for c in range(S)] for r in range(R)], dtype=np.float32)
""",
        """
convolution_layer = lambda image, filters, biases: np.stack(list(map(lambda k, b: np.add(convolve_channels(image, k), b), filters, biases)), -1)
""",
    ],
}
