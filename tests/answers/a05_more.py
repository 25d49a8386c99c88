"""More right answers to lesson 05: other libraries' habits, types and layouts."""

ANSWERS = {
    "flatten": [
        """
def flatten(feature_maps):
    return np.array([[v for row in im for px in row for v in px] for im in feature_maps])
""",
        """
def flatten(feature_maps):
    return np.vstack([im.flatten()[None] for im in feature_maps])
""",
        """
def flatten(feature_maps):
    n, h, w, c = feature_maps.shape
    return np.ascontiguousarray(feature_maps).reshape(n, h * w * c).astype(np.longdouble)
""",
        """
def flatten(feature_maps):
    n = len(feature_maps)
    return np.fromiter((float(v) for v in feature_maps.flat), float).reshape(n, -1)
""",
        """
def flatten(feature_maps):
    n, h, w, c = feature_maps.shape
    out = np.zeros((n, h * w * c))
    for i, r, x, k in np.ndindex(n, h, w, c):
        out[i, (r * w + x) * c + k] = feature_maps[i, r, x, k]
    return out
""",
        """
def flatten(feature_maps):
    return np.matrix(feature_maps.reshape(feature_maps.shape[0], -1))
""",
        """
def flatten(feature_maps):
    r = np.stack(list(map(np.ravel, feature_maps)))
    r.setflags(write=False)
    return r
""",
        """
def flatten(feature_maps):
    if feature_maps.ndim == 2: return feature_maps
    s = feature_maps.shape
    return flatten(feature_maps.reshape(*s[:-2], s[-2] * s[-1]))
""",
    ],
    "dense": [
        """
def dense(inputs, weights, biases): return np.einsum('nd,dk->nk', inputs, weights) + biases
""",
        """
def dense(inputs, weights, biases):
    return np.hstack([inputs, np.ones((len(inputs), 1))]) @ np.vstack([weights, biases])
""",
        """
def dense(inputs, weights, biases):
    out = []
    for x in inputs:
        out.append([sum(float(v) * weights[d, k] for d, v in enumerate(x)) + biases[k] for k in range(len(biases))])
    return np.array(out)
""",
        """
dense = lambda inputs, weights, biases: np.inner(inputs, weights.T) + biases[np.newaxis, :]
""",
        """
def dense(inputs, weights, biases): return np.matrix(inputs) * np.matrix(weights) + biases
""",
        """
def dense(inputs, weights, biases):
    t = np.zeros((len(inputs), weights.shape[1]), np.longdouble)
    for d in range(weights.shape[0]): t += np.outer(inputs[:, d], weights[d])
    return t + biases
""",
        """
def dense(inputs, weights, biases):
    a, b, c = (np.asarray(v, np.float32) for v in (inputs, weights, biases))
    return a.dot(b) + c
""",
        """
def dense(inputs, weights, biases):
    return (inputs[:, :, None] * weights[None]).sum(1) + np.broadcast_to(biases, (len(inputs), len(biases)))
""",
    ],
    "softmax": [
        """
def softmax(scores):
    return np.exp(scores - np.logaddexp.reduce(scores, axis=1, keepdims=True))
""",
        """
def softmax(scores):
    with np.errstate(over='ignore'):
        return 1 / np.exp(scores[:, None, :] - scores[:, :, None]).sum(axis=2)
""",
        """
import math
def softmax(scores):
    out = []
    for row in scores.tolist():
        m = max(row); e = [math.exp(v - m) for v in row]; s = math.fsum(e)
        out.append([v / s for v in e])
    return np.array(out)
""",
        """
def softmax(scores):
    s = scores.astype(np.longdouble); e = np.exp(s - s.max(1)[:, None])
    return e / e.sum(1)[:, None]
""",
        """
def softmax(scores):
    def one(r):
        e = np.exp((r - r.max()).astype(np.float32)); return e / e.sum()
    return np.apply_along_axis(one, 1, scores.astype(float))
""",
        """
def softmax(scores):
    z = (scores - np.amax(scores, axis=-1, keepdims=True)) * np.log2(np.e)
    p = np.exp2(z); return p / np.sum(p, axis=-1, keepdims=True)
""",
        """
def softmax(scores):
    t = scores.T - scores.max(axis=1); np.exp(t, out=t) if t.dtype.kind == 'f' else None
    t = t if scores.dtype.kind == 'f' else np.exp(t)
    return (t / t.sum(axis=0)).T
""",
        """
def softmax(scores):
    e = np.exp(np.maximum(scores - scores.max(axis=1, keepdims=True), -700.0))
    return e / e.sum(axis=1, keepdims=True)
""",
    ],
    "cross_entropy": [
        """
def cross_entropy(probabilities, labels):
    p = np.take_along_axis(probabilities, np.asarray(labels, int)[:, None], axis=1)
    return float(-np.log(np.clip(p, 1e-12, None)).mean())
""",
        """
def cross_entropy(probabilities, labels):
    t = np.eye(probabilities.shape[1])[labels]
    return -(t * np.log(np.maximum(probabilities, 1e-12))).sum() / len(t)
""",
        """
import math
def cross_entropy(probabilities, labels):
    return math.fsum(-math.log(max(float(row[int(k)]), 1e-12)) for row, k in zip(probabilities, labels)) / len(labels)
""",
        """
def cross_entropy(probabilities, labels):
    p = [max(float(probabilities[i, l]), 1e-12) for i, l in enumerate(labels)]
    return np.longdouble(-np.log(np.longdouble(math.prod(p)))) / len(p)
import math
""",
        """
def cross_entropy(probabilities, labels):
    p = probabilities[range(len(labels)), labels].astype(np.float64)
    return np.array(np.mean(np.log(1 / np.maximum(p, 1e-12))), dtype=np.float32)
""",
        """
def cross_entropy(probabilities, labels):
    p = np.diag(probabilities[:, labels]).clip(1e-12)
    return -np.log2(p).mean() * np.log(2)
""",
        """
import statistics
cross_entropy = lambda probabilities, labels: statistics.fmean(-np.log(max(float(p[l]), 1e-12)) for p, l in zip(probabilities, labels))
""",
        """
def cross_entropy(probabilities, labels):
    p = np.clip(probabilities, 1e-12, 1.0)
    return np.average(-np.log(p[np.arange(p.shape[0]), labels]))
""",
    ],
    "predict": [
        """
def predict(scores):
    out = []
    for row in scores:
        b = 0
        for i, v in enumerate(row):
            if v > row[b]: b = i
        out.append(b)
    return np.array(out)
""",
        """
def predict(scores): return np.array([r.index(max(r)) for r in scores.tolist()], dtype=np.uint8)
""",
        """
def predict(scores): return np.argsort(-scores.astype(float), axis=1, kind='stable')[:, 0]
""",
        """
def predict(scores): return (np.maximum.accumulate(scores == scores.max(1, keepdims=True), axis=1) == 0).sum(axis=1)
""",
        """
def predict(scores): return np.fromiter((max(range(len(r)), key=r.__getitem__) for r in scores), int)
""",
        """
def predict(scores): return np.argmax(scores, axis=1).astype(float)
""",
        """
def predict(scores):
    r, c = np.nonzero(scores == scores.max(axis=1, keepdims=True))
    return c[np.unique(r, return_index=True)[1]]
""",
        """
def predict(scores): return np.asfortranarray(scores.T.argmax(axis=0))
""",
    ],
    "accuracy": [
        """
from fractions import Fraction
def accuracy(predictions, labels): return Fraction(int(sum(p == l for p, l in zip(predictions, labels))), len(labels))
""",
        """
def accuracy(predictions, labels): return np.count_nonzero(np.equal(predictions, labels)) / labels.size
""",
        """
def accuracy(predictions, labels): return 1 - np.mean(predictions != labels)
""",
        """
def accuracy(predictions, labels): return (predictions == labels).astype(np.float32).mean()
""",
        """
def accuracy(predictions, labels):
    ok = 0
    for i in range(len(predictions)):
        if predictions[i] == labels[i]: ok = ok + 1
    return ok / len(predictions)
""",
        """
def accuracy(predictions, labels): return np.array(np.isclose(predictions, labels).mean())
""",
        """
def accuracy(predictions, labels):
    a = float(np.mean(predictions == labels)); return int(a) if a in (0.0, 1.0) else a
""",
        """
import statistics
accuracy = lambda predictions, labels: statistics.mean(float(a == b) for a, b in zip(predictions, labels))
""",
    ],
    "forward": [
        """
def forward(images, model):
    F, b, W, c = model["filters"], model["filter_biases"], model["weights"], model["biases"]
    out = []
    for im in images:
        v = np.lib.stride_tricks.sliding_window_view(im, F.shape[1:3], axis=(0, 1))
        m = np.maximum(np.einsum('rcdij,fijd->rcf', v, F) + b, 0)
        R, C = m.shape[0] // 2, m.shape[1] // 2
        p = np.array([[m[2 * r:2 * r + 2, 2 * q:2 * q + 2].max(axis=(0, 1)) for q in range(C)] for r in range(R)])
        s = p.ravel() @ W + c
        e = np.exp(s - s.max()); out.append(e / e.sum())
    return np.array(out)
""",
        """
def forward(images, model):
    m = {k: v.astype(np.float64) for k, v in model.items()}
    h, w = m["filters"].shape[1:3]
    v = np.lib.stride_tricks.sliding_window_view(images, (h, w), axis=(1, 2))
    z = np.tensordot(v, m["filters"], ([3, 4, 5], [3, 1, 2]))
    z = z[:, :z.shape[1] // 2 * 2, :z.shape[2] // 2 * 2]
    z = np.maximum.reduce([z[:, i::2, j::2] for i in (0, 1) for j in (0, 1)])
    z = np.maximum(z + m["filter_biases"], 0).reshape(len(images), -1) @ m["weights"] + m["biases"]
    return np.exp(z - np.logaddexp.reduce(z, axis=1)[:, None]).astype(np.float32)
""",
        """
def forward(images, model):
    if len(images) > 1:
        return np.concatenate([forward(images[:1], model), forward(images[1:], model)])
    F, h, w, C = model["filters"].shape
    R, S = images.shape[1] - h + 1, images.shape[2] - w + 1
    z = np.zeros((R, S, F)) + model["filter_biases"]
    for i, j in np.ndindex(h, w):
        z += images[0, i:i + R, j:j + S] @ model["filters"][:, i, j].T
    z = np.where(z > 0, z, 0)[:R - R % 2, :S - S % 2]
    z = z.reshape(R // 2, 2, S // 2, 2, F).max((1, 3)).reshape(1, -1)
    s = np.dot(z, model["weights"]) + model["biases"]
    e = np.exp(s - s.max(1, keepdims=True)); return e / e.sum(1, keepdims=True)
""",
    ],
}
