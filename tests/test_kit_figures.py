"""Does every figure say what it shows, fit the page, and stay silent?"""

import base64
import html
import io
import re
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from IPython.core.interactiveshell import InteractiveShell
from PIL import Image

from cnnkit import canvas, data, describe, figures, palette


@pytest.fixture
def shown(monkeypatch):
    """Return what was shown: a list of (picture, width on the page, alt, text)."""
    monkeypatch.setattr(InteractiveShell, "initialized", classmethod(lambda cls: True))
    pictures = []

    def note(bundle, raw):
        assert raw
        assert set(bundle) == {"text/html", "text/plain"}
        match = re.fullmatch(
            r'<img alt="(?P<alt>[^"]*)" width="(?P<width>\d+)" style="(?P<style>[^"]*)" '
            r'src="data:image/png;base64,(?P<png>[^"]+)">',
            bundle["text/html"],
        )
        assert match, bundle["text/html"][:300]
        assert "max-width:100%" in match["style"]
        picture = Image.open(io.BytesIO(base64.b64decode(match["png"]))).convert("RGB")
        alt = html.unescape(match["alt"])
        pictures.append((np.asarray(picture), int(match["width"]), alt, bundle["text/plain"]))

    monkeypatch.setattr("IPython.display.display", note)
    return pictures


RNG = np.random.default_rng(0)
IMAGE = RNG.integers(0, 256, (6, 8)).astype(np.uint8)
COLOUR = RNG.integers(0, 256, (5, 4, 3)).astype(np.uint8)
LARGE = RNG.random((60, 90, 3))
KERNEL = np.array([[1, 0, -1]] * 3)

CALLS = {
    "image": lambda: figures.show_image(IMAGE, "a title"),
    "image (H, W, 1)": lambda: figures.show_image(IMAGE[..., None] / 255),
    "image signed": lambda: figures.show_image(IMAGE - 100.0, signed=True),
    "image bool": lambda: figures.show_image(IMAGE > 100),
    "image constant": lambda: figures.show_image(np.full((3, 3), -7.5)),
    "image nan": lambda: figures.show_image(np.array([[0.0, np.nan], [np.inf, 2]])),
    "image all nan": lambda: figures.show_image(np.full((2, 2), np.nan)),
    "image beyond 1": lambda: figures.show_image(LARGE * 2 - 0.5),
    "image one row": lambda: figures.show_image(np.arange(40)[None]),
    "images": lambda: figures.show_images([IMAGE, COLOUR], ["grey", "colour"]),
    "images outlined": lambda: figures.show_images(
        [IMAGE, COLOUR], ["grey", "colour"], highlights=[(1, 2, 3, 4), None]
    ),
    "images many": lambda: figures.show_images([IMAGE] * 30, list(range(30)), columns=10),
    "images one scale": lambda: figures.show_images([IMAGE * 1.0, IMAGE - 99.0], same_scale=True),
    "images long titles": lambda: figures.show_images([IMAGE] * 8, ["1. convolution, a map"] * 8),
    "images many titles": lambda: figures.show_images([IMAGE] * 40, ["Ankle boot"] * 40),
    "lines millions": lambda: figures.show_lines([1, 2], {"a": [1e5, 3e8]}, "x", "how many", log=True),
    "array": lambda: figures.show_array(IMAGE, "pixels", highlight=(1, 2, 3, 3)),
    "array vector": lambda: figures.show_array([1, 2, 3]),
    "array number": lambda: figures.show_array(2.5),
    "array large": lambda: figures.show_array(LARGE[:, :, 0]),
    "array wide numbers": lambda: figures.show_array(RNG.normal(size=(3, 11)) * 1e5),
    "array tiny numbers": lambda: figures.show_array(np.array([[0.0, 1e-7]])),
    "array zeros": lambda: figures.show_array(np.zeros((2, 2))),
    "array nan": lambda: figures.show_array(np.array([[0.5, np.nan, -np.inf]])),
    "array all nan": lambda: figures.show_array(np.full((2, 2), np.nan)),
    "array named": lambda: figures.show_array(
        IMAGE[:3, :2], "a table", rows=["Ankle boot 9", "b", "c"], columns=["x", "y"]
    ),
    "array two windows": lambda: figures.show_array(IMAGE, highlight=[(0, 0, 2, 2), (2, 2, 2, 2)]),
    "arrays": lambda: figures.show_arrays(
        [IMAGE, KERNEL, IMAGE[1:-1, 1:-1]], ["image", "kernel", "map"], ["∗", "="],
        [(0, 0, 3, 3), None, (0, 0, 1, 1)],
    ),
    "arrays many": lambda: figures.show_arrays([RNG.random((9, 9))] * 4, symbols=["→"] * 3),
    "channels small": lambda: figures.show_channels(COLOUR),
    "channels floats": lambda: figures.show_channels(COLOUR / 255),
    "channels large": lambda: figures.show_channels(LARGE, "a picture"),
    "feature maps": lambda: figures.show_feature_maps(RNG.normal(size=(9, 7, 5))),
    "feature maps after ReLU": lambda: figures.show_feature_maps(LARGE, ["a", "b", "c"]),
    "filters": lambda: figures.show_filters(RNG.normal(size=(4, 3, 3))),
    "filters many": lambda: figures.show_filters(RNG.normal(size=(16, 5, 5, 1))),
    "filters channels": lambda: figures.show_filters(RNG.normal(size=(3, 3, 4, 2))),
    "bars": lambda: figures.show_bars([0.1, 0.7, 0.2], ["a", "b", "c"], "who", highlight="b"),
    "bars minus": lambda: figures.show_bars([-3, 0, 2.5], list("abc"), highlight=[0, 2]),
    "bars zero": lambda: figures.show_bars([0, 0], list("ab")),
    "lines": lambda: figures.show_lines(
        [8, 16, 32], {"CNN": [10, 10, 10], "MLP": [64, 256, 1024]}, "side", "weights", log=True
    ),
    "lines many": lambda: figures.show_lines(
        range(50), {f"line {k}": np.full(50, 0.5) for k in range(8)}, "x", "y"
    ),
    "lines both logarithms": lambda: figures.show_lines([1, 10], {"a": [1, 100]}, "x", "y", log="both"),
    "histogram": lambda: figures.show_histogram(IMAGE, "brightness"),
    "histogram constant": lambda: figures.show_histogram([2.0, 2.0]),
    "markup in words": lambda: figures.show_image(IMAGE, '<b>"$5 & $6"</b>'),
    "letters no font has": lambda: figures.show_image(IMAGE, "字 \U0001f63a"),
}


def test_bars_named_after_a_channel_have_its_colour(shown):
    """Is what is called red drawn red, and what has another name in the course's blue?"""
    figures.show_bars([3, 2, 1], ["red", "green", "blue"])
    figures.show_bars([3, 2, 1], ["one", "two", "three"])
    (channels, *_), (others, *_) = shown
    for picture, colours in (
        (channels, [colour for _, colour in palette.CHANNELS]), (others, [palette.MAIN]),
    ):  # fmt: skip
        for colour in colours:
            wanted = np.round(255 * np.array(palette.rgb(colour))).astype(int)
            assert (picture == wanted).all(axis=2).any(), colour


def test_a_frame_in_a_picture_is_drawn_and_said(shown):
    """Is it in the right picture's words, and in no picture that has none?"""
    CALLS["images"]()
    CALLS["images outlined"]()
    (plain, _, without, _), (framed, _, words, _) = shown
    assert "outlined" not in without
    assert words.endswith("; outlined in grey: rows 1 to 3, columns 2 to 5.")
    assert plain.shape == framed.shape
    assert not np.array_equal(plain, framed)


@pytest.mark.parametrize("name", CALLS)
def test_figures_fit_and_speak(shown, name, capfd, recwarn):
    """Does every figure show one picture that fits the page, with words, and stay silent?"""
    returned = CALLS[name]()
    assert returned is None
    assert len(shown) == 1
    picture, width, alt, text = shown[0]
    assert width <= 780
    assert abs(picture.shape[1] - 2 * width) <= 1
    assert len(np.unique(picture)) > 2, "an empty picture"
    assert len(alt) > 8
    assert alt == text
    assert capfd.readouterr() == ("", "")
    assert [str(warning.message) for warning in recwarn] == []


def test_the_learners_own_settings_are_left_alone(shown):
    """Does a figure look the same under any settings, and put them back?"""
    import matplotlib

    figures.show_array(IMAGE)
    before = dict(matplotlib.rcParams)
    matplotlib.rcParams.update({"text.usetex": True, "font.size": 40, "image.cmap": "jet"})
    changed = dict(matplotlib.rcParams)
    try:
        figures.show_array(IMAGE)
        assert dict(matplotlib.rcParams) == changed
    finally:
        matplotlib.rcParams.update(before)
    assert np.array_equal(shown[0][0], shown[1][0])


def test_nothing_stays_open(shown):
    """Does showing figures leave pyplot alone, and close a figure handed to ``show``?"""
    from matplotlib import pyplot

    figure, axes = pyplot.subplots()
    axes.plot([1, 2])
    figures.show(figure, "a line from 1 to 2")
    figures.show_image(IMAGE)
    assert pyplot.get_fignums() == []
    assert next(picture[2] for picture in shown) == "a line from 1 to 2"


def test_a_figure_without_words_is_refused(shown):
    """Must whoever shows an own figure say what there is to see?"""
    from matplotlib.figure import Figure

    with pytest.raises(ValueError, match="text alternative"):
        figures.show(Figure(), "  ")
    assert shown == []


def test_outside_a_notebook_the_words_are_printed(capsys):
    """Does a script get the text alternative?"""
    figures.show_array([[1, -2.5]], "two numbers")
    assert capsys.readouterr().out == "two numbers: 1 row, 2 columns: 1.0 −2.5.\n"


@pytest.mark.parametrize(
    ("call", "error", "words"),
    [
        (lambda: figures.show_image([["a"]]), TypeError, "does not hold only numbers"),
        (lambda: figures.show_image([[1], [1, 2]]), TypeError, "does not hold only numbers"),
        (lambda: figures.show_image(None), TypeError, "NoneType"),
        (lambda: figures.show_image(np.zeros((3, 3, 2))), ValueError, r"\(3, 3, 2\)"),
        (lambda: figures.show_image(np.zeros((0, 3))), ValueError, r"\(0, 3\)"),
        (lambda: figures.show_images([]), ValueError, "nothing to draw"),
        (lambda: figures.show_images([IMAGE], ["a", "b"]), ValueError, "2 titles for 1"),
        (lambda: figures.show_array(COLOUR), ValueError, "show_channels"),
        (lambda: figures.show_array(IMAGE, highlight=(1, 2)), ValueError, "highlight is"),
        (lambda: figures.show_array(IMAGE, shade="pink"), ValueError, "no shade"),
        (lambda: figures.show_arrays([IMAGE], symbols=["="]), ValueError, "1 symbols for 0"),
        (lambda: figures.show_channels(IMAGE), ValueError, r"\(6, 8\)"),
        (lambda: figures.show_feature_maps(IMAGE), ValueError, r"\(H, W, F\)"),
        (lambda: figures.show_filters(IMAGE), ValueError, r"\(F, h, w\)"),
        (lambda: figures.show_bars([1], ["a", "b"]), ValueError, "2 labels for 1"),
        (lambda: figures.show_bars([1], ["a"], highlight="z"), ValueError, "no bar 'z'"),
        (lambda: figures.show_lines([1, 2], {"a": [1]}, "x", "y"), ValueError, "'a' has 1"),
        (lambda: figures.show_histogram([]), ValueError, "nothing to draw"),
    ],
)
def test_wrong_input_is_one_clear_sentence(call, error, words):
    """Does a figure call that cannot work say which function wanted what?"""
    with pytest.raises(error, match=words):
        call()


def test_pixels_are_drawn_as_they_are(shown):
    """Is 0 black and 255 white, and is a half-bright picture not stretched?"""
    figures.show_image(np.array([[100, 120], [110, 130]], np.uint8))
    picture = shown[0][0]
    assert 100 in picture
    assert 130 in picture
    inside = picture[picture.shape[0] // 3, picture.shape[1] // 3]
    assert inside.tolist() == [100, 100, 100]


def test_a_stretched_picture_says_so():
    """Is a scale that is not the usual one written under the picture, and only then?"""
    from cnnkit.panels import image_panel

    assert image_panel(IMAGE, 2.0).note is None
    assert image_panel(IMAGE / 255, 2.0).note is None
    assert image_panel(np.array([[0.0, 4.0]]), 2.0).note == "black\u00a00, white\u00a04"
    # In two lines, if it must be, a colour and its number stay together.
    signed = image_panel(np.array([[-1.0, 4.0]]), 2.0, signed=True).note
    assert signed == "blue\u00a0−4, orange\u00a04"
    assert image_panel(LARGE * 2, 2.0).note == "values outside 0 to 1 are cut off"


def test_thousands_are_grouped(capsys):
    """Are large numbers at bars easy to read?"""
    figures.show_bars([8554, 1946, -1234567, 12], ["a", "b", "c", "d"])
    assert capsys.readouterr().out == "Bars: a 8,554, b 1,946, c −1,234,567, d 12.\n"


def test_words_stay_inside_the_picture(shown):
    """Do the left edge of a chart and all other edges stay free of cut-off letters?"""
    CALLS["lines millions"]()
    CALLS["images many titles"]()
    CALLS["bars minus"]()
    CALLS["array named"]()
    for picture, *_ in shown:
        edge = np.concatenate([picture[:, :4].reshape(-1, 3), picture[:, -4:].reshape(-1, 3)])
        assert edge.min() == 255


def test_windows_are_outlined(shown):
    """Is the highlight drawn where it should be, in its colour?"""
    figures.show_array(np.zeros((6, 6)), highlight=(3, 3, 3, 3))
    picture = shown[0][0].astype(int)
    marked = np.all(np.abs(picture - np.array(palette.rgb(palette.HIGHLIGHT)) * 255) < 3, axis=2)
    rows, columns = np.nonzero(marked)
    assert rows.min() > picture.shape[0] * 0.45
    assert columns.min() > picture.shape[1] * 0.45


def test_no_window_lies_on_its_neighbours_edge(shown):
    """Have windows that touch four whole edges each?"""
    figures.show_array(np.zeros((4, 4)), highlight=[(0, 0, 4, 2), (0, 2, 4, 2)])
    picture = shown[0][0].astype(int)
    for colour in (palette.HIGHLIGHT, palette.INDIGO):
        marked = np.all(np.abs(picture - np.array(palette.rgb(colour)) * 255) < 3, axis=2)
        tall = marked.sum(axis=0)
        edges = np.flatnonzero(tall > 0.9 * tall.max())
        assert np.count_nonzero(np.diff(edges) > 1) == 1  # two upright edges, apart


def test_small_arrays_are_read_out():
    """Does the text alternative hold every number and the outlined window?"""
    assert describe.grid(KERNEL, "kernel", [(0, 1, 2, 2)]) == (
        "kernel: 3 rows, 3 columns: 1 0 −1; 1 0 −1; 1 0 −1; "
        "outlined: rows 0 to 1, columns 1 to 2"
    )
    assert describe.grid(np.ones((20, 20))) == "Array: 20 rows, 20 columns, every value 1"


@given(hnp.arrays(np.float64, (2, 3), elements=st.floats(-1e9, 1e9)))
def test_cells_have_one_width_of_decimals(array):
    """Do all cells of an array have equally many decimals, and none a hyphen for a minus?"""
    texts = [text for row in describe.cells(array) for text in row]
    plain = [text for text in texts if "e" not in text and text != "0"]
    assert len({len(text.partition(".")[2]) for text in plain}) <= 1
    assert not any(text.startswith("-") or text in ("−0", "−0.0", "−0.00") for text in texts)


@settings(max_examples=200)
@given(st.floats(-1e5, 1e5))
def test_brief_numbers_are_close(value):
    """Does a shortened number stay within one percent, or half of the last digit?"""
    text = describe.brief(value).replace("−", "-")
    assert abs(float(text) - value) <= max(0.01 * abs(value), 0.0005)


def test_photographs_do_not_fill_the_notebook(shown):
    """Does a row of four photographs stay under a megabyte?"""
    photos = [data.load_photo(name) for name in ("astronaut", "camera", "chelsea", "coffee")]
    figure = canvas.compose([[figures.image_panel(photo, 1.7) for photo in photos]])
    assert len(canvas.to_html(figure, "four photographs")) < 1_000_000


def test_importing_is_cheap():
    """Are matplotlib, ipywidgets and IPython left alone until something is drawn or asked?"""
    code = (
        "import sys, cnnkit, cnnkit.figures, cnnkit.palette, cnnkit.data, cnnkit.predict,"
        " cnnkit.progress\n"
        "print([name for name in ('matplotlib', 'ipywidgets', 'IPython', 'PIL') "
        "if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_words_for_a_window_and_for_equal_numbers():
    """Is one row called a row, and numbers that read alike called one value?"""
    from cnnkit import describe

    assert describe.grid(np.ones((4, 6)), "table", [(2, 4, 1, 1)]).endswith("row 2, column 4")
    assert describe.grid(np.ones((4, 6)), "table", [(1, 2, 2, 3)]).endswith("rows 1 to 2, columns 2 to 4")
    assert describe.spread(np.array([0.45, 0.45 + 1e-12])) == "every value 0.45"
