"""More right answers to lesson 04: other libraries' habits, types and layouts."""

ANSWERS = {
    "max_pool2d": [
        """
def max_pool2d(feature_map, size=2, stride=2):
    a, b = feature_map.strides; H, W = feature_map.shape
    R, C = (H - size) // stride + 1, (W - size) // stride + 1
    v = np.lib.stride_tricks.as_strided(feature_map, (R, C, size, size), (a * stride, b * stride, a, b))
    return v.max(axis=(2, 3))
""",
        """
def max_pool2d(feature_map, size=2, stride=2):
    def along(x):
        return np.array([x[i:i + size].max(axis=0) for i in range(0, len(x) - size + 1, stride)])
    return along(along(feature_map).T).T
""",
        """
import functools
def max_pool2d(feature_map, size=2, stride=2):
    H, W = feature_map.shape
    R, C = H - size + 1, W - size + 1
    return functools.reduce(np.maximum, (feature_map[i:i + R:stride, j:j + C:stride] for i in range(size) for j in range(size)))
""",
        """
def max_pool2d(feature_map, size=2, stride=2):
    m = feature_map.tolist()
    return np.array([[max(max(row[c:c + size]) for row in m[r:r + size]) for c in range(0, len(m[0]) - size + 1, stride)] for r in range(0, len(m) - size + 1, stride)])
""",
        """
def max_pool2d(feature_map, size=2, stride=2):
    H, W = feature_map.shape
    out = np.full(((H - size) // stride + 1, (W - size) // stride + 1), -np.inf)
    for r, c in np.ndindex(out.shape):
        for i in range(size):
            for j in range(size):
                v = feature_map[r * stride + i, c * stride + j]
                if v > out[r, c]: out[r, c] = v
    return out
""",
        """
def max_pool2d(feature_map, size=2, stride=2):
    v = np.lib.stride_tricks.sliding_window_view(feature_map, (size, size))[::stride, ::stride]
    return np.sort(v.reshape(*v.shape[:2], -1), axis=-1)[..., -1].astype(np.longdouble)
""",
        """
def max_pool2d(feature_map, size=2, stride=2):
    f = np.vectorize(lambda r, c: feature_map[r:r + size, c:c + size].max())
    return f(*np.ogrid[0:feature_map.shape[0] - size + 1:stride, 0:feature_map.shape[1] - size + 1:stride])
""",
        """
def max_pool2d(feature_map, size=2, stride=2):
    H, W = feature_map.shape
    if size == stride:
        R, C = H // size, W // size
        return feature_map[:R * size, :C * size].reshape(R, size, C, size).max((1, 3))
    return np.stack([[feature_map[r:r + size, c:c + size].max() for c in range(0, W - size + 1, stride)] for r in range(0, H - size + 1, stride)])
""",
    ],
    "average_pool2d": [
        """
def average_pool2d(feature_map, size=2, stride=2):
    s = np.pad(feature_map.astype(float).cumsum(0).cumsum(1), ((1, 0), (1, 0)))
    t = s[size:, size:] - s[:-size, size:] - s[size:, :-size] + s[:-size, :-size]
    return (t / size ** 2)[::stride, ::stride]
""",
        """
def average_pool2d(feature_map, size=2, stride=2):
    k = np.full((size, size), 1 / size / size)
    v = np.lib.stride_tricks.sliding_window_view(feature_map, k.shape)
    return np.einsum('rcij,ij->rc', v, k)[::stride, ::stride]
""",
        """
import statistics
def average_pool2d(feature_map, size=2, stride=2):
    H, W = feature_map.shape
    return np.array([[statistics.fmean(feature_map[r:r + size, c:c + size].ravel().tolist()) for c in range(0, W - size + 1, stride)] for r in range(0, H - size + 1, stride)])
""",
        """
from fractions import Fraction
def average_pool2d(feature_map, size=2, stride=2):
    H, W = feature_map.shape
    return np.array([[sum(Fraction(float(v)) for v in feature_map[r:r + size, c:c + size].flat) / size ** 2 for c in range(0, W - size + 1, stride)] for r in range(0, H - size + 1, stride)])
""",
        """
def average_pool2d(feature_map, size=2, stride=2):
    def m(n):
        k = (n - size) // stride + 1
        a = np.zeros((k, n))
        for i in range(k): a[i, i * stride:i * stride + size] = 1 / size
        return a
    return m(feature_map.shape[0]) @ feature_map @ m(feature_map.shape[1]).T
""",
        """
def average_pool2d(feature_map, size=2, stride=2):
    v = np.lib.stride_tricks.sliding_window_view(feature_map.astype('f4'), (size, size))[::stride, ::stride]
    return np.nanmean(v, axis=(2, 3))
""",
        """
def average_pool2d(feature_map, size=2, stride=2):
    H, W = feature_map.shape; out = 0.0
    for i in range(size):
        for j in range(size):
            out = out + feature_map[i:i + H - size + 1:stride, j:j + W - size + 1:stride].astype(np.longdouble)
    return out / size / size
""",
        """
def average_pool2d(feature_map, size=2, stride=2):
    H, W = feature_map.shape
    return np.vstack([[np.matrix(feature_map[r:r + size, c:c + size]).mean() for c in range(0, W - size + 1, stride)] for r in range(0, H - size + 1, stride)])
""",
    ],
    "pool_layer": [
        """
def pool_layer(feature_maps, size=2, stride=2, mode="max"):
    if mode not in {"max", "average"}: raise ValueError(mode)
    v = np.lib.stride_tricks.sliding_window_view(feature_maps, (size, size), axis=(0, 1))[::stride, ::stride]
    return getattr(v, {"max": "max", "average": "mean"}[mode])(axis=(3, 4))
""",
        """
def pool_layer(feature_maps, size=2, stride=2, mode="max"):
    try:
        f = {"max": max_pool2d, "average": average_pool2d}[mode]
    except KeyError:
        raise ValueError("unknown mode") from None
    return np.moveaxis(np.array([f(m, size, stride) for m in np.moveaxis(feature_maps, 2, 0)]), 0, 2)
""",
        """
class BadMode(ValueError): pass
def pool_layer(feature_maps, size=2, stride=2, mode="max"):
    match mode:
        case "max": f = np.max
        case "average": f = np.mean
        case _: raise BadMode(mode)
    H, W, C = feature_maps.shape
    return np.array([[f(feature_maps[r:r + size, c:c + size], axis=(0, 1)) for c in range(0, W - size + 1, stride)] for r in range(0, H - size + 1, stride)])
""",
        """
def pool_layer(feature_maps, size=2, stride=2, mode="max"):
    which = ["max", "average"].index(mode)
    f = (max_pool2d, average_pool2d)[which]
    return np.dstack([f(feature_maps[:, :, c], size=size, stride=stride) for c in range(feature_maps.shape[2])])
""",
        """
def pool_layer(feature_maps, size=2, stride=2, mode="max"):
    if mode == "max": f = max_pool2d
    elif mode == "average": f = average_pool2d
    else: raise ValueError
    return np.stack([f(m.T, size, stride) for m in feature_maps.T]).T if False else np.stack([f(m.T, size, stride) for m in feature_maps.T], axis=2)
""",
        """
def pool_layer(feature_maps, size=2, stride=2, mode="max"):
    if mode != "max" and mode != "average": raise ValueError()
    C = feature_maps.shape[2]
    if C > 1:
        return np.concatenate([pool_layer(feature_maps[..., :1], size, stride, mode), pool_layer(feature_maps[..., 1:], size, stride, mode)], axis=-1)
    f = max_pool2d if mode == "max" else average_pool2d
    return f(feature_maps[..., 0], size, stride)[..., None]
""",
        """
import enum
class M(enum.Enum):
    MAX = "max"
    AVG = "average"
def pool_layer(feature_maps, size=2, stride=2, mode="max"):
    f = max_pool2d if M(mode) is M.MAX else average_pool2d
    out = [f(feature_maps[..., i], size, stride) for i in range(feature_maps.shape[-1])]
    return np.stack(out, axis=-1).astype(np.float32)
""",
    ],
    "global_average_pool": [
        """
def global_average_pool(feature_maps):
    return np.einsum('hwc->c', feature_maps, dtype=float) / (feature_maps.shape[0] * feature_maps.shape[1])
""",
        """
def global_average_pool(feature_maps):
    return feature_maps.reshape(-1, feature_maps.shape[-1]).mean(0)
""",
        """
def global_average_pool(feature_maps):
    return feature_maps.mean(axis=0).mean(axis=0)
""",
        """
def global_average_pool(feature_maps):
    return np.array([np.average(feature_maps[..., c]) for c in range(feature_maps.shape[2])])
""",
        """
def global_average_pool(feature_maps):
    return np.apply_over_axes(np.mean, feature_maps, [0, 1]).ravel()
""",
        """
def global_average_pool(feature_maps):
    H, W, C = feature_maps.shape
    return (np.full(H * W, 1 / (H * W)) @ feature_maps.reshape(H * W, C)).astype(np.longdouble)
""",
        """
def global_average_pool(feature_maps):
    m = np.zeros(feature_maps.shape[2])
    for k, p in enumerate(feature_maps.reshape(-1, m.size), 1):
        m += (p - m) / k
    return m
""",
        """
def global_average_pool(feature_maps):
    return np.fromiter((float(m.sum(dtype=float)) / m.size for m in feature_maps.transpose(2, 0, 1)), float)
""",
    ],
}
