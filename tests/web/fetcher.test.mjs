// The worker that fetches and unpacks packages: in which order, how many at once, and what fails.
import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";

import { strToU8, zipSync } from "../../web/node_modules/fflate/esm/index.mjs";

const open = new Map(); // what is being fetched → how to answer it
let heard = [];

globalThis.self = {};
const asker = { postMessage: (message) => heard.push(message) };
globalThis.fetch = (name) => new Promise((resolve) => open.set(name, resolve));
await import("../../web/live/fetcher.js");
self.onmessage({ data: { asker } });

beforeEach(() => {
  heard = [];
});

const ask = (...names) => names.forEach((name) => asker.onmessage({ data: { name, address: name } }));

function answer(name, { status = 200 } = {}) {
  open.get(name)(new Response(zipSync({ [`${name}.py`]: strToU8(name) }), { status }));
  open.delete(name);
}

/** Wait until so many packages were delivered or refused. */
async function delivered(count) {
  const ends = () => heard.filter(({ kind }) => kind !== "bytes");
  for (let i = 0; i < 200 && ends().length < count; i += 1) await new Promise((resolve) => setTimeout(resolve, 5));
  assert.equal(ends().length, count);
  return ends().map(({ name }) => name);
}

test("what was asked for first is unpacked first, as far as it is here", async () => {
  ask("a", "b", "c");
  answer("c");
  assert.deepEqual(await delivered(1), ["c"]);
  answer("b");
  answer("a");
  assert.deepEqual((await delivered(3)).toSorted(), ["a", "b", "c"]);
  const { files, bytes } = heard.find(({ kind, name }) => kind === "arrived" && name === "a");
  assert.deepEqual(files, [["a.py", 0, 1]]);
  assert.equal(new TextDecoder().decode(bytes), "a");
});

test("few files are fetched at once, in the order in which they are asked for", async () => {
  ask("a", "b", "c", "d", "e", "f");
  assert.deepEqual([...open.keys()], ["a", "b", "c", "d"]);
  answer("b");
  await delivered(1);
  assert.deepEqual([...open.keys()], ["a", "c", "d", "e"]);
  for (const name of ["a", "c", "d", "e"]) answer(name);
  await delivered(5);
  answer("f");
  await delivered(6);
});

test("what fails says so, and keeps nothing else waiting", async () => {
  ask("a", "b");
  answer("a", { status: 404 });
  answer("b");
  await delivered(2);
  assert.deepEqual(
    heard.filter(({ kind }) => kind === "failed"),
    [{ kind: "failed", name: "a", reason: "the server answered 404" }],
  );
  assert.ok(heard.some(({ kind, name }) => kind === "arrived" && name === "b"));
});
