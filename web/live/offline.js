// Who has used Python once may want it where there is no network.
let asked = false;

/** Have the rest of Python kept, unless the reader saves data. */
export async function keepPython() {
  if (asked || !navigator.serviceWorker || navigator.connection?.saveData) return;
  asked = true;
  (await navigator.serviceWorker.ready).active.postMessage({ kind: "keep-python" });
}
