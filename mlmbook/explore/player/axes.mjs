// The axes of a picture: room for them, round numbers on them, names with units beside them.

import { pool, set } from "./dom.mjs";
import { formatWith } from "./format.mjs";
import { LINE, TEXT, textWidth, wrap, writeText } from "./labels.mjs";
import { clamp, linear, roundTicks } from "./scale.mjs";

export const ROW = 24; // height of a category on the vertical axis
export const TALL_ROW = 42; // the same when its name stands above it
const LOWERED = 9; // what stands under its name stands that much lower
const WIDEST = 0.38; // share of the width that names on the left may take

/** Numbers and their words on an axis: [[value, word]]. */
export function ticksOf(axis, count) {
  const [low, high] = axis.range;
  const values = axis.ticks ? Array.from(axis.ticks) : roundTicks(low, high, count);
  const inside = (value) => (value - low) * (value - high) <= Math.abs(high - low) * 1e-6;
  return values
    .map((value, i) => [value, axis.tick_words?.[i] ?? formatWith(axis.format, value)])
    .filter(([value]) => inside(value));
}

/**
 * Room around the drawing area. `names` are all words that ever stand on the vertical axis;
 * `labels` is the width of the labels at the right. `above`: names stand above their rows.
 */
export function margins(width, { x, y }, names, labels) {
  const right = labels ? labels + 12 : 14;
  let left = 10;
  let above = false;
  if (!y.hide) {
    const words = names ?? ticksOf(y, 6).map(([, word]) => word);
    left = Math.max(...words.map((word) => textWidth(word)), 0) + 12;
    above = Boolean(y.categories) && left > width * WIDEST;
    if (above) left = 10;
  }
  const top = !y.hide && y.label ? LINE + 10 : 10;
  let bottom = 8;
  if (!x.hide) {
    const deepest = x.categories
      ? Math.max(1, ...columnLines(x, width - left - right).map((list) => list.length))
      : 1;
    const name = x.label ? wrap(x.label, width - 8).length : 0;
    bottom = 14 + (deepest + name) * LINE;
  }
  return { left, right, top, bottom, above };
}

/** Names of the columns, each broken into lines that fit under its column. */
function columnLines(axis, inner) {
  const room = inner / axis.categories.length - 6;
  return axis.categories.map((word) => wrap(word, room));
}

/** The scales of both axes for a size. */
export function scalesOf(state, { left, right, top, bottom, above }) {
  const lowered = above ? LOWERED : 0;
  const vertical = state.y.categories ? [top + lowered, bottom + lowered] : [bottom, top];
  return { x: linear(state.x.range, [left, right]), y: linear(state.y.range, vertical) };
}

/** Draw both axes into their layers. */
export function drawAxes(layers, state, box) {
  const texts = [];
  const rules = [];
  if (!state.y.hide) vertical(state.y, box, texts, rules);
  if (!state.x.hide) horizontal(state.x, box, Boolean(state.y.categories) || state.y.hide, texts, rules);
  const words = pool(layers.ticks, "text", texts.length);
  texts.forEach(([text, attributes], i) => writeText(words[i], text, attributes));
  const lines = pool(layers.grid, "path", rules.length);
  rules.forEach(([d, kind], i) => set(lines[i], { d, class: kind }));
}

function vertical(axis, { y, left, right, top, bottom, above }, texts, rules) {
  axis.categories?.forEach((word, i) => {
    if (above) texts.push([word, { x: 2, y: y(i) - LOWERED - 3, "text-anchor": "start" }]);
    else texts.push([word, { x: left - 8, y: y(i) + TEXT * 0.35, "text-anchor": "end" }]);
  });
  for (const [value, word] of axis.categories ? [] : ticksOf(axis, (bottom - top) / 48)) {
    texts.push([word, { x: left - 8, y: y(value) + TEXT * 0.35, "text-anchor": "end" }]);
    rules.push([`M${left} ${Math.round(y(value)) + 0.5}H${right}`, "mlm-rule"]);
  }
  if (axis.label) texts.push([axis.label, { x: 2, y: TEXT, "text-anchor": "start" }]);
}

function horizontal(axis, { x, left, right, top, bottom, width, height }, ruled, texts, rules) {
  if (axis.categories) {
    columnLines(axis, right - left).forEach((list, i) =>
      list.forEach((word, line) =>
        texts.push([word, { x: x(i), y: bottom + 18 + line * LINE, "text-anchor": "middle" }]),
      ),
    );
  }
  for (const [value, word] of axis.categories ? [] : ticksOf(axis, Math.max(3, (right - left) / 64))) {
    const half = textWidth(word) / 2;
    texts.push([word, { x: clamp(x(value), half, width - half), y: bottom + 18, "text-anchor": "middle" }]);
    if (ruled) rules.push([`M${Math.round(x(value)) + 0.5} ${top}V${bottom}`, "mlm-rule"]);
  }
  rules.push([`M${left} ${bottom + 0.5}H${right}`, "mlm-base"]);
  wrap(axis.label, width - 8).forEach((line, i, all) => {
    texts.push([line, { x: right, y: height - 5 - (all.length - 1 - i) * LINE, "text-anchor": "end" }]);
  });
}
