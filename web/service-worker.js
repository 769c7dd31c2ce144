// Keeps the site for reading and running without a network. When the site is built, __BUILD__ becomes
// {version, files, runtime, lite}: a hash of the whole site, the addresses of all its files, the hash of
// each file of the runtime, and both for JupyterLite.
//
// Pages come from the network first. What they load has its own hash in its address, so that an answer
// that was kept is the right one, and pages of two builds never share a file that differs.
const { version, files, runtime, lite } = __BUILD__;
const SITE = `mlm-site-${version}`;
const RUNTIME = "mlm-runtime"; // some sixty megabytes: kept from build to build, file by file
const LITE = `mlm-lite-${lite.version}`; // JupyterLite: twenty, which change with its release and with a chapter
const root = new URL("./", self.location.href);
const FIXED = /\?v=[0-9a-f]|\/_images\/[0-9a-f]{40,}|\/live-[0-9a-f]+\//;

self.addEventListener("install", (event) => {
  self.skipWaiting(); // no page of the old build asks for a file that is not its own
  event.waitUntil(keep(["index.html", "404.html"]));
});

self.addEventListener("activate", (event) => event.waitUntil(tidy().then(() => self.clients.claim())));

// A page asks to keep all pages, or with the runtime everything; it hears how far that is.
self.addEventListener("message", (event) => {
  const { kind } = event.data ?? {};
  if (kind !== "keep-pages" && kind !== "keep-everything") return;
  const large = [...Object.keys(runtime).map((name) => `runtime/${name}`), ...lite.files];
  const all = kind === "keep-everything" ? [...files, ...large] : files;
  const tell = (done) => event.source?.postMessage({ kind: "kept", done, of: all.length, everything: kind === "keep-everything" });
  event.waitUntil(keep(all, tell));
});

self.addEventListener("fetch", (event) => {
  const { request } = event;
  const address = new URL(request.url);
  if (request.method !== "GET" || !address.href.startsWith(root.href)) return;
  const path = address.pathname.slice(root.pathname.length);
  if (path === "service-worker.js") return;
  const name = path.startsWith("runtime/") ? path.slice("runtime/".length) : "";
  if (runtime[name]) event.respondWith(keptFirst(keyOf(address, name), request, RUNTIME));
  else if (path.startsWith("lite/")) event.respondWith(networkFirst(request, LITE));
  else if (FIXED.test(address.href)) event.respondWith(keptFirst(request.url, request, SITE));
  else event.respondWith(networkFirst(request, SITE));
});

/** Files of the runtime are kept under their hash, whether or not an address has it. */
function keyOf(address, name) {
  return `${root.href}runtime/${name}?${address.search.slice(1) || runtime[name]}`;
}

async function keptFirst(key, request, name) {
  const cache = await caches.open(name);
  const kept = await cache.match(key);
  if (kept) return isolated(kept);
  const fresh = await fetch(request);
  if (fresh.status === 200) await cache.put(key, fresh.clone()).catch(() => {}); // the disk may be full
  return isolated(fresh);
}

async function networkFirst(request, name) {
  const cache = await caches.open(name);
  try {
    const fresh = await fetch(request);
    if (fresh.status === 200 && !fresh.redirected) await cache.put(request.url, fresh.clone()).catch(() => {});
    return isolated(fresh);
  } catch (error) {
    const kept = await cache.match(request.url, { ignoreSearch: true });
    if (kept) return isolated(kept);
    const lost = request.mode === "navigate" && (await caches.match(new URL("404.html", root)));
    if (lost) return new Response(lost.body, { status: 503, headers: lost.headers });
    throw error;
  }
}

/** Put files into the caches that are not there yet, a few at a time. */
async function keep(paths, tell = () => {}) {
  const [site, large, notebook] = await Promise.all([SITE, RUNTIME, LITE].map((name) => caches.open(name)));
  const waiting = [...paths];
  let done = 0;
  const work = async () => {
    while (waiting.length) {
      const path = waiting.shift();
      const address = new URL(path, root);
      const name = path.startsWith("runtime/") ? path.slice("runtime/".length) : "";
      const key = name ? keyOf(address, name) : address.href;
      const cache = name ? large : path.startsWith("lite/") ? notebook : site;
      if (!(await cache.match(key))) {
        // The same file of an older build is as good; a page is not, since its name stays.
        const old = FIXED.test(key) ? await caches.match(key) : undefined;
        const answer = old ?? (await fetch(address, { cache: "no-cache" }));
        if (answer.status === 200) await cache.put(key, answer);
      }
      tell(++done);
    }
  };
  await Promise.all([work(), work(), work()]);
}

/** Delete what belongs to other builds. */
async function tidy() {
  for (const name of await caches.keys()) {
    if (name.startsWith("mlm-") && ![SITE, RUNTIME, LITE].includes(name)) await caches.delete(name);
  }
  const large = await caches.open(RUNTIME);
  const ours = new Set(Object.entries(runtime).map(([name, hash]) => `${root.href}runtime/${name}?${hash}`));
  for (const request of await large.keys()) if (!ours.has(request.url)) await large.delete(request);
}

/**
 * The answer with the headers under which a browser lets a page share memory with its worker: then a
 * running cell can be interrupted. Everything on the site is its own, so that nothing is shut out.
 */
function isolated(response) {
  if (response.redirected || !response.status) return response;
  const headers = new Headers(response.headers);
  headers.set("Cross-Origin-Opener-Policy", "same-origin");
  headers.set("Cross-Origin-Embedder-Policy", "require-corp");
  headers.set("Cross-Origin-Resource-Policy", "same-origin");
  return new Response(response.body, { status: response.status, statusText: response.statusText, headers });
}
