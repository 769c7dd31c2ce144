// Python's memory as it is when it has started, before any cell: a later visit goes on from there. The
// browser makes and keeps it (keeper.js); nobody fetches it. It is of no use to another build or browser.
// Pyodide has this behind underscores still (_makeSnapshot, _loadSnapshot): the version is pinned, and tested.
const cacheOf = (base) => `mlm-python:${new URL(base).pathname}`;
const keyOf = (lock) => new URL(`snapshot?${lock}`, import.meta.url).href; // beside the scripts, whose folder has their hash

/** What is kept for this build in this browser: an answer whose body is the memory, or nothing. */
async function find(base, lock) {
  try {
    const found = await caches.match(keyOf(lock), { cacheName: cacheOf(base) });
    return found?.headers.get("Mlm-Browser") === navigator.userAgent ? found : undefined;
  } catch {
    return undefined; // a browser that keeps nothing
  }
}

/** Tell whether there is a snapshot. */
export const hasSnapshot = async (base, lock) => Boolean(await find(base, lock));

/** The snapshot {memory, packages}, or nothing. */
export async function readSnapshot(base, lock) {
  const found = await find(base, lock);
  return found && { memory: await found.arrayBuffer(), packages: found.headers.get("Mlm-Packages").split(",") };
}

/** Keep a snapshot in place of all others. */
export async function writeSnapshot(base, lock, { memory, packages }) {
  await dropSnapshots(base);
  const cache = await caches.open(cacheOf(base));
  const headers = { "Mlm-Browser": navigator.userAgent, "Mlm-Packages": packages.join() };
  await cache.put(keyOf(lock), new Response(memory, { headers }));
}

export const dropSnapshots = (base) => caches.delete(cacheOf(base));
