// One session per explorer: its sliders, its state, its questions to the kernel, and
// the places on the page where it is drawn. An explorer's own file ends in
//
//     export default explorer(build)
//
// where build({ root, session, controls, settings }) fills `root` once per place and
// returns draw(), called at most once a frame after any slider, state or answer changed.
//   controls.<name>  a Control: .value, .set(value), .el to put into the page
//   session.state    what is not a slider (the window's place); survives a redraw
//   session.refresh()  asks for a frame;  session.ask(question)  calls the learner's function
//   session.answer   { question, status, values, shape, float32, sentence } or null

const explorers = (globalThis.cnnkitExplorers ??= { sessions: new Map(), places: new Set() });

// The still picture in the output becomes the live figure as soon as its session exists.
if (!customElements.get("cnnkit-explorer")) {
  customElements.define(
    "cnnkit-explorer",
    class extends HTMLElement {
      connectedCallback() {
        explorers.places.add(this);
        this.come();
      }
      disconnectedCallback() {
        explorers.places.delete(this);
        this.go();
      }
      come() {
        const session = explorers.sessions.get(this.dataset.uid);
        if (!session || this.leave || !this.isConnected) return;
        const place = document.createElement("div");
        this.leave = session.show(place, () => {
          for (const still of this.querySelectorAll(".cnnkit-still")) still.hidden = true;
        });
        this.append(place);
      }
      go() {
        this.leave?.();
        this.leave = null;
        for (const still of this.querySelectorAll(".cnnkit-still")) still.hidden = false;
      }
    },
  );
}

function explorer(build) {
  return {
    initialize({ model, signal }) {
      const session = new Session(model, build);
      const uid = model.get("uid");
      explorers.sessions.set(uid, session);
      for (const place of explorers.places) if (place.dataset.uid === uid) place.come();
      signal?.addEventListener("abort", () => {
        explorers.sessions.delete(uid);
        for (const place of explorers.places) if (place.dataset.uid === uid) place.go();
      });
    },
    // Inside a VBox, and in front ends that only know views.
    render({ model, el, signal }) {
      const leave = explorers.sessions.get(model.get("uid")).show(el, () => {});
      signal?.addEventListener("abort", leave);
      return leave;
    },
  };
}

const lumino = (type) => ({ type, isConflatable: false, conflate: () => false });

// A slider (or menu) of ipywidgets. It stays the one owner of its value.
class Control {
  constructor(model, view) {
    this.model = model;
    this.view = view;
    this.el = view.el;
  }
  get value() {
    const index = this.model.get("index");
    if (this.model.get("_options_labels") && index !== null) return index;
    return this.model.get("value");
  }
  set(value) {
    const name = this.model.get("_options_labels") ? "index" : "value";
    if (this.model.get(name) === value) return;
    this.model.set(name, value);
    this.model.save_changes();
  }
  // noUiSlider's handle and the number beside it have no name of their own. Named once,
  // by `name` where an explorer sets it: what is written at every frame costs every frame.
  label(words) {
    for (const part of this.el.querySelectorAll(".noUi-handle")) part.setAttribute("aria-label", words);
    for (const part of this.el.querySelectorAll(".widget-readout")) {
      part.setAttribute("role", "textbox");
      part.setAttribute("aria-label", `${words}, as a number`);
    }
  }
  attach() {
    this.label(this.name ?? (this.model.get("description") || "value"));
    const widget = this.view.luminoWidget ?? this.view.pWidget;
    for (const type of ["before-attach", "after-attach"]) widget?.processMessage(lumino(type));
  }
  detach() {
    const widget = this.view.luminoWidget ?? this.view.pWidget;
    for (const type of ["before-detach", "after-detach"]) widget?.processMessage(lumino(type));
    this.view.remove();
  }
}

const each = (tree, act) => (Array.isArray(tree) ? tree.map((part) => each(part, act)) : act(tree));

class Session {
  constructor(model, build) {
    this.model = model;
    this.build = build;
    this.state = {};
    this.answer = null;
    this.places = new Set();
    this.settings = model.get("settings");
    this.function = model.get("function");
    model.on("msg:custom", (content, buffers) => this.hear(content, buffers));
  }

  picture(name) {
    return picture(this.model.get("pictures")[name]);
  }

  // Draw into `host`; returns what takes the drawing away again.
  show(host, ready) {
    const place = { gone: false, all: [], frame: 0 };
    place.leave = () => {
      place.gone = true;
      this.places.delete(place);
      for (const clean of place.all.splice(0)) clean();
      host.replaceChildren();
    };
    this.fill(host, place, ready).catch((error) => {
      console.error(error);
      place.leave();
    });
    return place.leave;
  }

  async fill(host, place, ready) {
    const manager = this.model.widget_manager;
    const flat = [];
    const make = async (reference) => {
      const model = await manager.get_model(reference.replace("IPY_MODEL_", ""));
      const control = new Control(model, await manager.create_view(model));
      flat.push(control);
      return control;
    };
    const wait = async (tree) => (Array.isArray(tree) ? Promise.all(tree.map(wait)) : make(tree));
    const named = Object.entries(this.model.get("controls"));
    const made = await Promise.all(named.map(([, tree]) => wait(tree)));
    const controls = Object.fromEntries(named.map(([name], i) => [name, made[i]]));
    if (place.gone) return flat.forEach((control) => control.view.remove());

    const root = h("div", {
      class: "cx",
      role: "group",
      "aria-label": `${this.settings.title} explorer`,
      "data-explorer": this.settings.title.toLowerCase(),
    });
    host.append(root);
    place.draw = this.build({ root, session: this, controls, settings: this.settings, place });
    const changed = () => this.refresh();
    for (const control of flat) {
      control.attach();
      control.model.on("change:value change:index", changed);
      place.all.push(() => {
        control.model.off("change:value change:index", changed);
        control.detach();
      });
    }
    // Jupyter's command mode takes arrows and letters from whatever has the focus, unless
    // that element itself says no.
    for (const part of root.querySelectorAll("button, select, [tabindex], [contenteditable]")) {
      part.dataset.lmSuppressShortcuts = "true";
    }
    place.draw();
    this.places.add(place);
    ready();
  }

  refresh() {
    for (const place of this.places) {
      place.frame ||= requestAnimationFrame(() => {
        place.frame = 0;
        if (!place.gone) place.draw();
      });
    }
  }

  // -- the learner's function: one question under way, and only the latest waits ------

  ask(question) {
    if (!this.function) return;
    const key = JSON.stringify(question);
    if (key === this.asked) return;
    this.asked = key;
    this.waiting = question;
    this.send();
  }

  send() {
    if (this.flying || !this.waiting || this.stopped) return;
    this.flying = { number: (this.count = (this.count ?? 0) + 1), question: this.waiting };
    this.waiting = null;
    const { number, question } = this.flying;
    // Something is shown when no answer comes: the kernel may be busy, or gone.
    this.late = setTimeout(() => {
      this.silent = true;
      this.refresh();
    }, (this.settings.seconds + 3) * 1000);
    try {
      this.model.send({ kind: "call", number, question });
    } catch {
      this.silent = true;
    }
  }

  hear(content, buffers) {
    if (content.kind !== "answer" || content.number !== this.flying?.number) return;
    clearTimeout(this.late);
    this.silent = false;
    const view = buffers?.[0];
    // Copied, because a Float64Array must start on a multiple of eight bytes.
    const bytes = view && view.buffer.slice(view.byteOffset, view.byteOffset + view.byteLength);
    const values = bytes ? new Float64Array(bytes) : new Float64Array(0);
    this.answer = { ...content, values, question: this.flying.question };
    this.flying = null;
    // A function that ran out of time is asked again only when the learner says so.
    this.stopped = content.status === "timeout";
    this.refresh();
    this.send();
  }

  again() {
    this.stopped = false;
    // A question without an answer may be lost: forget it and ask anew, under another number.
    if (this.silent) this.flying = null;
    clearTimeout(this.late);
    this.silent = false;
    this.waiting ??= JSON.parse(this.asked);
    this.send();
    this.refresh();
  }

  get fresh() {
    return this.answer !== null && JSON.stringify(this.answer.question) === this.asked;
  }
}
