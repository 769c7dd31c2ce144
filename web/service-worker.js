// Keeps the site for reading and running without a network. When the site is built, __BUILD__ becomes
// {prefix, parts}: where the built pages think the site lies, and each part's files,
// {path: [hash, bytes, query]}. A query is what pages write behind the address: it changes with the file.
//
// Each file is kept under its path and its hash, after its content was checked against that hash. So what
// is kept belongs to this build, whole files are never fetched again for a new one, and an old build's
// last copy goes only when the new one's is here.
const { prefix, parts } = __BUILD__;
const all = Object.assign({}, ...Object.values(parts));
const root = new URL("./", self.location.href);
const STORE = `mlm:${root.pathname}`; // another copy of the book may lie on the same host
const LOST = "offline.html";
const PYTHON = `mlm-python:${root.pathname}runtime/`; // what Python keeps of itself, for one build
const WORKER = /^_static\/live-[0-9a-f]+\/(worker|keeper)\.js$/;
const ONSITE = "default-src 'self' data: blob:; script-src 'self' 'unsafe-eval'"; // Python's own glue is evaluated
const FIXED = /^_images\/[0-9a-f]{40,}|\/live-[0-9a-f]+\//; // these have their hash in their name
const KEPT = "Mlm-Kept"; // a header of what is kept
const ENOUGH = 5; // failures after which there is no network, or the server has another build by now

const keyOf = (path) => new URL(`${path}?${all[path][0]}`, root).href;
const partOf = (path) => Object.keys(parts).find((part) => path in parts[part]);
const foreign = new Set(); // who runs the Python of another build
const arriving = new Map(); // path → its arrival

self.addEventListener("install", (event) => event.waitUntil(prepare().then(() => self.skipWaiting())));

self.addEventListener("activate", (event) => event.waitUntil(tidy().then(() => self.clients.claim())));

// A page asks to keep the pages, or Python too, or everything, or only how much is kept; it hears how far that is.
// It also asks a new build to take over that still waits for the old one.
const ASKED = { "keep-pages": ["pages"], "keep-python": ["pages", "python"], "keep-everything": Object.keys(parts), "look": Object.keys(parts) };

self.addEventListener("message", (event) => {
  const { kind } = event.data ?? {};
  if (kind === "take-over") self.skipWaiting();
  if (!(kind in ASKED)) return;
  const tell = (how) => event.source?.postMessage({ kind: "kept", everything: ASKED[kind].length === Object.keys(parts).length, ...how });
  event.waitUntil(
    used().then((before) => {
      const names = new Set([...ASKED[kind], ...before]);
      return keep(filesOf(names), tell, { fetching: kind !== "look" });
    }),
  );
});

self.addEventListener("fetch", (event) => {
  const { request } = event;
  const address = new URL(request.url);
  if (request.method !== "GET" || !address.href.startsWith(root.href)) return;
  const path = pathOf(address, event.clientId);
  if (path === "service-worker.js") return;
  event.respondWith(answer(event, path, address.search.slice(1)).then((found) => (asKept(found, path) ? found : isolated(found, path))));
});

/** The path of a file of this build; nothing for a file of another one. */
function pathOf(address, client) {
  const path = decodeURI(address.pathname.slice(root.pathname.length)).replace(/(^|\/)$/, "$1index.html");
  const query = address.search.slice(1);
  const wanted = all[path]?.[2];
  if (path === "runtime/pyodide-lock.json" && query && query !== wanted) foreign.add(client);
  if (path.startsWith("runtime/") && foreign.has(client)) return undefined;
  return wanted && query && query !== wanted ? undefined : path;
}

async function answer(event, path, query) {
  const { request } = event;
  const ours = path in all;
  const cache = await caches.open(STORE);
  const kept = () => (ours ? cache.match(keyOf(path)) : undefined);
  const fixed = ours && (query === all[path][2] || path.startsWith("runtime/") || FIXED.test(path));
  const before = fixed && (await kept());
  if (before) return before;
  try {
    const fresh = await fetch(request);
    if (ours && fresh.status === 200 && !fresh.redirected) event.waitUntil(store(path, fresh.clone()).catch(() => {})); // the disk may be full
    return fresh;
  } catch (error) {
    const found = fixed ? undefined : await kept();
    if (found) return found;
    if (request.mode === "navigate") return (await lost(cache)) ?? Promise.reject(error);
    throw error;
  }
}

/** What a reader sees who follows a link to a page that was not kept: at its own address, to be tried again. */
async function lost(cache) {
  const page = await cache.match(keyOf(LOST));
  if (!page) return undefined;
  const text = (await page.text()).replaceAll(`="${prefix}`, `="${root.pathname}`);
  return new Response(text, { status: 503, headers: { "Content-Type": "text/html; charset=utf-8" } });
}

/** Keep a file if it is the one of this build; tell whether it is. */
async function store(path, answer) {
  const body = await answer.arrayBuffer();
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", body));
  const hash = [...digest].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  if (!hash.startsWith(all[path][0])) return false;
  const cache = await caches.open(STORE);
  const headers = { "Content-Type": answer.headers.get("Content-Type") ?? "", [KEPT]: "" };
  await cache.put(keyOf(path), isolated(new Response(body, { headers }), path));
  return true;
}

const filesOf = (names) => [...names].flatMap((part) => Object.keys(parts[part]));

/** Paths of what is kept, of this build and of older ones. */
async function keptPaths() {
  const cache = await caches.open(STORE);
  return (await cache.keys()).map(({ url }) => decodeURI(url.slice(root.href.length).replace(/\?[^?]*$/, "")));
}

/** The parts of which something is kept: what was used once is kept whole. */
async function used() {
  const paths = await keptPaths();
  const names = new Set(paths.map((path) => partOf(path)));
  if (paths.some((path) => path.startsWith("runtime/"))) names.add("python"); // its files may have other names now
  return Object.keys(parts).filter((part) => names.has(part));
}

/** Put files into the cache that are not there yet, a few at a time; tell how many bytes are, and return what failed. */
async function keep(paths, tell = () => {}, { fetching = true } = {}) {
  const cache = await caches.open(STORE);
  const kept = new Set((await cache.keys()).map(({ url }) => url));
  const missing = paths.filter((path) => !kept.has(keyOf(path)));
  const of = bytes(paths);
  let done = of - bytes(missing);
  const failed = [];
  let full = false;
  const waiting = fetching ? [...missing] : [];
  const work = async () => {
    while (waiting.length && failed.length < ENOUGH && !full) {
      const path = waiting.shift();
      try {
        await bring(path);
        tell({ done: (done += bytes([path])), of });
      } catch (error) {
        failed.push(path);
        full = error.name === "QuotaExceededError";
      }
    }
  };
  tell({ done, of });
  await Promise.all([work(), work(), work()]);
  const left = fetching ? [...failed, ...waiting] : missing;
  tell({ done, of, ended: true, left: left.length, full });
  return left;
}

const bytes = (paths) => paths.reduce((sum, path) => sum + all[path][1], 0);

/** Fetch a file and keep it, once at a time. The browser's own copy does if it is the right one. */
function bring(path) {
  const get = async () => {
    const [, , query] = all[path];
    const address = `${root.href}${path}${query ? `?${query}` : ""}`;
    for (const cache of ["default", "reload"]) {
      const fresh = await fetch(address, { cache });
      if (fresh.status === 200 && (await store(path, fresh))) return;
    }
    throw new Error(`${path} is not the file of this build`);
  };
  if (!arriving.has(path)) arriving.set(path, get().finally(() => arriving.delete(path)));
  return arriving.get(path);
}

/**
 * Be ready before an older build's worker goes: have all that it had, as it is now. If that cannot be
 * fetched, the old one stays, with a copy of the site that is old but whole.
 */
async function prepare() {
  const before = new Set(await keptPaths());
  let paths = [LOST];
  if (before.size) paths = navigator.connection?.saveData ? Object.keys(all).filter((path) => path === LOST || before.has(path)) : filesOf(await used());
  const left = await keep(paths);
  if (left.length) throw new Error(`could not be kept: ${left.slice(0, ENOUGH).join(", ")}`);
}

/** Delete what belongs to other builds. */
async function tidy() {
  await caches.delete(PYTHON);
  const cache = await caches.open(STORE);
  const ours = new Set(Object.keys(all).map(keyOf));
  for (const request of await cache.keys()) if (!ours.has(request.url)) await cache.delete(request);
}

/**
 * Tell whether an answer goes out as it was kept, headers and all. Of a file that comes unchanged out of its
 * store a browser also keeps what it compiled: Python starts a second sooner.
 */
const asKept = (response, path) => response.headers.has(KEPT) && !WORKER.test(path); // whose rule may be newer

/**
 * The answer with the headers under which a browser lets a page share memory with its worker: then a
 * running cell can be interrupted. Everything on the site is its own, so that nothing is shut out.
 */
function isolated(response, path) {
  if (response.redirected || !response.status) return response;
  const headers = new Headers(response.headers);
  headers.set("Cross-Origin-Opener-Policy", "same-origin");
  headers.set("Cross-Origin-Embedder-Policy", "require-corp");
  headers.set("Cross-Origin-Resource-Policy", "same-origin");
  if (WORKER.test(path)) headers.set("Content-Security-Policy", ONSITE);
  return new Response(response.body, { status: response.status, statusText: response.statusText, headers });
}
