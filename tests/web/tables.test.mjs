import assert from "node:assert/strict";
import { test } from "node:test";

import { formatNumber } from "../../mlmbook/explore/player/format.mjs";
import { readSays } from "../../mlmbook/explore/player/says.mjs";
import { between, panelChannels, panelState } from "../../mlmbook/explore/player/state.mjs";
import { Tables, placeAt } from "../../mlmbook/explore/player/tables.mjs";
import { fixtures, view } from "./python.mjs";

const python = fixtures();

function open({ spec, tables }) {
  return new Tables(view(tables), spec.words, spec.shape);
}

function say(figure, positions) {
  return readSays(
    figure.spec.says,
    open(figure),
  )(placeAt(positions))
    .map(([text]) => text)
    .join("");
}

test("numbers are written as Python writes them", () => {
  for (const [value, spec, whole, expected] of python.formats) {
    assert.equal(formatNumber(value, spec, whole), expected, `format(${value}, "${spec}"), whole: ${whole}`);
  }
});

for (const name of ["stored", "dial"]) {
  const figure = python[name];

  test(`${name}: the sentence at every setting is Python's`, () => {
    const read = readSays(figure.spec.says, open(figure));
    figure.positions.forEach((positions, i) => {
      const text = read(placeAt(positions))
        .map(([piece]) => piece)
        .join("");
      assert.equal(text.replaceAll("\u00a0", " "), figure.says[i]);
    });
  });

  test(`${name}: every channel comes back within a millionth of its range`, () => {
    const tables = open(figure);
    const channels = figure.spec.panels.map((panel) => panelChannels(panel, tables));
    const every = Math.max(1, Math.floor(figure.settings.length / 20));
    const largest = {};
    const errors = {};
    figure.channels.forEach((expected, k) => {
      const place = placeAt(figure.positions[k * every]);
      channels.forEach((panel, p) => {
        const { frames } = panelState(panel, place);
        expected[p].forEach((mark, m) => {
          assert.equal(frames[m].shown, mark !== null);
          for (const [channel, row] of Object.entries(mark ?? {})) {
            compare(frames[m][channel], row, `${p} ${m} ${channel}`, largest, errors);
          }
        });
      });
    });
    for (const [what, error] of Object.entries(errors)) {
      const [low, high] = largest[what];
      assert.ok(error <= 1e-6 * (high - low) + 1e-12, `${what}: ${error} of ${high - low}`);
    }
  });
}

function compare(found, row, what, largest, errors) {
  const words = found.some?.((value) => typeof value === "string");
  if (words && row.some((value) => typeof value === "string")) {
    assert.deepEqual([...found], row, what);
    return;
  }
  if (typeof row[0] === "string") return; // words as positions on an axis
  assert.equal(found.length, row.length, what);
  row.forEach((value, i) => {
    if (value === null) assert.ok(Number.isNaN(found[i]), what);
    else {
      const [low, high] = largest[what] ?? [value, value];
      largest[what] = [Math.min(low, value), Math.max(high, value)];
      errors[what] = Math.max(errors[what] ?? 0, Math.abs(found[i] - value));
    }
  });
}

test("between two settings of a smooth slider numbers are linear", () => {
  const figure = python.stored;
  const tables = open(figure);
  const points = tables.numbers(figure.spec.panels[0].marks[0].numbers.y);
  const low = points.at(placeAt([1, 2, 0, 1, 0])).slice();
  const high = points.at(placeAt([2, 2, 0, 1, 0])).slice();
  const middle = points.at(placeAt([1.25, 2, 0, 1, 0]));
  middle.forEach((value, i) => assert.ok(Math.abs(value - (0.75 * low[i] + 0.25 * high[i])) < 1e-9));
});

test("the sentence moves along with a smooth slider", () => {
  // a = 0.625, b = 1: the share (a − b) / 7 is linear in a, so interpolating it is exact
  assert.equal(say(python.stored, [1.25, 2, 1, 1, 0]), "At 0.62 and +1, 5 of A: −5.4%.");
});

test("rows of different lengths are not blended", () => {
  const figure = python.stored;
  const line = open(figure).numbers(figure.spec.panels[0].marks[1].numbers.x);
  assert.equal(line.at(placeAt([0.5, 0, 0, 1, 0])).length, 2);
  assert.equal(line.at(placeAt([0.5, 0, 2, 1, 0])).length, 9);
});

test("an unchanged row is the same array, so nothing is drawn again", () => {
  const figure = python.stored;
  const points = open(figure).numbers(figure.spec.panels[0].marks[0].numbers.y);
  const row = points.at(placeAt([1, 1, 0, 0, 0]));
  assert.equal(points.at(placeAt([1, 1, 2, 1, 2])), row);
  assert.notEqual(points.at(placeAt([2, 1, 2, 1, 2])), row);
});

test("a place between four settings weighs all four", () => {
  const { corners, nearest } = placeAt([0.5, 2.25]);
  assert.deepEqual(
    corners.map(({ weight }) => weight),
    [0.375, 0.125, 0.375, 0.125],
  );
  assert.deepEqual(nearest.corners[0].cell, [1, 2]);
});

test("a state half way has its numbers half way and its words from the later one", () => {
  const axis = { range: [0, 1] };
  const state = (x, names) => ({
    x: axis,
    y: axis,
    frames: [{ shown: true, x: Float64Array.from(x), names }],
  });
  const half = between(state([0, 2], ["a"]), state([1, 4], ["b"]), 0.5);
  assert.deepEqual([...half.frames[0].x], [0.5, 3]);
  assert.deepEqual(half.frames[0].names, ["b"]);
  const longer = between(state([0], ["a"]), state([1, 4], ["b"]), 0.5);
  assert.deepEqual([...longer.frames[0].x], [1, 4]);
});

test("the joined modules are modules", async () => {
  for (const name of ["player", "questions"]) {
    const text = python[name];
    const joined = await import(`data:text/javascript,${encodeURIComponent(text)}`);
    assert.equal(typeof joined.default.render, "function");
  }
});
