"""Does a prediction cost nothing, outlive the kernel, and stay final once revealed?"""

import json
import os
import re
import subprocess
import sys
import types

import pytest

from cnnkit import predict as kit
from cnnkit.predict import my_predictions, predict, reveal


@pytest.fixture(autouse=True)
def notebook_folder(tmp_path, monkeypatch):
    """Every test has a folder and a session of its own."""
    monkeypatch.chdir(tmp_path)
    for memory in (kit._asked, kit._locks, kit._unsaved):
        monkeypatch.setattr(kit, next(n for n, v in vars(kit).items() if v is memory), {})
    return tmp_path


@pytest.fixture
def front_end(monkeypatch):
    """Pretend that a front end is there; return the widgets that were shown, newest last."""
    ipywidgets = pytest.importorskip("ipywidgets")
    from cnnkit import ask

    shown = []
    monkeypatch.setattr(kit, "has_front_end", lambda: True)

    def note(bundle, raw):
        assert bundle["text/plain"].startswith("Predict: ")
        # A view in a saved notebook would be reopened as an error; words stand there instead.
        assert set(bundle) == {"text/plain", "text/html"}
        assert "Run this cell to answer." in bundle["text/html"]
        uid = re.search(r'data-uid="(\w+)"', bundle["text/html"])[1]
        held = [w for w in ipywidgets.Widget.widgets.values() if getattr(w, "uid", "") == uid]
        shown.append(held[0].controls["box"])

    if hasattr(ipywidgets.Widget, "widgets"):
        monkeypatch.setattr(ask, "display", note)
    else:
        boxes = []
        real = ipywidgets.VBox

        def box(*args, **kwargs):
            boxes.append(real(*args, **kwargs))
            return boxes[-1]

        monkeypatch.setattr(ask, "ipywidgets", types.SimpleNamespace(**{
            **{n: getattr(ipywidgets, n) for n in ("HTML", "Button", "HBox", "RadioButtons", "Text")},
            "VBox": box,
        }))
        monkeypatch.setattr(ask, "display", lambda bundle, raw: shown.append(boxes[-1]))
    return shown


def field(shown):
    return shown[-1].children[1]


def status(shown):
    return shown[-1].children[2].children[0].value


def again(shown):
    return shown[-1].children[2].children[1]


def test_without_a_front_end_a_question_is_one_line(capsys, tmp_path):
    """Does a script, a test or the marking see one printed line and no file?"""
    predict("size", "How many places?", choices=[3, 4])
    predict("count", "How many weights?", number=True)
    assert capsys.readouterr().out == (
        "Predict: How many places? (3 · 4)\nPredict: How many weights?\n"
    )
    assert list(tmp_path.iterdir()) == []


def test_without_a_front_end_nothing_is_paid():
    """Is ipywidgets left alone while nbgrader runs the notebook?"""
    code = (
        "import sys; from cnnkit.predict import predict, reveal\n"
        "import ipykernel\n"
        "predict('a', 'Which?', choices=['x', 'y']); reveal('a', 'x', 'Because.')\n"
        "print('ipywidgets' in sys.modules, 'matplotlib' in sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True,
        env={**os.environ, "NBGRADER_EXECUTION": "autograde"},
    )
    assert done.stdout.splitlines() == [
        "Predict: Which? (x · y)", "The truth: x. You made no prediction here. Because.", "False False",
    ]
    assert done.stderr == ""


def test_an_answer_is_kept_and_compared(front_end, capsys, tmp_path):
    """Is the chosen answer saved at once, and shown beside the truth?"""
    predict("size", "How many places?", choices=["3", "4"])
    assert field(front_end).value is None
    field(front_end).value = "4"
    assert "Saved" in status(front_end)
    assert json.loads((tmp_path / ".predictions.json").read_text("utf-8")) == {
        "size": {"question": "How many places?", "answer": "4"}
    }
    reveal("size", 4, why="Two rows of two.")
    assert capsys.readouterr().out == (
        "✓ Right: 4. Two rows of two.\n"
    )


def test_a_revealed_answer_is_final_until_one_asks_again(front_end, capsys):
    """Is the widget locked after the reveal, also on a re-run, and free after 'Predict again'?"""
    predict("size", "How many?", choices=["3", "4"])
    field(front_end).value = "3"
    reveal("size", "4")
    assert "✗ Not quite. Your answer: 3. The truth: 4." in capsys.readouterr().out
    assert field(front_end).disabled
    predict("size", "How many?", choices=["3", "4"])
    assert (field(front_end).value, field(front_end).disabled) == ("3", True)
    assert again(front_end).layout.display != "none"
    again(front_end).click()
    assert (field(front_end).value, field(front_end).disabled) == (None, False)
    field(front_end).value = "4"
    reveal("size", "4")
    assert "✓ Right: 4." in capsys.readouterr().out


def test_an_answer_outlives_the_kernel(front_end):
    """Does the question come back with its answer in a new session?"""
    predict("size", "How many?", choices=["3", "4"])
    field(front_end).value = "3"
    kit._asked.clear()
    kit._locks.clear()
    predict("size", "How many?", choices=["3", "4"])
    assert field(front_end).value == "3"
    assert not field(front_end).disabled


@pytest.mark.parametrize(
    ("typed", "kept"),
    [("12", 12.0), ("0.5", 0.5), ("0,5", 0.5), ("1,024", 1024.0), ("−3", -3.0), (" 1 000 ", 1000.0)],
)
def test_numbers_as_people_type_them(front_end, typed, kept):
    """Are decimal commas, thousands and a true minus sign understood?"""
    predict("n", "How many?", number=True)
    field(front_end).value = typed
    assert kit.recall("n")["answer"] == kept


@pytest.mark.parametrize("typed", ["many", "1e999", "nan", "1,2,3"])
def test_what_is_no_number_is_said_and_not_kept(front_end, typed):
    """Does something else than a number lead to one friendly line?"""
    predict("n", "How many?", number=True)
    field(front_end).value = typed
    assert "Write a number" in status(front_end)
    assert kit.recall("n") is None


def test_a_number_counts_if_it_is_close(capsys):
    """Does a number within the tolerance count as right, one beyond not?"""
    predict("n", "How many?", number=True)
    for answer, sign in ((1946, "✓"), (1950, "✓"), (2000, "✗")):
        kit.remember("n", {"question": "How many?", "answer": answer})
        capsys.readouterr()
        reveal("n", 1946.0)
        assert capsys.readouterr().out.startswith(sign)
    reveal("n", 1946, tolerance=0.05)
    assert capsys.readouterr().out == "✓ Right. Your answer: 2,000. The truth: 1,946.\n"


def test_a_number_that_can_be_counted_must_be_hit(capsys):
    """Is one beside a small whole number not right, and a hundredth beside a fraction right?"""
    for answer, truth, sign in ((255, 256, "✗"), (256, 256, "✓"), (0.995, 1.001, "✓")):
        kit.remember("n", {"question": "How many?", "answer": float(answer)})
        reveal("n", truth)
        assert capsys.readouterr().out.startswith(sign)


def test_numbers_as_people_write_them(front_end, capsys):
    """Are they said and remembered with a true minus sign and all their digits?"""
    predict("n", "How many?", number=True)
    field(front_end).value = "-1234567.5"
    predict("n", "How many?", number=True)
    assert field(front_end).value == "−1234567.5"
    predict("m", "How many?", number=True)
    kit.remember("m", {"question": "How many?", "answer": -16000.0})
    reveal("m", -4)
    assert capsys.readouterr().out == "✗ Not quite. Your answer: −16,000. The truth: −4.\n"


@pytest.mark.parametrize(
    "content",
    [b"", b"{", b"\xff\xfe", b"[1]", b"null", b'{"a": 3}', b'{"a": {}}', b'{"a": {"answer": []}}',
     b'{"a": {"answer": "x", "right": true}}'],
)  # fmt: skip
def test_a_corrupted_file_is_as_good_as_none(content, capsys, tmp_path):
    """Does whatever lies in the file leave the lesson running, and can one start again?"""
    (tmp_path / ".predictions.json").write_bytes(content)
    predict("a", "Which?", choices=["x", "y"])
    reveal("a", "x")
    my_predictions()
    assert "You made no prediction here." in capsys.readouterr().out
    kit.remember("a", {"question": "Which?", "answer": "x"})
    assert kit.recall("a") == {"question": "Which?", "answer": "x"}


def test_a_folder_that_cannot_be_written_to(monkeypatch, capsys, tmp_path):
    """Do predictions last the session where the folder is read-only?"""
    (tmp_path / ".predictions.json").mkdir()  # nothing can be moved here, even by root
    predict("a", "Which?", choices=["x", "y"])
    assert not kit.remember("a", {"question": "Which?", "answer": "x"})
    reveal("a", "x")
    assert "✓ Right: x." in capsys.readouterr().out


def test_how_well_one_predicted(capsys):
    """Does the end of a lesson list every revealed prediction and count the right ones?"""
    my_predictions()
    assert "No predictions yet" in capsys.readouterr().out
    for id, answer, truth in (("a", "x", "x"), ("b", "y", "x"), ("c", "x", None)):
        predict(id, f"Question {id}?", choices=["x", "y"])
        kit.remember(id, {"question": f"Question {id}?", "answer": answer})
        if truth:
            reveal(id, truth)
    capsys.readouterr()
    my_predictions()
    assert capsys.readouterr().out.splitlines() == [
        "You predicted 1 of 2 right.",
        "✓ Question a? You: x. Truth: x.",
        "✗ Question b? You: y. Truth: x.",
    ]


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: predict("a", "?"), "needs choices"),
        (lambda: predict("a", "?", choices=["x", "y"], number=True), "needs choices"),
        (lambda: predict("a", "?", choices=["x", "x"]), "all different"),
        (lambda: (predict("a", "?", choices=["x", "y"]), reveal("a", "z")), "none of the choices"),
        (lambda: (predict("a", "?", number=True), reveal("a", "z")), "asked for a number"),
    ],
)
def test_a_lesson_that_contradicts_itself_is_told(call, words):
    """Does a question without choices, or a truth that is none of them, stop the author?"""
    with pytest.raises(ValueError, match=words):
        call()


def test_markup_in_answers_stays_text(monkeypatch):
    """Is what stands in questions and answers shown, not interpreted?"""
    seen = []
    monkeypatch.setattr("cnnkit.canvas.in_notebook", lambda: True)
    monkeypatch.setattr("IPython.display.display", lambda bundle, raw: seen.append(bundle))
    kit.remember("a", {"question": "<script>1</script>", "answer": "<b>x</b>"})
    reveal("a", "<i>y</i>", why="<u>z</u>")
    my_predictions()
    for bundle in seen:
        assert not {"<script>", "<b>x", "<i>", "<u>"} & {
            part for part in ("<script>", "<b>x", "<i>", "<u>") if part in bundle["text/html"]
        }
    assert len(seen) == 2


def test_a_truth_takes_the_colours_of_the_page_in_a_dark_theme_too(monkeypatch):
    shown = []
    monkeypatch.setattr("cnnkit.predict._show", lambda markup, text: shown.append(markup))
    predict("dark", "Dark?", choices=["yes", "no"])
    reveal("dark", "yes", "It is night.")
    assert "The truth: yes" in shown[-1]
    assert "background" not in shown[-1]
    assert ";color:" not in shown[-1]
