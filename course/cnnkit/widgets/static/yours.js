// Your code in the picture: what the learner's function returned, beside the browser's own.

// Where two maps first differ, row by row: { row, col } of the window, or null.
// A map of another shape differs where the first number has no partner.
function firstDifference(got, want, float32) {
  for (let r = 0; r < Math.max(got.rows, want.rows); r++) {
    for (let c = 0; c < Math.max(got.cols, want.cols); c++) {
      const both = r < got.rows && c < got.cols && r < want.rows && c < want.cols;
      if (!both || !close(at(got, r, c), at(want, r, c), float32)) return { row: r, col: c, both };
    }
  }
  return null;
}

const sameMap = (a, b, float32) =>
  a.rows === b.rows && a.cols === b.cols && a.data.every((v, i) => close(v, b.data[i], float32));

// The words beside the picture: waiting, an error in one sentence, agreement or difference.
function yourWords(session) {
  const name = session.function;
  const status = h("p", { class: "cx-status", role: "status" });
  const lines = [h("p", { class: "cx-spelled" }), h("p", { class: "cx-spelled" })];
  const again = h("button", { type: "button", class: "cx-button", onclick: () => session.again() },
    "Try again");
  const el = h("div", { class: "cx-yours" }, status, ...lines, again);

  function say(state, text, ...spelled) {
    status.dataset.state = state;
    el.dataset.state = state;
    setText(status, text);
    lines.forEach((line, i) => {
      setText(line, spelled[i] ?? "");
      line.hidden = !spelled[i];
    });
    again.hidden = !(session.stopped || session.silent);
  }

  // The answer to `question` if it is here and holds numbers; else says why not.
  function answer(question) {
    session.ask(question);
    const { answer, fresh } = session;
    if (answer && answer.status !== "ok" && (fresh || session.stopped)) {
      say("error", `✗ ${answer.sentence}`);
      return null;
    }
    if (fresh) return answer;
    say("wait", session.silent ? "The kernel has not answered: it is busy, or it has stopped."
      : `Running your ${name} …`);
    return null;
  }

  return { el, say, answer, title: name === "your function" ? "yours" : `your ${name}` };
}

// A panel for explorers whose result is a map. update({ question, want, spell, guesses })
// asks the kernel and returns the first differing window of the browser's map, or null.
//   spell(row, col)   the browser's sum of that window in words, with "= value"
//   guesses           () => [{ words, map, spell }]: what people often compute instead
function yourMap(session, { cell = 36, decimals = 2 } = {}) {
  const name = session.function;
  const words = yourWords(session);
  const grid = new Grid({ label: `What your ${name} returned`, cell, decimals });
  const map = figure(words.title, grid.svg);

  function update({ question, want, spell, guesses, shade = signedShade(want) }) {
    const answer = words.answer(question);
    map.classList.toggle("cx-stale", !answer && !session.stopped);
    if (!answer) {
      if (!session.answer || session.answer.status !== "ok") {
        grid.set(matrix(want.rows, want.cols), { hidden: () => true });
        grid.describe("nothing yet");
      }
      grid.outline("first", null);
      return null;
    }
    if (answer.shape.length !== 2) {
      const kind = answer.shape.length ? `an array of shape (${answer.shape.join(", ")})` : "one number";
      words.say("wrong", `✗ Your ${name} returned ${kind}; `
        + `an array of shape (${want.rows}, ${want.cols}) was expected.`);
      grid.set(matrix(want.rows, want.cols), { hidden: () => true });
      grid.outline("first", null);
      return null;
    }
    const got = { rows: answer.shape[0], cols: answer.shape[1], data: answer.values };
    const different = (i) => {
      const r = Math.floor(i / got.cols);
      const c = i % got.cols;
      return r >= want.rows || c >= want.cols || !close(got.data[i], at(want, r, c), answer.float32);
    };
    grid.set(got, {
      shade,
      text: (value, i) => `${different(i) ? "≠" : ""}${number(value, decimals)}`,
      cell: Math.max(16, Math.min(cell, (cell * Math.max(want.cols, 4)) / Math.max(got.cols, 1))),
    });
    grid.describe(readOut(got));
    const first = firstDifference(got, want, answer.float32);
    const inside = first && first.row < got.rows && first.col < got.cols;
    grid.outline("first", inside ? [first.row, first.col, 1, 1] : null, "cx-wrong");
    if (!first) {
      words.say("right",
        `✓ Your ${name} and the browser agree on ${plural(want.data.length, "number")}.`);
      return null;
    }
    const guess = guesses().find((g) => sameMap(g.map, got, answer.float32));
    const why = guess ? ` That is what comes out ${guess.words}.` : "";
    const shapes = got.rows !== want.rows || got.cols !== want.cols
      ? ` Your result has shape (${got.rows}, ${got.cols}); (${want.rows}, ${want.cols}) was expected.` : "";
    if (!first.both) {
      words.say("wrong", `✗ Your ${name} returned an array of shape (${got.rows}, ${got.cols}); `
        + `(${want.rows}, ${want.cols}) was expected.${why}`);
      return null;
    }
    const value = at(got, first.row, first.col);
    const off = value - at(want, first.row, first.col);
    words.say("wrong", `✗ The first difference is at row ${first.row}, column ${first.col}.${shapes}${why}`,
      `Browser: ${spell(first.row, first.col)}`,
      guess?.spell ? `Yours: ${guess.spell(first.row, first.col)}`
        : `Yours: ${number(value, 4)}, which is ${number(Math.abs(off), 4)} too ${off > 0 ? "large" : "small"}`);
    return first;
  }

  return { map, words: words.el, grid, update };
}
