// Python in a worker of its own, so that the page stays quick whatever a cell does.
//
// From the page:  boot {base, lock, modules, interrupt}, run {id, code, modules}, cancel, comm {message, buffers}
// To the page:    progress {step, bytes, total}, ready, output, comm_open, comm_msg, comm_close,
//                 answered, cancelled, done {id, ok}, failed {id?, during, reason}
import { stayOnsite } from "./onsite.js";
import { Packages } from "./packages.js";

const SHELL = ["ipython", "comm"];
const INPAGE = ["__init__", "imports", "output", "comms", "refusals", "shell"].map((name) => `inpage/${name}.py`);
const SITE = "/lib/python3.13/site-packages/";

let python;
let packages;
let shell; // inpage.shell
let comms; // inpage.comms
let libraries; // the shared library that SciPy is linked with
let interrupts;

const post = (kind, content = {}, transfer = []) => self.postMessage({ kind, ...content }, transfer);

/** Fetch a file, or say which one it was. */
async function get(address) {
  const name = new URL(address).pathname.split("/").pop();
  const answer = await fetch(address).catch(() => {
    throw new Error(`${name} could not be fetched`);
  });
  if (!answer.ok) throw new Error(`${name}: the server answered ${answer.status}`);
  return answer;
}

async function boot({ base, lock: hash, modules, interrupt }) {
  const lock = await (await get(`${base}pyodide-lock.json?${hash}`)).json();
  let bytes = 0;
  let total = 0;
  const progress = (step, more = 0) => post("progress", { step, bytes: (bytes += more), total });
  packages = new Packages(base, lock, (more) => progress("fetch", more));
  const ahead = packages.of(modules);
  total = lock.core_size + packages.size([...SHELL, ...ahead]);
  progress("fetch");
  const first = packages.fetch(SHELL);
  const sources = Promise.all(INPAGE.map(async (name) => (await get(new URL(name, import.meta.url))).text()));
  packages.fetch(ahead).catch(() => {}); // what is missing is said when it is imported
  python = await interpreter(base, `${base}pyodide-lock.json?${hash}`);
  libraries = python.loadPackage("libopenblas", { messageCallback: () => {} });
  interrupts = interrupt;
  if (interrupt) python.setInterruptBuffer(interrupt);
  progress("fetch", lock.core_size);
  await first;
  progress("start");
  python.registerJsModule("_packages", {
    has: (name) => packages.has(name),
    install: (name) => packages.install(name, python.FS),
  });
  python.registerJsModule("_page", {
    send(kind, text, buffers) {
      const parts = buffers.toJs({ create_pyproxies: false }).map((part) => part.slice().buffer);
      post(kind, { content: JSON.parse(text), buffers: parts }, parts);
    },
  });
  python.FS.mkdirTree(`${SITE}inpage`);
  (await sources).forEach((text, i) => python.FS.writeFile(SITE + INPAGE[i], text));
  python.pyimport("inpage.imports"); // first: with it packages are found
  shell = python.pyimport("inpage.shell");
  comms = python.pyimport("inpage.comms");
  post("ready");
}

/** Pyodide says nothing when its WebAssembly does not come, and waits for ever: this rejects then. */
function wasmFails() {
  return new Promise((_, reject) => {
    const { instantiateStreaming } = WebAssembly;
    WebAssembly.instantiateStreaming = async (...parts) => {
      WebAssembly.instantiateStreaming = instantiateStreaming;
      return instantiateStreaming(...parts).catch(reject);
    };
  });
}

async function interpreter(base, lock) {
  try {
    const { loadPyodide } = await import(`${base}pyodide.mjs`);
    const loads = loadPyodide({
      indexURL: base,
      lockFileURL: lock,
      env: { HOME: "/home/pyodide", MPLBACKEND: "module://matplotlib_inline.backend_inline" },
    });
    return await Promise.race([loads, wasmFails()]);
  } catch (error) {
    throw new Error(`the interpreter could not be fetched or started (${error.message})`);
  }
}

async function run({ id, code, modules }) {
  await libraries;
  await packages.fetch(packages.of(modules)).catch(() => {});
  try {
    const ok = call(shell, "begin", code) ? await call(shell, "run_awaiting", code) : call(shell, "run", code);
    post("done", { id, ok });
  } finally {
    hearNoMore();
  }
}

/** An interrupt that comes when the cell has ended has done its work. */
function hearNoMore() {
  if (interrupts) interrupts[0] = 0;
}

/** Stop a cell that waits at an `await`: Python runs nothing then, and hears no interrupt. */
function cancel() {
  hearNoMore();
  if (shell && call(shell, "cancel")) post("cancelled");
}

/** Call a function of a Python module. */
function call(module, name, ...values) {
  const callable = module[name];
  try {
    return callable(...values);
  } finally {
    callable.destroy();
  }
}

function comm({ message, buffers }) {
  call(comms, "receive", JSON.stringify(message), buffers);
  post("answered", { content: { comm_id: message.comm_id, answers: message.id } });
}

stayOnsite(self);

const ACTIONS = { boot, run, comm };
let queue = Promise.resolve(); // one thing at a time, in order

self.onmessage = ({ data }) => {
  if (data.kind === "cancel") return cancel();
  queue = queue
    .then(() => ACTIONS[data.kind](data))
    .catch((error) => post("failed", { id: data.id, during: data.kind, reason: String(error.message ?? error) }));
};

// A reader's interrupt may arrive when nothing runs any more: it has done its work.
self.addEventListener("unhandledrejection", (event) => {
  if (/KeyboardInterrupt/.test(event.reason?.message)) event.preventDefault();
});
