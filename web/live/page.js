// A chapter that runs: its cells, one Python for all of them, and the bar at the foot of the page.
import { Cell } from "./cell.js";
import { Dock } from "./dock.js";
import { notebook, save } from "./notebook.js";
import { keepPython, keepSnapshot, notNow } from "./offline.js";
import { Ended, Session } from "./session.js";
import { Store } from "./store.js";
import { addTrials } from "./trial.js";

const LONG = 20_000; // milliseconds after which a reader is told how to stop a cell
const CLEARING = 10_000; // milliseconds that code may take to end once it has heard Stop
const GONE = "Python was ended; what the cells had made is gone.";

/** Of a traceback its end, which says what was wrong. */
const lastLine = (error) => error.message.trim().split("\n").pop();

/** What ended Python, in words for a reader. */
function reasonOf(error) {
  if (error instanceof Ended) return error.message;
  if (/call stack|recursion/i.test(error.message)) return `The code calls itself too deeply. ${GONE}`;
  if (/memory|alloc|array length|unreachable/i.test(error.message))
    return `Python ran out of room: too much data, or calls within calls without end. ${GONE}`;
  return `Python broke down (${lastLine(error)}). ${GONE}`;
}

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
    this.makers = new Map(); // widget's comm → the cell that made it
    this.listen();
    this.cells = [...document.querySelectorAll("div.cell")]
      .filter((element) => element.querySelector(".cell_input pre"))
      .map((element, i) => new Cell(element, i + 1, this));
    this.trials = addTrials(this);
    const keys = document.createElement("p");
    keys.id = "mlm-editor-keys";
    keys.hidden = true; // read out where an editor refers to it
    keys.textContent = "Shift and Enter run the cell, Tab indents, Escape leaves the editor.";
    document.body.append(keys);
    this.refresh();
  }

  // ---- what Python says ----

  listen() {
    this.session.addEventListener("progress", ({ detail }) => this.progress(detail));
    this.session.addEventListener("state", () => this.refresh());
    this.session.addEventListener("broken", ({ detail }) => {
      this.say(reasonOf(detail));
      this.lost();
    });
    this.session.addEventListener("message", ({ detail }) => {
      // Outputs and widgets may take a moment to show; they are shown in the order in which they came.
      this.shown = (this.shown ?? Promise.resolve()).then(() => this.show(detail)).catch((error) => console.error(error));
    });
  }

  /** Show how far loading is while something waits for it; what comes later comes quietly. */
  progress({ step, bytes, total }) {
    if (this.session.state === "starting") this.dock.step(step);
    if (this.session.state !== "ready") this.dock.progress(bytes, total);
  }

  async show({ kind, content, buffers }) {
    if (kind === "output") {
      // What the answer to a widget prints stands under the cell that made the widget.
      const cell = content.comm ? this.makers.get(content.comm) : this.current;
      await cell?.outputs.add(content);
      return;
    }
    if (kind === "comm_open") this.makers.set(content.comm_id, this.current ?? this.makers.get(content.comm_id));
    await (await this.widgets()).hear({ kind, content, buffers });
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
      return true;
    } catch (error) {
      if (error instanceof Ended) return false;
      this.failed = this.queue;
      this.say(`Python could not be loaded: ${lastLine(error)}. Check the connection, then try again.`);
      return false;
    } finally {
      this.dock.loaded();
      this.refresh();
    }
  }

  /** Run a cell, after those above that have not run yet; `next` moves on to the one below, from a cell of the chapter. */
  run(cell, { next = false } = {}) {
    const before = this.cells.slice(0, cell.above).filter((other) => !other.ran);
    this.enqueue([...before, cell]);
    const at = this.cells.indexOf(cell);
    if (next && at >= 0) this.cells[at + 1]?.runButton.focus();
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
      if (!this.failed) keepSnapshot(this.session.base, this.session.lock);
    });
  }

  async drain() {
    notNow();
    this.refresh();
    if (!(await this.start())) return this.forget();
    for (let before = 0; this.queue.length; before += 1) {
      const cell = this.queue.shift();
      if (!(await this.runOne(cell))) return this.forget();
      if (before && !this.queue.length) this.say(`${cell.name} ran, and ${before} before it.`);
    }
    keepPython();
  }

  async runOne(cell) {
    this.current = cell;
    cell.begin();
    this.say(`${cell.name} is running${this.queue.length ? `, ${this.queue.length} more to go` : ""} …`);
    const warn = setTimeout(() => this.say(`${cell.name} has run for ${LONG / 1000} seconds. Stop ends it.`), LONG);
    let ok = false;
    let lost = null;
    try {
      ok = await this.session.run(cell.text, cell.modules);
      this.dock.loaded();
      await this.shown;
      this.say(ok ? `${cell.name} ran.` : `${cell.name} stopped at an error.`);
    } catch (error) {
      lost = reasonOf(error);
      await this.shown;
      await cell.outputs.add({ output_type: "stream", name: "stderr", text: `${lost}\n` });
      this.say(lost);
    }
    clearTimeout(warn);
    cell.end(ok);
    if (this.stopped === cell) cell.ran = false; // what it was to make is not all there
    this.current = this.stopped = null;
    if (lost) this.lost();
    return ok || (cell.raises && !lost);
  }

  forget() {
    for (const cell of this.queue) cell.state("");
    this.queue = [];
  }

  // ---- stopping, starting over ----

  stop() {
    this.forget();
    this.stopped = this.current;
    const patience = this.session.interrupt();
    if (!patience) return this.end("Python was stopped.");
    this.say("Stopping …");
    // Code inside a library, or any code where memory is not shared, does not hear it: then Python is ended.
    const end = () => this.end(`${GONE} The code did not hear Stop.`);
    clearTimeout(this.ending);
    this.ending = setTimeout(() => {
      if (this.session.heard) this.ending = setTimeout(end, CLEARING);
      else end();
    }, patience);
    this.work.finally(() => clearTimeout(this.ending));
  }

  /** End Python, whatever it does. */
  end(reason) {
    this.session.stop(reason);
    this.lost();
  }

  async restart() {
    this.forget();
    this.end(GONE);
    await this.work;
    if (await this.start()) this.say("Python is ready, and knows nothing yet.");
  }

  /** Python is gone, and with it what every cell made. */
  lost() {
    this.manager = null;
    this.makers.clear();
    for (const cell of [...this.cells, ...this.trials]) cell.lost();
    this.refresh();
  }

  /** Go on with what was to run when Python could not be loaded. */
  async retry() {
    const cells = this.failed;
    this.failed = null;
    if (cells.length) this.enqueue(cells);
    else if (await this.start()) this.say("Python is ready.");
  }

  async reset() {
    this.forget();
    this.end("The page was reset.");
    await this.work;
    for (const cell of [...this.cells, ...this.trials]) cell.reset();
    this.say("The page is as it was.");
    this.dock.buttons.all.focus();
  }

  async download() {
    try {
      save(await notebook(this.source, this.cells, this.trials), this.source);
    } catch (error) {
      this.say(`The notebook could not be had: ${error.message}`);
    }
  }

  refresh() {
    if (!this.trials) return;
    const { state } = this.session;
    const changed = [...this.cells, ...this.trials].some((cell) => cell.edited || cell.ran);
    const names = ["all", "download"];
    if (state === "busy" || state === "starting") names.push("stop");
    if (state === "ready" || state === "busy") names.push("restart");
    if (this.failed && state === "off") names.push("retry");
    if (changed) names.push("reset");
    this.dock.show(names);
    document.documentElement.dataset.mlmPython = state;
  }
}
