// Python in a worker of its own, so that the page stays quick whatever a cell does.
//
// From the page:  boot {base, lock, kernel, modules, interrupt}, run {id, code, modules}, comm {message, buffers}
// To the page:    progress {step, bytes, total}, ready, output, comm_open, comm_msg, comm_close,
//                 done {id, ok}, failed {id?, reason}
import { Packages } from "./packages.js";

const SHELL = ["ipython", "comm"];

let python;
let packages;
let kernel;
let libraries; // the shared library that SciPy is linked with

const post = (kind, content = {}, transfer = []) => self.postMessage({ kind, ...content }, transfer);

async function boot({ base, lock: hash, kernel: source, modules, interrupt }) {
  const answer = await fetch(`${base}pyodide-lock.json?${hash}`);
  if (!answer.ok) throw new Error(`pyodide-lock.json: the server answered ${answer.status}`);
  const lock = await answer.json();
  let bytes = 0;
  let total = 0;
  const progress = (step, more = 0) => post("progress", { step, bytes: (bytes += more), total });
  packages = new Packages(base, lock, (more) => progress("fetch", more));
  const ahead = packages.of(modules);
  total = lock.core_size + packages.size([...SHELL, ...ahead]);
  progress("fetch");
  const { loadPyodide } = await import(`${base}pyodide.mjs`);
  const first = packages.fetch(SHELL);
  packages.fetch(ahead).catch(() => {}); // what is missing is said when it is imported
  python = await loadPyodide({
    indexURL: base,
    lockFileURL: `${base}pyodide-lock.json?${hash}`,
    env: { HOME: "/home/pyodide", MPLBACKEND: "module://matplotlib_inline.backend_inline" },
  });
  libraries = python.loadPackage("libopenblas", { messageCallback: () => {} });
  if (interrupt) python.setInterruptBuffer(interrupt);
  progress("fetch", lock.core_size);
  await first;
  progress("start");
  python.registerJsModule("packages", { install: (name) => packages.install(name, python.FS) });
  python.registerJsModule("page", {
    send(kind, text, buffers) {
      const parts = buffers.toJs({ create_pyproxies: false }).map((part) => part.slice().buffer);
      post(kind, { content: JSON.parse(text), buffers: parts }, parts);
    },
  });
  kernel = python.globals.get("dict")();
  await python.runPythonAsync(source, { globals: kernel, filename: "kernel.py" });
  post("ready");
}

async function run({ id, code, modules }) {
  await libraries;
  await packages.fetch(packages.of(modules)).catch(() => {});
  const ok = call("begin", code) ? await call("run_awaiting", code) : call("run", code);
  post("done", { id, ok });
}

/** Call a function of kernel.py. */
function call(name, ...values) {
  const callable = kernel.get(name);
  try {
    return callable(...values);
  } finally {
    callable.destroy();
  }
}

function comm({ message, buffers }) {
  call("receive", JSON.stringify(message), buffers);
}

const ACTIONS = { boot, run, comm };
let queue = Promise.resolve(); // one thing at a time, in order

self.onmessage = ({ data }) => {
  queue = queue
    .then(() => ACTIONS[data.kind](data))
    .catch((error) => post("failed", { id: data.id, during: data.kind, reason: String(error.message ?? error) }));
};

// A reader's interrupt may arrive when nothing runs any more: it has done its work.
self.addEventListener("unhandledrejection", (event) => {
  if (/KeyboardInterrupt/.test(event.reason?.message)) event.preventDefault();
});
