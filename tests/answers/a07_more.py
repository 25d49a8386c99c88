"""More right answers to lesson 07: other libraries' habits, types and layouts."""

ANSWERS = {
    "find_background": [
        """
def find_background(frames):
    s = sorted(frames.astype(float).tolist()) if False else np.sort(frames, axis=0) / 255
    n = len(s); return (s[n // 2] + s[-(n // 2) - 1]) / 2 if n % 2 else (s[n // 2 - 1] + s[n // 2]) / 2
""",
        """
import statistics
def find_background(frames):
    f = np.apply_along_axis(lambda v: statistics.median([int(x) for x in v]), 0, frames)
    return f.astype(np.longdouble) / 255
""",
        """
find_background = lambda frames: np.array([[np.quantile(frames[:, r, c] / 255, 0.5) for c in range(frames.shape[2])] for r in range(frames.shape[1])])
""",
    ],
    "motion_map": [
        """
def motion_map(frame, background):
    f = frame / 255.0; g = f / np.median(f) * np.median(background); return np.where(g > background, g - background, background - g)
""",
        """
def motion_map(frame, background):
    f = np.float64(frame); return np.sqrt(np.square(f * (np.median(background) / np.median(f)) - background))
""",
    ],
    "find_boxes": [
        """
def find_boxes(mask, smallest=1):
    m = [[bool(v) for v in row] for row in mask]; H, W = len(m), len(m[0]); out = []
    for r0 in range(H):
        for c0 in range(W):
            if m[r0][c0]:
                q = [(r0, c0)]; m[r0][c0] = False; cells = []
                for r, c in q:
                    cells.append((r, c))
                    for a, b in ((r - 1, c), (r + 1, c), (r, c - 1), (r, c + 1)):
                        if 0 <= a < H and 0 <= b < W and m[a][b]: m[a][b] = False; q.append((a, b))
                if len(cells) >= smallest:
                    rs, cs = zip(*cells); out.append((min(rs), min(cs), max(rs) - min(rs) + 1, max(cs) - min(cs) + 1))
    return np.array(sorted(out), np.uint16).reshape(-1, 4)
""",
    ],
    "overlap": [
        """
def overlap(a, b):
    def cells(q):
        t, l, h, w = (int(v) for v in q); return {(r, c) for r in range(t, t + h) for c in range(l, l + w)}
    x, y = cells(a), cells(b); return len(x & y) / len(x | y)
""",
        """
def overlap(a, b):
    m = np.zeros((2, 120, 120), bool)
    for k, q in enumerate((a, b)):
        t, l, h, w = map(int, q); m[k, t:t + h, l:l + w] = True
    return np.float32((m[0] & m[1]).sum() / (m[0] | m[1]).sum())
""",
        """
from fractions import Fraction
def overlap(a, b):
    a, b = np.asarray(a, int), np.asarray(b, int)
    s = np.maximum(np.minimum(a[:2] + a[2:], b[:2] + b[2:]) - np.maximum(a[:2], b[:2]), 0)
    i = int(s.prod()); return Fraction(i, int(a[2] * a[3] + b[2] * b[3]) - i)
""",
    ],
}
