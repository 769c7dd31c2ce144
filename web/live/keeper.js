// Starts Python once more, beside the one that a page runs, and keeps its memory for later visits.
//
// To it:    {base, lock, fetcher}
// From it:  {} when that is done, or {reason}
import { get } from "./interpreter.js";
import { stayOnsite } from "./onsite.js";
import { Packages } from "./packages.js";
import { Python } from "./python.js";
import { writeSnapshot } from "./snapshot.js";

stayOnsite(self);

self.onmessage = async ({ data: { base, lock, fetcher } }) => {
  try {
    const address = `${base}pyodide-lock.json?${lock}`;
    const packages = new Packages(base, await (await get(address)).json(), () => {}, fetcher);
    const python = new Python(packages, { send() {} });
    await python.start(base, address, { record: true });
    await writeSnapshot(base, lock, await python.snapshot());
    self.postMessage({});
  } catch (error) {
    self.postMessage({ reason: String(error.message ?? error) });
  }
};
