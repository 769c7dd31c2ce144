// A chapter that runs: its cells, one Python for all of them, and the bar at the foot of the page.
import { Cell } from "./cell.js";
import { Dock } from "./dock.js";
import { notebook, save } from "./notebook.js";
import { Session } from "./session.js";
import { Store } from "./store.js";
import { addTrials } from "./trial.js";

const LONG = 20_000; // milliseconds after which a reader is told how to stop a cell

export class Page {
  /** @param {{runtime: string, lock: string, source: string, page: string}} options addresses, and a name for edits */
  constructor({ runtime, lock, source, page }) {
    this.source = source;
    this.store = new Store(page);
    this.session = new Session(runtime, lock);
    this.dock = new Dock({
      all: { text: "Run all", action: () => this.runAll() },
      stop: { text: "Stop", action: () => this.stop() },
      retry: { text: "Try again", action: () => this.retry() },
      restart: { text: "Restart Python", action: () => this.restart() },
      reset: { text: "Reset page", action: () => this.reset(), title: "Your edits are dropped; the book's own text and outputs come back" },
      download: { text: "Download as notebook", action: () => this.download() },
    });
    this.queue = [];
    this.listen();
    this.cells = [...document.querySelectorAll("div.cell")]
      .filter((element) => element.querySelector(".cell_input pre"))
      .map((element, i) => new Cell(element, i + 1, this));
    this.trials = addTrials(this, Cell);
    const keys = document.createElement("p");
    keys.id = "mlm-editor-keys";
    keys.className = "visually-hidden";
    keys.textContent = "Shift and Enter run the cell, Tab indents, Escape leaves the editor.";
    document.body.append(keys);
    this.refresh();
  }

  // ---- what Python says ----

  listen() {
    this.session.addEventListener("progress", ({ detail }) => this.dock.progress(detail));
    this.session.addEventListener("state", () => this.refresh());
    this.session.addEventListener("message", ({ detail }) => {
      // Outputs and widgets may take a moment to show; they are shown in the order in which they came.
      this.shown = (this.shown ?? Promise.resolve()).then(() => this.show(detail)).catch((error) => console.error(error));
    });
  }

  async show(message) {
    if (message.kind === "output") await this.current?.outputs.add(message.content);
    else await (await this.widgets()).hear(message);
  }

  widgets() {
    this.manager ??= import("./widgets.js").then(({ Widgets }) => new Widgets(this.session));
    return this.manager;
  }

  widget = async (id, box) => (await this.widgets()).place(id, box);

  typeset = async (text, kind) => (await import("./typeset.js")).typeset(text, kind);

  say(text) {
    this.dock.say(text);
  }

  // ---- running ----

  get modules() {
    return [...new Set(this.cells.flatMap((cell) => cell.modules))];
  }

  /** Start Python, unless it runs; returns whether it does. */
  async start() {
    try {
      await this.session.start(this.modules);
      this.dock.loaded();
      return true;
    } catch (error) {
      this.dock.loaded();
      this.failed = true;
      this.refresh();
      this.say(`Python could not be loaded: ${error.message}. Check the connection, then try again.`);
      return false;
    }
  }

  /** Run a cell, after those above that have not run yet; `next` moves on to the one below. */
  run(cell, { next = false } = {}) {
    const at = this.cells.indexOf(cell);
    const before = this.cells.slice(0, Math.max(at, at < 0 ? cell.after : 0)).filter((other) => !other.ran);
    this.enqueue([...before, cell]);
    if (next) this.cells[at + 1]?.runButton.focus();
  }

  runAbove(cell) {
    this.enqueue(this.cells.slice(0, this.cells.indexOf(cell)));
  }

  runAll() {
    this.enqueue(this.cells);
  }

  enqueue(cells) {
    for (const cell of cells) {
      if (this.queue.includes(cell) || cell === this.current) continue;
      this.queue.push(cell);
      cell.state("waiting");
    }
    this.work ??= this.drain().finally(() => {
      this.work = null;
      this.refresh();
    });
  }

  async drain() {
    this.refresh();
    if (!(await this.start())) return this.forget();
    this.done = 0;
    while (this.queue.length) {
      const cell = this.queue.shift();
      if (!(await this.runOne(cell))) this.forget();
    }
  }

  async runOne(cell) {
    this.current = cell;
    cell.begin();
    this.say(`Running cell ${cell.number}${this.queue.length ? `, then ${this.queue.length} more` : ""} …`);
    const warn = setTimeout(
      () => this.say(`Cell ${cell.number} has run for ${LONG / 1000} seconds. Stop ends it.`),
      LONG,
    );
    let ok = false;
    try {
      ok = await this.session.run(cell.text, cell.modules);
      await this.shown;
      this.say(ok ? `Cell ${cell.number} ran.` : `Cell ${cell.number} stopped at an error.`);
    } catch (error) {
      await this.shown;
      await cell.outputs.add({ output_type: "stream", name: "stderr", text: this.why(error) });
      this.say(error.message);
    } finally {
      clearTimeout(warn);
    }
    cell.end(ok);
    this.current = null;
    return ok;
  }

  /** A reader's words for what ended Python. */
  why(error) {
    const memory = /memory|allocat|RangeError|unreachable/i.test(error.message);
    this.lost();
    return memory
      ? "Python ran out of memory and was ended. Run the cells again, with less data.\n"
      : `${error.message}. Run again starts it anew.\n`;
  }

  forget() {
    for (const cell of this.queue) cell.state("");
    this.queue = [];
  }

  // ---- stopping, starting over ----

  stop() {
    this.forget();
    if (this.session.interrupt()) {
      this.say("Stopping …");
      // Code that waits inside a library does not hear it: after a moment Python is ended.
      const cell = this.current;
      setTimeout(() => this.current === cell && cell && this.end(), 3000);
    } else this.end();
  }

  end() {
    this.session.stop("Python was stopped; what the cells above had made is gone");
    this.lost();
  }

  restart() {
    this.forget();
    this.session.stop("Python was started anew");
    this.lost();
    this.start().then((ok) => ok && this.say("Python is ready, and knows nothing yet."));
  }

  /** Python is gone, and with it what every cell made. */
  lost() {
    if (this.session.state !== "off") this.session.stop();
    this.manager = null;
    for (const cell of [...this.cells, ...this.trials]) {
      cell.ran = false;
      if (cell !== this.current) cell.state("");
    }
  }

  retry() {
    this.failed = false;
    this.start().then((ok) => ok && this.say("Python is ready."));
  }

  reset() {
    this.end();
    for (const cell of [...this.cells, ...this.trials]) cell.reset();
    this.say("The page is as it was.");
    this.dock.buttons.all.focus();
  }

  async download() {
    try {
      save(await notebook(this.source, this.cells), this.source);
    } catch (error) {
      this.say(`The notebook could not be had: ${error.message}`);
    }
  }

  changed() {
    this.refresh();
  }

  refresh() {
    if (!this.cells) return;
    const { state } = this.session;
    const changed = this.cells.some((cell) => cell.edited || cell.ran);
    const names = ["all", "download"];
    if (state === "busy" || state === "starting") names.push("stop");
    if (state === "ready" || state === "busy") names.push("restart");
    if (this.failed && state !== "starting") names.push("retry");
    if (changed) names.push("reset");
    this.dock.show(names);
    document.documentElement.dataset.mlmPython = state;
  }
}
