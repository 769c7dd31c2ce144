import assert from "node:assert/strict";
import { test } from "node:test";

import { margins, scalesOf, ticksOf } from "../../mlmbook/explore/player/axes.mjs";
import { positionOf, wordsFor } from "../../mlmbook/explore/player/controls.mjs";
import { subscripts } from "../../mlmbook/explore/player/dom.mjs";
import { formatWith, minus, readable, sentence } from "../../mlmbook/explore/player/format.mjs";
import { spread, wrap } from "../../mlmbook/explore/player/labels.mjs";
import { itemsOf, partOf } from "../../mlmbook/explore/player/marks.mjs";
import { step } from "../../mlmbook/explore/player/picking.mjs";
import { linear, roundTicks } from "../../mlmbook/explore/player/scale.mjs";
import { tablesOf } from "../../mlmbook/explore/player/tableview.mjs";

const axis = (options = {}) => ({ label: "points", range: [0, 10], format: "{:g}", hide: false, ...options });

test("ticks are round, inside, and about as many as asked for", () => {
  assert.deepEqual(roundTicks(0, 1, 5), [0, 0.2, 0.4, 0.6, 0.8, 1]);
  assert.deepEqual(roundTicks(-11, 9, 4), [-10, -5, 0, 5]);
  assert.deepEqual(roundTicks(9, -11, 4), [-10, -5, 0, 5]);
  for (let k = 0; k < 300; k++) {
    const low = Math.sin(k) * 10 ** (k % 7);
    const high = low + 10 ** ((k % 9) - 4);
    const ticks = roundTicks(low, high, 5);
    assert.ok(ticks.length >= 2 && ticks.length <= 11, `${low} ${high}: ${ticks}`);
    assert.ok(
      ticks.every((tick) => tick >= low - 1e-9 * Math.abs(low) && tick <= high + 1e-9 * Math.abs(high)),
    );
  }
});

test("ticks can be given, and in words; zero has no sign", () => {
  assert.deepEqual(ticksOf(axis({ ticks: [0, 5, 20], tick_words: ["none", "half", "out"] }), 3), [
    [0, "none"],
    [5, "half"],
  ]);
  assert.deepEqual(
    ticksOf(axis({ range: [-5, 5], format: "{:+g}" }), 2).map(([, word]) => word),
    ["−5", "0", "+5"],
  );
});

test("an axis can run the other way", () => {
  const scale = linear([10, 0], [0, 100]);
  assert.equal(scale(10), 0);
  assert.equal(scale(0), 100);
});

test("labels keep clear of each other and inside, and move as little as possible", () => {
  assert.deepEqual(spread([10, 40], 16), [10, 40]);
  assert.deepEqual(spread([10, 12], 16), [3, 19]);
  for (let k = 1; k < 200; k++) {
    const wanted = Array.from({ length: 2 + (k % 6) }, (_, i) => 100 + 60 * Math.sin(k * (i + 1)));
    const placed = spread(wanted, 16, 20, 240);
    const sorted = placed.toSorted((a, b) => a - b);
    assert.ok(sorted.every((value, i) => !i || value - sorted[i - 1] >= 16 - 1e-9));
    assert.ok(sorted[0] >= 20 - 1e-9 && sorted.at(-1) <= 240 + 1e-9);
    const order = (list) => list.map((_, i) => i).sort((a, b) => list[a] - list[b]);
    assert.deepEqual(order(placed), order(wanted));
  }
});

test("text wraps at words", () => {
  const widthOf = (text) => text.length;
  assert.deepEqual(wrap("people within a state", 13, widthOf), ["people within", "a state"]);
  assert.deepEqual(wrap("incomprehensibilities", 5, widthOf), ["incomprehensibilities"]);
});

test("names too long for the left stand above their rows, and no row overlaps", () => {
  const y = axis({ categories: ["people within a state", "states"], range: [-0.5, 1.5] });
  const state = { x: axis(), y };
  const narrow = margins(320, state, y.categories, 0);
  const wide = margins(700, state, y.categories, 0);
  assert.ok(narrow.above && !wide.above);
  assert.ok(wide.left > 100);
  const { y: scale } = scalesOf(state, { ...narrow, right: 300, bottom: 110, left: 10 });
  assert.ok(scale(1) - scale(0) >= 16);
});

test("the drawing area never leaves the picture", () => {
  for (const width of [260, 300, 390, 704]) {
    const { left, right } = margins(
      width,
      { x: axis(), y: axis({ format: "{:,.2f}", range: [0, 1e6] }) },
      undefined,
      60,
    );
    assert.ok(left + right < width * 0.75, `${width}: ${left} + ${right}`);
  }
});

test("subscripts are those of one-letter symbols", () => {
  assert.deepEqual(subscripts("σ²_u0 and β_0j"), [
    ["σ²", false],
    ["u0", true],
    [" and β", false],
    ["0j", true],
  ]);
  assert.deepEqual(subscripts("var_u0 of mean_ses"), [["var_u0 of mean_ses", false]]);
});

test("a true minus stands before numbers only", () => {
  assert.equal(minus("-3 to -.5, well-known 2-5"), "−3 to −.5, well-known 2-5");
  assert.equal(formatWith("{:+.1f} points", -0.25), "−0.2 points");
  assert.equal(readable(-8.08421, 20), -8.1);
});

test("a percent sign belongs to its number", () => {
  const pieces = sentence(
    [
      [null, "about "],
      ["x", ".0f"],
      [null, " % of all"],
    ],
    () => "54",
  );
  assert.deepEqual(pieces, [
    ["about ", false],
    ["54\u00a0%", true],
    [" of all", false],
  ]);
});

test("a slider's place on its grid, and its value in words", () => {
  const spec = { values: [0, 0.5, 1], step: 0.5, decimals: 1, unit: "points", texts: null };
  assert.equal(positionOf(0.5, spec), 1);
  assert.equal(positionOf(0.7, spec), 1);
  assert.equal(positionOf(0.7, { ...spec, smooth: true }), 1.4);
  assert.equal(wordsFor(-0.5, spec), "−0.5 points");
  assert.equal(wordsFor(1, { ...spec, texts: ["none", "half", "all"] }), "all");
});

test("arrow keys step, page keys leap, and nothing goes past the ends", () => {
  assert.equal(step("ArrowDown", -1, 5), 0);
  assert.equal(step("ArrowUp", 0, 5), 0);
  assert.equal(step("PageDown", 3, 5), 5);
  assert.equal(step("Home", 3, 5), 0);
  assert.equal(step("End", 3, 5), 5);
  assert.equal(step("Escape", 3, 5), -1);
  assert.equal(step("x", 3, 5), null);
});

const box = {
  x: linear([0, 10], [0, 100]),
  y: linear([0, 10], [100, 0]),
  left: 0,
  right: 100,
  top: 0,
  bottom: 100,
};

test("things to pick are where they are drawn", () => {
  const frame = { x: [1, 2], y: [3, 4], names: ["a", "b"], size: [4] };
  assert.deepEqual(itemsOf({ kind: "points" }, frame, box)[1], { key: "b", index: 1, x: 20, y: 60 });
  const bar = itemsOf(
    { kind: "bars", horizontal: true },
    { x: [5], base: [0], height: [4], width: [2], names: ["c"] },
    box,
  )[0];
  assert.deepEqual([bar.x, bar.y], [20, 50]);
});

test("the part of a mark that belongs to a group", () => {
  const part = partOf(
    { kind: "lines" },
    { x: [0, 1, 0, 1], y: [1, 2, 3, 4], group: ["a", "a", "b", "b"], label: ["l"] },
    "b",
  );
  assert.deepEqual(part, { x: [0, 1], y: [3, 4], group: ["b", "b"], label: ["l"] });
  assert.equal(partOf({ kind: "lines" }, { x: [0], y: [1] }, "b"), null);
});

test("the table holds what is drawn, one row a name, equal columns once", () => {
  const names = ["School A", "School B"];
  const y = axis({ categories: ["5", "9"], label: "pupils" });
  const state = {
    title: "Means",
    x: axis({ format: "{:+g}" }),
    y,
    frames: [
      { shown: true, label: [""], x0: [-7.418, 2], y0: [0, 1], x1: [-3.8, 1], y1: [0, 1], names },
      { shown: true, label: ["raw mean"], x: [-7.418, 2], y: [0, 1], names, size: [4] },
      { shown: false, label: ["hidden"], x: [1, 1], y: [0, 1], names, size: [4] },
    ],
  };
  const marks = [
    { kind: "arrows", axes: { x0: "x", y0: "y", x1: "x", y1: "y" } },
    { kind: "points", axes: { x: "x", y: "y" } },
    { kind: "points", axes: { x: "x", y: "y" } },
  ];
  const [table, ...rest] = tablesOf(marks, state);
  assert.equal(rest.length, 0);
  assert.equal(table.caption, "Means");
  assert.deepEqual(table.rows[0], ["School A", "−7.4", "5", "−3.8"]);
});
