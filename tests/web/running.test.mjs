// What runs a chapter, as far as it needs no page: which packages a cell wants, and how edits are kept.
import assert from "node:assert/strict";
import { afterEach, beforeEach, test } from "node:test";

import { modulesOf } from "../../web/live/imports.js";
import { fingerprint, Store } from "../../web/live/store.js";

// ---- imports.js ----

const found = (code) => modulesOf(code).sort();

test("imports are found where they stand", () => {
  assert.deepEqual(found("import numpy as np, pandas.core as c\n    from scipy.stats import norm"), ["numpy", "pandas", "scipy"]);
  assert.deepEqual(found("if x:\n\timport tqdm"), ["tqdm"]);
  assert.deepEqual(found("important = 1\nfrom_here = 2\n# import numpy\nx.import_ = 3"), []);
  assert.deepEqual(found("from . import near"), []);
  assert.deepEqual(found(""), []);
});

test("code that draws is known by what it calls", () => {
  assert.ok(found("mlm.plot_caterpillar(fit)").includes("matplotlib"));
  assert.ok(!found("complot(1)").includes("matplotlib"));
});

// ---- store.js ----

test("a text that changes by a letter has another fingerprint", () => {
  const texts = ["", "a", "b", "ab", "ba", "a\n", "fit = 1", "fit = 2"];
  assert.equal(new Set(texts.map(fingerprint)).size, texts.length);
  assert.equal(fingerprint("fit = 1"), fingerprint("fit = 1"));
  assert.match(fingerprint("ä → 東"), /^[0-9a-z]+$/);
});

test("what is kept but cannot be read is no edit, and is written over", () => {
  const items = new Map([["mlm:edits:/a", "{broken"]]);
  const storage = {
    getItem: (key) => items.get(key) ?? null,
    setItem: (key, text) => items.set(key, text),
    removeItem: (key) => items.delete(key),
  };
  const store = new Store("/a", storage);
  assert.equal(store.get("1"), undefined);
  assert.equal(store.set("1", "x"), true);
  assert.deepEqual(JSON.parse(items.get("mlm:edits:/a")), { 1: "x" });
  items.set("mlm:edits:/a", "null");
  assert.equal(new Store("/a", storage).get("1"), undefined);
});

test("an edit for which there is no room stays on the page", () => {
  const storage = {
    getItem: () => null,
    removeItem: () => {},
    setItem: () => {
      throw new DOMException("full", "QuotaExceededError");
    },
  };
  const store = new Store("/a", storage);
  assert.equal(store.set("1", "x"), false);
  assert.equal(store.set("1", undefined), true);
});

// ---- packages.js ----

const LOCK = {
  packages: {
    base: { imports: ["base"], depends: [], size: 1 },
    "two-words": { imports: ["two_words", "other"], depends: ["Base"], size: 10 },
    top: { imports: ["top.part"], depends: ["two_words", "wcwidth", "library", "nowhere"], size: 100 },
    wcwidth: { imports: ["wcwidth"], depends: [], size: 1000 },
    library: { imports: [], depends: [], size: 10_000, package_type: "shared_library" },
    mlmbook: { imports: ["mlmbook"], depends: ["base", "library"], size: 3 },
    round: { imports: ["round"], depends: ["about"], size: 1 },
    about: { imports: ["about"], depends: ["round"], size: 2 },
  },
};
for (const [name, entry] of Object.entries(LOCK.packages)) {
  Object.assign(entry, { package_type: entry.package_type ?? "package", file_name: `${name}.whl`, sha256: "0123456789abcdef" });
}

let asked;
let fetcher;
let answer;
beforeEach(() => {
  asked = [];
  fetcher = {
    postMessage(message) {
      asked.push(message);
      answer?.(this, message);
    },
  };
});
afterEach(() => {
  answer = null;
});

async function packages(count = () => {}) {
  const { Packages } = await import("../../web/live/packages.js");
  return new Packages("https://book.example/runtime/", LOCK, count, fetcher);
}

test("a package comes with what it depends on, dependencies first, each once", async () => {
  const all = await packages();
  assert.deepEqual(all.closure(["top", "two_words"]), ["base", "two-words", "library", "top"]);
  assert.deepEqual(all.closure(["round"]), ["about", "round"]); // and a circle ends
  assert.equal(all.size(["top"]), 10_111);
  assert.deepEqual(all.closure(["nowhere"]), []);
});

test("a package that imports the others when it is used comes before them, and is not kept waiting", async () => {
  const all = await packages();
  assert.deepEqual(all.closure(["mlmbook", "top"]), ["mlmbook", "base", "library", "two-words", "top"]);
  assert.deepEqual(all.closure(["mlmbook", "top"], { atOnce: true }), ["mlmbook", "base", "two-words", "library", "top"]);
  assert.deepEqual(all.closure(["mlmbook"], { atOnce: true }), ["mlmbook"]);
});

test("libraries are put where compiled modules look for them", async () => {
  const all = await packages();
  answer = (worker, { name }) => {
    const data = { kind: "arrived", name, files: [[`${name}.so`, 0, 1]], bytes: new Uint8Array([1]) };
    worker.onmessage({ data });
  };
  await all.fetch(["top"]);
  const made = [];
  const fs = { mkdirTree() {}, create: (path) => made.push(path), lookupPath: () => ({ node: {} }) };
  assert.ok(all.install("top", fs));
  assert.deepEqual(made, ["/usr/lib/library.so", "/lib/python3.13/site-packages/top.so"]);
  assert.ok(!all.install("top", fs)); // once
});

test("modules lead to packages by any of their names", async () => {
  const all = await packages();
  assert.deepEqual(all.of(["other", "top", "unknown"]), ["two-words", "top"]);
  assert.ok(all.has("Two_Words"));
  assert.ok(!all.has("unknown"));
  assert.equal(all.install("unknown", null), false);
});

test("what is fetched once is not asked for again, and what failed is", async () => {
  let bytes = 0;
  const all = await packages((more) => (bytes += more));
  answer = (worker, { name }) => worker.onmessage({ data: { kind: "failed", name, reason: "the server answered 404" } });
  await assert.rejects(all.fetch(["base"]), /base\.whl: the server answered 404/);
  answer = (worker, { name }) => {
    worker.onmessage({ data: { kind: "bytes", name, more: 7 } });
    worker.onmessage({ data: { kind: "arrived", name, files: [], bytes: new Uint8Array() } });
  };
  await all.fetch(["base"]);
  await all.fetch(["base"]);
  assert.equal(asked.length, 2);
  assert.equal(asked[0].address, "https://book.example/runtime/base.whl?0123456789ab");
  assert.equal(bytes, 7);
});
