// One code cell of a chapter: its text, an editor when it is wanted, and its outputs.
import { make } from "./dom.js";
import { modulesOf } from "./imports.js";
import { Outputs } from "./outputs.js";
import { fingerprint } from "./store.js";

export class Cell {
  /**
   * @param {HTMLElement} element the cell as the page has it, or an empty one to try things in
   * @param {number} number its place among the cells of the page, from 1
   * @param {object} page what cells share: `store`, `run(cell, next)`, `widget`, `typeset`, `say`
   */
  constructor(element, number, page) {
    Object.assign(this, { element, number, page });
    this.paper = element.querySelector(".cell_input");
    this.original = (this.paper.querySelector("pre")?.textContent ?? "").replace(/\n$/, "");
    this.stored = [...element.querySelectorAll(":scope > .cell_output, :scope > details .cell_output")];
    this.ran = false;
    this.live = make("div", "cell_output docutils container mlm-live-output");
    this.live.hidden = true;
    element.append(this.live);
    const alt = element.querySelector(".cell_output img")?.alt ?? "";
    const caption = element.querySelector(".cell_output figcaption");
    this.outputs = new Outputs(this.live, { alt, caption, widget: page.widget, typeset: page.typeset });
    this.addBar();
    const edited = page.store.get(this.key);
    if (edited !== undefined) this.edit({ text: edited, focus: false });
  }

  get text() {
    return this.editor?.text ?? this.original;
  }

  get name() {
    return `Cell ${this.number}`;
  }

  /** What the bar of the cell is called. */
  get label() {
    return `Code cell ${this.number}`;
  }

  /** Under what the edit is kept: it is found again as long as the book has the same code here. */
  get key() {
    return `${this.number}-${fingerprint(this.original)}`;
  }

  /** How many cells of the chapter stand above it; they run first. */
  get above() {
    return this.number - 1;
  }

  get edited() {
    return this.text !== this.original;
  }

  /** Tell whether the cell is there to show an error. */
  get raises() {
    return !this.edited && this.stored.some((part) => part.querySelector(".traceback"));
  }

  get modules() {
    return modulesOf(this.text);
  }

  addBar() {
    this.bar = make("div", "mlm-cell-bar");
    this.bar.setAttribute("role", "group");
    this.bar.setAttribute("aria-label", this.label);
    const button = (name, text, action) => {
      const made = make("button", `mlm-cell-${name}`, text);
      made.type = "button";
      made.addEventListener("click", action);
      this.bar.append(made);
      return made;
    };
    this.runButton = button("run", "Run", () => this.page.run(this));
    this.aboveButton = button("above", "Run all above", () => this.page.runAbove(this));
    this.editButton = button("edit", "Edit", () => this.edit({ focus: true }));
    this.resetButton = button("reset", "Reset", () => {
      this.reset();
      this.editButton.focus();
    });
    this.resetButton.hidden = true;
    this.aboveButton.hidden = this.above === 0;
    this.mark = make("span", "mlm-cell-mark");
    this.bar.append(this.mark);
    this.paper.before(this.bar);
  }

  /** Turn the cell's text into an editor. */
  async edit({ text = this.text, focus }) {
    const { makeEditor } = await import("./editor.js");
    if (!this.editor) {
      for (const part of this.paper.children) part.hidden = true;
      const box = make("div", "mlm-editor");
      box.addEventListener("keydown", (event) => event.stopPropagation()); // "/" is not the page's shortcut here
      this.paper.append(box);
      this.editor = makeEditor({
        parent: box,
        text,
        label: this.label,
        onChange: () => this.changed(),
        onRun: (next) => this.page.run(this, { next }),
        onLeave: () => this.runButton.focus(),
      });
      this.editButton.hidden = true;
      this.changed();
    }
    if (focus) this.editor.focus();
  }

  changed() {
    const kept = this.page.store.set(this.key, this.edited ? this.text : undefined);
    if (!kept) this.page.say("This browser does not keep your edits: they are gone when the page closes.");
    this.resetButton.hidden = !this.edited && !this.ran;
    this.page.refresh();
  }

  /** Say where the cell stands: "", "waiting", "running", "done", "failed". */
  state(state) {
    this.element.dataset.live = state;
    const words = { waiting: "waits", running: "running …", done: "ran", failed: "stopped at an error" };
    this.mark.textContent = words[state] ?? "";
  }

  begin() {
    this.outputs.clear();
    this.stored.forEach((part) => (part.hidden = true));
    this.live.hidden = false;
    this.state("running");
  }

  end(ok) {
    this.ran = true;
    this.resetButton.hidden = false;
    this.state(ok ? "done" : "failed");
  }

  /** Python is gone: what the cell shows stays, its widgets answer no more. */
  lost() {
    this.ran = false;
    if (this.element.dataset.live !== "running") this.state("");
    for (const widget of this.live.querySelectorAll(".mlm-widget")) widget.inert = true;
  }

  /** Go back to the text and the outputs of the book. */
  reset() {
    this.editor?.remove();
    this.editor = null;
    this.paper.querySelector(".mlm-editor")?.remove();
    for (const part of this.paper.children) part.hidden = false;
    this.editButton.hidden = false;
    this.page.store.set(this.key, undefined);
    this.outputs.clear();
    this.live.hidden = true;
    this.stored.forEach((part) => (part.hidden = false));
    this.ran = false;
    this.resetButton.hidden = true;
    this.state("");
    this.page.refresh();
  }
}
