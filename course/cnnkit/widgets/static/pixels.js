// A photograph is rows and columns of three numbers: point at a pixel and read them.

export default explorer(({ root, session, controls, settings }) => {
  const photo = session.picture("photo");
  const state = session.state;
  state.at ??= { row: Math.floor(photo.rows / 3), col: Math.floor(photo.cols / 2) };
  const side = 4;
  const names = ["red", "green", "blue"];
  const zoom = Math.max(1, Math.floor(288 / Math.max(photo.rows, photo.cols)));
  const view = new Photo(settings.photo, photo, zoom);
  const crops = names.map((name) => new Grid({ label: `${name}, 4 by 4 pixels`, cell: 34 }));
  const patch = new Grid({ label: "The 4 by 4 pixels in colour", cell: 34 });
  const place = h("p", { class: "cx-sum" });
  const bars = names.map((name, k) => new Bar(name[0].toUpperCase(), 255, PALETTE.channels[k]));
  const say = announcer(root);

  const channel = (r, c, k) => photo.data[(r * photo.cols + c) * photo.channels + Math.min(k, photo.channels - 1)];
  const go = (r, c) => {
    state.at = { row: clamp(r, 0, photo.rows - 1), col: clamp(c, 0, photo.cols - 1) };
    session.refresh();
  };
  const point = (event) => {
    const { row: r, col: c } = view.pixelAt(event);
    go(r, c);
  };
  dragged(view.el, { move: point, hover: point });
  for (const grid of [patch, ...crops]) {
    dragged(grid.svg, {
      move: (event) => {
        const found = grid.cellAt(event, true);
        const corner = cornerOf(photo, state.held ?? state.at, side);
        state.held ??= state.at;
        go(corner.row + found.row, corner.col + found.col);
      },
      end: () => (state.held = null),
    });
  }
  steered(view.el, "A pixel of the photograph. Arrow keys move by one pixel, with Shift by eight.",
    ({ rows, cols, key }) => {
      if (key === "Home") return go(state.at.row, 0);
      if (key === "End") return go(state.at.row, photo.cols - 1);
      if (key === "PageUp") return go(0, state.at.col);
      if (key === "PageDown") return go(photo.rows - 1, state.at.col);
      go(state.at.row + rows, state.at.col + cols);
    });

  const saturates = new Photo("The photograph, its brightness stopped at 0 and 255", photo, 1);
  const wraps = new Photo("The photograph, its brightness wrapped around", photo, 1);
  for (const small of [saturates, wraps]) small.el.classList.add("cx-small");
  const under = [h("p", { class: "cx-formula" }), h("p", { class: "cx-formula" })];
  root.append(
    row(
      figure("photograph", view.el),
      h("div", { class: "cx-panel" },
        place,
        h("div", { class: "cx-bars" }, ...bars.map((bar) => bar.el)),
        h("div", { class: "cx-crops" },
          figure("4 × 4 pixels", patch.svg),
          ...names.map((name, k) => figure(name, crops[k].svg))),
      ),
    ),
    sliders(controls.amount),
    row(
      figure("stops at 0 and 255", saturates.el, under[0]),
      figure("wraps around, as uint8 does", wraps.el, under[1]),
    ),
  );

  let painted = null;
  return function draw() {
    const { row: r, col: c } = state.at;
    const corner = cornerOf(photo, state.held ?? state.at, side);
    const rgbAt = names.map((_, k) => channel(r, c, k));
    const words = `row ${r}, column ${c}: R ${rgbAt[0]}, G ${rgbAt[1]}, B ${rgbAt[2]}`;
    setText(place, words);
    say(words);
    bars.forEach((bar, k) => bar.set(rgbAt[k]));
    view.mark(corner, side, r, c);
    const chosen = [r - corner.row, c - corner.col, 1, 1];
    const values = (k) => matrix(side, side, (i, j) => channel(corner.row + i, corner.col + j, k));
    const pixel = (i) => [0, 1, 2].map((k) => channel(corner.row + Math.floor(i / side), corner.col + (i % side), k));
    patch.set(matrix(side, side), { shade: (_, i) => pixel(i), text: () => "" });
    patch.outline("pixel", chosen);
    names.forEach((_, k) => {
      const tone = rgb(PALETTE.channels[k]);
      const numbers = values(k);
      crops[k].set(numbers, { shade: (v) => tone.map((part) => Math.round(part * (v / 255))) });
      crops[k].outline("pixel", chosen);
      crops[k].describe(readOut(numbers));
    });

    const amount = controls.amount.value;
    const stop = (v) => clamp(v + amount, 0, 255);
    const wrap = (v) => (((v + amount) % 256) + 256) % 256;
    if (painted !== amount) {
      saturates.paint(stop);
      wraps.paint(wrap);
      painted = amount;
    }
    [stop, wrap].forEach((act, i) => {
      setText(under[i], ["R", "G", "B"].map((name, k) => `${name} ${rgbAt[k]} → ${act(rgbAt[k])}`).join(", "));
    });
  };
});

const cornerOf = (photo, { row: r, col: c }, side) => ({
  row: clamp(r - 1, 0, Math.max(photo.rows - side, 0)),
  col: clamp(c - 1, 0, Math.max(photo.cols - side, 0)),
});

// A colour or grey photograph on a canvas, with a frame around a few pixels.
class Photo {
  constructor(label, photo, zoom) {
    this.photo = photo;
    this.zoom = zoom;
    this.canvas = h("canvas", { class: "cx-photo", role: "img", "aria-label": label });
    this.frame = h("div", { class: "cx-frame-box", hidden: true });
    this.el = h("div", { class: "cx-photo-box" }, this.canvas, this.frame);
    this.canvas.style.width = `${photo.cols * zoom}px`;
    this.paint((v) => v);
  }
  paint(act) {
    const { rows, cols, channels, data } = this.photo;
    const changed = Uint8Array.from({ length: 256 }, (_, v) => act(v));
    const colour = [0, 0, 0];
    paint(this.canvas, rows, cols, (i) => {
      for (let k = 0; k < 3; k++) colour[k] = changed[data[i * channels + Math.min(k, channels - 1)]];
      return colour;
    });
  }
  pixelAt(event) {
    const box = this.canvas.getBoundingClientRect();
    const { rows, cols } = this.photo;
    return {
      row: clamp(Math.floor(((event.clientY - box.top) / box.height) * rows), 0, rows - 1),
      col: clamp(Math.floor(((event.clientX - box.left) / box.width) * cols), 0, cols - 1),
    };
  }
  mark(corner, side) {
    const { rows, cols } = this.photo;
    this.frame.hidden = false;
    const { style } = this.frame;
    style.left = `${(100 * corner.col) / cols}%`;
    style.top = `${(100 * corner.row) / rows}%`;
    style.width = `${(100 * side) / cols}%`;
    style.height = `${(100 * side) / rows}%`;
  }
}
