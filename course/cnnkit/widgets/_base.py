"""What every explorer stands on: sliders, one browser module, and your function in the picture.

An explorer is an anywidget whose drawing lives in ``static/<name>.js``. Its sliders
are ordinary ipywidgets, held in :attr:`Explorer.controls`; the browser module places
them, listens to them and redraws without asking the kernel.

To add an explorer, write two things:

* ``static/<name>.js``, which ends in ``export default explorer(build)``. ``build``
  gets ``{root, session, controls, settings}`` and returns a function that redraws;
  ``static/session.js`` says what these are.
* a subclass of :class:`Explorer` here with ``_esm = browser_module("<name>")``. It
  makes its sliders, gives them to ``super().__init__``, and, if it shows the
  learner's own function, turns the browser's question into arguments in
  :meth:`Explorer.arguments`.

The smallest one has a slider and a sum. ``static/double.js``::

    export default explorer(({ root, controls }) => {
      const sum = h("p", { class: "cx-sum" });
      root.append(controls.number.el, sum);
      return () => {
        sum.textContent = `2 × ${controls.number.value} = ${2 * controls.number.value}`;
      };
    });

and ``_double.py``, to be named in ``__init__.py`` like the others::

    from cnnkit.widgets._base import Explorer, browser_module, slider


    class Double(Explorer):
        title = "Double"
        _esm = browser_module("double")

        def __init__(self) -> None:
            super().__init__(controls={"number": slider("number", 3, 0, 10)})

``_pixels.py`` is the smallest of the course's own.

Nothing is drawn, called or sent before a browser shows the explorer, so that
constructing one in a kernel without a front end costs next to nothing.
"""

from __future__ import annotations

import base64
import html
import json
import os
import sys
import uuid
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import anywidget
import ipywidgets
import numpy as np
import traitlets

from cnnkit import palette
from cnnkit.errors import WrongType
from cnnkit.widgets._call import Caller, Outcome, name_of

STATIC = Path(__file__).parent / "static"

#: Joined in front of every explorer's own module, in this order. anywidget takes one
#: file, and a plain join needs no bundler.
SHARED = ("math.js", "draw.js", "session.js", "parts.js", "yours.js")


@cache
def browser_module(name: str) -> str:
    """Return the JavaScript of one explorer: the colours, the shared parts, its own part."""
    colours = {
        "diverging": palette.DIVERGING_STOPS,
        "sequential": palette.SEQUENTIAL_STOPS,
        "channels": [colour for _, colour in palette.CHANNELS],
        "ink": palette.INK,
        "bar": palette.MAIN,
    }
    parts = [f"const PALETTE = {json.dumps(colours)};"]
    parts += [(STATIC / part).read_text(encoding="utf-8") for part in (*SHARED, f"{name}.js")]
    return "\n".join(parts)


@cache
def stylesheet() -> str:
    """Return the style sheet of all explorers, with the course's colours filled in."""
    colours = {
        "highlight": palette.HIGHLIGHT,
        "main": palette.MAIN,
        "right": palette.RIGHT,
        "wrong": palette.WRONG,
    }
    rules = "".join(f"--cx-{name}:{value};" for name, value in colours.items())
    return f":root{{{rules}}}\n" + (STATIC / "style.css").read_text(encoding="utf-8")


class Explorer(anywidget.AnyWidget):
    """One live figure with real sliders, drawn in the browser.

    Parameters
    ----------
    controls
        Name → widget. A list of widgets (the nine weights of a kernel) counts as one
        control. Each is also an attribute: ``explorer.stride`` is the stride slider.
    settings
        What the figure starts from (numbers, strings, nested lists); it never changes.
    pictures
        Name → uint8 array, sent as raw bytes with its shape.
    f
        The learner's function, or None.
    seconds
        How long one call of ``f`` may take.
    """

    #: Title of the explorer, for its heading and its text alternative.
    title = "Explorer"

    _css = stylesheet()
    uid = traitlets.Unicode().tag(sync=True)
    controls = traitlets.Dict().tag(sync=True, **ipywidgets.widget_serialization)
    settings = traitlets.Dict().tag(sync=True)
    pictures = traitlets.Dict().tag(sync=True)
    function = traitlets.Unicode("").tag(sync=True)

    def __init__(
        self,
        controls: Mapping[str, Any],
        settings: Mapping[str, Any] | None = None,
        pictures: Mapping[str, np.ndarray] | None = None,
        f: Callable[..., Any] | None = None,
        seconds: float = 5.0,
    ) -> None:
        if f is not None and not callable(f):
            raise WrongType(
                f"f must be a function, such as f=convolve2d without brackets; "
                f"this is {type(f).__name__}."
            )
        self.f = f
        self._caller = Caller(self._answer, seconds)
        super().__init__(
            uid=uuid.uuid4().hex,
            controls=dict(controls),
            settings={"title": self.title, "seconds": seconds, **(settings or {})},
            pictures={name: _packed(picture) for name, picture in (pictures or {}).items()},
            function="" if f is None else name_of(f),
        )
        if f is not None:
            self.on_msg(self._asked)

    def __getattr__(self, name: str) -> Any:
        # Only called for names that are nothing else: the sliders by their names.
        controls = self.__dict__.get("_trait_values", {}).get("controls", {})
        if name in controls:
            return controls[name]
        raise AttributeError(f"{type(self).__name__} has no attribute {name!r}")

    # -- the learner's function ------------------------------------------------

    def arguments(self, question: Mapping[str, Any]) -> tuple[tuple[Any, ...], dict[str, Any]]:
        """Turn the browser's question (plain JSON) into the arguments ``f`` is called with."""
        raise NotImplementedError

    def shown(self, values: np.ndarray) -> np.ndarray:
        """Return what the browser is to draw of the values ``f`` returned."""
        return values

    def _asked(self, _widget: Any, content: Any, _buffers: Any) -> None:
        if isinstance(content, dict) and content.get("kind") == "call" and self.f is not None:
            args, kwargs = self.arguments(content["question"])
            self._caller.submit(content["number"], self.f, args, kwargs)

    def _answer(self, number: int, outcome: Outcome) -> None:
        if outcome.values is not None:
            outcome = replace(outcome, values=self.shown(outcome.values))
        content = {"kind": "answer", "number": number, **outcome.describe()}
        buffers = [] if outcome.values is None else [np.ascontiguousarray(outcome.values).data]
        self.send(content, buffers=buffers)

    # -- what is shown ---------------------------------------------------------

    def summary(self) -> str:
        """Return one sentence on what the explorer shows, for terminals and saved pages."""
        return f"{self.title} explorer"

    def __repr__(self) -> str:
        """Return one clear line: what a terminal shows, and a page that runs no widgets."""
        return (
            f"{self.summary()}. It comes to life in JupyterLab or Jupyter Notebook 7: "
            "open the notebook there and run this cell."
        )

    def _repr_mimebundle_(self, **_kwargs: Any) -> tuple[dict[str, Any], dict[str, Any]]:
        """Return a still picture that the browser module replaces with the live figure.

        A widget view in the saved notebook would be reopened as *Error displaying
        widget: model not found*. So the output is HTML: a place (``cnnkit-explorer``)
        that holds a still picture until the model, which lives beside the outputs,
        moves in. VS Code and Colab make models only for views, so they get a view.
        """
        data: dict[str, Any] = {"text/plain": repr(self), "text/html": self._still()}
        metadata: dict[str, Any] = {}
        if "google.colab" in sys.modules or "VSCODE_PID" in os.environ:
            data, metadata = super()._repr_mimebundle_() or ({}, {})
            data["text/plain"] = repr(self)
        return data, metadata

    def _still(self) -> str:
        words = html.escape(self.summary())
        return (
            f'<cnnkit-explorer data-uid="{self.uid}"><div class="cnnkit-still">'
            f"{still_picture(type(self).__name__.lower(), self.summary())}"
            f"<p><strong>{words}.</strong> This is a still picture: run the cell to explore."
            "</p></div></cnnkit-explorer>"
        )


@cache
def still_picture(name: str, words: str) -> str:
    """Return an ``<img>`` of the explorer as it starts, or nothing where there is none."""
    path = STATIC / f"{name}.png"
    if not path.is_file():
        return ""
    data = base64.b64encode(path.read_bytes()).decode("ascii")
    alt = html.escape(words, quote=True)
    return f'<img alt="{alt}" style="max-width:100%" src="data:image/png;base64,{data}">'


def slider(
    description: str, value: int, low: int, high: int, layout: ipywidgets.Layout | None = None
) -> ipywidgets.IntSlider:
    """Return an integer slider with the course's proportions."""
    return ipywidgets.IntSlider(
        value=value,
        min=low,
        max=high,
        description=description,
        layout=layout or ipywidgets.Layout(width="auto"),
        style={"description_width": "7.5em"},
    )


def _packed(picture: np.ndarray) -> dict[str, Any]:
    picture = np.ascontiguousarray(picture, dtype=np.uint8)
    return {"shape": list(picture.shape), "bytes": picture.tobytes()}
