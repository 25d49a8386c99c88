// Parts that explorers are put together from: steering, dragging, playing, captions.

// A place that takes the focus and is steered with the arrow keys.
// act({ rows, cols, key }) hears of arrows, Home, End, Enter and Space.
function steered(element, label, act) {
  element.tabIndex = 0;
  element.classList.add("cx-steered");
  element.setAttribute("role", "application");
  element.setAttribute("aria-roledescription", "steered with the arrow keys");
  element.setAttribute("aria-label", label);
  const arrows = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] };
  element.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const [rows, cols] = arrows[event.key] ?? [0, 0];
    const known = ["Home", "End", "Enter", " ", "PageUp", "PageDown", "Delete", "Backspace"];
    if (!rows && !cols && !known.includes(event.key)) return;
    event.preventDefault();
    const far = event.shiftKey ? 8 : 1;
    act({ rows: rows * far, cols: cols * far, key: event.key });
  });
  return element;
}

// Pointing and dragging with mouse, pen or finger; hover(event) hears of mere pointing.
function dragged(element, { start, move, end, hover }) {
  let pointer = null;
  element.addEventListener("pointerdown", (event) => {
    if (event.button !== 0) return;
    pointer = event.pointerId;
    element.setPointerCapture(pointer);
    start?.(event);
    move?.(event);
  });
  element.addEventListener("pointermove", (event) => {
    if (event.pointerId === pointer) move?.(event);
    else if (event.pointerType === "mouse") hover?.(event);
  });
  for (const type of ["pointerup", "pointercancel"]) {
    element.addEventListener(type, () => {
      pointer = null;
      end?.();
    });
  }
  element.classList.add("cx-dragged");
}

// What is read out: the latest words only, and not at the pace of a drag.
function announcer(root) {
  const region = h("p", { class: "cx-hidden", "aria-live": "polite" });
  root.append(region);
  let timer;
  return (words) => {
    clearTimeout(timer);
    timer = setTimeout(() => setText(region, words), 400);
  };
}

// Back, Play and Step. `go(i)` shows step i of `count()`.
function player({ count, go, current, place }) {
  let timer = null;
  const stop = () => {
    clearInterval(timer);
    timer = null;
    setText(play, "Play");
  };
  const forward = () => go(Math.min(current() + 1, count() - 1));
  const tick = () => (current() + 1 >= count() ? stop() : forward());
  const play = h("button", {
    type: "button",
    class: "cx-button cx-main",
    onclick: () => {
      if (timer) return stop();
      go(current() + 1 >= count() ? 0 : current());
      setText(play, "Pause");
      timer = setInterval(tick, 420);
    },
  }, "Play");
  const button = (name, act) =>
    h("button", { type: "button", class: "cx-button", onclick: () => (stop(), act()) }, name);
  place.all.push(stop);
  return h("div", { class: "cx-buttons" }, play,
    button("Back", () => go(Math.max(current() - 1, 0))),
    button("Step", forward));
}

const figure = (caption, ...parts) =>
  h("div", { class: "cx-figure" }, h("div", { class: "cx-caption" }, caption), ...parts);
const sign = (text) => h("div", { class: "cx-sign", "aria-hidden": "true" }, text);
const row = (...parts) => h("div", { class: "cx-row" }, ...parts);
// One alone gets a long track: a hundred values want more than a hundred pixels.
const sliders = (...controls) =>
  h("div", { class: `cx-sliders${controls.length > 1 ? "" : " cx-alone"}` }, ...controls.map((c) => c.el));

// A small picture scaled up, with frames that can be put around its pixels.
class Screen {
  constructor(label, width) {
    this.canvas = h("canvas", { role: "img", "aria-label": label, class: "cx-photo" });
    this.canvas.style.width = `${width}px`;
    this.canvas.style.height = `${width}px`;
    this.el = h("div", { class: "cx-photo-box" }, this.canvas);
  }
  // `scale` tells one shade from another: what has not changed is not painted again.
  paint(m, shade, scale = 1) {
    const same = scale === this.scale && this.last?.every((v, i) => v === m.data[i]);
    if (same) return;
    Object.assign(this, { scale, last: m.data.slice() });
    paint(this.canvas, m.rows, m.cols, (i) => shade(m.data[i]));
  }
  box(kind) {
    const el = h("div", { class: kind, hidden: true });
    this.el.append(el);
    const show = (place, side) => {
      el.hidden = !place;
      if (!place) return;
      const [r, c, rows, cols] = place.map((v) => `${(100 * v) / side}%`);
      Object.assign(el.style, { top: r, left: c, height: rows, width: cols });
    };
    return { el, show };
  }
}
