"""More right answers to lesson 06: other libraries' habits, types and layouts."""

ANSWERS = {
    "numerical_gradient": [
        """
def numerical_gradient(f, x, h=1e-5):
    if x.dtype.kind != 'f': x = x * 1.0
    g = np.zeros(x.shape)
    for p in np.ndindex(x.shape):
        x[p] += h; a = f(x); x[p] -= 2*h; b = f(x); x[p] += h
        g[p] = (a - b)/(2*h)
    return g
""",
        """
def numerical_gradient(f, x, h=1e-5):
    x = np.asarray(x, dtype=float); g = np.empty(x.size)
    for i, e in enumerate(np.eye(x.size)):
        step = h * e.reshape(x.shape)
        g[i] = (f(x + step) - f(x - step)) / (2 * h)
    return g.reshape(x.shape)
""",
        """
def numerical_gradient(f, x, h=1e-5):
    if x.dtype.kind != 'f': x = x.astype(float)
    g = np.zeros(x.shape)
    it = np.nditer(x, flags=['multi_index'], op_flags=['readwrite'])
    for _ in it:
        p = it.multi_index; old = x[p]
        x[p] = old + h; a = f(x)
        x[p] = old - h; b = f(x)
        x[p] = old
        g[p] = (a - b) / (2 * h)
    return g
""",
        """
def numerical_gradient(f, x, h=1e-5):
    def slopes():
        for p in np.ndindex(*x.shape):
            d = np.zeros(x.shape); d[p] = h
            yield 0.5 * (f(x + d) - f(x - d)) / h
    return np.fromiter(slopes(), float).reshape(x.shape)
""",
        """
def numerical_gradient(f, x, h=1e-5):
    out = []
    for k in range(x.size):
        up, down = np.array(x, float), np.array(x, float)
        up[np.unravel_index(k, x.shape)] += h; down[np.unravel_index(k, x.shape)] -= h
        out.append((f(up) - f(down)) / (h + h))
    return np.array(out, np.float32).reshape(x.shape)
""",
        """
class NG:
    def __call__(self, f, x, h=1e-5):
        g = np.zeros(x.shape, order='F')
        for p in np.ndindex(x.shape):
            g[p] = self.slope(f, x.astype(float), p, h)
        return g
    def slope(self, f, x, p, h):
        x[p] += h; hi = f(x); x[p] -= 2 * h; return (hi - f(x)) / (2 * h)
numerical_gradient = NG()
""",
    ],
    "cross_entropy_gradient": [
        """
def cross_entropy_gradient(probabilities, labels):
    g = probabilities.astype(float).copy(); np.subtract.at(g, (range(len(labels)), labels), 1); return g / len(labels)
""",
        """
cross_entropy_gradient = lambda probabilities, labels: (probabilities - np.identity(probabilities.shape[1])[labels]) / probabilities.shape[0]
""",
        """
def cross_entropy_gradient(probabilities, labels):
    return (probabilities - (np.arange(probabilities.shape[1]) == np.asarray(labels)[:, None])) * (1 / len(probabilities))
""",
        """
def cross_entropy_gradient(probabilities, labels):
    return np.array([[(np.longdouble(p) - (k == l)) / len(labels) for k, p in enumerate(r)] for r, l in zip(probabilities, labels)])
""",
        """
def cross_entropy_gradient(probabilities, labels):
    t = np.zeros(probabilities.shape, np.float32); np.put_along_axis(t, labels.astype(int)[:, None], 1, axis=1)
    return (probabilities - t) / len(t)
""",
    ],
    "dense_backward": [
        """
def dense_backward(gradient, inputs, weights):
    return [np.einsum('nk,dk->nd', gradient, weights), np.einsum('nk,nd->dk', gradient, inputs), np.einsum('nk->k', gradient)]
""",
        """
from collections import namedtuple
G = namedtuple('G', 'd_inputs d_weights d_biases')
def dense_backward(gradient, inputs, weights):
    return G(np.dot(gradient, weights.T), sum(np.outer(x, g) for x, g in zip(inputs, gradient)), np.ones(len(gradient)) @ gradient)
""",
        """
def dense_backward(gradient, inputs, weights):
    N, K = gradient.shape; D = inputs.shape[1]
    a, b, c = np.zeros((N, D)), np.zeros((D, K)), np.zeros(K)
    for n in range(N):
        for k in range(K):
            g = gradient[n, k]; c[k] += g
            for d in range(D): a[n, d] += g * weights[d, k]; b[d, k] += g * inputs[n, d]
    return a, b, c
""",
        """
def dense_backward(gradient, inputs, weights):
    return (weights @ gradient.T).T, (gradient.T @ inputs).T, gradient.T.sum(axis=1)
""",
    ],
    "relu_backward": [
        """
def relu_backward(gradient, inputs): return np.where(inputs <= 0, 0, gradient)
""",
        """
def relu_backward(gradient, inputs): return gradient * np.heaviside(inputs, 0.0)
""",
        """
def relu_backward(gradient, inputs):
    g = np.array(gradient, float); g[~(inputs > 0)] = 0; return g
""",
        """
relu_backward = np.vectorize(lambda gradient, inputs: float(gradient) if inputs > 0 else 0.0)
""",
        """
def relu_backward(gradient, inputs): return np.ma.masked_where(inputs <= 0, gradient).filled(0)
""",
        """
def relu_backward(gradient, inputs): return (gradient * np.maximum(np.sign(inputs), 0)).astype(np.float32)
""",
        """
def relu_backward(gradient, inputs):
    return np.array([g if x > 0 else 0 * g for g, x in zip(gradient.ravel(), inputs.ravel())]).reshape(inputs.shape)
""",
    ],
    "max_pool_backward": [
        """
def max_pool_backward(gradient, feature_maps, size=2):
    out = np.zeros(feature_maps.shape)
    N, R, C, K = gradient.shape
    for n in range(N):
        for r in range(R):
            for c in range(C):
                for k in range(K):
                    w = feature_maps[n, r * size:(r + 1) * size, c * size:(c + 1) * size, k]
                    i, j = divmod(int(np.argmax(w)), size)
                    out[n, r * size + i, c * size + j, k] = gradient[n, r, c, k]
    return out
""",
        """
def max_pool_backward(gradient, feature_maps, size=2):
    N, R, C, K = gradient.shape; s = size
    b = feature_maps[:, :R * s, :C * s].reshape(N, R, s, C, s, K).transpose(0, 1, 3, 5, 2, 4).reshape(N, R, C, K, s * s)
    hot = np.eye(s * s)[b.argmax(-1)] * gradient[..., None]
    out = np.zeros(feature_maps.shape)
    out[:, :R * s, :C * s] = hot.reshape(N, R, C, K, s, s).transpose(0, 1, 4, 2, 5, 3).reshape(N, R * s, C * s, K)
    return out
""",
        """
def max_pool_backward(gradient, feature_maps, size=2):
    N, R, C, K = gradient.shape
    best = np.full(gradient.shape, -np.inf); who = np.zeros(gradient.shape, int)
    for t in range(size * size):
        i, j = divmod(t, size)
        v = feature_maps[:, i:R * size:size, j:C * size:size]
        m = v > best; best[m] = v[m]; who[m] = t
    out = np.zeros(feature_maps.shape, np.float32)
    for t in range(size * size):
        i, j = divmod(t, size)
        out[:, i:R * size:size, j:C * size:size] = np.where(who == t, gradient, 0)
    return out
""",
    ],
    "convolution_backward": [
        """
def convolution_backward(gradient, images, filters):
    F, h, w, C = filters.shape
    di, df, db = np.zeros(images.shape), np.zeros(filters.shape), np.zeros(F)
    for n, r, c, f in np.ndindex(gradient.shape):
        g = gradient[n, r, c, f]
        di[n, r:r + h, c:c + w] += g * filters[f]; df[f] += g * images[n, r:r + h, c:c + w]; db[f] += g
    return di, df, db
""",
        """
def convolution_backward(gradient, images, filters):
    F, h, w, C = filters.shape
    sw = np.lib.stride_tricks.sliding_window_view
    df = np.einsum('nrcdij,nrcf->fijd', sw(images, (h, w), axis=(1, 2)), gradient)
    p = np.pad(gradient, ((0, 0), (h - 1, h - 1), (w - 1, w - 1), (0, 0)))
    di = np.einsum('nrcfij,fijd->nrcd', sw(p, (h, w), axis=(1, 2)), filters[:, ::-1, ::-1])
    return [di, df, gradient.sum((0, 1, 2))]
""",
        """
def convolution_backward(gradient, images, filters):
    F, h, w, C = filters.shape; N, R, S, _ = gradient.shape
    cols = np.lib.stride_tricks.sliding_window_view(images, (h, w, C), axis=(1, 2, 3)).reshape(-1, h * w * C)
    g = gradient.reshape(-1, F)
    df = (g.T @ cols).reshape(filters.shape)
    dc = (g @ filters.reshape(F, -1)).reshape(N, R, S, h, w, C)
    di = np.zeros(images.shape, np.float32)
    for i in range(h):
        for j in range(w): di[:, i:i + R, j:j + S] += dc[:, :, :, i, j].astype(np.float32)
    return di, df, g.sum(0)
""",
    ],
}
