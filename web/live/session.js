// One running Python: its workers, what they say, and what is asked of them.
import { Workers } from "./workers.js";

/** Where a run or a start of Python went wrong, in words for a reader. */
export class SessionError extends Error {}

/** Python was ended because the reader wanted it. */
export class Ended extends SessionError {}

export class Session extends EventTarget {
  /**
   * Events: `progress` {step, bytes, total}, `message` {kind, content, buffers}, `state`, `broken`.
   * @param {string} base address of the runtime's folder, with a slash at its end
   * @param {string} lock hash of its list of packages
   */
  constructor(base, lock) {
    super();
    this.base = base;
    this.lock = lock;
    this.state = "off"; // off, starting, ready, busy
    this.waiting = new Map(); // run's id → how to end it
    this.runs = 0;
  }

  set(state) {
    this.state = state;
    this.dispatchEvent(new CustomEvent("state", { detail: state }));
  }

  /** Start Python once; later calls wait for the same start. */
  start(modules) {
    this.started ??= this.boot(modules);
    return this.started;
  }

  async boot(modules) {
    this.set("starting");
    // Where the browser allows memory shared with a worker, a loop can be interrupted.
    this.interrupts = globalThis.crossOriginIsolated ? new Uint8Array(new SharedArrayBuffer(1)) : null;
    const first = { kind: "boot", base: this.base, lock: this.lock, modules, interrupt: this.interrupts };
    await new Promise((resolve, reject) => {
      this.refuse = reject;
      this.workers = new Workers("worker.js", first, {
        hear: (data) => this.hear(data, resolve),
        fail: (reason) => this.end(new SessionError(reason)),
      });
    });
    this.refuse = null;
    this.set("ready");
  }

  hear(data, resolve) {
    if (data.kind === "ready") resolve();
    else if (data.kind === "progress") this.dispatchEvent(new CustomEvent("progress", { detail: data }));
    else if (data.kind === "done") this.finish(data.id, data.ok);
    else if (data.kind === "cancelled") this.cancelled = true;
    else if (data.kind === "failed") this.end(new SessionError(data.reason));
    else this.dispatchEvent(new CustomEvent("message", { detail: data }));
  }

  finish(id, ok) {
    const run = this.waiting.get(id);
    this.waiting.delete(id);
    if (!this.waiting.size && this.state === "busy") this.set("ready");
    run?.resolve(ok);
  }

  /** Run code; resolves to whether it ran to its end, and is rejected when Python itself has ended. */
  run(code, modules) {
    const id = ++this.runs;
    return new Promise((resolve, reject) => {
      this.waiting.set(id, { resolve, reject });
      if (this.interrupts) this.interrupts[0] = 0;
      this.set("busy");
      this.workers.post({ kind: "run", id, code, modules });
    });
  }

  /** Send a widget's message to Python. */
  comm(message, buffers = []) {
    this.workers?.post({ kind: "comm", message, buffers });
  }

  /** Ask the running code to stop, as Ctrl+C does. Tell how many milliseconds it may take to hear that. */
  interrupt() {
    if (this.state !== "busy") return 0;
    this.cancelled = false;
    if (this.interrupts) this.interrupts[0] = 2; // SIGINT, for code that computes
    this.workers.post({ kind: "cancel" }); // for code that waits
    return this.interrupts ? 3000 : 1500;
  }

  /** Tell whether the code has heard that: what is left is to end, which may take a moment. */
  get heard() {
    return this.cancelled || this.interrupts?.[0] === 0;
  }

  /** End Python, as the reader wants; what it knew is gone. */
  stop(reason) {
    this.end(new Ended(reason));
  }

  end(error) {
    this.workers?.end();
    this.workers = null;
    this.started = null;
    const runs = [...this.waiting.values()];
    this.waiting.clear();
    this.set("off");
    if (!(error instanceof Ended) && !this.refuse && !runs.length) {
      this.dispatchEvent(new CustomEvent("broken", { detail: error })); // while it answered a widget
    }
    this.refuse?.(error);
    this.refuse = null;
    runs.forEach((run) => run.reject(error));
  }
}
