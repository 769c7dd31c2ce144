// Python in a worker of its own, so that the page stays quick whatever a cell does.
//
// From the page:  boot {base, kernel, modules, interrupt}, run {id, code, modules}, comm {message, buffers}
// To the page:    progress {step, bytes, total}, ready, output, comm_open, comm_msg, comm_close,
//                 done {id, ok}, failed {id?, reason}
import { Packages } from "./packages.js";

const SHELL = ["ipython", "comm"];

let python;
let packages;
let kernel;
let libraries; // the shared library that SciPy is linked with

const post = (kind, content = {}, transfer = []) => self.postMessage({ kind, ...content }, transfer);

async function boot({ base, kernel: source, modules, interrupt }) {
  const answer = await fetch(`${base}pyodide-lock.json`);
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
  const call = kernel.get("run");
  try {
    post("done", { id, ok: await call(code) });
  } finally {
    call.destroy();
  }
}

function comm({ message, buffers }) {
  const call = kernel.get("receive");
  try {
    call(JSON.stringify(message), buffers);
  } finally {
    call.destroy();
  }
}

const ACTIONS = { boot, run, comm };
let queue = Promise.resolve(); // one thing at a time, in order

self.onmessage = ({ data }) => {
  queue = queue
    .then(() => ACTIONS[data.kind](data))
    .catch((error) => post("failed", { id: data.id, during: data.kind, reason: String(error.message ?? error) }));
};
