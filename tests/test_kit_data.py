"""Are the images and networks that ship with the course what they say they are?"""

import json
import socket

import numpy as np
import pytest

from autograder.assets import __main__ as assets
from autograder.assets import datasets, files, models, training
from cnnkit import data

MANIFEST = json.loads((data.FOLDER / "manifest.json").read_text("utf-8"))


@pytest.fixture(autouse=True)
def no_network(monkeypatch):
    """Nothing here may open a connection."""

    def refuse(*_):
        raise AssertionError("a connection was opened")

    monkeypatch.setattr(socket.socket, "connect", refuse)


@pytest.mark.parametrize("file", sorted(MANIFEST))
def test_files_are_the_ones_in_the_manifest(file):
    """Has a shipped file exactly the bytes and the values that were built?"""
    path = data.FOLDER / file
    assert MANIFEST[file]["bytes"] == files.file_hash(path)
    assert MANIFEST[file]["content"] == files.content_hash(files.read(path))


def test_the_manifest_is_complete():
    """Is every data file in the manifest, and has each a line in LICENSES.md?"""
    shipped = {path.name for path in data.FOLDER.iterdir() if path.suffix in (".png", ".npz")}
    assert set(MANIFEST) == shipped
    licences = (data.FOLDER / "LICENSES.md").read_text("utf-8")
    for name in shipped:
        assert name in licences or name.removesuffix(".npz") in data.MODEL_NAMES


def test_the_data_is_small():
    """Does all data together stay under 4 MB, Fashion-MNIST under 3?"""
    assert (data.FOLDER / "fashion.npz").stat().st_size < 3_000_000
    assert sum(path.stat().st_size for path in data.FOLDER.iterdir()) < 4_000_000


@pytest.mark.parametrize("name", data.PHOTO_NAMES)
def test_photographs(name):
    """Is every photograph uint8, small and a fresh, writable array?"""
    photo = data.load_photo(name)
    assert np.uint8 == photo.dtype
    assert photo.ndim == (2 if name in ("camera", "brick") else 3)
    assert 128 <= max(photo.shape) <= 256
    photo[:] = 0
    assert data.load_photo(name).max() > 128


def test_digits():
    """Are the digits 1,797 images from 0 to 255 with labels 0 to 9?"""
    images, labels = data.load_digits()
    assert images.shape == (1797, 8, 8)
    assert (images.dtype, images.min(), images.max()) == (np.uint8, 0, 255)
    assert labels.shape == (1797,)
    assert np.bincount(labels).tolist() == [178, 182, 177, 183, 181, 182, 181, 179, 174, 180]


def test_shifted_digits_are_digits_somewhere_else():
    """Is every image one digit on black, and is no digit in both splits?"""
    digits, digit_labels = data.load_digits()
    places = files.read(data.FOLDER / "shifted.npz")
    for split, amount in (("train", 5588), ("test", 1600)):
        images, labels = data.load_shifted_digits(split)
        assert images.shape == (amount, data.CANVAS, data.CANVAS, 1)
        assert (images.min(), images.max()) == (0.0, 1.0)
        chosen = places[f"{split}_digits"]
        assert np.array_equal(digit_labels[chosen], labels)
        assert np.allclose(images.sum(axis=(1, 2, 3)), digits[chosen].sum(axis=(1, 2)) / 255)
        # All 81 places occur.
        assert len({tuple(corner) for corner in places[f"{split}_corners"].tolist()}) == 81
    assert not set(places["train_digits"]) & set(places["test_digits"])


def test_shifted_digits_are_drawn_again_from_their_seed():
    """Does the seed give the places that ship?"""
    assert MANIFEST["shifted.npz"]["content"] == files.content_hash(datasets.shifted())


def test_permuting_loses_nothing():
    """Are the permuted images the same values, all moved in the same way?"""
    images, _ = data.load_shifted_digits("test")
    mixed = data.permute_pixels(images[:50])
    assert mixed.shape == images[:50].shape
    assert not np.array_equal(mixed, images[:50])
    for one, other in zip(mixed, images[:50], strict=True):
        assert np.array_equal(np.sort(one.ravel()), np.sort(other.ravel()))
    counted = np.arange(256.0).reshape(1, 16, 16, 1)
    order = data.permute_pixels(counted).ravel().astype(int)
    assert np.array_equal(mixed.reshape(50, -1), images[:50].reshape(50, -1)[:, order])
    with pytest.raises(ValueError, match="permute_pixels takes"):
        data.permute_pixels(np.zeros((2, 28, 28, 1)))


@pytest.mark.parametrize(("split", "each"), [("train", 550), ("test", 100)])
def test_fashion(split, each):
    """Are there equally many clothes of each kind?"""
    images, labels = data.load_fashion(split)
    assert images.shape == (each * 10, 28, 28)
    assert np.uint8 == images.dtype
    assert np.bincount(labels).tolist() == [each] * 10
    assert len(data.FASHION_NAMES) == 10
    images[:] = 0
    assert data.load_fashion(split)[0].max() == 255


@pytest.mark.parametrize("plan", models.PLANS, ids=lambda plan: plan.name)
def test_models_reach_what_is_recorded(plan):
    """Does a network, run on the images now, get as many right as recorded?"""
    facts = data.model_facts(plan.name)
    measured = models.measure(plan, data.load_model(plan.name))
    # Another processor may round the two largest scores of an image the other way.
    assert abs(measured["right"] - facts["right"]) <= 1
    assert abs(measured["train_accuracy"] - facts["train_accuracy"]) < 0.001
    assert facts["accuracy"] == facts["right"] / facts["images"]
    for name in ("images", "weights", "epochs"):
        assert measured[name] == facts[name]


def test_the_experiment_shows_what_the_lesson_says():
    """Does the CNN win with the fewest weights, and lose its advantage on permuted pixels?"""
    facts = {name: data.model_facts(name) for name in data.MODEL_NAMES}
    score = {name: fact["accuracy"] for name, fact in facts.items()}
    assert score["shifted-linear"] < 0.25
    assert score["shifted-perceptron"] + 0.05 < score["shifted-cnn"]
    assert 4 * facts["shifted-cnn"]["weights"] < facts["shifted-perceptron"]["weights"]
    # Who looks at every pixel alone does not care; who looks at neighbours does.
    assert abs(score["permuted-perceptron"] - score["shifted-perceptron"]) < 0.05
    assert abs(score["permuted-linear"] - score["shifted-linear"]) < 0.05
    assert score["permuted-cnn"] + 0.2 < score["permuted-perceptron"]
    assert score["fashion-cnn"] > 0.85


def test_models_have_the_keys_that_forward_takes():
    """Has a CNN filters, filter biases, weights and biases, fitting one another and the images?"""
    for name in ("fashion-cnn", "shifted-cnn", "permuted-cnn"):
        model = data.load_model(name)
        images, _ = models.images_for(name, "test")
        assert set(model) == {"filters", "filter_biases", "weights", "biases"}
        count, height, width, channels = model["filters"].shape
        assert images.shape[3] == channels
        rows, columns = (images.shape[1] - height + 1) // 2, (images.shape[2] - width + 1) // 2
        assert model["filter_biases"].shape == (count,)
        assert model["weights"].shape == (rows * columns * count, 10)
        assert model["biases"].shape == (10,)
        model["filters"][:] = 0
        assert data.load_model(name)["filters"].any()


def test_the_vectorised_network_agrees_with_plain_loops():
    """Does the code that trains compute what lesson 05's ``forward`` says, written with loops?"""
    model = data.load_model("shifted-cnn")
    images = data.load_shifted_digits("test")[0][:3]
    filters = model["filters"]
    count, height, width, _ = filters.shape
    side = images.shape[1] - height + 1
    for image, fast in zip(images, training.scores(model, images), strict=True):
        maps = np.zeros((side, side, count))
        for f in range(count):
            for i in range(side):
                for j in range(side):
                    window = image[i : i + height, j : j + width]
                    maps[i, j, f] = np.sum(window * filters[f]) + model["filter_biases"][f]
        maps = np.maximum(maps, 0)
        pooled = np.zeros((side // 2, side // 2, count))
        for i in range(side // 2):
            for j in range(side // 2):
                pooled[i, j] = maps[2 * i : 2 * i + 2, 2 * j : 2 * j + 2].max(axis=(0, 1))
        assert np.allclose(pooled.ravel() @ model["weights"] + model["biases"], fast)


@pytest.mark.parametrize("kind", ["linear", "perceptron", "cnn"])
def test_gradients_are_right(kind):
    """Do the gradients that trained the networks agree with central differences?"""
    rng = np.random.default_rng(3)
    shape = (7, 8, 2)
    model = {
        "linear": lambda: training.new_linear(rng, 112, 4),
        "perceptron": lambda: training.new_perceptron(rng, 112, 5, 4),
        "cnn": lambda: training.new_cnn(rng, shape, 3, 3, 4),
    }[kind]()
    images, labels = rng.random((6, *shape)), rng.integers(0, 4, 6)

    def loss():
        result = training.scores(model, images)
        away = result - result.max(axis=1, keepdims=True)
        return -np.mean(away[np.arange(6), labels] - np.log(np.exp(away).sum(axis=1)))

    slopes = training.gradients(model, images, labels)
    assert set(slopes) == set(model)
    for name, values in model.items():
        for place in rng.integers(0, values.size, 5):
            kept = values.flat[place]
            values.flat[place] = kept + 1e-5
            above = loss()
            values.flat[place] = kept - 1e-5
            below = loss()
            values.flat[place] = kept
            assert np.isclose((above - below) / 2e-5, slopes[name].flat[place], atol=1e-6)


def test_training_is_repeatable():
    """Does the same seed give the same weights, another seed others?"""
    images, labels = data.load_shifted_digits("train")
    recipe = training.Recipe(epochs=1)

    def trained(seed):
        rng = np.random.default_rng(seed)
        start = training.new_cnn(rng, images.shape[1:], 2, 5, 10)
        return training.train(start, images[:300], labels[:300], recipe, rng)

    one, same, other = trained(1), trained(1), trained(2)
    assert files.content_hash(one) == files.content_hash(same)
    assert files.content_hash(one) != files.content_hash(other)


@pytest.mark.parametrize(
    "call",
    [
        lambda: data.load_photo("../digits"),
        lambda: data.load_model("best"),
        lambda: data.model_facts("best"),
        lambda: data.load_fashion("validation"),
        lambda: data.load_shifted_digits("all"),
    ],
)
def test_wrong_names_say_what_there_is(call):
    """Does a wrong name end in one sentence that lists the right ones?"""
    with pytest.raises(ValueError, match=r"There is no .*: .*, "):
        call()


@pytest.mark.parametrize("shape", [(5, 7), (6, 4, 3)])
def test_png_bytes_can_be_read(tmp_path, shape):
    """Does another decoder read back what our encoder wrote?"""
    image = np.random.default_rng(0).integers(0, 256, shape).astype(np.uint8)
    (tmp_path / "a.png").write_bytes(files.png_bytes(image))
    assert np.array_equal(image, files.read(tmp_path / "a.png")["image"])


def test_npz_bytes_depend_on_content_alone():
    """Are two archives of the same arrays the same bytes, in whatever order they come?"""
    one = {"b": np.arange(3), "a": np.eye(2)}
    assert files.npz_bytes(one, True) == files.npz_bytes(dict(sorted(one.items())), True)
    other = {**one, "b": np.arange(3.0)}
    assert files.content_hash(one) != files.content_hash(other)


def test_a_missing_source_is_one_sentence(tmp_path, capsys):
    """Does a rebuild without its sources end with exit 2 and one clear line?"""
    assert assets.main(["--check", "--only", "data", "--sources", str(tmp_path)]) == 2
    assert capsys.readouterr().err == (
        f"autograder.assets: scikit_image-0.26.0-*.whl is not in {tmp_path}.\n"
    )
