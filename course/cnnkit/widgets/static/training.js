// A network learns while you watch: run, stop, one step; the loss and the filters live.

const WIDE = 460;
const HIGH = 210;
const EDGE = { left: 40, right: 10, top: 10, bottom: 30 };

export default explorer(({ root, session, controls, settings, place }) => {
  const state = session.state;
  state.run ??= 1;
  state.losses ??= [];
  state.taken ??= 0;
  state.push ??= 0;
  state.filters ??= null;
  const { rate, batch, momentum } = controls;
  const say = announcer(root);

  // -- what is asked of the kernel --------------------------------------------
  const ask = (count) => session.ask({
    run: state.run,
    at: state.losses.length,
    count,
    rate: settings.rates[rate.value],
    batch: settings.batches[batch.value],
    momentum: settings.momenta[momentum.value],
    push: state.push,  // the same question may be asked again after an error
  });
  const run = h("button", { type: "button", class: "cx-button cx-main", onclick: () => {
    state.running = !state.running;
    state.push += 1;
    state.trouble = "";
    if (state.running) ask(5);
    session.refresh();
  } }, "Run");
  const one = h("button", { type: "button", class: "cx-button", onclick: () => {
    state.running = false;
    state.push += 1;
    state.trouble = "";
    ask(1);
    session.refresh();
  } }, "One step");
  const anew = h("button", { type: "button", class: "cx-button", onclick: () => {
    Object.assign(state, { run: state.run + 1, losses: [], filters: null, running: false, trouble: "" });
    state.accuracy = undefined;
    session.refresh();
  } }, "Start again");
  place.all.push(() => (state.running = false));

  // -- where it is drawn -----------------------------------------------------
  const frame = s("g", {});
  const guess = s("line", { class: "cx-hatch-line", "stroke-dasharray": "5 4" });
  const guessed = s("text", { class: "cx-axis" }, "guessing");
  const every = s("polyline", { fill: "none", stroke: "var(--cx-strong)", "stroke-width": 1, opacity: 0.6 });
  const mean = s("polyline", { fill: "none", stroke: "var(--cx-curve)", "stroke-width": 2.5 });
  const curve = s("svg", {
    class: "cx-grid", role: "img", "aria-label": "The loss, step by step",
    viewBox: `0 0 ${WIDE} ${HIGH}`, width: WIDE, height: HIGH,
  }, frame, guess, guessed, every, mean);
  const screens = Array.from({ length: settings.count }, (_, i) => {
    const canvas = h("canvas", { class: "cx-photo", role: "img", "aria-label": `filter ${i}` });
    canvas.style.width = "52px";
    return canvas;
  });
  const now = h("p", { class: "cx-sum" });
  const note = h("p", { class: "cx-note", role: "status" });
  root.append(
    sliders(rate, batch, momentum),
    h("div", { class: "cx-line" }, h("div", { class: "cx-buttons" }, run, one, anew), now),
    row(
      figure("loss: each step grey, their running mean blue", curve),
      figure("the filters: blue below 0, orange above", h("div", { class: "cx-pair" }, ...screens)),
    ),
    h("p", { class: "cx-note" }, settings.own
      ? `Every step is made by your ${settings.own}, in the kernel.`
      : "Every step is made in the kernel, by the course's own function."),
    note,
  );

  return function draw() {
    take();
    if (state.running && !session.flying) ask(5);
    const { losses } = state;
    setText(run, state.running ? "Stop" : losses.length ? "Go on" : "Run");
    plot(losses);
    const most = Math.max(1e-6, ...(state.filters ?? [0]).map(Math.abs).filter(Number.isFinite));
    const shade = shades.signed(most);
    const { size } = settings;
    screens.forEach((canvas, i) =>
      paint(canvas, size, size, (k) => shade(state.filters?.[i * size * size + k] ?? 0)));
    const last = losses.at(-1);
    const words = losses.length
      ? `step ${losses.length}: loss ${number(average(losses, 20))}, ${number(100 * state.accuracy, 0)} % of ${settings.unseen} unseen digits right`
      : "Not yet trained.";
    setText(now, words);
    const wild = losses.length && !(last < 50);
    setText(note, state.trouble || (session.silent ? "The kernel does not answer. Is it busy?" : "") ||
      (wild ? "The values run away: the steps are too large. Start again with a smaller learning rate." : ""));
    if (!state.running) say(words);
  };

  // Take in an answer, once, if it belongs to this run.
  function take() {
    const { answer } = session;
    if (!answer || answer.number === state.taken) return;
    state.taken = answer.number;
    const { question, values, status, sentence } = answer;
    if (question.run !== state.run || question.at !== state.losses.length) return;
    if (status !== "ok") {
      Object.assign(state, { running: false, trouble: sentence });
      return;
    }
    state.losses.push(...values.slice(0, question.count));
    state.accuracy = values[question.count];
    state.filters = [...values.slice(question.count + 1)];
  }

  function plot(losses) {
    const steps = Math.max(100, losses.length);
    const seen = losses.filter(Number.isFinite);
    const most = Math.min(8, Math.max(1.2 * settings.guessing, ...seen));
    const x = (i) => EDGE.left + ((WIDE - EDGE.left - EDGE.right) * i) / steps;
    const y = (v) => HIGH - EDGE.bottom - (HIGH - EDGE.top - EDGE.bottom) * clamp(v / most, 0, 1);
    const key = `${steps}|${most}`;
    if (key !== frame.key) {
      frame.key = key;
      const tick = 10 ** Math.floor(Math.log10(steps));
      const marks = [];
      for (let i = 0; i <= steps; i += steps / tick > 5 ? 2 * tick : tick > 1 && steps / tick < 2 ? tick / 2 : tick) {
        marks.push(s("text", { x: x(i), y: HIGH - 10, class: "cx-axis" }, String(i)));
      }
      for (let v = 0; v <= most; v++) {
        marks.push(s("line", { x1: x(0), x2: x(steps), y1: y(v), y2: y(v), stroke: "var(--cx-hair)" }),
          s("text", { x: EDGE.left - 14, y: y(v), class: "cx-axis" }, String(v)));
      }
      frame.replaceChildren(...marks);
      for (const [name, value] of [["x1", x(0)], ["x2", x(steps)], ["y1", y(settings.guessing)], ["y2", y(settings.guessing)]]) {
        setAttribute(guess, name, value);
      }
      setAttribute(guessed, "x", x(steps) - 34);
      setAttribute(guessed, "y", y(settings.guessing) - 10);
    }
    const points = (values) => values.map((v, i) => `${x(i + 1).toFixed(1)},${y(Number.isFinite(v) ? v : most).toFixed(1)}`).join(" ");
    setAttribute(every, "points", points(losses));
    setAttribute(mean, "points", points(losses.map((_, i) => average(losses.slice(Math.max(0, i - 19), i + 1), 20))));
    setAttribute(curve, "aria-label", losses.length
      ? `The loss after ${losses.length} steps: from ${number(losses[0])} to ${number(average(losses, 20))}`
      : "The loss, step by step: no steps yet");
  }
});

const average = (values, most) => {
  const last = values.slice(-most);
  return last.reduce((sum, v) => sum + v, 0) / last.length;
};
