// Python in a worker of its own, so that the page stays quick whatever a cell does.
//
// From the page:  boot {base, lock, modules, interrupt, fetcher}, run {id, code, modules}, cancel, comm {message, buffers}
// To the page:    progress {step, bytes, total}, ready, output, comm_open, comm_msg, comm_close,
//                 answered, cancelled, done {id, ok}, failed {id?, during, reason}
import { get } from "./interpreter.js";
import { readable } from "./interrupts.js";
import { stayOnsite } from "./onsite.js";
import { Packages } from "./packages.js";
import { Python } from "./python.js";
import { dropSnapshots, readSnapshot } from "./snapshot.js";

let packages;
let python;
let interrupts;
let led; // the arrival of all that the cells so far lead to

const post = (kind, content = {}, transfer = []) => self.postMessage({ kind, ...content }, transfer);

const PAGE = {
  send(kind, text, buffers) {
    const parts = buffers.toJs({ create_pyproxies: false }).map((part) => part.slice().buffer);
    post(kind, { content: JSON.parse(text), buffers: parts }, parts);
  },
};

async function boot({ base, lock: hash, modules, interrupt, fetcher }) {
  const address = `${base}pyodide-lock.json?${hash}`;
  const reading = readSnapshot(base, hash);
  const lock = await (await get(address)).json();
  let bytes = 0;
  let total = 0;
  const progress = (step, more = 0) => post("progress", { step, bytes: (bytes += more), total });
  packages = new Packages(base, lock, (more) => progress("fetch", more), fetcher);
  const ahead = packages.of(modules);
  total = lock.core_size + Python.size(packages, ahead);
  progress("fetch");
  const loaded = () => {
    progress("fetch", lock.core_size);
    progress("start");
  };
  const snapshot = await reading;
  const wanted = [packages.fetch(ahead, { atOnce: true }), packages.fetch(snapshot?.packages ?? []), packages.fetch(ahead)];
  for (const arrival of wanted) arrival.catch(() => {}); // what is missing is said when it is imported
  python = await startPython(base, address, snapshot, loaded);
  interrupts = interrupt;
  if (interrupt) python.pyodide.setInterruptBuffer(readable(interrupt));
  post("ready");
}

/** Start Python from a snapshot if there is one that serves. */
async function startPython(base, address, snapshot, loaded) {
  const start = async (from) => {
    const made = new Python(packages, PAGE);
    await made.start(base, address, { snapshot: from, loaded });
    return made;
  };
  if (!snapshot) return start();
  return start(snapshot).catch(async () => {
    await dropSnapshots(base);
    packages.installed.clear();
    return start();
  });
}

async function run({ id, code, modules }) {
  await led;
  python.furnish();
  let stopped = false;
  for (const module of modules) {
    const named = packages.of([module]);
    if (!named.length) continue;
    await packages.fetch(named, { atOnce: true }).catch(() => {}); // said when it is imported
    python.furnish();
    stopped ||= call(python.ahead, "begin", module);
  }
  led = Promise.allSettled([led, packages.fetch(python.bare), packages.fetch(packages.of(modules))]);
  if (stopped && interrupts) interrupts[0] = 2; // the cell hears it
  try {
    const ok = call(python.shell, "begin", code) ? await call(python.shell, "run_awaiting", code) : call(python.shell, "run", code);
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
  if (python?.shell && call(python.shell, "cancel")) post("cancelled");
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
  call(python.comms, "receive", JSON.stringify(message), buffers);
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
