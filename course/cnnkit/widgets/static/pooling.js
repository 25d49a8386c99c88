// What pooling keeps: one number for each window, the largest or the mean.

export default explorer(({ root, session, controls, settings, place }) => {
  const all = fromLists(settings.image);
  const state = session.state;
  state.at ??= { row: 0, col: 0 };
  const input = new Grid({ label: "The feature map", cell: 40 });
  const map = new Grid({ label: "After pooling", cell: 46 });
  const marks = s("g", { "aria-hidden": "true" });
  input.svg.append(marks);
  const sum = h("p", { class: "cx-sum" });
  const saved = h("p", { class: "cx-note" });
  const spared = h("p", { class: "cx-note" });
  const say = announcer(root);
  const yours = session.function ? yourMap(session, { cell: 46 }) : null;
  let count = { rows: 1, cols: 1 };

  const go = (r, c) => {
    state.at = { row: clamp(r, 0, count.rows - 1), col: clamp(c, 0, count.cols - 1) };
    session.refresh();
  };
  const index = () => state.at.row * count.cols + state.at.col;
  const step = (i) => go(Math.floor(i / count.cols), i % count.cols);
  const point = (event, loose) => {
    const found = map.cellAt(event, loose);
    if (found) go(found.row, found.col);
  };
  dragged(map.svg, { move: (event) => point(event, true), hover: (event) => point(event, false) });
  dragged(input.svg, {
    move: (event) => {
      const found = input.cellAt(event, true);
      const by = controls.stride.value;
      go(Math.floor(found.row / by), Math.floor(found.col / by));
    },
  });

  const { mode, size, stride, height, width } = controls;
  const stage = steered(
    row(figure("feature map", input.svg), sign("→"), figure("pooled", map.svg), yours?.map),
    "The window on the feature map. Arrow keys move it by one stride.",
    ({ rows, cols, key }) => {
      if (key === "Home") return go(0, 0);
      if (key === "End") return go(Infinity, Infinity);
      if (key === "Enter" || key === " ") return step(index() + 1);
      go(state.at.row + rows, state.at.col + cols);
    },
  );
  root.append(
    sliders(mode, size, stride, height, width),
    stage,
    h("div", { class: "cx-line" },
      player({ count: () => Math.max(count.rows * count.cols, 1), go: step, current: index, place }), sum),
    ...(yours ? [yours.words] : []),
    saved, spared,
  );

  return function draw() {
    const values = crop(all, 0, 0, height.value, width.value);
    const kind = settings.modes[mode.value];
    const k = size.value;
    const by = stride.value;
    const result = pool(values, k, by, kind);
    count = result;
    const fits = result.rows > 0 && result.cols > 0;
    const r = clamp(state.at.row, 0, Math.max(result.rows - 1, 0));
    const c = clamp(state.at.col, 0, Math.max(result.cols - 1, 0));
    state.at = { row: r, col: c };

    const { high } = extent(values);
    const shade = shades.deeper(0, 1.2 * high);
    const used = (i, n) => i < (n - 1) * by + k && (by <= k || i % by < k);
    input.set(values, {
      shade,
      hatched: (i) => !fits || !used(Math.floor(i / values.cols), result.rows)
        || !used(i % values.cols, result.cols),
    });
    windows(marks, input, values, { k, by, kind, result });
    input.outline("window", fits ? [r * by, c * by, k, k] : null);
    map.set(result, { shade, cell: result.rows > 5 || result.cols > 5 ? 36 : 46 });
    map.outline("window", fits ? [r, c, 1, 1] : null);
    input.describe(readOut(values));
    map.describe(readOut(result));

    const words = fits ? inWords(kind, crop(values, r * by, c * by, k, k), at(result, r, c)) : "";
    setText(sum, words);
    say(fits ? `Window in row ${r}, column ${c}: ${words}` : "No window fits.");
    const [before, after] = [values.data.length, result.data.length];
    const percent = Math.round((100 * (before - after)) / before);
    const change = after <= before ? `${percent} % fewer` : `${-percent} % more`;
    setText(saved, !fits ? `A ${k} × ${k} window does not fit this map.`
      : `Values: ${before} → ${after}, ${change}.`);
    setText(spared, fits ? `To tell 10 classes apart behind it: ${10 * before} → ${10 * after} multiplications.` : "");

    if (!yours) return;
    if (!fits) return yours.grid.set(result);
    const first = yours.update({
      question: { image: toLists(values), size: k, stride: by, mode: kind },
      want: result,
      shade,
      spell: (i, j) => inWords(kind, crop(values, i * by, j * by, k, k), at(result, i, j)),
      guesses: () => poolGuesses(values, k, by, kind),
    });
    input.outline("first", first && [first.row * by, first.col * by, k, k], "cx-wrong");
    map.outline("first", first && [first.row, first.col, 1, 1], "cx-wrong");
  };
});

const inWords = (kind, patch, value) =>
  kind === "max" ? `max(${[...patch.data].map((v) => number(v)).join(", ")}) = ${number(value)}`
    : `(${sumOf([...patch.data])}) / ${patch.data.length} = ${number(value)}`;

// A thin frame for every window, and a ring around each winner.
function windows(group, grid, values, { k, by, kind, result }) {
  const { cell, left, top } = grid;
  const drawn = [];
  const circles = [];
  const rings = new Set();
  for (let r = 0; r < result.rows; r++) {
    for (let c = 0; c < result.cols; c++) {
      // Overlapping windows are drawn a little smaller in turn, so that each can be seen.
      const inset = by < k ? 2 + 2.5 * ((r + c) % 3) : 2;
      drawn.push(["rect", {
        x: left + c * by * cell + inset, y: top + r * by * cell + inset,
        width: k * cell - 2 * inset, height: k * cell - 2 * inset, rx: 4, class: "cx-frame",
      }]);
      if (kind !== "max") continue;
      const best = winner(values, r * by, c * by, k, k);
      const key = best.row * values.cols + best.col;
      if (rings.has(key)) continue;
      rings.add(key);
      circles.push(["circle", {
        cx: left + (best.col + 0.5) * cell, cy: top + (best.row + 0.5) * cell, r: cell * 0.36,
        class: "cx-ring",
      }]);
    }
  }
  redraw(group, [...drawn, ...circles]);
}

function poolGuesses(values, k, by, kind) {
  const each_ = (words, act) => ({
    words,
    map: matrix(windowCount(values.rows, k, by), windowCount(values.cols, k, by), (r, c) =>
      act([...crop(values, r * by, c * by, k, k).data])),
  });
  const other = kind === "max" ? "average" : "max";
  return [
    { words: "when the stride is taken to be the size", map: pool(values, k, k, kind) },
    { words: "when the stride is taken to be 1", map: pool(values, k, 1, kind) },
    { words: "when stride and size are exchanged", map: pool(values, by, k, kind) },
    { words: `with ${other} pooling`, map: pool(values, k, by, other) },
    each_("when the smallest value is kept", (v) => Math.min(...v)),
    each_("when the first value of each window is kept", (v) => v[0]),
    each_("when the last value of each window is kept", (v) => v[v.length - 1]),
    each_("when the sum is not divided", (v) => v.reduce((a, b) => a + b, 0)),
    each_("when the mean is cut to a whole number", (v) => Math.trunc(v.reduce((a, b) => a + b, 0) / v.length)),
  ];
}
