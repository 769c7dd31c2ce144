// An explorable: question, picture, controls, the sentence with its numbers, the table.

import { control } from "./controls.mjs";
import { html, ownKeys, rich, settled, unique, visit, write } from "./dom.mjs";
import { Panel } from "./panel.mjs";
import { prediction } from "./predict.mjs";
import { readSays } from "./says.mjs";
import { sorting } from "./sorting.mjs";
import { between, panelChannels, panelState } from "./state.mjs";
import { Tables, placeAt } from "./tables.mjs";
import { tableMark, tableNodes, tablesOf } from "./tableview.mjs";

const SIDE_BY_SIDE = 540; // pixels of width from which pictures stand beside each other
const GAP = 24;
const LOCKED = "Predict first, or skip, to use the controls.";
const MOTION = 130; // milliseconds from one setting to the next
const FIRST = 0.35; // share of the way that the first frame goes, at once

/** Draw an explorable from a widget model into an element; returns how to take it away again. */
export function renderExplorable({ model, el }) {
  const player = new Player(model, el);
  return () => player.remove();
}

class Player {
  constructor(model, el) {
    this.model = model;
    this.spec = model.get("spec");
    this.tables = new Tables(model.get("tables"), this.spec.words, this.spec.shape);
    this.channels = this.spec.panels.map((panel) => panelChannels(panel, this.tables));
    this.says = readSays(this.spec.says, this.tables);
    this.controls = this.spec.controls.map((spec) => control(spec, () => this.#moved()));
    this.kept = null;
    this.#build(el);
    this.#setValues(model.get("values"));
    this.#show(false);
    this.#announce();
    this.listener = () => this.#fromKernel();
    model.on("change:values", this.listener);
    this.resizer = new ResizeObserver(() => this.#resized());
    this.resizer.observe(this.stage);
  }

  remove() {
    this.resizer.disconnect();
    this.model.off("change:values", this.listener);
  }

  // ---- the page ----

  #build(el) {
    const { spec } = this;
    const title = unique("title");
    const saysId = unique("says");
    this.sentence = html("p", { class: "mlm-says", id: saysId });
    this.spoken = html("p", { class: "mlm-hidden", "aria-live": "polite" });
    this.named = html("p", { class: "mlm-hidden", "aria-live": "polite" });
    this.panels = spec.panels.map(
      (panel, i) => new Panel(panel, this.channels[i], (item, how) => this.#pick(this.panels[i], item, how)),
    );
    this.panels.forEach((panel) => this.#beside(panel));
    this.stage = html(
      "div",
      { class: "mlm-stage" },
      this.panels.map((panel) => panel.element),
    );
    const reset = html("button", { type: "button", class: "mlm-quiet mlm-reset" }, "Reset");
    reset.addEventListener("click", () => this.#reset());
    this.fields = html(
      "fieldset",
      { class: "mlm-controls" },
      html("legend", { class: "mlm-hidden" }, "Controls"),
      this.controls.map((one) => one.element),
    );
    this.fields.hidden = !this.controls.length;
    this.fields.classList.toggle("mlm-three", this.controls.length === 3);
    this.card = html(
      "section",
      { class: "mlm-card mlm-explorable", "aria-labelledby": title },
      html("header", {}, html("p", { class: "mlm-title", id: title }, rich(spec.title)), reset),
      this.stage,
      this.fields,
      this.sentence,
      this.#tasks(),
      this.#foot(),
      this.spoken,
      this.named,
    );
    this.root = ownKeys(html("div", { class: "mlm", "data-explorable": spec.name }, this.card));
    if (spec.predict) this.#ask();
    el.append(this.root);
    this.speak = settled(700, () => write(this.spoken, this.sentence.textContent));
    this.save = settled(150, () => this.model.save_changes());
  }

  #ask() {
    const { card, made } = prediction(this.spec.predict, visit(`${this.spec.name} prediction`), () =>
      this.#lock(false),
    );
    this.root.prepend(card);
    this.#lock(!made);
  }

  #lock(locked) {
    this.locked = locked;
    this.stage.inert = locked;
    this.fields.disabled = locked;
    if (locked) this.root.dataset.locked = "";
    else delete this.root.dataset.locked;
    this.card
      .querySelectorAll(".mlm-reset, .mlm-foot button")
      .forEach((button) => (button.disabled = locked));
    if (this.target) this.#say();
  }

  #tasks() {
    if (!this.spec.tasks.length) return null;
    return html(
      "div",
      { class: "mlm-tasks" },
      html("p", { class: "mlm-tag" }, "Try this"),
      html(
        "ol",
        {},
        this.spec.tasks.map((task) => html("li", {}, rich(task))),
      ),
    );
  }

  #foot() {
    const id = unique("table");
    const open = html(
      "button",
      { type: "button", class: "mlm-quiet", "aria-expanded": "false", "aria-controls": id },
      "Show as a table",
    );
    this.table = html("div", {
      id,
      class: "mlm-table",
      role: "region",
      tabindex: 0,
      hidden: true,
      "aria-label": `Table of what is drawn: ${this.spec.title}`,
    });
    open.addEventListener("click", () => {
      this.table.hidden = !this.table.hidden;
      open.setAttribute("aria-expanded", String(!this.table.hidden));
      write(open, this.table.hidden ? "Show as a table" : "Hide the table");
      this.#fillTable();
    });
    const drawn = this.channels.some(({ marks }) =>
      marks.some((mark) => mark.kind !== "cards" && mark.kind !== "table"),
    );
    return drawn ? html("div", { class: "mlm-foot" }, open, this.table) : null;
  }

  /** Tables and cards stand under their picture as parts of the page. */
  #beside(panel) {
    panel.extras = panel.marks.map((mark) => {
      if (mark.kind === "cards") {
        const cards = sorting(mark, visit(`${this.spec.name} cards`));
        panel.element.append(cards.element);
        return cards;
      }
      if (mark.kind === "table") {
        const element = html("div", {
          class: "mlm-scroll",
          role: "region",
          tabindex: 0,
          "aria-label": mark.caption || "Table",
        });
        panel.element.append(element);
        return { element, update: (frame) => element.replaceChildren(tableMark(mark, frame)) };
      }
      return null;
    });
  }

  // ---- state ----

  #setValues(values) {
    this.controls.forEach((one, i) => {
      const { name } = this.spec.controls[i];
      if (name in values) one.set(values[name]);
    });
  }

  #values() {
    return Object.fromEntries(this.controls.map((one, i) => [this.spec.controls[i].name, one.get()]));
  }

  #moved() {
    this.#show(true);
    this.speak();
    this.sent = this.#values();
    this.model.set("values", this.sent);
    this.save();
  }

  #fromKernel() {
    const values = this.model.get("values");
    if (values === this.sent) return;
    this.#setValues(values);
    this.#show(true);
  }

  #reset() {
    this.#pick(null, null, "keys");
    this.#setValues(this.spec.start);
    this.panels.forEach((panel) => panel.extras.forEach((extra) => extra?.reset?.()));
    this.#moved();
  }

  #show(moving) {
    this.place = placeAt(this.controls.map((one) => one.position()));
    const from = this.shown;
    this.target = this.channels.map((panel) => panelState(panel, this.place));
    if (!from) this.#layout();
    if (moving && from && motion()) this.#move(from);
    else this.#draw(this.target);
    this.panels.forEach((panel, i) =>
      panel.extras.forEach((extra, m) => extra?.update?.(this.target[i].frames[m])),
    );
    this.#say();
    if (!this.table.hidden) this.#fillTable();
  }

  /** Go to the target: a first step now, so the picture answers at once, the rest in motion. */
  #move(from) {
    const start = performance.now();
    const step = (share) =>
      this.#draw(share < 1 ? this.target.map((state, i) => between(from[i], state, share)) : this.target);
    cancelAnimationFrame(this.frame);
    const next = (now) => {
      const share = Math.min(1, FIRST + ((1 - FIRST) * (now - start)) / MOTION);
      step(share);
      if (share < 1) this.frame = requestAnimationFrame(next);
    };
    step(FIRST);
    this.frame = requestAnimationFrame(next);
  }

  #draw(states) {
    this.shown = states;
    this.panels.forEach((panel, i) => panel.draw(states[i]));
  }

  #say() {
    const pieces = this.locked ? [[LOCKED, false]] : this.says(this.place);
    const nodes = pieces.flatMap(([text, strong]) => (strong ? html("b", {}, rich(text)) : rich(text)));
    this.sentence.replaceChildren(...nodes);
  }

  #fillTable() {
    const tables = this.panels.flatMap((panel, i) => tablesOf(panel.marks, this.target[i]));
    this.table.replaceChildren(...tableNodes(tables, this.kept?.item.key));
  }

  // ---- picking ----

  /** Pointing shows a thing for the moment; a click, a tap or a key keeps it. */
  #pick(panel, item, how) {
    const chosen = item && { panel, item };
    const keeps = how === "click" || how === "keys";
    if (keeps) this.kept = chosen;
    const shown = keeps ? chosen : (chosen ?? this.kept);
    for (const one of this.panels) one.pick(shown?.item ?? null, one === shown?.panel);
    if (!keeps) return;
    write(this.named, item ? panel.describe(item) : "");
    if (!this.table.hidden) this.#fillTable();
  }

  // ---- size ----

  #resized() {
    const width = Math.floor(this.stage.clientWidth);
    if (width === this.width || !width) return;
    this.#layout();
    this.#draw(this.shown);
    this.#announce();
  }

  #announce() {
    this.panels.forEach((panel) => panel.announce(this.spec.title, this.sentence.id));
  }

  #layout() {
    this.width = this.stage.clientWidth;
    const style = getComputedStyle(this.stage);
    const room = Math.floor(this.width - parseFloat(style.paddingLeft) - parseFloat(style.paddingRight));
    const width = room > 0 ? room : 640; // not on the page yet
    const count = this.panels.length;
    const beside = count > 1 && count < 4 && width >= SIDE_BY_SIDE;
    const weights = this.spec.panels.map(({ weight }) => weight);
    const total = weights.reduce((sum, weight) => sum + weight, 0);
    const widths = weights.map((weight) =>
      beside ? Math.floor(((width - GAP * (count - 1)) * weight) / total) : width,
    );
    this.stage.style.gridTemplateColumns = beside
      ? widths.map((one) => `${one}px`).join(" ")
      : "minmax(0, 1fr)";
    const wishes = this.panels.map((panel, i) => panel.wish(widths[i], this.target[i]));
    const tallest = Math.max(...wishes.map(({ height }) => height));
    this.panels.forEach((panel, i) => {
      const { height, stretches } = wishes[i];
      panel.layout(widths[i], beside && stretches ? tallest : height, this.target[i]);
    });
  }
}

function motion() {
  return (
    typeof matchMedia === "function" &&
    !matchMedia("(prefers-reduced-motion: reduce)").matches &&
    !document.hidden
  );
}
