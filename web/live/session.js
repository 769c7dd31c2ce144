// One running Python: a worker, what it says, and what is asked of it.

/** Where a run or a start of Python went wrong, in words for a reader. */
export class SessionError extends Error {}

export class Session extends EventTarget {
  /**
   * Events: `progress` {step, bytes}, `output` and comm messages {kind, content, buffers}, `state`.
   * @param {string} base address of the runtime's folder, with a slash at its end
   * @param {string} lock hash of its list of packages
   */
  constructor(base, lock) {
    super();
    this.base = base;
    this.lock = lock;
    this.state = "off"; // off, starting, ready, busy, failed
    this.waiting = new Map(); // run's id → how to end it
    this.runs = 0;
  }

  set(state) {
    this.state = state;
    this.dispatchEvent(new CustomEvent("state", { detail: state }));
  }

  /** Start Python once; later calls wait for the same start. */
  start(modules) {
    this.started ??= this.boot(modules).catch((error) => {
      this.stop();
      this.set("failed");
      throw error;
    });
    return this.started;
  }

  async boot(modules) {
    this.set("starting");
    const source = await fetch(new URL("./kernel.py", import.meta.url));
    if (!source.ok) throw new SessionError(`kernel.py: the server answered ${source.status}`);
    const kernel = await source.text();
    // Where the browser allows memory shared with a worker, a loop can be interrupted.
    this.interrupts = globalThis.crossOriginIsolated ? new Uint8Array(new SharedArrayBuffer(1)) : null;
    this.worker = new Worker(new URL("./worker.js", import.meta.url), { type: "module" });
    await new Promise((resolve, reject) => {
      this.worker.onmessage = ({ data }) => this.hear(data, resolve, reject);
      this.worker.onerror = (event) => {
        const error = new SessionError(event.message || "Python stopped: it may have run out of memory");
        reject(error);
        this.end(error);
      };
      this.worker.postMessage({ kind: "boot", base: this.base, lock: this.lock, kernel, modules, interrupt: this.interrupts });
    });
    this.set("ready");
  }

  hear(data, resolve, reject) {
    if (data.kind === "ready") resolve();
    else if (data.kind === "progress") this.dispatchEvent(new CustomEvent("progress", { detail: data }));
    else if (data.kind === "done") this.finish(data.id, (run) => run.resolve(data.ok));
    else if (data.kind === "failed" && data.during === "boot") reject(new SessionError(data.reason));
    else if (data.kind === "failed") this.finish(data.id, (run) => run.reject(new SessionError(data.reason)));
    else this.dispatchEvent(new CustomEvent("message", { detail: data }));
  }

  finish(id, how) {
    const run = this.waiting.get(id);
    this.waiting.delete(id);
    if (!this.waiting.size && this.state === "busy") this.set("ready");
    if (run) how(run);
  }

  /** Run code; resolves to whether it ran to its end. */
  run(code, modules) {
    const id = ++this.runs;
    return new Promise((resolve, reject) => {
      this.waiting.set(id, { resolve, reject });
      if (this.interrupts) this.interrupts[0] = 0;
      this.set("busy");
      this.worker.postMessage({ kind: "run", id, code, modules });
    });
  }

  /** Send a widget's message to Python. */
  comm(message, buffers = []) {
    this.worker?.postMessage({ kind: "comm", message, buffers });
  }

  /** Ask the running code to stop, as Ctrl+C does; tell whether that is possible here. */
  interrupt() {
    if (!this.interrupts || this.state !== "busy") return false;
    this.interrupts[0] = 2; // SIGINT
    return true;
  }

  /** End Python; what it knew is gone. */
  stop(reason = "Python was stopped") {
    this.end(new SessionError(reason));
  }

  end(error) {
    this.worker?.terminate();
    this.worker = null;
    this.started = null;
    const runs = [...this.waiting.values()];
    this.waiting.clear();
    this.set("off");
    runs.forEach((run) => run.reject(error));
  }
}
