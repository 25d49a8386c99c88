"""Training, drawn while it runs: a progress bar, the loss, the accuracy, the filters.

Quick reference::

    with Live(steps=440, accuracy={"unseen": measure}) as live:
        live(model, loss)          # once a step

Drawing is held back to about one part in ten of the time, so that watching costs little.
The accuracies are asked at fixed steps: the same training gives the same curves.
"""

from __future__ import annotations

import io
import sys
import time
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from tqdm import tqdm

from cnnkit import palette
from cnnkit.canvas import in_notebook, quiet, to_html
from cnnkit.measures import feature_maps

Model = Mapping[str, np.ndarray]
POINTS = 24  # of the accuracy's curve


class Live:
    """Watches a training run and draws it in place.

    Parameters
    ----------
    steps : how many steps there will be, for the progress bar.
    accuracy : name → function of the model that gives a fraction.
    title : above the figure.
    most : filters drawn, at most.
    picture : one image (H, W, C): under each filter, the map after ReLU that it makes of it.
    """

    def __init__(
        self,
        steps: int,
        accuracy: Mapping[str, Callable[[Model], float]] | None = None,
        title: str = "",
        most: int = 8,
        picture: np.ndarray | None = None,
    ) -> None:
        self.steps, self.title, self.most, self.picture = steps, title, most, picture
        self.measures = dict(accuracy or {})
        self.losses: list[float] = []
        self.measured: list[tuple[int, dict[str, float]]] = []
        self._model: Model | None = None
        self._handle: Any = None
        self._due = 0.0
        self._bar: Any = None
        self._bar_handle: Any = None

    def __enter__(self) -> Live:
        # In a notebook the bar has an output of its own: printed, each figure would cut it in two.
        # Elsewhere it goes to stdout, for what goes to stderr looks like an error.
        where = io.StringIO() if in_notebook() else sys.stdout
        plain = False if in_notebook() else None  # a notebook shows every character
        self._bar = tqdm(
            total=self.steps, unit="step", file=where, mininterval=0.5, ncols=64, ascii=plain
        )
        self._show_bar()
        return self

    def __exit__(self, kind: Any, *_: object) -> None:
        if self._model is not None and kind is None:
            self.measure()
            self.draw()
        self._show_bar()
        self._bar.close()
        if self._bar.n == 0 and not in_notebook():
            print()

    def __call__(self, model: Model, loss: float) -> None:
        """Take note of one step: the model after or before it, and its loss."""
        self._model = model
        self.losses.append(float(loss))
        self._bar.update(1)
        if not in_notebook():
            return
        if (len(self.losses) - 1) % max(1, self.steps // POINTS) == 0:
            self.measure()
        if time.perf_counter() >= self._due:
            started = time.perf_counter()
            self._show_bar()
            self.draw()
            now = time.perf_counter()
            self._due = now + min(2.0, max(0.5, 9 * (now - started)))

    def measure(self) -> None:
        """Take note of how often the model is right now."""
        assert self._model is not None
        found = {name: float(measure(self._model)) for name, measure in self.measures.items()}
        self.measured.append((len(self.losses), found))

    def _show_bar(self) -> None:
        if not in_notebook():
            return
        from IPython.display import display

        bundle = {"text/plain": str(self._bar)}
        if self._bar_handle is None:
            self._bar_handle = display(bundle, raw=True, display_id=True)
        else:
            self._bar_handle.update(bundle, raw=True)

    def draw(self) -> None:
        """Draw how far it has come, over what was drawn before."""
        assert self._model is not None
        words = self.describe()
        if not in_notebook():
            print(f"\n{words}")
            return
        from IPython.display import display

        with quiet():
            below = " Below: its filters" + (", and what each finds in a picture."
                                             if self.picture is not None else ".")
            markup = to_html(self._figure(), words + below, True)
        bundle = {"text/html": markup, "text/plain": words}
        if self._handle is None:
            self._handle = display(bundle, raw=True, display_id=True)
        else:
            self._handle.update(bundle, raw=True)

    def describe(self) -> str:
        """Return the text alternative: where the loss began and stands, and the accuracies."""
        first, last = self.losses[0], np.mean(self.losses[-20:])
        parts = [f"{self.title or 'Training'}: after {len(self.losses)} steps the loss has gone "
                 f"from {first:.2f} to {last:.2f}"]  # fmt: skip
        parts += [f"accuracy, {name}: {value:.1%}" for name, value in self.measured[-1][1].items()]
        return "; ".join(parts) + "."

    def _figure(self) -> Any:
        from matplotlib.figure import Figure

        assert self._model is not None
        rows = 2 if self.picture is None else 3
        figure = Figure(figsize=(7.2, 3.9 if rows == 2 else 4.8))
        grid = figure.add_gridspec(2, 1, height_ratios=(2.4, 1 if rows == 2 else 2), hspace=0.55)
        above = grid[0].subgridspec(1, 2 if self.measures else 1, wspace=0.35)
        self._draw_loss(figure.add_subplot(above[0]))
        if self.measures:
            self._draw_accuracy(figure.add_subplot(above[1]))
        filters = np.asarray(self._model["filters"])[: self.most]
        first = 0 if self.picture is None else 1  # the picture's column
        below = grid[1].subgridspec(rows - 1, first + len(filters), wspace=0.15, hspace=0.45)
        reach = float(np.abs(filters).max()) or 1.0
        for place, one in enumerate(filters):
            axes = figure.add_subplot(below[0, first + place])
            axes.imshow(one.mean(axis=2), cmap=palette.diverging(), vmin=-reach, vmax=reach)
            words = f"{len(filters)} of its filters: blue below 0, orange above"
            _bare(axes, words if place == 0 else "")
        if self.picture is not None:
            axes = figure.add_subplot(below[1, 0])
            axes.imshow(self.picture.mean(axis=2), cmap="gray")
            _bare(axes, "a picture, and what each filter finds in it (after ReLU)")
            maps = self._maps(self.picture)
            for place in range(len(filters)):
                axes = figure.add_subplot(below[1, 1 + place])
                most = float(maps[:, :, place].max()) or 1.0  # each on its own scale
                axes.imshow(maps[:, :, place], cmap="gray", vmin=0, vmax=most)
                _bare(axes)
        if self.title:
            figure.suptitle(self.title, fontsize=11)
        return figure

    def _maps(self, picture: np.ndarray) -> np.ndarray:
        """Return what the drawn filters make of a picture: (rows, columns, F), after ReLU."""
        assert self._model is not None
        drawn = {name: self._model[name][: self.most] for name in ("filters", "filter_biases")}
        return np.maximum(feature_maps(drawn, picture[None])[0], 0)

    def _draw_loss(self, axes: Any) -> None:
        losses = np.array(self.losses)
        axes.plot(np.arange(1, len(losses) + 1), losses, color=palette.LINE, lw=0.8)
        width = max(1, len(losses) // 25)
        smooth = np.convolve(losses, np.full(width, 1 / width), "valid")
        axes.plot(np.arange(width, len(losses) + 1), smooth, color=palette.MAIN, lw=2)
        highest = max(0.1, float(np.percentile(losses, 98)), float(smooth.max()))
        axes.set_xlim(0, max(self.steps, len(losses)))
        axes.set_ylim(0, 1.1 * highest)
        axes.set_xlabel("step")
        axes.set_ylabel("loss")
        _plain(axes)

    def _draw_accuracy(self, axes: Any) -> None:
        steps = [step for step, _ in self.measured]
        for place, name in enumerate(self.measures):
            values = [found[name] for _, found in self.measured]
            axes.plot(
                steps,
                values,
                color=palette.CATEGORIES[place],
                lw=2,
                marker="os^"[place % 3],
                ms=3.5,
                ls=("-", "--", ":")[place % 3],
                label=f"{name} {values[-1]:.1%}",
            )
        axes.set_xlim(0, max(self.steps, len(self.losses)))
        axes.set_ylim(0, 1)
        axes.set_xlabel("step")
        axes.set_ylabel("accuracy")
        axes.legend(loc="lower right", frameon=False, fontsize=9)
        _plain(axes)


def _plain(axes: Any) -> None:
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)
    axes.grid(color=palette.LINE, lw=0.5)
    axes.set_axisbelow(True)


def _bare(axes: Any, words: str = "") -> None:
    axes.set_xticks([])
    axes.set_yticks([])
    axes.set_title(words, loc="left", fontsize=9, color=palette.SOFT_INK)
