// Who has used Python once may want it again: where there is no network, and without waiting long.
import { hasSnapshot } from "./snapshot.js";
import { Workers } from "./workers.js";

const PAUSE = 5000; // milliseconds in which nothing was run, before Python is started once more to be kept
const savesData = () => navigator.connection?.saveData;
let asked = false;
let pause;

/** Have the rest of Python kept, unless the reader saves data. */
export async function keepPython() {
  if (asked || !navigator.serviceWorker || savesData()) return;
  asked = true;
  (await navigator.serviceWorker.ready).active.postMessage({ kind: "keep-python" });
}

/** Have Python's memory kept as it is when it has started; once, and when the reader pauses. */
export function keepSnapshot(base, lock) {
  notNow();
  if (navigator.serviceWorker && !savesData()) pause = setTimeout(() => makeSnapshot(base, lock), PAUSE);
}

/** Wait with that: something is to run. */
export const notNow = () => clearTimeout(pause);

/** One page of those that are open does it. */
function makeSnapshot(base, lock) {
  return navigator.locks.request(`mlm-python:${base}`, { ifAvailable: true }, async (mine) => {
    if (!mine || (await hasSnapshot(base, lock))) return;
    let workers;
    const reason = await new Promise((resolve) => {
      workers = new Workers("keeper.js", { base, lock }, { hear: ({ reason }) => resolve(reason), fail: resolve });
    });
    workers.end();
    if (reason) console.warn(`Python's start could not be kept: ${reason}`); // the next visit only waits longer
  });
}
