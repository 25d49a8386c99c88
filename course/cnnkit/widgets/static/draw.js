// Drawing: HTML and SVG elements, numbers, colours, and grids of numbered cells.

const SVG = "http://www.w3.org/2000/svg";
let lastId = 0;
const freshId = (name) => `cx-${name}-${++lastId}-${Math.random().toString(36).slice(2, 7)}`;

function fill(element, properties, children) {
  for (const [name, value] of Object.entries(properties ?? {})) {
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (value !== null && value !== undefined && value !== false) {
      element.setAttribute(name, value === true ? "" : value);
    }
  }
  element.append(...children.flat().filter((child) => child !== null && child !== undefined));
  return element;
}
const h = (tag, properties, ...children) => fill(document.createElement(tag), properties, children);
const s = (tag, properties, ...children) =>
  fill(document.createElementNS(SVG, tag), properties, children);

function setText(element, text) {
  if (element.textContent !== text) element.textContent = text;
}
// Give `group` these children, [tag, attributes] each, in place of those it has: elements
// that are there already are changed, not made anew.
function redraw(group, shapes) {
  shapes.forEach(([tag, attributes], i) => {
    const old = group.children[i];
    if (old?.tagName !== tag) {
      const made = s(tag, attributes);
      if (old) old.replaceWith(made);
      else group.append(made);
      return;
    }
    for (const name in attributes) setAttribute(old, name, attributes[name]);
  });
  while (group.children.length > shapes.length) group.lastChild.remove();
}
function setAttribute(element, name, value) {
  const text = String(value);
  if (element.getAttribute(name) !== text) element.setAttribute(name, text);
}

// At most two decimals, a real minus sign, no "-0".
function number(value, decimals = 2) {
  if (Number.isNaN(value)) return "nan";
  if (!Number.isFinite(value)) return value > 0 ? "∞" : "−∞";
  const rounded = Math.abs(value) < 0.5 * 10 ** -decimals ? 0 : value;
  const text = Number(rounded.toFixed(decimals)).toString();
  return text.replace("-", "−");
}
// A factor or summand: a negative number wears brackets after another sign.
const factor = (value) => (value < 0 ? `(${number(value)})` : number(value));
const sumOf = (values) =>
  values.map((v, i) => (i === 0 ? number(v) : v < 0 ? ` − ${number(-v)}` : ` + ${number(v)}`)).join("");
const plural = (count, one, many = `${one}s`) => `${number(count)} ${count === 1 ? one : many}`;

// -- colours -----------------------------------------------------------------

const rgb = (hex) => [1, 3, 5].map((i) => parseInt(hex.slice(i, i + 2), 16));
const DIVERGING = PALETTE.diverging.map(rgb);
const SEQUENTIAL = PALETTE.sequential.map(rgb);

function between(stops, t) {
  const place = clamp(t, 0, 1) * (stops.length - 1);
  const i = Math.min(Math.floor(place), stops.length - 2);
  return stops[i].map((from, k) => Math.round(from + (stops[i + 1][k] - from) * (place - i)));
}

const luminance = (colour) =>
  colour
    .map((part) => part / 255)
    .map((part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4))
    .reduce((sum, part, k) => sum + part * [0.2126, 0.7152, 0.0722][k], 0);

// Shades: a function from a value to [r, g, b].
const shades = {
  grey: (low, high) => (value) =>
    Array(3).fill(Math.round(255 * clamp((value - low) / (high - low || 1), 0, 1))),
  signed: (most) => (value) => between(DIVERGING, 0.5 + value / (2 * (most || 1))),
  deeper: (low, high) => (value) => between(SEQUENTIAL, (value - low) / (high - low || 1)),
  plain: () => () => [255, 255, 255],
};
const signedShade = (m) => {
  const { low, high } = extent(m);
  // The darkest shades are left out: numbers stand on them.
  return shades.signed(1.5 * Math.max(Math.abs(low), Math.abs(high)));
};
const css = (colour) => `rgb(${colour[0]},${colour[1]},${colour[2]})`;
// The course's ink where it can be read (4.5 to 1), else white, else black.
const INK = luminance(rgb(PALETTE.ink)) + 0.05;
function inkOn(colour) {
  const behind = luminance(colour) + 0.05;
  if (behind / INK >= 4.6) return PALETTE.ink;
  return 1.05 / behind >= 4.6 ? "#ffffff" : "#000000";
}

// How broad a text is at most, in units of its size (for a broad font).
const breadth = (words) =>
  [...words].reduce((sum, sign) => sum + ("−+×≠→".includes(sign) ? 0.84 : " .,()".includes(sign) ? 0.36 : 0.64), 0);

// -- a grid of numbers --------------------------------------------------------

// One SVG of shaded cells with numbers in them. `set` only touches what changed.
// Around the cells is a margin for outlines and marks that stand out of the grid.
class Grid {
  constructor({ label, cell = 36, margin = 4, decimals = 2, className = "" }) {
    Object.assign(this, { label, cell, margin, decimals, rows: 0, cols: 0 });
    this.pattern = freshId("hatch");
    this.cells = s("g", { "aria-hidden": "true" });
    this.marks = s("g", { "aria-hidden": "true" });
    this.svg = s(
      "svg",
      { class: `cx-grid ${className}`, role: "img", "aria-label": label },
      s("defs", {}, hatching(this.pattern)),
      this.cells,
      this.marks,
    );
    this.outlines = new Map();
    this.shown = [];
  }

  // Size in pixels of the drawing at 100 %.
  resize(rows, cols, cell = this.cell, margins = {}) {
    const { left = this.margin, top = this.margin, right = this.margin, bottom = this.margin } = margins;
    const key = [rows, cols, cell, left, top, right, bottom].join();
    if (key === this.key) return;
    Object.assign(this, { key, rows, cols, cell, left, top });
    const width = left + cols * cell + right;
    const height = top + rows * cell + bottom;
    setAttribute(this.svg, "viewBox", `0 0 ${width} ${height}`);
    setAttribute(this.svg, "width", width);
    setAttribute(this.svg, "height", height);
    this.shown = Array.from({ length: rows * cols }, (_, i) => {
      const x = left + (i % cols) * cell;
      const y = top + Math.floor(i / cols) * cell;
      const rect = s("rect", { x, y, width: cell, height: cell, class: "cx-cell" });
      const words = document.createTextNode("");
      const text = s("text", { x: x + cell / 2, y: y + cell / 2, class: "cx-number" }, words);
      return { rect, text, words, state: "" };
    });
    this.cells.replaceChildren(...this.shown.flatMap(({ rect, text }) => [rect, text]));
    for (const outline of this.outlines.values()) outline.key = "";
  }

  // Values as a matrix. `shade` gives the colour; `hidden(i)` leaves a cell empty;
  // `hatched(i)` fills it with the pattern; `text(value, i)` replaces the number;
  // `border(i)` draws a cell as one that was added around the image.
  set(m, { shade = shades.plain(), hidden, hatched, border, text, cell, margins } = {}) {
    this.resize(m.rows, m.cols, cell ?? this.cell, margins);
    const written = Array.from(m.data, (value, i) =>
      hidden?.(i) ? "" : text ? text(value, i) : number(value, this.decimals));
    // One size for all: long numbers make the whole grid's numbers smaller, never cut off.
    const longest = written.reduce((most, words) => Math.max(most, breadth(words)), 1);
    const size = Math.min(this.cell * 0.4, (this.cell - 5) / longest);
    setAttribute(this.cells, "font-size", Math.max(size, 6).toFixed(1));
    for (let i = 0; i < m.data.length; i++) {
      const mode = hidden?.(i) ? "hidden" : hatched?.(i) ? "hatched" : border?.(i) ? "border" : "";
      const words = written[i];
      const colour = mode === "hidden" ? null : shade(m.data[i], i);
      const state = `${mode}|${words}|${colour}`;
      const drawn = this.shown[i];
      if (drawn.state === state) continue;
      drawn.state = state;
      drawn.rect.style.fill =
        mode === "hatched" ? `url(#${this.pattern})` : colour ? css(colour) : "";
      drawn.rect.classList.toggle("cx-empty", mode === "hidden");
      drawn.rect.classList.toggle("cx-border", mode === "border");
      drawn.text.style.fill = mode === "hatched" || !colour ? "" : inkOn(colour);
      drawn.words.data = words;
      if (mode === "hidden") delete drawn.text.dataset.value;
      else drawn.text.dataset.value = m.data[i];
    }
  }

  // Outline a window in cells; `null` takes it away. `kind` is its class.
  outline(name, place, kind = "cx-window") {
    let outline = this.outlines.get(name);
    if (!outline && !place) return;
    if (!outline) {
      const halo = s("rect", { class: `cx-halo ${kind}`, rx: 3 });
      const line = s("rect", { class: `cx-outline ${kind}`, rx: 3 });
      outline = { group: s("g", { class: "cx-mover" }, halo, line), halo, line, key: "" };
      this.outlines.set(name, outline);
      this.marks.append(outline.group);
    }
    setAttribute(outline.group, "visibility", place ? "visible" : "hidden");
    if (!place) return;
    const key = `${this.key}|${place.join()}`;
    if (outline.key === key) return;
    outline.key = key;
    const [row, col, rows, cols] = place;
    for (const rect of [outline.halo, outline.line]) {
      setAttribute(rect, "width", cols * this.cell);
      setAttribute(rect, "height", rows * this.cell);
    }
    const x = this.left + col * this.cell;
    const y = this.top + row * this.cell;
    outline.group.style.transform = `translate(${x}px, ${y}px)`;
  }

  // The cell under a pointer event, or null. `loose` takes the nearest one.
  cellAt(event, loose = false) {
    const box = this.svg.getBoundingClientRect();
    const scale = this.svg.viewBox.baseVal.width / box.width;
    const col = Math.floor(((event.clientX - box.left) * scale - this.left) / this.cell);
    const row = Math.floor(((event.clientY - box.top) * scale - this.top) / this.cell);
    const inside = row >= 0 && col >= 0 && row < this.rows && col < this.cols;
    if (inside) return { row, col };
    return loose ? { row: clamp(row, 0, this.rows - 1), col: clamp(col, 0, this.cols - 1) } : null;
  }

  describe(words) {
    setAttribute(this.svg, "aria-label", words ? `${this.label}: ${words}` : this.label);
  }
}

// Slanted lines: the pattern for what does not count, told without colour.
const hatching = (id) =>
  s(
    "pattern",
    { id, width: 6, height: 6, patternUnits: "userSpaceOnUse", patternTransform: "rotate(45)" },
    s("rect", { width: 6, height: 6, class: "cx-hatch-ground" }),
    s("line", { x1: 0, y1: 0, x2: 0, y2: 6, class: "cx-hatch-line" }),
  );

// Values for a screen reader: short maps are read out whole, row by row.
const readOut = (m) =>
  m.data.length > 64
    ? `${m.rows} by ${m.cols} numbers`
    : toLists(m).map((row, r) => `row ${r}: ${row.map((v) => number(v)).join(", ")}`).join("; ");

// -- pictures on a canvas -------------------------------------------------------

// Draw `values` (rows × cols) into a canvas; `shade` gives each value's colour.
function paint(canvas, rows, cols, shade) {
  if (canvas.width !== cols || canvas.height !== rows) {
    canvas.width = cols;
    canvas.height = rows;
    canvas.image = null;
  }
  const context = (canvas.context ??= canvas.getContext("2d"));
  canvas.image ??= context.createImageData(cols, rows);
  const data = canvas.image.data;
  for (let i = 0, k = 0; i < rows * cols; i++, k += 4) {
    const colour = shade(i);
    data[k] = colour[0];
    data[k + 1] = colour[1];
    data[k + 2] = colour[2];
    data[k + 3] = 255;
  }
  context.putImageData(canvas.image, 0, 0);
}

// A lookup table of 256 colours: signed pictures of thousands of pixels in no time.
function table(shade, low, high) {
  const colours = Array.from({ length: 256 }, (_, i) => shade(low + ((high - low) * i) / 255));
  const scale = 255 / (high - low || 1);
  return (value) => colours[clamp(Math.round((value - low) * scale), 0, 255)];
}

// A uint8 picture as sent by Python: {rows, cols, channels, data}.
function picture(sent) {
  const [rows, cols, channels = 1] = sent.shape;
  const view = sent.bytes;
  const data = new Uint8Array(view.buffer, view.byteOffset, view.byteLength);
  return { rows, cols, channels, data };
}

// A named bar from 0 to `most`, with its number.
class Bar {
  constructor(name, most, colour, decimals = 0) {
    Object.assign(this, { most, decimals });
    this.part = h("div", { class: "cx-bar-part" });
    this.part.style.background = colour;
    this.value = h("span", { class: "cx-bar-value" });
    this.el = h("div", { class: "cx-bar-row" }, h("span", { class: "cx-bar-name" }, name),
      h("div", { class: "cx-bar-track", "aria-hidden": "true" }, this.part), this.value);
    this.clear();
  }
  // Nothing is known: no bar, and a dash for its number.
  clear() {
    this.part.style.transform = "scaleX(0)";
    setText(this.value, "–");
    delete this.value.dataset.value;
  }
  set(value) {
    this.part.style.transform = `scaleX(${clamp(value / this.most, 0, 1)})`;
    setText(this.value, number(value, this.decimals));
    this.value.dataset.value = value;
  }
}
