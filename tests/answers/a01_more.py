"""More right answers to lesson 01: other libraries' habits, types and layouts."""

ANSWERS = {
    "image_size": [
        """
def image_size(image):
    s = [int(n) for n in image.shape]
    while len(s) < 3: s = s + [1]
    return tuple(s)
""",
        """
def image_size(image):
    def count(a):
        return sum(1 for _ in a)
    h = count(image); w = count(image[0])
    c = count(image[0][0]) if np.ndim(image) == 3 else 1
    return h, w, c
""",
        """
def image_size(image, missing=1):
    if image.ndim < 3:
        image = np.expand_dims(image, axis=-1)
    return list(image.shape)
""",
        """
def image_size(image):
    return np.broadcast_shapes(image.shape, image.shape) + (1,) * (3 - image.ndim)
""",
        """
from typing import NamedTuple
class Sz(NamedTuple):
    h: int
    w: int
    c: int
def image_size(image):
    return Sz(*image.shape, *([1] if image.ndim == 2 else []))
""",
        """
def image_size(image):
    return tuple(np.array([*image.shape, 1][:3], dtype=np.uint8))
""",
        """
def image_size(image):
    return tuple(np.array(n) for n in (image.shape + (1,))[:3])
""",
        """
def image_size(image):
    return (*image.shape[:2], image.shape[2] if (d := len(image.shape)) > 2 else 1)
""",
        """
import functools
def _sz(k, image):
    return tuple(list(image.shape) + [k] * (3 - image.ndim))
image_size = functools.partial(_sz, 1)
""",
    ],
    "brighten": [
        """
def brighten(image, amount):
    if amount > 0:
        return image + np.minimum(255 - image, np.uint8(amount))
    return image - np.minimum(image, np.uint8(-amount))
""",
        """
def brighten(image, amount):
    flat = bytearray(image.tobytes())
    for i, v in enumerate(flat): flat[i] = min(255, max(0, v + amount))
    return np.frombuffer(bytes(flat), np.uint8).reshape(image.shape)
""",
        """
def brighten(image, amount):
    return np.rint(np.clip(image.astype(np.longdouble) + amount, 0, 255)).astype(np.uint8)
""",
        """
def brighten(image, amount):
    if image.ndim == 0:
        return np.uint8(max(0, min(255, int(image) + amount)))
    return np.array([brighten(part, amount) for part in image], dtype=np.uint8)
""",
        """
def brighten(image, amount):
    flat = np.fromiter((min(max(int(v) + amount, 0), 255) for v in image.flat), dtype=np.uint8, count=image.size)
    return flat.reshape(image.shape)
""",
        """
def brighten(image, amount):
    total = image.astype('int64') + int(amount)
    return np.select([total > 255, total < 0], [255, 0], default=total).astype('u1')
""",
        """
def brighten(image, amount):
    out = np.array(image, dtype=float)
    out += amount
    out[out > 255] = 255.0
    out[out < 0] = 0.0
    return out.astype(np.uint8)
""",
        """
def brighten(image, amount):
    r = np.asfortranarray(np.clip(np.int32(image) + np.int32(amount), 0, 255).astype(np.uint8))
    r.flags.writeable = False
    return r
""",
        """
def brighten(image, amount):
    wide = np.ma.array(image.astype(int) + amount)
    wide = np.ma.masked_greater(wide, 255).filled(255)
    return np.ma.masked_less(wide, 0).filled(0).astype(np.uint8)
""",
        """
def brighten(image, amount):
    out = np.empty_like(image)
    with np.nditer([image, out], op_flags=[['readonly'], ['writeonly']]) as it:
        for a, b in it:
            b[...] = np.clip(int(a) + amount, 0, 255)
    return out
""",
        """
def brighten(image, amount):
    f = np.frompyfunc(lambda v, a: min(255, max(0, int(v) + int(a))), 2, 1)
    return f(image, amount).astype(np.uint8)
""",
        """
brighten = lambda image, amount=0: np.take(np.clip(np.arange(256) + amount, 0, 255).astype(np.uint8), image)
""",
    ],
    "normalize": [
        """
def normalize(image):
    return np.asarray(image, dtype=np.longdouble) / 255
""",
        """
def normalize(image):
    from fractions import Fraction
    return np.array([Fraction(int(v), 255) for v in image.ravel()], dtype=float).reshape(image.shape)
""",
        """
normalize = np.frompyfunc(lambda v: v / 255, 1, 1)
""",
        """
@np.vectorize
def normalize(v):
    return float(v) / 255.0
""",
        """
def normalize(image, white=255):
    out = np.empty(image.shape, np.float32)
    np.multiply(image, np.float32(1.0 / white), out=out)
    return out
""",
        """
def normalize(image):
    wide = np.zeros(image.shape + (2,))
    wide[..., 0] = image / 255
    return wide[..., 0]
""",
        """
def normalize(image):
    return np.apply_along_axis(lambda r: r / 255.0, -1, image)
""",
        """
def normalize(image):
    return np.einsum('...,->...', image.astype(float), 1 / 255)
""",
        """
def normalize(image):
    return np.ma.masked_array(image, mask=False) / 255
""",
    ],
    "to_grayscale": [
        "import functools\nto_grayscale = functools.partial(np.dot, b=np.array([0.299, 0.587, 0.114]))",
        """
def to_grayscale(image):
    h, w, c = image.shape
    return (image.reshape(-1, 3) @ np.array([[0.299], [0.587], [0.114]])).reshape(h, w)
""",
        """
def to_grayscale(image):
    k = np.array([299, 587, 114], dtype=np.longdouble) / 1000
    return (image * k).sum(-1)
""",
        """
def to_grayscale(image):
    f = np.vectorize(lambda p: p @ [0.299, 0.587, 0.114], signature='(c)->()')
    return f(image)
""",
        """
import functools, operator
def to_grayscale(image):
    return functools.reduce(operator.add, (image[..., i] * w for i, w in enumerate((0.299, 0.587, 0.114))))
""",
        """
def to_grayscale(image):
    r, g, b = (np.squeeze(p, axis=2) for p in np.dsplit(image, 3))
    return 0.299 * r + 0.587 * g + 0.114 * b
""",
        """
def to_grayscale(image, weights=(0.299, 0.587, 0.114)):
    return np.inner(image, weights)
""",
        """
def to_grayscale(image):
    return np.vstack([np.asarray(np.matrix(row) * np.matrix([0.299, 0.587, 0.114]).T).T for row in image])
""",
        """
def to_grayscale(image):
    rows = []
    for row in image:
        rows.append([])
        for p in row:
            rows[-1].append(np.float32(p[0] * 0.299 + p[1] * 0.587 + p[2] * 0.114))
    return np.array(rows)
""",
        """
def to_grayscale(image):
    return image[..., 2] + 0.299 * (image[..., 0] - image[..., 2]) + 0.587 * (image[..., 1] - image[..., 2])
""",
    ],
    "standardize": [
        """
def standardize(images):
    x = images.astype(np.float32); m = x.mean(axis=(0, 1, 2)); s = x.std(axis=(0, 1, 2))
    return (x - m) / (s + np.float32(1e-8))
""",
        """
import statistics
def standardize(images):
    out = np.zeros(images.shape)
    for c in range(images.shape[3]):
        v = [float(x) for x in images[..., c].ravel()]
        m, s = statistics.fmean(v), statistics.pstdev(v)
        out[..., c] = 0 if s < 1e-8 else (images[..., c] - m) / s
    return out
""",
        """
def standardize(images):
    x = images.astype(float); n = x[..., 0].size
    m = np.einsum('nhwc->c', x) / n
    d = x - m
    s = np.sqrt(np.einsum('nhwc,nhwc->c', d, d) / n)
    return d / np.where(s > 1e-8, s, np.inf)
""",
        """
def standardize(images):
    x = images.astype(np.float64)
    m = x.mean((0, 1, 2)); s = x.std((0, 1, 2))
    out = np.zeros_like(x, dtype=np.float32)
    for c in range(x.shape[-1]):
        if s[c] >= 1e-8: out[..., c] = (x[..., c] - m[c]) / s[c]
    return out
""",
        """
def standardize(images):
    x = images.astype(np.longdouble)
    m = x.mean(axis=(0, 1, 2), keepdims=True)
    s = x.std(axis=(0, 1, 2), keepdims=True)
    flat = s < 1e-8
    return np.where(flat, 0, (x - m) / np.where(flat, 1, s))
""",
        """
def standardize(images):
    x = images.astype(float)
    s = np.ma.masked_less(x.std(axis=(0, 1, 2)), 1e-8)
    return ((x - x.mean(axis=(0, 1, 2))) / s).filled(0.0)
""",
        """
def standardize(images):
    m = images.mean((0, 1, 2)); s = images.std((0, 1, 2))
    z = (images - m) / (s + 1e-12)
    z[..., s < 1e-8] = 0
    return z
""",
        """
def standardize(images, eps=1e-8):
    mean = np.average(images, axis=(0, 1, 2))
    var = np.mean(np.square(images.astype(float)), axis=(0, 1, 2)) - mean ** 2
    std = np.sqrt(np.maximum(var, 0))
    std = images.std(axis=(0, 1, 2))
    return np.divide(images - mean, std, out=np.zeros(images.shape), where=np.broadcast_to(std > eps, images.shape))
""",
        """
def standardize(images):
    x = np.array(images, dtype=float)
    for c in range(x.shape[3]):
        v = x[..., c]
        s = v.std()
        v -= v.mean()
        if s < 1e-8: v[...] = 0
        else: v /= s
    return x
""",
        """
def standardize(images):
    c = images.shape[-1]
    t = images.reshape(-1, c).T.astype(float)
    s = np.sqrt(np.diag(np.atleast_2d(np.cov(t, bias=True))))
    out = (t - t.mean(1, keepdims=True)) / np.where(s < 1e-8, 1e30, s)[:, None]
    return out.T.reshape(images.shape)
""",
    ],
}
