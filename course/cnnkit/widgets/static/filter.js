// A kernel slides over an image: the window, its products, their sum, the feature map.

export default explorer(({ root, session, controls, settings, place }) => {
  const image = fromLists(settings.image);
  const [kh, kw] = settings.kernel;
  const state = session.state;
  state.at ??= 0;
  state.filled ??= Infinity;
  const many = Math.max(image.rows, image.cols) > 8;
  const cell = many ? 28 : 34;
  const imageShade = shades.grey(Math.min(0, extent(image).low), Math.max(extent(image).high, 1));

  const input = new Grid({ label: "The image", cell });
  const weights = new Grid({ label: "The kernel", cell: 36 });
  const products = new Grid({ label: "Pixel times weight, for this window", cell: 46 });
  const map = new Grid({ label: "The feature map", cell: 36 });
  const sum = h("p", { class: "cx-sum" });
  const note = h("p", { class: "cx-note" });
  const say = announcer(root);
  const photo = session.picture("photo");
  const grey = { rows: photo.rows, cols: photo.cols, data: photo.data };
  const before = h("canvas", { role: "img", "aria-label": settings.photo, class: "cx-photo" });
  const after = h("canvas", { role: "img", "aria-label": "The photograph, filtered", class: "cx-photo" });
  paint(before, photo.rows, photo.cols, (i) => [photo.data[i], photo.data[i], photo.data[i]]);

  const rows = windowCount(image.rows, kh, 1);
  const cols = windowCount(image.cols, kw, 1);
  const go = (i) => {
    state.at = clamp(i, 0, rows * cols - 1);
    session.refresh();
  };
  const step = (i) => {
    state.filled = clamp(i, 0, rows * cols - 1);
    go(i);
  };
  const show = (found) => {
    state.filled = Infinity;
    if (found) go(found.row * cols + found.col);
  };
  // Dragged on the image, the window keeps the pixel it was taken by.
  let grip = [0, 0];
  dragged(input.svg, {
    start: (event) => {
      const { row: r, col: c } = input.cellAt(event, true);
      const [top, left] = [Math.floor(state.at / cols), state.at % cols];
      const inside = r >= top && c >= left && r < top + kh && c < left + kw;
      grip = inside ? [r - top, c - left] : [Math.floor(kh / 2), Math.floor(kw / 2)];
    },
    move: (event) => {
      const { row: r, col: c } = input.cellAt(event, true);
      show({ row: clamp(r - grip[0], 0, rows - 1), col: clamp(c - grip[1], 0, cols - 1) });
    },
  });
  const point = { move: (event) => show(map.cellAt(event, true)), hover: (event) => show(map.cellAt(event)) };
  dragged(map.svg, point);

  const yours = session.function ? yourMap(session, { cell: 36 }) : null;
  const stage = steered(
    row(
      figure("image", input.svg), sign("∗"), figure("kernel", weights.svg), sign("="),
      figure("pixel × weight", products.svg), sign("→"), figure("feature map", map.svg),
      yours?.map,
    ),
    "The window on the image. Arrow keys move it, Home and End go to the first and last place.",
    ({ rows: dr, cols: dc, key }) => {
      if (key === "Home") return show({ row: 0, col: 0 });
      if (key === "End") return show({ row: rows - 1, col: cols - 1 });
      if (key === "Enter" || key === " ") return step(state.filled === Infinity ? 0 : state.at + 1);
      const r = Math.floor(state.at / cols);
      show({ row: clamp(r + dr, 0, rows - 1), col: clamp((state.at % cols) + dc, 0, cols - 1) });
    },
  );
  controls.weights.forEach((control, i) => {
    control.name = `Weight in row ${Math.floor(i / kw)}, column ${i % kw}`;
  });
  const handles = h("div", { class: "cx-kernel", role: "group", "aria-label": "Kernel weights" },
    ...controls.weights.map((control) => control.el));
  handles.style.gridTemplateColumns = `repeat(${kw}, minmax(4.6rem, 9rem))`;

  root.append(
    stage,
    h("div", { class: "cx-line" },
      player({ count: () => rows * cols, go: step, place,
        current: () => (state.filled === Infinity ? rows * cols - 1 : state.at) }),
      sum),
    ...(yours ? [yours.words] : []),
    row(
      h("div", { class: "cx-panel cx-narrow" }, controls.preset.el, handles),
      figure("the same kernel on a photograph", h("div", { class: "cx-pair" }, before, after), note),
    ),
  );

  // A preset sets all weights; a weight that leaves its preset makes the menu say "your own".
  let preset = controls.preset.value;
  function followPreset() {
    const chosen = controls.preset.value;
    const weightsOf = (i) => settings.presets[i];
    if (chosen !== preset) {
      preset = chosen;
      weightsOf(chosen)?.forEach((value, i) => controls.weights[i].set(value));
    } else if (weightsOf(chosen)?.some((v, i) => Math.abs(v - controls.weights[i].value) > 1e-9)) {
      preset = settings.presets.length - 1;
      controls.preset.set(preset);
    }
  }

  let drawn = null;
  function spelled(k, r, c) {
    const patch = crop(image, r, c, k.rows, k.cols);
    const terms = [...patch.data].map((v, i) => `${factor(v)}×${factor(k.data[i])}`);
    return terms.join(" + ");
  }

  return function draw() {
    followPreset();
    const kernel = matrix(kh, kw, (r, c) => tidy(controls.weights[r * kw + c].value));
    const result = convolve(image, kernel);
    const r = Math.floor(state.at / cols);
    const c = state.at % cols;
    const patch = crop(image, r, c, kh, kw);
    const terms = matrix(kh, kw, (i, j) => at(patch, i, j) * at(kernel, i, j));

    input.set(image, { shade: imageShade });
    input.outline("window", [r, c, kh, kw]);
    input.describe(readOut(image));
    weights.set(kernel, { shade: signedShade(kernel) });
    weights.describe(readOut(kernel));
    products.set(terms, {
      shade: signedShade(terms),
      text: (value, i) => `${factor(patch.data[i])}×${factor(kernel.data[i])}`,
    });
    map.set(result, { shade: signedShade(result), hidden: (i) => i > state.filled });
    map.outline("window", [r, c, 1, 1]);
    map.describe(readOut(result));
    const words = `${sumOf([...terms.data])} = ${number(at(result, r, c))}`;
    setText(sum, words);
    sum.dataset.value = at(result, r, c);
    say(`Window at row ${r}, column ${c}: ${words}`);

    if (yours) {
      const first = yours.update({
        question: { image: settings.image, kernel: toLists(kernel) },
        want: result,
        spell: (i, j) => `${spelled(kernel, i, j)} = ${number(at(result, i, j), 4)}`,
        guesses: () => guesses(image, kernel, spelled),
      });
      input.outline("first", first && [first.row, first.col, kh, kw], "cx-wrong");
      map.outline("first", first && [first.row, first.col, 1, 1], "cx-wrong");
    }
    // Moving the window leaves the photograph as it is.
    const key = kernel.data.join();
    if (key !== drawn) filtered(after, note, grey, kernel);
    drawn = key;
  };
});

// The photograph under the same kernel. Weights that sum to nothing show differences,
// which are dark and light around zero; other weights make another picture of 0 to 255.
function filtered(canvas, note, photo, kernel) {
  const result = convolve(photo, kernel);
  const weight = total(kernel);
  if (weight >= 0.5) {
    const grey = table(shades.grey(0, 255), 0, 255);
    paint(canvas, result.rows, result.cols, (i) => grey(result.data[i]));
    setText(note, "Values below 0 are drawn black, values over 255 white.");
  } else {
    // Few pixels are extreme: full colour begins where one in a hundred is.
    const sizes = result.data.filter((_, i) => i % 7 === 0).map(Math.abs).sort();
    const most = Math.max(sizes[Math.floor(0.99 * sizes.length)], 1);
    const signed = table(shades.signed(most), -most, most);
    paint(canvas, result.rows, result.cols, (i) => signed(result.data[i]));
    setText(note, `White is 0, orange positive, blue negative; full colour from ±${number(most, 0)} on.`);
  }
}

// What people often compute instead, to name it when the learner's map equals it.
function guesses(image, kernel, spelled) {
  const rotated = (k) => matrix(k.rows, k.cols, (r, c) => at(k, k.rows - 1 - r, k.cols - 1 - c));
  const upside = (k) => matrix(k.rows, k.cols, (r, c) => at(k, k.rows - 1 - r, c));
  const mirrored = (k) => matrix(k.rows, k.cols, (r, c) => at(k, r, k.cols - 1 - c));
  const transposed = (k) => matrix(k.cols, k.rows, (r, c) => at(k, c, r));
  const other = (words, k) => {
    const map = convolve(image, k);
    return { words, map, spell: (r, c) => `${spelled(k, r, c)} = ${number(at(map, r, c), 4)}` };
  };
  const then = (words, change, before, after) => {
    const plain = convolve(image, kernel);
    const map = { ...plain, data: plain.data.map(change) };
    return {
      words, map,
      spell: (r, c) => `${before}${spelled(kernel, r, c)}${after} = ${number(at(map, r, c), 4)}`,
    };
  };
  const size = kernel.rows * kernel.cols;
  const list = [
    other("when the kernel is turned by 180 degrees", rotated(kernel)),
    other("when the kernel is upside down", upside(kernel)),
    other("when the kernel is mirrored", mirrored(kernel)),
    other("when the kernel only adds the pixels", matrix(kernel.rows, kernel.cols, 1)),
    then("when the sum is divided by the number of weights", (v) => v / size, "(", `) / ${size}`),
    then("when negative sums become 0", (v) => Math.max(v, 0), "max(0, ", ")"),
    then("when the sign is dropped", Math.abs, "|", "|"),
    then("when the sum is cut to a whole number", Math.trunc, "whole part of ", ""),
  ];
  if (kernel.rows === kernel.cols) {
    list.unshift(other("when the kernel's rows and columns are exchanged", transposed(kernel)));
  }
  // A border of zeros before, or a last row and column left out.
  const p = Math.floor(kernel.rows / 2);
  const same = convolve(padded(image, p), kernel);
  list.push({ words: "when the image gets a border of zeros first", map: same });
  const all = convolve(image, kernel);
  if (all.rows > 1 && all.cols > 1) {
    list.push({
      words: "when the last row and column of windows are left out",
      map: crop(all, 0, 0, all.rows - 1, all.cols - 1),
    });
  }
  return list;
}
