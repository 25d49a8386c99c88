// Draw a digit and see every layer of a small trained network, up to the class it names.

export default explorer(({ root, session, controls, settings }) => {
  const examples = session.picture("examples");
  const [, side] = [examples.rows, examples.cols];
  const net = readModel(settings.model);
  const state = session.state;
  state.pixels ??= null;
  state.pen ??= { row: 4, col: 6, down: false };
  state.chosen ??= null;
  const size = forward(net, matrix(side, side)).conv[0].rows;
  const half = Math.floor(size / 2);
  const count = net.filters.length;
  const say = announcer(root);

  // -- the pad ---------------------------------------------------------------
  const pad = new Screen("The digit", 208);
  const cursor = pad.box("cx-cursor");
  const field = pad.box("cx-field");
  const erase = h("button", { type: "button", class: "cx-button", "aria-pressed": "false" }, "Eraser");
  erase.addEventListener("click", () =>
    setAttribute(erase, "aria-pressed", erase.getAttribute("aria-pressed") !== "true"));
  const clear = h("button", { type: "button", class: "cx-button" }, "Clear");
  clear.addEventListener("click", () => {
    state.pixels = matrix(side, side);
    session.refresh();
  });
  const place = (event) => {
    const box = pad.canvas.getBoundingClientRect();
    return [((event.clientY - box.top) / box.height) * side, ((event.clientX - box.left) / box.width) * side];
  };
  const dab = (y, x, wipe) => {
    stroke(state.pixels, y, x, controls.brush.value, wipe || erase.getAttribute("aria-pressed") === "true");
  };
  let last = null;
  dragged(pad.el, {
    start: (event) => (last = place(event)),
    move: (event) => {
      const to = place(event);
      const steps = Math.max(1, Math.ceil(Math.hypot(to[0] - last[0], to[1] - last[1]) / 0.4));
      for (let i = 1; i <= steps; i++) {
        dab(last[0] + ((to[0] - last[0]) * i) / steps, last[1] + ((to[1] - last[1]) * i) / steps);
      }
      last = to;
      session.refresh();
    },
  });
  steered(pad.el, "Drawing pad. Arrow keys move the pen, Space puts it down or lifts it, Delete wipes.",
    ({ rows, cols, key }) => {
      const pen = state.pen;
      if (key === " " || key === "Enter") pen.down = !pen.down;
      pen.row = clamp(pen.row + rows, 0, side - 1);
      pen.col = clamp(pen.col + cols, 0, side - 1);
      const wipe = key === "Delete" || key === "Backspace";
      if (pen.down || wipe) dab(pen.row + 0.5, pen.col + 0.5, wipe);
      say(`Pen ${pen.down ? "down" : "up"}, row ${pen.row}, column ${pen.col}`);
      session.refresh();
    });

  // -- the layers ------------------------------------------------------------
  const choose = (layer, map, r, c) => {
    const most = layer === "conv" ? size : half;
    state.chosen = { layer, map: (map + count) % count, row: clamp(r, 0, most - 1), col: clamp(c, 0, most - 1) };
    session.refresh();
  };
  const layer = (name, most, width, words) => {
    const screens = net.filters.map((_, f) => {
      const screen = new Screen(`${words}, map ${f}`, width);
      screen.mark = screen.box("cx-field");
      const pick = (event) => {
        const box = screen.canvas.getBoundingClientRect();
        choose(name, f, Math.floor(((event.clientY - box.top) / box.height) * most),
          Math.floor(((event.clientX - box.left) / box.width) * most));
      };
      dragged(screen.el, { move: pick });
      return screen;
    });
    const el = steered(h("div", { class: "cx-maps" }, ...screens.map((screen) => screen.el)),
      `${words}. Arrow keys choose a cell, Page Up and Page Down a map.`,
      ({ rows, cols, key }) => {
        const { chosen } = state;
        const here = chosen?.layer === name ? chosen : { map: 0, row: 0, col: 0 };
        const turn = key === "PageDown" ? 1 : key === "PageUp" ? -1 : 0;
        choose(name, here.map + turn, here.row + rows, here.col + cols);
      });
    return { el, screens };
  };
  const conv = layer("conv", size, 64, "After convolution and ReLU");
  const pooled = layer("pool", half, 64, "After max pooling");
  const bars = Array.from({ length: net.biases.length }, (_, k) => new Bar(String(k), 1, PALETTE.bar, 3));
  const own = session.function ? bars.map((_, k) => new Bar(String(k), 1, PALETTE.bar, 3)) : null;
  const verdict = h("p", { class: "cx-sum cx-apart" });
  const yours = own && yourWords(session);

  // -- one cell, spelled out ----------------------------------------------------
  const wide = net.filters[0].rows > 5;
  const cells = { cell: wide ? 27 : 38, decimals: wide ? 1 : 2 };
  const pixels = new Grid({ label: "The pixels it looked at", ...cells });
  const filter = new Grid({ label: "The filter", ...cells });
  const spelled = h("p", { class: "cx-formula" });

  root.append(
    sliders(controls.example, controls.brush),
    row(
      figure("draw a digit", pad.el, h("div", { class: "cx-buttons" }, erase, clear)),
      figure("convolution, ReLU", conv.el),
      figure("2 × 2 max pooling", pooled.el),
      figure("class", h("div", { class: "cx-bars cx-classes" }, ...bars.map((bar) => bar.el))),
      own && figure(yours.title, h("div", { class: "cx-bars cx-classes" }, ...own.map((bar) => bar.el))),
    ),
    verdict,
    ...(yours ? [yours.el] : []),
    row(figure("pixels it looked at", pixels.svg), sign("∗"), figure("its filter", filter.svg),
      h("div", { class: "cx-panel" }, spelled)),
  );

  return function draw() {
    const example = controls.example.value;
    if (!state.pixels || state.example !== example) {
      state.example = example;
      const from = example * side * side;
      state.pixels = matrix(side, side, (r, c) => examples.data[from + r * side + c] / 255);
    }
    const image = state.pixels;
    const result = forward(net, image);
    pad.paint(image, shades.grey(0, 1));
    cursor.show([state.pen.row, state.pen.col, 1, 1], side);
    setAttribute(cursor.el, "data-down", state.pen.down);
    const most = Math.max(...result.conv.map((m) => extent(m).high), 1e-9);
    // As the lesson draws maps after ReLU: blue would say "negative" here.
    const shade = table(shades.grey(0, most), 0, most);
    conv.screens.forEach((screen, f) => screen.paint(result.conv[f], shade, most));
    pooled.screens.forEach((screen, f) => screen.paint(result.pooled[f], shade, most));

    // To begin with, the cell that the example excites most.
    state.chosen ??= strongest(result.conv);
    const { best } = result;
    bars.forEach((bar, k) => {
      bar.set(result.probabilities[k]);
      bar.el.classList.toggle("cx-best", k === best);
    });
    const ink = total(image);
    const words = ink === 0 ? "The pad is empty. Draw a digit about half as tall as the pad."
      : `The network says ${best}, with ${number(100 * result.probabilities[best], 1)} %.`;
    setText(verdict, words);
    say(words);
    spellCell(result, image);
    if (yours) compare(result, image);
  };

  function spellCell(result, image) {
    const { layer: name, map: f, row: r, col: c } = state.chosen;
    const kernel = net.filters[f];
    const wide = name === "pool" ? 2 : 1;
    const [top, left] = [r * wide, c * wide];
    const seen = [top, left, kernel.rows + wide - 1, kernel.cols + wide - 1];
    field.show(seen, side);
    conv.screens.forEach((screen, i) => screen.mark.show(i === f ? [top, left, wide, wide] : null, size));
    pooled.screens.forEach((screen, i) => screen.mark.show(i === f && name === "pool" ? [r, c, 1, 1] : null, half));
    const patch = crop(image, ...seen);
    pixels.set(patch, { shade: shades.grey(0, 1) });
    pixels.describe(readOut(patch));
    filter.set(kernel, { shade: signedShade(kernel) });
    filter.describe(readOut(kernel));
    if (name === "pool") {
      const four = [...crop(result.conv[f], top, left, 2, 2).data];
      return setText(spelled, `Pooled map ${f}, row ${r}, column ${c}: the largest of ${four.map((v) => number(v)).join(", ")} `
        + `is ${number(Math.max(...four))}. It comes from ${seen[2]} × ${seen[3]} pixels.`);
    }
    const terms = [...patch.data].map((v, i) => v * kernel.data[i]);
    const before = terms.reduce((a, b) => a + b, 0) + net.filterBiases[f];
    setText(spelled, `Map ${f}, row ${r}, column ${c}: the sum of the products is ${number(before - net.filterBiases[f])}, `
      + `plus the bias ${number(net.filterBiases[f])} is ${number(before)}; after ReLU ${number(Math.max(before, 0))}.`);
  }

  function compare(result, image) {
    const answer = yours.answer({ image: toLists(image) });
    const blank = () => own.forEach((bar) => {
      bar.clear();
      bar.el.classList.remove("cx-differs");
    });
    if (!answer) return session.answer?.status === "ok" ? null : blank();
    const got = answer.values;
    const want = result.probabilities;
    if (got.length !== want.length) {
      blank();
      return yours.say("wrong", `✗ Your ${session.function} returned shape (${answer.shape.join(", ")}); `
        + `(1, ${want.length}) was expected.`);
    }
    own.forEach((bar, k) => bar.set(got[k]));
    const first = want.findIndex((p, k) => !close(got[k], p, answer.float32));
    own.forEach((bar, k) => bar.el.classList.toggle("cx-differs", !close(got[k], want[k], answer.float32)));
    if (first < 0) {
      return yours.say("right", `✓ Your ${session.function} and the browser agree on all ${want.length} classes.`);
    }
    const soft = (r) => `exp(${number(r.scores[first], 4)}) / ${number(r.sum, 4)} = ${number(r.probabilities[first], 4)}`;
    const guess = networkGuesses(net, image).find((g) =>
      g.result.probabilities.every((p, k) => close(got[k], p, answer.float32)));
    yours.say("wrong", `✗ The first difference is at class ${first}.`
      + (guess ? ` That is what comes out ${guess.words}.` : ""),
    `Browser: ${soft(result)}`,
    guess && guess.result.sum ? `Yours: ${soft(guess.result)}` : `Yours: ${number(got[first], 4)}`);
  }
});

function strongest(maps) {
  const tops = maps.map((m, map) => ({ layer: "conv", map, ...winner(m, 0, 0, m.rows, m.cols) }));
  return tops.reduce((best, top) => (top.value > best.value ? top : best));
}

// Ink with a soft edge; `wipe` takes it away.
function stroke(pixels, y, x, brush, wipe) {
  const reach = 0.3 + 0.5 * brush;
  for (let r = 0; r < pixels.rows; r++) {
    for (let c = 0; c < pixels.cols; c++) {
      const ink = clamp(reach + 0.35 - Math.hypot(r + 0.5 - y, c + 0.5 - x), 0, 1);
      const i = r * pixels.cols + c;
      pixels.data[i] = wipe ? Math.min(pixels.data[i], 1 - ink) : Math.max(pixels.data[i], ink);
    }
  }
}

// -- the network, in the browser ------------------------------------------------

const readModel = (model) => ({
  filters: model.filters.map((filter) => fromLists(filter.map((line) => line.map(([weight]) => weight)))),
  filterBiases: model.filter_biases,
  weights: fromLists(model.weights),
  biases: model.biases,
});

function forward(net, image, change = {}) {
  const kept = (v) => (change.linear ? v : Math.max(v, 0));
  const turned = (k) => (change.turned ? { ...k, data: k.data.slice().reverse() } : k);
  const conv = net.filters.map((filter, f) => {
    const map = convolve(image, turned(filter));
    map.data.forEach((v, i) => (map.data[i] = kept(v + (change.unbiased ? 0 : net.filterBiases[f]))));
    return map;
  });
  const pooled = conv.map((map) => pool(map, 2, 2, change.average ? "average" : "max"));
  const maps = pooled.length;
  const area = pooled[0].data.length;
  const scores = net.biases.map((bias, k) => {
    let sum = change.plain ? 0 : bias;
    for (let i = 0; i < area; i++) {
      for (let f = 0; f < maps; f++) {
        // Row-major over (row, column, map), as flatten has it.
        const place = change.planes ? f * area + i : i * maps + f;
        sum += pooled[f].data[i] * at(net.weights, place, k);
      }
    }
    return sum;
  });
  const highest = Math.max(...scores);
  const powers = scores.map((v) => Math.exp(v - highest));
  const sum = powers.reduce((a, b) => a + b, 0);
  return {
    conv, pooled, scores,
    probabilities: powers.map((v) => v / sum),
    sum: sum * Math.exp(highest),
    best: scores.indexOf(highest),
  };
}

function networkGuesses(net, image) {
  const raw = forward(net, image);
  return [
    { words: "without softmax", result: { ...raw, probabilities: raw.scores, sum: 0 } },
    { words: "without ReLU", result: forward(net, image, { linear: true }) },
    { words: "when the filters are turned by 180 degrees", result: forward(net, image, { turned: true }) },
    { words: "with average pooling", result: forward(net, image, { average: true }) },
    { words: "without the filters' biases", result: forward(net, image, { unbiased: true }) },
    { words: "without the last layer's biases", result: forward(net, image, { plain: true }) },
    { words: "when the maps are flattened one after the other", result: forward(net, image, { planes: true }) },
  ];
}
