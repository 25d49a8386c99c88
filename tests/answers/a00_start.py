"""Right answers to the exercise of the start page; all earn full marks."""

ANSWERS = {
    "brightest": [
        "def brightest(image):\n    return np.max(image)\n",
        "def brightest(image):\n    return float(np.amax(image))\n",
        "def brightest(image):\n    return max(max(row) for row in image)\n",
        "def brightest(image):\n    return np.sort(image, axis=None)[-1]\n",
        "def brightest(image):\n    return max(image.ravel().tolist())\n",
        "def brightest(image):\n    return image.max(axis=0).max()\n",
        "def brightest(image):\n    return image.flat[np.argmax(image)]\n",
        "brightest = lambda image: np.maximum.reduce(image, axis=None)\n",
        "def brightest(image):\n    return -np.min(-image.astype(float))\n",
        "def brightest(image):\n    return np.asarray(np.percentile(image, 100))\n",
        """
def brightest(image):
    best = image[0, 0]
    for row in image:
        for pixel in row:
            if pixel > best:
                best = pixel
    return best
""",
    ],
}
