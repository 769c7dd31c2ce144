import assert from "node:assert/strict";
import { test } from "node:test";

import { judge, readings } from "../../mlmbook/teach/answer.mjs";

const icc = { answer: 0.18, tolerance: 0.005, unit: "", slips: [{ value: 0.22, text: "Not the total." }] };

test("a number can be written in many ways", () => {
  for (const text of [
    "0.18",
    ".18",
    "0,18",
    ",18",
    "18 %",
    "18%",
    " 0.180 ",
    "+.18",
    "≈ 0.18",
    "9/50",
    "0.18 ",
  ]) {
    assert.ok(judge(text, icc).right, text);
  }
});

test("a comma is a decimal or a thousand, whichever is right", () => {
  assert.deepEqual(readings("7,185"), [7185, 7.185]);
  assert.deepEqual(readings("1,234.5"), [1234.5]);
  assert.deepEqual(readings("1.234,5"), [1234.5]);
  assert.deepEqual(readings("7 185"), [7185]);
  assert.deepEqual(readings("0,185"), [0.185]);
});

test("a unit may follow, and minus signs may be true ones", () => {
  assert.deepEqual(readings("−3.1 points", "points"), [-3.1]);
  assert.deepEqual(readings("3.1 pupils"), [3.1]);
  assert.deepEqual(readings("18 %", "%"), [18]);
  assert.deepEqual(readings("1e-3"), [0.001]);
});

test("what is no number is not judged", () => {
  for (const text of ["", "abc", "1.2.3", "1/0", "--3", "%"]) {
    assert.deepEqual(readings(text), [], text);
    assert.equal(judge(text, icc).right, null, text);
  }
});

test("a known slip is named", () => {
  assert.deepEqual(judge("0.22", icc), { right: false, said: "Not the total." });
  assert.deepEqual(judge("22 %", icc), { right: false, said: "Not the total." });
});

test("a wrong sign, a share and a percentage are told apart from other errors", () => {
  assert.match(judge("-0.18", icc).said, /sign is not/);
  assert.match(judge("18", icc).said, /hundred times too large/);
  assert.match(judge("0.0018", icc).said, /hundred times too small/);
  const tiny = { answer: 0.006, tolerance: 0.002, unit: "", slips: [] };
  assert.match(judge("0.6", tiny).said, /hundred times too large/);
  assert.equal(judge("0.45", tiny).said, undefined);
  assert.deepEqual(judge("0.3", icc), { right: false });
});

test("the tolerance includes its end", () => {
  assert.ok(judge("0.185", icc).right);
  assert.equal(judge("0.1851", icc).right, false);
});
