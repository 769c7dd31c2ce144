import assert from "node:assert/strict";
import { test } from "node:test";

import { notebook } from "../../web/live/notebook.js";
import { onsite } from "../../web/live/onsite.js";
import { Store } from "../../web/live/store.js";

/** A browser's storage, as far as edits need it. */
function kept() {
  const items = new Map();
  return {
    items,
    getItem: (key) => items.get(key) ?? null,
    setItem: (key, value) => items.set(key, value),
    removeItem: (key) => items.delete(key),
  };
}

test("two tabs of one chapter keep each other's edits", () => {
  const storage = kept();
  const [one, two] = [new Store("/a", storage), new Store("/a", storage)];
  two.set("2-x", "second");
  one.set("1-x", "first");
  assert.deepEqual(JSON.parse(storage.items.get("mlm:edits:/a")), { "1-x": "first", "2-x": "second" });
  two.set("1-x", undefined);
  one.set("2-x", undefined);
  assert.equal(storage.items.size, 0);
});

test("a browser that keeps nothing says so, and the page goes on", () => {
  for (const storage of [null, { getItem: () => "{", setItem: () => { throw new Error("full"); } }]) {
    const store = new Store("/a", storage);
    assert.equal(store.get("1"), undefined);
    assert.equal(store.set("1", "text"), false);
  }
});

test("only this site, and what is no server, is asked", () => {
  const base = "https://book.example/a/b.html";
  for (const address of ["../c", "/d", "https://book.example/e", "data:text/plain,x", "blob:https://book.example/1"])
    assert.ok(onsite(address, base), address);
  for (const address of ["https://elsewhere.example/", "//elsewhere.example/x", "http://book.example/", "https://book.example:444/"])
    assert.ok(!onsite(address, base), address);
});

test("a notebook takes the reader's own cells along, under what they belong to", async () => {
  const book = {
    cells: [
      { cell_type: "code", source: ["x = 1\n", "x"], outputs: [1], execution_count: 1 },
      { cell_type: "markdown", source: "> **Exercise 8.1 · By hand**" },
      { cell_type: "code", source: "y", outputs: [2], execution_count: 2 },
    ],
  };
  globalThis.fetch = async () => ({ ok: true, json: async () => book });
  const cells = [{ original: "x = 1\nx", text: "x = 2", edited: true }, { original: "y", text: "y", edited: false }];
  const own = [
    { number: 7, anchor: "Exercise 8.1", text: "mine", edited: true },
    { number: 8, anchor: "nowhere", text: "last", edited: true },
    { number: 9, anchor: "Exercise 8.1", text: "", edited: false },
  ];
  const made = await notebook("a.ipynb", cells, own);
  assert.deepEqual(made.cells.map(({ source }) => source), ["x = 2", "> **Exercise 8.1 · By hand**", "mine", "y", "last"]);
  assert.deepEqual(made.cells[0].outputs, []);
  assert.deepEqual(made.cells[3].outputs, [2]);
});
