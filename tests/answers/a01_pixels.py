"""Right answers to lesson 01, written the ways people write them."""

IMAGE_SIZE = [
    """
def image_size(image):
    if image.ndim == 2:
        return (image.shape[0], image.shape[1], 1)
    return image.shape
""",
    """
def image_size(image):
    return tuple(np.atleast_3d(image).shape)
""",
    """
def image_size(image):
    sizes = list(image.shape)
    if len(sizes) == 2:
        sizes.append(1)
    return sizes
""",
    """
def image_size(image):
    try:
        height, width, channels = image.shape
    except ValueError:
        height, width = image.shape
        channels = 1
    return height, width, channels
""",
    """
image_size = lambda image: (image.shape + (1,))[:3]
""",
    """
def image_size(image):
    height = len(image)
    width = len(image[0])
    first = image[0][0]
    channels = len(first) if hasattr(first, "__len__") else 1
    return height, width, channels
""",
    """
def image_size(image):
    height, width = np.shape(image)[:2]
    return np.int64(height), np.int32(width), np.int64(image.size // (height * width))
""",
    """
from collections import namedtuple
Size = namedtuple("Size", "height width channels")

def image_size(image):
    channels = 1 if len(image.shape) < 3 else image.shape[-1]
    return Size(image.shape[0], image.shape[1], channels)
""",
    """
def image_size(image):
    match image.shape:
        case (height, width):
            return height, width, 1
        case (height, width, channels):
            return height, width, channels
""",
    """
def image_size(image):
    height, width, *rest = image.shape
    return height, width, (rest[0] if rest else 1)
""",
    """
class Size:
    def __call__(self, image):
        return image.reshape(*image.shape[:2], -1).shape

image_size = Size()
""",
]

BRIGHTEN = [
    """
def brighten(image, amount):
    result = image.astype(np.int16) + amount
    result[result > 255] = 255
    result[result < 0] = 0
    return result.astype("uint8")
""",
    """
def brighten(image, amount):
    return np.uint8(np.clip(np.float64(image) + amount, 0, 255))
""",
    """
def brighten(image, amount):
    return np.minimum(np.maximum(image.astype(int) + amount, 0), 255).astype(np.uint8)
""",
    """
def brighten(image, amount):
    if amount >= 0:
        step = np.uint8(amount)
        return np.where(image > 255 - step, np.uint8(255), image + step)
    step = np.uint8(-amount)
    return np.where(image < step, np.uint8(0), image - step)
""",
    """
def brighten(image, amount):
    table = np.array([min(max(value + amount, 0), 255) for value in range(256)], dtype=np.uint8)
    return table[image]
""",
    """
def brighten(image, amount):
    result = np.zeros(image.shape, dtype=np.uint8)
    for place in np.ndindex(image.shape):
        value = int(image[place]) + amount
        if value > 255:
            value = 255
        elif value < 0:
            value = 0
        result[place] = value
    return result
""",
    """
def brighten(image, amount):
    values = [min(255, max(0, value + amount)) for value in image.ravel().tolist()]
    return np.array(values, dtype=np.uint8).reshape(image.shape)
""",
    """
brighten = lambda image, amount: np.clip(np.add(image, amount, dtype=np.int64), 0, 255).astype(
    np.uint8)
""",
    """
@np.vectorize
def one(value, amount):
    return sorted((0, int(value) + int(amount), 255))[1]

def brighten(image, amount):
    return one(image, amount).astype(np.uint8)
""",
    """
def brighten(image, amount):
    wide = np.empty(image.shape, dtype=np.int32)
    wide[...] = image
    wide += amount
    np.clip(wide, 0, 255, out=wide)
    return np.asarray(wide, dtype=np.uint8)
""",
    """
import functools

def limited(low, high):
    def decorate(f):
        @functools.wraps(f)
        def wrapper(*args, **kwargs):
            return np.clip(f(*args, **kwargs), low, high).astype(np.uint8)
        return wrapper
    return decorate

@limited(0, 255)
def brighten(image, amount):
    return image.astype(np.float32) + amount
""",
]

NORMALIZE = [
    """
def normalize(image):
    return image.astype(np.float64) / 255.0
""",
    """
def normalize(image):
    return image.astype(np.float32) / 255
""",
    """
def normalize(image):
    return np.divide(image, 255)
""",
    """
def normalize(image):
    return image * (1 / 255)
""",
    """
def normalize(image):
    result = np.zeros(image.shape)
    for place in np.ndindex(image.shape):
        result[place] = image[place] / 255
    return result
""",
    """
def normalize(image):
    result = image.astype(float)
    result /= np.iinfo(np.uint8).max
    return result
""",
    """
def normalize(image):
    return np.interp(image, [0, 255], [0, 1])
""",
    """
def normalize(image):
    return np.linspace(0, 1, 256)[image]
""",
    """
def normalize(image):
    if image.ndim == 1:
        return np.array([value / 255 for value in image])
    return np.array([normalize(part) for part in image])
""",
    """
normalize = lambda image: np.true_divide(image, np.float32(255), dtype=np.float32)
""",
    """
class Normalizer:
    def __init__(self, white):
        self.white = white

    def __call__(self, image):
        return np.asfortranarray(image / self.white)

normalize = Normalizer(255)
""",
]

TO_GRAYSCALE = [
    """
def to_grayscale(image):
    return image @ np.array([0.299, 0.587, 0.114])
""",
    """
def to_grayscale(image):
    return np.dot(image[..., :3], [0.299, 0.587, 0.114])
""",
    """
def to_grayscale(image):
    return (image * np.array([0.299, 0.587, 0.114])).sum(axis=-1)
""",
    """
def to_grayscale(image):
    return np.einsum("hwc,c->hw", image, np.array([0.299, 0.587, 0.114]))
""",
    """
def to_grayscale(image):
    height, width, _ = image.shape
    grey = np.zeros((height, width))
    for r in range(height):
        for c in range(width):
            red, green, blue = image[r, c]
            grey[r, c] = 0.299 * red + 0.587 * green + 0.114 * blue
    return grey
""",
    """
def to_grayscale(image):
    return np.average(image, axis=2, weights=[0.299, 0.587, 0.114])
""",
    """
def to_grayscale(image):
    weights = np.array([0.299, 0.587, 0.114], dtype=np.float32)
    return np.tensordot(image.astype(np.float32), weights, axes=([2], [0]))
""",
    """
def to_grayscale(image):
    red, green, blue = np.moveaxis(image, 2, 0)
    return red * 0.299 + green * 0.587 + blue * 0.114
""",
    """
def to_grayscale(image):
    rows = [[sum(w * v for w, v in zip((0.299, 0.587, 0.114), pixel)) for pixel in row]
            for row in image.tolist()]
    return np.array(rows)
""",
    """
def to_grayscale(image):
    grey = 0
    for channel, weight in enumerate([0.299, 0.587, 0.114]):
        grey = grey + weight * image[:, :, channel]
    return grey
""",
    """
to_grayscale = lambda image: np.apply_along_axis(
    lambda pixel: float(np.inner(pixel, (0.299, 0.587, 0.114))), 2, image)
""",
]

STANDARDIZE = [
    """
def standardize(images):
    mean = np.mean(images, axis=(0, 1, 2), keepdims=True)
    std = np.std(images, axis=(0, 1, 2), keepdims=True)
    std[std < 1e-8] = np.inf
    return (images - mean) / std
""",
    """
def standardize(images):
    result = np.zeros(images.shape)
    for c in range(images.shape[3]):
        channel = images[:, :, :, c]
        deviation = channel.std()
        if deviation >= 1e-8:
            result[:, :, :, c] = (channel - channel.mean()) / deviation
    return result
""",
    """
def standardize(images):
    flat = images.reshape(-1, images.shape[-1]).astype(float)
    mean = flat.sum(axis=0) / len(flat)
    deviation = np.sqrt(((flat - mean) ** 2).sum(axis=0) / len(flat))
    with np.errstate(all="ignore"):
        result = np.where(deviation > 1e-8, (flat - mean) / deviation, 0)
    return result.reshape(images.shape)
""",
    """
def standardize(images):
    mean = images.mean(axis=(0, 1, 2))
    std = images.std(axis=(0, 1, 2))
    return (images - mean) / np.where(std < 1e-8, 1, std)
""",
    """
def standardize(images):
    centred = images - images.mean(axis=0).mean(axis=0).mean(axis=0)
    spread = np.sqrt(np.mean(centred ** 2, axis=(0, 1, 2)))
    return centred / np.maximum(spread, 1e-8)
""",
    """
def standardize(images):
    parts = []
    for channel in np.moveaxis(images, -1, 0):
        deviation = np.std(channel)
        if deviation < 1e-8:
            parts.append(np.zeros_like(channel, dtype=float))
        else:
            parts.append((channel - np.mean(channel)) / deviation)
    return np.stack(parts, axis=-1)
""",
    """
def standardize(images):
    import statistics
    n, h, w, channels = images.shape
    result = np.empty((n, h, w, channels))
    for c in range(channels):
        values = [float(v) for v in images[..., c].ravel()]
        mean = statistics.fmean(values)
        deviation = statistics.pstdev(values)
        for i in range(n):
            for row in range(h):
                for column in range(w):
                    away = float(images[i, row, column, c]) - mean
                    result[i, row, column, c] = away / deviation if deviation >= 1e-8 else 0.0
    return result
""",
    """
def standardize(images):
    x = images.astype(np.float64).transpose(3, 0, 1, 2)
    mean = x.mean(axis=(1, 2, 3), keepdims=True)
    std = x.std(axis=(1, 2, 3), keepdims=True)
    z = np.divide(x - mean, std, out=np.zeros_like(x), where=std >= 1e-8)
    return z.transpose(1, 2, 3, 0)
""",
    """
standardize = lambda images: np.apply_along_axis(
    lambda v: (v - v.mean()) / v.std() if v.std() >= 1e-8 else np.zeros(v.shape),
    0, images.reshape(-1, images.shape[-1])).reshape(images.shape)
""",
    """
def standardize(images):
    axes = tuple(range(images.ndim - 1))
    variance = np.var(images, axis=axes)
    scale = np.array([0.0 if v < 1e-16 else v ** -0.5 for v in variance])
    return (images - np.average(images, axis=axes)) * scale
""",
    """
class Standardizer:
    def fit(self, images):
        self.mean = images.mean(axis=(0, 1, 2))
        self.deviation = images.std(axis=(0, 1, 2))
        return self

    def __call__(self, images):
        self.fit(images)
        z = np.nan_to_num((images - self.mean) / (self.deviation + 1e-300))
        z[..., self.deviation < 1e-8] = 0
        return z

standardize = Standardizer()
""",
]

ANSWERS = {
    "image_size": IMAGE_SIZE,
    "brighten": BRIGHTEN,
    "normalize": NORMALIZE,
    "to_grayscale": TO_GRAYSCALE,
    "standardize": STANDARDIZE,
}
