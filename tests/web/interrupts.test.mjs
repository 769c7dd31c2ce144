import assert from "node:assert/strict";
import { test } from "node:test";
import { readable } from "../../web/live/interrupts.js";

const SIGINT = 2;
const look = (buffer) => {
  const found = buffer[0];
  buffer[0] = 0;
  return found;
};

test("an interrupt is read once", () => {
  const shared = new Uint8Array(new SharedArrayBuffer(1));
  const buffer = readable(shared);
  assert.equal(look(buffer), 0);
  shared[0] = SIGINT;
  assert.equal(look(buffer), SIGINT);
  assert.equal(look(buffer), 0);
  assert.equal(shared[0], 0);
});

test("an interrupt that comes while the last look ends waits for the next one", () => {
  const shared = new Uint8Array(new SharedArrayBuffer(1));
  const buffer = readable(shared);
  assert.equal(buffer[0], 0);
  shared[0] = SIGINT; // from the page
  buffer[0] = 0;
  assert.equal(look(buffer), SIGINT);
  assert.equal(look(buffer), 0);
});
