"""Right answers to lesson 04, written the ways people write them."""

MAX_POOL2D = [
    """
def max_pool2d(feature_map, size=2, stride=2):
    H, W = feature_map.shape
    return np.array([[feature_map[r:r + size, c:c + size].max()
                      for c in range(0, W - size + 1, stride)]
                     for r in range(0, H - size + 1, stride)])
""",
    """
def max_pool2d(feature_map, size=2, stride=2):
    windows = np.lib.stride_tricks.sliding_window_view(feature_map, (size, size))
    return windows[::stride, ::stride].max(axis=(2, 3))
""",
    """
def max_pool2d(feature_map, size=2, stride=2):
    H, W = feature_map.shape
    rows, columns = (H - size) // stride + 1, (W - size) // stride + 1
    result = np.full((rows, columns), -np.inf)
    for i in range(size):
        for j in range(size):
            part = feature_map[i:i + (rows - 1) * stride + 1:stride,
                               j:j + (columns - 1) * stride + 1:stride]
            result = np.maximum(result, part)
    return result
""",
    """
def max_pool2d(feature_map, size=2, stride=2):
    rows = (feature_map.shape[0] - size) // stride + 1
    columns = (feature_map.shape[1] - size) // stride + 1
    result = np.zeros((rows, columns))
    for r in range(rows):
        for c in range(columns):
            best = feature_map[r * stride, c * stride]
            for i in range(size):
                for j in range(size):
                    value = feature_map[r * stride + i, c * stride + j]
                    if value > best:
                        best = value
            result[r, c] = best
    return result
""",
    """
def max_pool2d(feature_map, size=2, stride=2):
    result = []
    for r in range(0, len(feature_map) - size + 1, stride):
        line = []
        for c in range(0, len(feature_map[0]) - size + 1, stride):
            line.append(max(max(row[c:c + size]) for row in feature_map[r:r + size]))
        result.append(line)
    return np.array(result)
""",
    """
def max_pool2d(feature_map, size=2, stride=2):
    def down(x):
        return np.array([x[r:r + size].max(axis=0)
                         for r in range(0, x.shape[0] - size + 1, stride)])
    return down(down(feature_map).T).T
""",
    """
def max_pool2d(feature_map, size=2, stride=2):
    return np.array([[sorted(feature_map[r:r + size, c:c + size].ravel())[-1]
                      for c in range(0, feature_map.shape[1] - size + 1, stride)]
                     for r in range(0, feature_map.shape[0] - size + 1, stride)],
                    dtype=np.float32)
""",
    """
def max_pool2d(feature_map, size=2, stride=2):
    H, W = feature_map.shape
    if size == stride:
        rows, columns = H // size, W // size
        cut = feature_map[:rows * size, :columns * size]
        return cut.reshape(rows, size, columns, size).max(axis=(1, 3))
    shape = ((H - size) // stride + 1, (W - size) // stride + 1)
    out = np.empty(shape)
    for r, c in np.ndindex(*shape):
        out[r, c] = np.amax(feature_map[r * stride:r * stride + size, c * stride:c * stride + size])
    return out
""",
    """
class MaxPool:
    def __call__(self, feature_map, size=2, stride=2):
        r = np.arange(0, feature_map.shape[0] - size + 1, stride)[:, None] + np.arange(size)
        c = np.arange(0, feature_map.shape[1] - size + 1, stride)[:, None] + np.arange(size)
        return feature_map[r[:, None, :, None], c[None, :, None, :]].max(axis=3).max(axis=2)

max_pool2d = MaxPool()
""",
    """
def max_pool2d(feature_map, size=2, stride=2):
    if feature_map.shape[0] < size:
        return np.zeros((0, (feature_map.shape[1] - size) // stride + 1))
    row = [np.max(feature_map[:size, c:c + size])
           for c in range(0, feature_map.shape[1] - size + 1, stride)]
    return np.vstack([[row], max_pool2d(feature_map[stride:], size, stride)])
""",
    """
max_pool2d = lambda feature_map, size=2, stride=2: -np.min(
    np.lib.stride_tricks.sliding_window_view(-feature_map.astype(float), (size, size)),
    axis=(-2, -1))[::stride, ::stride]
""",
]

AVERAGE_POOL2D = [
    """
def average_pool2d(feature_map, size=2, stride=2):
    H, W = feature_map.shape
    return np.array([[feature_map[r:r + size, c:c + size].mean()
                      for c in range(0, W - size + 1, stride)]
                     for r in range(0, H - size + 1, stride)])
""",
    """
def average_pool2d(feature_map, size=2, stride=2):
    windows = np.lib.stride_tricks.sliding_window_view(feature_map, (size, size))
    return np.mean(windows[::stride, ::stride], axis=(2, 3))
""",
    """
def average_pool2d(feature_map, size=2, stride=2):
    rows = (feature_map.shape[0] - size) // stride + 1
    columns = (feature_map.shape[1] - size) // stride + 1
    result = np.zeros((rows, columns))
    for r in range(rows):
        for c in range(columns):
            total = 0.0
            for i in range(size):
                for j in range(size):
                    total += feature_map[r * stride + i, c * stride + j]
            result[r, c] = total / (size * size)
    return result
""",
    """
def average_pool2d(feature_map, size=2, stride=2):
    H, W = feature_map.shape
    rows, columns = (H - size) // stride + 1, (W - size) // stride + 1
    result = np.zeros((rows, columns))
    for i in range(size):
        for j in range(size):
            result += feature_map[i:i + (rows - 1) * stride + 1:stride,
                                  j:j + (columns - 1) * stride + 1:stride]
    return result / size ** 2
""",
    """
def average_pool2d(feature_map, size=2, stride=2):
    sums = np.zeros((feature_map.shape[0] + 1, feature_map.shape[1] + 1))
    sums[1:, 1:] = feature_map.astype(float).cumsum(axis=0).cumsum(axis=1)
    boxes = sums[size:, size:] - sums[:-size, size:] - sums[size:, :-size] + sums[:-size, :-size]
    return boxes[::stride, ::stride] / (size * size)
""",
    """
import statistics

def average_pool2d(feature_map, size=2, stride=2):
    return np.array([[statistics.fmean(float(v) for v in feature_map[r:r + size, c:c + size].flat)
                      for c in range(0, feature_map.shape[1] - size + 1, stride)]
                     for r in range(0, feature_map.shape[0] - size + 1, stride)])
""",
    """
def average_pool2d(feature_map, size=2, stride=2):
    def weights(length):
        starts = range(0, length - size + 1, stride)
        matrix = np.zeros((len(starts), length))
        for row, start in enumerate(starts):
            matrix[row, start:start + size] = 1 / size
        return matrix
    return weights(feature_map.shape[0]) @ feature_map @ weights(feature_map.shape[1]).T
""",
    """
def average_pool2d(feature_map, size=2, stride=2):
    values = feature_map.astype(np.float32)
    kernel = np.full((size, size), 1 / size**2, dtype=np.float32)
    windows = np.lib.stride_tricks.sliding_window_view(values, (size, size))
    return np.einsum("ijhw,hw->ij", windows[::stride, ::stride], kernel)
""",
    """
def average_pool2d(feature_map, size=2, stride=2):
    shape = [(length - size) // stride + 1 for length in feature_map.shape]
    result = np.empty(shape)
    for index in np.ndindex(*shape):
        where = tuple(slice(i * stride, i * stride + size) for i in index)
        result[index] = np.average(feature_map[where])
    return result
""",
    """
class Pool:
    def __init__(self, summary):
        self.summary = summary
    def __call__(self, feature_map, size=2, stride=2):
        H, W = feature_map.shape
        rows = [[self.summary(feature_map[r:r + size, c:c + size])
                 for c in range(0, W - size + 1, stride)] for r in range(0, H - size + 1, stride)]
        return np.asarray(rows)

average_pool2d = Pool(np.mean)
""",
    """
average_pool2d = lambda feature_map, size=2, stride=2: np.array([
    np.add.reduce(feature_map[r:r + size].astype(float), axis=0)
    @ np.array([[start <= c < start + size
                 for start in range(0, feature_map.shape[1] - size + 1, stride)]
                for c in range(feature_map.shape[1])], dtype=float)
    for r in range(0, feature_map.shape[0] - size + 1, stride)]) / size / size
""",
]

POOL_LAYER = [
    """
def pool_layer(feature_maps, size=2, stride=2, mode="max"):
    if mode == "max":
        summary = np.max
    elif mode == "average":
        summary = np.mean
    else:
        raise ValueError(mode)
    H, W, C = feature_maps.shape
    return np.array([[summary(feature_maps[r:r + size, c:c + size], axis=(0, 1))
                      for c in range(0, W - size + 1, stride)]
                     for r in range(0, H - size + 1, stride)])
""",
    """
def pool_layer(feature_maps, size=2, stride=2, mode="max"):
    if mode not in ("max", "average"):
        raise ValueError("unknown mode")
    windows = np.lib.stride_tricks.sliding_window_view(feature_maps, (size, size), axis=(0, 1))
    windows = windows[::stride, ::stride]
    return windows.max(axis=(-1, -2)) if mode == "max" else windows.mean(axis=(-1, -2))
""",
    """
def pool_layer(feature_maps, size=2, stride=2, mode="max"):
    summary = {"max": np.max, "average": np.mean}.get(mode)
    if summary is None:
        raise ValueError(f"no mode {mode}")
    H, W, C = feature_maps.shape
    rows, columns = (H - size) // stride + 1, (W - size) // stride + 1
    result = np.zeros((rows, columns, C))
    for r in range(rows):
        for c in range(columns):
            for k in range(C):
                window = feature_maps[r * stride:r * stride + size, c * stride:c * stride + size, k]
                result[r, c, k] = summary(window)
    return result
""",
    """
def pool_layer(feature_maps, size=2, stride=2, mode="max"):
    def one(x):
        return [[(np.max if mode == "max" else np.mean)(x[r:r + size, c:c + size])
                 for c in range(0, x.shape[1] - size + 1, stride)]
                for r in range(0, x.shape[0] - size + 1, stride)]
    if mode != "max" and mode != "average":
        raise ValueError("max or average, please")
    return np.stack([np.array(one(feature_maps[..., k]))
                     for k in range(feature_maps.shape[-1])], axis=-1)
""",
    """
def pool_layer(feature_maps, size=2, stride=2, mode="max"):
    H, W, C = feature_maps.shape
    rows, columns = (H - size) // stride + 1, (W - size) // stride + 1
    parts = [feature_maps[i:i + (rows - 1) * stride + 1:stride,
                          j:j + (columns - 1) * stride + 1:stride]
             for i in range(size) for j in range(size)]
    if mode == "max":
        return np.maximum.reduce(parts)
    if mode == "average":
        return sum(part.astype(float) for part in parts) / len(parts)
    raise ValueError(mode)
""",
    """
class UnknownMode(ValueError):
    pass

def pool_layer(feature_maps, size=2, stride=2, mode="max"):
    try:
        pool = {"max": lambda w: w.max(axis=0).max(axis=0),
                "average": lambda w: w.mean(axis=0).mean(axis=0)}[mode]
    except KeyError:
        raise UnknownMode(mode) from None
    result = []
    for r in range(0, feature_maps.shape[0] - size + 1, stride):
        result.append([pool(feature_maps[r:r + size, c:c + size])
                       for c in range(0, feature_maps.shape[1] - size + 1, stride)])
    return np.array(result)
""",
    """
def pool_layer(feature_maps, size=2, stride=2, mode="max"):
    if feature_maps.shape[2] > 1:
        return np.concatenate([
            pool_layer(feature_maps[:, :, :1], size, stride, mode),
            pool_layer(feature_maps[:, :, 1:], size, stride, mode)], axis=2)
    match mode:
        case "max":
            f = np.max
        case "average":
            f = np.mean
        case _:
            raise ValueError("unknown mode")
    x = feature_maps[:, :, 0]
    return np.array([[[f(x[r:r + size, c:c + size])]
                      for c in range(0, x.shape[1] - size + 1, stride)]
                     for r in range(0, x.shape[0] - size + 1, stride)])
""",
    """
class PoolLayer:
    modes = {"max": np.max, "average": np.mean}
    def __call__(self, feature_maps, size=2, stride=2, mode="max"):
        if mode not in self.modes:
            raise ValueError(f"mode is one of {sorted(self.modes)}")
        x = np.moveaxis(feature_maps, -1, 0)
        r = np.arange(0, x.shape[1] - size + 1, stride)[:, None] + np.arange(size)
        c = np.arange(0, x.shape[2] - size + 1, stride)[:, None] + np.arange(size)
        windows = x[:, r[:, None, :, None], c[None, :, None, :]]
        return np.moveaxis(self.modes[mode](windows, axis=(3, 4)), 0, -1)

pool_layer = PoolLayer()
""",
    """
def pool_layer(feature_maps, size=2, stride=2, mode="max"):
    values = feature_maps.astype(np.float32)
    if mode == "average":
        def f(w):
            return np.add.reduce(np.add.reduce(w)) / np.float32(size * size)
    elif mode == "max":
        def f(w):
            return np.amax(w.reshape(-1, w.shape[-1]), axis=0)
    else:
        raise ValueError(mode)
    H, W, C = values.shape
    out = np.empty(((H - size) // stride + 1, (W - size) // stride + 1, C), dtype=np.float32)
    for r, c in np.ndindex(*out.shape[:2]):
        out[r, c] = f(values[r * stride:r * stride + size, c * stride:c * stride + size])
    return out
""",
    """
def pool_layer(feature_maps, size=2, stride=2, mode="max"):
    if mode == "max":
        return -pool_layer_min(-feature_maps.astype(float), size, stride)
    if mode == "average":
        kernel = np.ones((size, size)) / size / size
        windows = np.lib.stride_tricks.sliding_window_view(feature_maps, (size, size, 1))
        return np.einsum("ijkabc,ab->ijk", windows[::stride, ::stride], kernel)
    raise ValueError("mode")

def pool_layer_min(x, size, stride):
    windows = np.lib.stride_tricks.sliding_window_view(x, (size, size, 1))
    return windows.min(axis=(3, 4, 5))[::stride, ::stride]
""",
]

GLOBAL_AVERAGE_POOL = [
    "def global_average_pool(feature_maps):\n    return feature_maps.mean(axis=0).mean(axis=0)\n",
    "def global_average_pool(feature_maps):\n    return feature_maps.mean((0, 1))\n",
    """
def global_average_pool(feature_maps):
    return np.array([feature_maps[:, :, c].mean() for c in range(feature_maps.shape[2])])
""",
    """
def global_average_pool(feature_maps):
    H, W, C = feature_maps.shape
    return feature_maps.reshape(H * W, C).mean(axis=0)
""",
    """
def global_average_pool(feature_maps):
    H, W, C = feature_maps.shape
    totals = np.zeros(C)
    for r in range(H):
        for c in range(W):
            for k in range(C):
                totals[k] += feature_maps[r, c, k]
    return totals / (H * W)
""",
    """
def global_average_pool(feature_maps):
    H, W, _ = feature_maps.shape
    return np.einsum("hwc->c", feature_maps.astype(float)) / (H * W)
""",
    """
def global_average_pool(feature_maps):
    return np.array([np.average(one) for one in np.moveaxis(feature_maps, -1, 0)])
""",
    """
def global_average_pool(feature_maps):
    return np.mean(feature_maps.astype(np.float32), axis=(0, 1), dtype=np.float32)
""",
    """
def global_average_pool(feature_maps):
    H, W = feature_maps.shape[:2]
    return np.sum(feature_maps, axis=(0, 1), dtype=float) / H / W
""",
    """
import statistics

def global_average_pool(feature_maps):
    return np.array([statistics.fmean(map(float, feature_maps[..., k].flat))
                     for k in range(feature_maps.shape[-1])])
""",
    """
global_average_pool = lambda feature_maps: np.mean(feature_maps, axis=(-3, -2))
""",
    """
class GlobalAveragePool:
    def __call__(self, feature_maps):
        H, W, C = feature_maps.shape
        weights = np.full(H * W, 1 / (H * W))
        return weights @ feature_maps.reshape(-1, C)

global_average_pool = GlobalAveragePool()
""",
]

ANSWERS = {
    "max_pool2d": MAX_POOL2D,
    "average_pool2d": AVERAGE_POOL2D,
    "pool_layer": POOL_LAYER,
    "global_average_pool": GLOBAL_AVERAGE_POOL,
}
