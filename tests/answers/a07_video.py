"""Right answers to lesson 07, written the ways people write them."""

from ._dressed import dressed

FIND_BACKGROUND = dressed(
    "find_background",
    """
def find_background(frames):
    return np.median(frames / 255, axis=0)
""",
    """
def find_background(frames):
    in_order = np.sort(frames.astype(float), axis=0)
    n = len(frames)
    return (in_order[(n - 1) // 2] + in_order[n // 2]) / 2 / 255
""",
    """
def find_background(frames):
    result = np.zeros(frames.shape[1:])
    for r in range(frames.shape[1]):
        for c in range(frames.shape[2]):
            result[r, c] = np.median(frames[:, r, c]) / 255
    return result
""",
    """
def find_background(frames):
    return np.percentile(frames, 50, axis=0) / 255.0
""",
)

MOTION_MAP = dressed(
    "motion_map",
    """
def motion_map(frame, background):
    frame = frame.astype(float) / 255
    return abs(frame * np.median(background) / np.median(frame) - background)
""",
    """
def motion_map(frame, background):
    values = frame * (np.median(background) / np.median(frame))
    difference = values - background
    return np.where(difference < 0, -difference, difference)
""",
    """
def motion_map(frame, background):
    scale = float(np.median(background)) / (float(np.median(frame)) / 255)
    result = np.zeros(frame.shape)
    for place in np.ndindex(frame.shape):
        result[place] = abs(int(frame[place]) / 255 * scale - background[place])
    return result
""",
    """
def motion_map(frame, background):
    even = np.divide(frame, np.median(frame)) * np.median(background)
    return np.maximum(even, background) - np.minimum(even, background)
""",
)

FIND_BOXES = [
    *dressed(
        "find_boxes",
        """
def find_boxes(mask, smallest=1):
    names = np.where(mask, np.arange(1, mask.size + 1).reshape(mask.shape), 0)
    while True:
        ring = np.pad(names, 1)
        near = np.max([ring[1:-1, 1:-1], ring[:-2, 1:-1], ring[2:, 1:-1], ring[1:-1, :-2],
                       ring[1:-1, 2:]], axis=0) * (names > 0)
        if np.array_equal(near, names):
            break
        names = near
    boxes = []
    for name in np.unique(names[names > 0]):
        rows, columns = np.nonzero(names == name)
        if len(rows) >= smallest:
            boxes.append((rows.min(), columns.min(), np.ptp(rows) + 1, np.ptp(columns) + 1))
    return np.array(sorted(boxes), dtype=int).reshape(-1, 4)
""",
        """
def find_boxes(mask, smallest=1):
    cells = {(int(r), int(c)) for r, c in np.argwhere(mask)}
    boxes = []
    while cells:
        group, edge = set(), {min(cells)}
        while edge:
            group |= edge
            cells -= edge
            edge = {(r + a, c + b) for r, c in edge for a, b in ((0, 1), (1, 0), (0, -1), (-1, 0))} & cells
        if len(group) >= smallest:
            top, left = min(r for r, _ in group), min(c for _, c in group)
            boxes.append([top, left, max(r for r, _ in group) - top + 1,
                          max(c for _, c in group) - left + 1])
    boxes.sort()
    return np.array(boxes).reshape(len(boxes), 4)
""",
        """
def find_boxes(mask, smallest=1):
    parent = {tuple(p): tuple(p) for p in np.argwhere(mask).tolist()}

    def root(p):
        while parent[p] != p:
            p = parent[p]
        return p

    for r, c in parent:
        for q in ((r + 1, c), (r, c + 1)):
            if q in parent:
                parent[root(q)] = root((r, c))
    groups = {}
    for p in parent:
        groups.setdefault(root(p), []).append(p)
    rows = [np.array(g) for g in groups.values() if len(g) >= smallest]
    boxes = sorted([*g.min(0), *(g.max(0) - g.min(0) + 1)] for g in rows)
    return np.array(boxes, dtype=np.int32).reshape(-1, 4)
""",
        """
def find_boxes(mask, smallest=1):
    seen = np.zeros(mask.shape, bool)

    def visit(r, c, cells):
        if 0 <= r < mask.shape[0] and 0 <= c < mask.shape[1] and mask[r, c] and not seen[r, c]:
            seen[r, c] = True
            cells.append((r, c))
            for a, b in ((1, 0), (-1, 0), (0, 1), (0, -1)):
                visit(r + a, c + b, cells)
        return cells

    boxes = []
    for r, c in np.ndindex(mask.shape):
        cells = visit(r, c, [])
        if cells and len(cells) >= smallest:
            rows, columns = zip(*cells)
            boxes.append((min(rows), min(columns), max(rows) - min(rows) + 1,
                          max(columns) - min(columns) + 1))
    return np.array(sorted(boxes), dtype=float).reshape(-1, 4)
""",
    ),
]

HEAT_MAPS = dressed(
    "heat_maps",
    """
def heat_maps(image, model, side=28):
    count, h, w, _ = model["filters"].shape
    maps = convolve(image[..., None], model["filters"], model["filter_biases"])
    pooled = max_pool(np.where(maps > 0, maps, 0))
    r, c = (side - h + 1) // 2, (side - w + 1) // 2
    dense = np.moveaxis(model["weights"].reshape(r, c, count, -1), 3, 0)
    powers = np.exp(convolve(pooled, dense, model["biases"]))
    return powers / powers.sum(-1, keepdims=True)
""",
    """
def heat_maps(image, model, side=28):
    rows, columns = [], []
    count, h, w, _ = model["filters"].shape
    result = []
    for top in range(0, (image.shape[0] - h + 1) // 2 * 2 - (side - h + 1) // 2 * 2 + 1, 2):
        line = []
        for left in range(0, (image.shape[1] - w + 1) // 2 * 2 - (side - w + 1) // 2 * 2 + 1, 2):
            window = image[top:top + side, left:left + side, None]
            maps = convolve(window, model["filters"], model["filter_biases"])
            flat = max_pool(np.maximum(maps, 0)).ravel()
            scores = flat @ model["weights"] + model["biases"]
            powers = np.exp(scores - scores.max())
            line.append(powers / powers.sum())
        result.append(line)
    return np.array(result)
""",
    """
def heat_maps(image, model, side=28):
    count, h, w, _ = model["filters"].shape
    pooled = max_pool(np.maximum(0, convolve(image[:, :, np.newaxis], model["filters"],
                                             model["filter_biases"])))
    size = ((side - h + 1) // 2, (side - w + 1) // 2)
    windows = np.lib.stride_tricks.sliding_window_view(pooled, size, axis=(0, 1))
    table = np.moveaxis(windows, 2, 4).reshape(*windows.shape[:2], -1)
    scores = table @ model["weights"] + model["biases"]
    scores = scores - np.max(scores, axis=2)[..., None]
    return np.exp(scores - np.log(np.exp(scores).sum(axis=2, keepdims=True)))
""",
)

OVERLAP = dressed(
    "overlap",
    """
def overlap(a, b):
    a, b = np.asarray(a, dtype=float), np.asarray(b, dtype=float)
    ends = np.minimum(a[:2] + a[2:], b[:2] + b[2:])
    both = np.prod(np.maximum(ends - np.maximum(a[:2], b[:2]), 0))
    return both / (a[2] * a[3] + b[2] * b[3] - both)
""",
    """
def overlap(a, b):
    def cells(box):
        t, l, h, w = (int(n) for n in box)
        return {(r, c) for r in range(t, t + h) for c in range(l, l + w)}
    one, other = cells(a), cells(b)
    return len(one & other) / len(one | other)
""",
    """
def overlap(a, b):
    t, l, h, w = map(int, a)
    t2, l2, h2, w2 = map(int, b)
    rows = len(set(range(t, t + h)) & set(range(t2, t2 + h2)))
    columns = len(set(range(l, l + w)) & set(range(l2, l2 + w2)))
    if not rows or not columns:
        return 0
    return rows * columns / (h * w + h2 * w2 - rows * columns)
""",
    """
from fractions import Fraction

def overlap(a, b):
    canvas = np.zeros((80, 80), dtype=int)
    for t, l, h, w in (a, b):
        canvas[int(t):int(t) + int(h), int(l):int(l) + int(w)] += 1
    return float(Fraction(int(np.sum(canvas == 2)), int(np.sum(canvas > 0))))
""",
    """
def overlap(a, b):
    a, b = [int(n) for n in a], [int(n) for n in b]
    rows = max(0, min(a[0] + a[2], b[0] + b[2]) - max(a[0], b[0]))
    columns = max(0, min(a[1] + a[3], b[1] + b[3]) - max(a[1], b[1]))
    return np.array(rows * columns / (a[2] * a[3] + b[2] * b[3] - rows * columns))
""",
    """
def overlap(a, b):
    a, b = [int(n) for n in a], [int(n) for n in b]
    rows = max(0, min(a[0] + a[2], b[0] + b[2]) - max(a[0], b[0]))
    columns = max(0, min(a[1] + a[3], b[1] + b[3]) - max(a[1], b[1]))
    return np.float32(rows * columns) / np.float32(a[2] * a[3] + b[2] * b[3] - rows * columns)
""",
    arrays=False,
)

_WATCH = """
def watch(frames, model):
    background = find_background(frames)
    rows = []
    for number, frame in enumerate(frames):
        motion = motion_map(frame, background)
        mask = active_blocks(motion, {threshold})
        picture = np.pad(moving_only(frame, background), 40)
        for box in find_boxes(mask, smallest={smallest}) * 2:
            top, left, height, width = (int(n) for n in box)
            {name}
            rows.append({row})
    return {result}
"""
_CUT = """row, column = 26 + top + height // 2, 26 + left + width // 2
            heat = heat_maps(picture[row:row + 28, column:column + 28], model)[0, 0]
            label = max(KINDS, key=lambda kind: heat[kind])"""
_MEAN = """row, column = 25 + top + height // 2, 25 + left + width // 2
            heat = heat_maps(picture[row:row + 30, column:column + 30], model).mean(axis=(0, 1))
            label = KINDS[int(np.argmax([heat[kind] for kind in KINDS]))]"""


def _watch(threshold: float = 0.12, smallest: int = 20, name: str = _CUT,
           row: str = "[number, top, left, height, width, label]",
           result: str = "np.array(rows).reshape(-1, 6)") -> str:  # fmt: skip
    return _WATCH.format(threshold=threshold, smallest=smallest, name=name, row=row, result=result)


WATCH = [
    *dressed("watch", _watch(), _watch(0.14), _watch(smallest=15), _watch(name=_MEAN), arrays=False),
    _watch(result="np.array(rows, dtype=float).reshape(-1, 6)"),
    _watch(0.13, 25, _MEAN, "(number, *box, label)", "np.array(rows, dtype=np.int32).reshape(-1, 6)"),
]

ANSWERS = {
    "find_background": FIND_BACKGROUND,
    "motion_map": MOTION_MAP,
    "find_boxes": FIND_BOXES,
    "heat_maps": HEAT_MAPS,
    "overlap": OVERLAP,
    "watch": WATCH,
}
