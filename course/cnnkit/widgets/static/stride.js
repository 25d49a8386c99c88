// Where the windows stand: stride, padding, the size formula, and what does not fit.

export default explorer(({ root, session, controls, settings, place }) => {
  const all = fromLists(settings.image);
  const state = session.state;
  state.at ??= { row: 0, col: 0 };
  const input = new Grid({ label: "The image with its padding" });
  const map = new Grid({ label: "The result: the sum of each window", cell: 36 });
  const marks = s("g", { "aria-hidden": "true" });
  input.svg.append(marks);
  const formula = ["rows", "columns"].map((name) => h("p", { class: "cx-formula", "data-axis": name }));
  const cost = h("p", { class: "cx-note" });
  const sum = h("p", { class: "cx-sum" });
  const say = announcer(root);
  const size = settings.size;
  const yours = session.function && !size ? yourMap(session, { cell: 36 }) : null;
  const sizes = size ? yourWords(session) : null;
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
      const { row: r, col: c } = input.cellAt(event, true);
      const [k, stride] = [controls.kernel.value, controls.stride.value];
      go(Math.round((r - (k - 1) / 2) / stride), Math.round((c - (k - 1) / 2) / stride));
    },
  });

  const stage = steered(
    row(figure("every place of the window", input.svg), sign("→"),
      figure("the sum of each window", map.svg), yours?.map),
    "The window on the image. Arrow keys move it by one stride.",
    ({ rows, cols, key }) => {
      if (key === "Home") return go(0, 0);
      if (key === "End") return go(Infinity, Infinity);
      if (key === "Enter" || key === " ") return step(index() + 1);
      go(state.at.row + rows, state.at.col + cols);
    },
  );
  const { height, width, kernel, stride, padding } = controls;
  root.append(
    sliders(height, width, kernel, stride, padding),
    stage,
    h("p", { class: "cx-note cx-legend" }, "A bar is one place of the window, a dot its middle. Dashed: a window that "
      + "does not fit. Hatched: pixels in no window."),
    h("div", { class: "cx-line" },
      player({ count: () => Math.max(count.rows * count.cols, 1), go: step, current: index, place }), sum),
    ...(yours ? [yours.words] : sizes ? [sizes.el] : []),
    h("div", { class: "cx-formulas" }, ...formula), cost,
  );

  return function draw() {
    const values = crop(all, 0, 0, height.value, width.value);
    const k = kernel.value;
    const p = padding.value;
    const stepBy = stride.value;
    const image = padded(values, p);
    const ones = matrix(k, k, 1);
    const result = convolve(image, ones, stepBy);
    count = result;
    const fits = result.rows > 0 && result.cols > 0;
    const r = clamp(state.at.row, 0, Math.max(result.rows - 1, 0));
    const c = clamp(state.at.col, 0, Math.max(result.cols - 1, 0));
    state.at = { row: r, col: c };

    const cell = clamp(Math.floor(330 / Math.max(image.rows, image.cols)), 22, 34);
    const lanes = Math.min(Math.ceil(k / stepBy), 5);
    // Room for five lanes always: a margin that changed would lay out the page anew.
    const rim = 48;
    const used = (i, n) => i < (n - 1) * stepBy + k && (stepBy <= k || i % stepBy < k);
    input.set(image, {
      cell,
      margins: { left: rim, top: rim, right: 18, bottom: 18 },
      shade: shades.deeper(0, 14),
      border: (i) => {
        const [y, x] = [Math.floor(i / image.cols) - p, (i % image.cols) - p];
        return y < 0 || x < 0 || y >= values.rows || x >= values.cols;
      },
      hatched: (i) =>
        !fits || !used(Math.floor(i / image.cols), result.rows) || !used(i % image.cols, result.cols),
    });
    rulers(marks, input, { k, stepBy, lanes, at: [r, c], fits: [result.rows, result.cols] });
    input.outline("window", fits ? [r * stepBy, c * stepBy, k, k] : null);
    const shade = shades.deeper(0, 1.6 * Math.max(extent(result).high, 1));
    map.set(result, { shade, cell: clamp(Math.floor(330 / Math.max(result.rows, result.cols, 1)), 26, 36) });
    map.outline("window", fits ? [r, c, 1, 1] : null);

    spell(formula[0], "rows", values.rows, k, stepBy, p, result.rows);
    spell(formula[1], "columns", values.cols, k, stepBy, p, result.cols);
    const windows = result.rows * result.cols;
    const slow = convolve(image, ones, 1);
    setText(cost, !fits ? `A ${k} × ${k} window does not fit this image anywhere.`
      : `${plural(windows, "window")} × ${k * k} pixels = ${plural(windows * k * k, "multiplication")}`
        + (stepBy > 1 ? `; with stride 1 it would be ${slow.rows * slow.cols * k * k}.` : "."));
    const patch = fits ? [...crop(image, r * stepBy, c * stepBy, k, k).data] : [];
    const words = fits ? `${sumOf(patch)} = ${number(at(result, r, c))}` : "";
    setText(sum, words);
    input.describe(`${image.rows} by ${image.cols} with padding; hatched pixels are in no window`);
    map.describe(readOut(result));
    say(fits ? `Window in row ${r}, column ${c} of the result: ${words}` : "No window fits.");

    if (sizes) showSizes(sizes, { values, k, stepBy, p, result, fits, name: session.function });
    if (!yours) return;
    if (!fits) return yours.grid.set(result);
    const first = yours.update({
      question: { image: toLists(values), kernel: toLists(ones), stride: stepBy, padding: p },
      want: result,
      shade,
      spell: (i, j) => `${sumOf([...crop(image, i * stepBy, j * stepBy, k, k).data])} = ${number(at(result, i, j))}`,
      guesses: () => strideGuesses(values, ones, stepBy, p),
    });
    input.outline("first", first && [first.row * stepBy, first.col * stepBy, k, k], "cx-wrong");
    map.outline("first", first && [first.row, first.col, 1, 1], "cx-wrong");
  };
});

// One bar for every place of the window along each axis, in as many lanes as overlap.
// Bars of windows that stick out are dashed and open-ended; dots mark the windows' middles.
function rulers(group, grid, { k, stepBy, lanes, at: selected, fits }) {
  const drawn = [];
  const { cell, left, top } = grid;
  const bar = (axis, start, i, inside) => {
    const [size, edge, other] = axis ? [grid.cols, left, top] : [grid.rows, top, left];
    const from = edge + start * cell + 2;
    const to = Math.min(edge + (start + k) * cell - 2, edge + size * cell + 14);
    const lane = other - 8 - 8 * (i % lanes);
    const kind = inside ? (i === selected[axis] ? "cx-bar cx-on" : "cx-bar") : "cx-bar cx-out";
    const box = axis ? { x: from, y: lane, width: to - from, height: 5 }
      : { x: lane, y: from, width: 5, height: to - from };
    drawn.push(["rect", { ...box, rx: 2, class: kind }]);
  };
  for (const axis of [0, 1]) {
    const size = axis ? grid.cols : grid.rows;
    for (let start = 0, i = 0; start < size; start += stepBy, i++) bar(axis, start, i, start + k <= size);
  }
  for (let r = 0; r < fits[0]; r++) {
    for (let c = 0; c < fits[1]; c++) {
      const cx = left + (c * stepBy + k / 2) * cell;
      const cy = top + (r * stepBy + k / 2) * cell;
      drawn.push(["circle", { cx, cy: cy + cell * 0.36 * (k % 2), r: 2.5, class: "cx-dot" }]);
    }
  }
  redraw(group, drawn);
}

// ⌊(size + 2·padding − kernel) / stride⌋ + 1, with its numbers filled in.
function spell(element, name, size, k, stride, p, count) {
  const room = size + 2 * p - k;
  const words = room < 0
    ? `${name}: ${size} + 2·${p} − ${k} = ${number(room)}, so no window fits`
    : `${name}: ⌊(${size} + 2·${p} − ${k}) / ${stride}⌋ + 1 = ⌊${number(room / stride)}⌋ + 1 = ${count}`
      + (room % stride ? `, and ${plural(room % stride, name.slice(0, -1))} left over` : "");
  setText(element, words);
  element.dataset.value = count;
}

function showSizes(words, { values, k, stepBy, p, result, fits, name }) {
  if (!fits) return words.say("wait", "No window fits, so there is no size to compare.");
  const question = { sizes: [values.rows, values.cols], kernel_size: k, stride: stepBy, padding: p };
  const answer = words.answer(question);
  if (!answer) return;
  const [rows, cols] = answer.values;
  const right = rows === result.rows && cols === result.cols;
  const own = `${number(rows)} rows and ${number(cols)} columns`;
  if (right) return words.say("right", `✓ Your ${name} says ${own}, as the windows do.`);
  words.say("wrong", `✗ Your ${name} says ${own}; ${result.rows} rows and ${result.cols} columns of windows fit.`);
}

function strideGuesses(image, kernel, stride, p) {
  const n = kernel.rows;
  const with_ = (words, i, k, by) => {
    const map = convolve(i, k, by);
    const spell = (r, c) => `${sumOf([...crop(i, r * by, c * by, n, n).data])} = ${number(at(map, r, c))}`;
    return { words, map, spell };
  };
  const ring = padded(image, p);
  const lopsided = matrix(image.rows + p, image.cols + p, (r, c) =>
    (r < p || c < p ? 0 : at(image, r - p, c - p)));
  return [
    with_("when the stride is left out", ring, kernel, 1),
    with_("when the padding is left out", image, kernel, stride),
    with_("when stride and padding are left out", image, kernel, 1),
    with_("when only the top and left sides are padded", lopsided, kernel, stride),
    with_("when the stride is one too large", ring, kernel, stride + 1),
    with_("when the step is as long as the kernel", ring, kernel, kernel.rows),
  ];
}
