// How each kind of mark is painted, where its items are, and what stands for it in the key.
//
// A painter gets an SVG group, the mark, a frame (its channels now) and the box of the picture with
// the scales `x` and `y`. It keeps nodes from draw to draw. Items are the things a reader can pick.

import { pool, set } from "./dom.mjs";
import { TEXT, LINE, textWidth, writeText } from "./labels.mjs";
import { DASH_OF, outline, shapeOf } from "./shapes.mjs";

const MANY = 150; // more points than this are one path
/** Patterns of bars: the second cue of levels beside their color. */
export const HATCHED = { within: "M-1 7L7 -1M-1 1L1 -1M5 7L7 5", cross: "M0 3H6" };
export const STEPS = 10; // shades of a heat map

const px = (value) => Math.round(value * 10) / 10;

function points(group, mark, frame, { x, y }) {
  const shape = shapeOf(mark);
  const size = (i) => frame.size[i] ?? frame.size[0] ?? 4;
  const count = frame.x.length;
  const kind = `mlm-points${shape.open ? " mlm-open" : ""}${shape.name === "cross" ? " mlm-strokes" : ""}`;
  if (count > MANY) {
    let d = "";
    for (let i = 0; i < count; i++) {
      if (frame.x[i] === frame.x[i] && frame.y[i] === frame.y[i])
        d += `M${px(x(frame.x[i]))} ${px(y(frame.y[i]))}${outline(shape.name, size(i))}`;
    }
    set(pool(group, "path", 1)[0], { d, class: `${kind} mlm-many`, transform: null });
    return;
  }
  const nodes = pool(group, "path", count);
  for (let i = 0; i < count; i++) {
    const place = `translate(${px(x(frame.x[i]))} ${px(y(frame.y[i]))})`;
    const there = frame.x[i] === frame.x[i] && frame.y[i] === frame.y[i];
    set(nodes[i], {
      d: there ? `M0 0${outline(shape.name, size(i))}` : "",
      class: kind,
      transform: there ? place : null,
    });
  }
}

function pathOf(xs, ys, { x, y }, groups) {
  let d = "";
  let pen = "M";
  for (let i = 0; i < xs.length; i++) {
    if (groups && i && groups[i] !== groups[i - 1]) pen = "M";
    if (xs[i] !== xs[i] || ys[i] !== ys[i]) pen = "M";
    else {
      d += `${pen}${px(x(xs[i]))} ${px(y(ys[i]))}`;
      pen = "L";
    }
  }
  return d;
}

/** Dashes of a line: asked for, or those of its level. */
export function dashesOf(mark) {
  if (mark.dash === false) return null;
  return mark.dash ? "5 4" : (DASH_OF[mark.level] ?? null);
}

function lines(group, mark, frame, box) {
  set(pool(group, "path", 1)[0], {
    d: pathOf(frame.x, frame.y, box, frame.group),
    class: "mlm-line",
    "stroke-width": mark.width,
    "stroke-dasharray": dashesOf(mark),
  });
}

function band(group, mark, frame, box) {
  let d = "";
  let start = 0;
  const there = (i) => frame.low[i] === frame.low[i] && frame.high[i] === frame.high[i];
  for (let i = 0; i <= frame.x.length; i++) {
    if (i < frame.x.length && there(i)) continue;
    if (i > start) {
      const top = pathOf(frame.x.slice(start, i), frame.high.slice(start, i), box);
      const back = pathOf(frame.x.slice(start, i).reverse(), frame.low.slice(start, i).reverse(), box);
      d += `${top}L${back.slice(1)}z`;
    }
    start = i + 1;
  }
  set(pool(group, "path", 1)[0], { d, class: "mlm-band" });
}

function rectangle(x0, y0, x1, y1) {
  const left = Math.min(x0, x1);
  const top = Math.min(y0, y1);
  return `M${px(left)} ${px(top)}h${px(Math.abs(x1 - x0))}v${px(Math.abs(y1 - y0))}h${-px(Math.abs(x1 - x0))}z`;
}

function filled(group, mark, d, kind) {
  const hatch = group.mlmHatch(mark.level);
  const nodes = pool(group, "path", hatch ? 2 : 1);
  set(nodes[0], { d, class: kind });
  if (hatch) set(nodes[1], { d, class: "mlm-hatch", fill: `url(#${hatch})` });
}

/** Half the width of bars in units of their axis. */
function halfWidth(frame, i) {
  if (frame.width) return (frame.width[i] ?? frame.width[0]) / 2;
  let least = Infinity;
  for (let k = 1; k < frame.x.length; k++) {
    const gap = Math.abs(frame.x[k] - frame.x[k - 1]);
    if (gap > 0) least = Math.min(least, gap);
  }
  return (Number.isFinite(least) ? least : 1) * 0.4;
}

function barEnds(mark, frame, i, { x, y, above }) {
  const half = Math.min(halfWidth(frame, i), above ? 0.24 : Infinity); // names stand above their bars
  const base = frame.base[i] ?? frame.base[0] ?? 0;
  return mark.horizontal
    ? [x(base), y(frame.x[i] - half), x(frame.height[i]), y(frame.x[i] + half)]
    : [x(frame.x[i] - half), y(base), x(frame.x[i] + half), y(frame.height[i])];
}

function bars(group, mark, frame, box) {
  let d = "";
  for (let i = 0; i < frame.x.length; i++) {
    if (frame.height[i] === frame.height[i]) d += rectangle(...barEnds(mark, frame, i, box));
  }
  filled(group, mark, d, "mlm-bar");
}

function histogram(group, mark, frame, { x, y }) {
  let d = "";
  for (let i = 0; i < frame.counts.length; i++) {
    if (frame.counts[i] > 0) d += rectangle(x(frame.start[i]) + 0.5, y(0), x(frame.stop[i]) - 0.5, y(frame.counts[i]));
  }
  filled(group, mark, d, "mlm-bar");
}

function density(group, mark, frame, box) {
  const curve = pathOf(frame.x, frame.y, box);
  const ends = [frame.x[0], frame.x[frame.x.length - 1]].map((value) => px(box.x(value)));
  const nodes = pool(group, "path", 2);
  set(nodes[0], { d: `${curve}L${ends[1]} ${px(box.y(0))}L${ends[0]} ${px(box.y(0))}z`, class: "mlm-area" });
  set(nodes[1], { d: curve, class: "mlm-line", "stroke-width": 2, "stroke-dasharray": dashesOf(mark) });
}

function arrows(group, mark, frame, { x, y }) {
  let d = "";
  for (let i = 0; i < frame.x0.length; i++) {
    const [ax, ay, bx, by] = [x(frame.x0[i]), y(frame.y0[i]), x(frame.x1[i]), y(frame.y1[i])];
    if (!(Number.isFinite(ax + ay + bx + by))) continue;
    d += `M${px(ax)} ${px(ay)}L${px(bx)} ${px(by)}`;
    const length = Math.hypot(bx - ax, by - ay);
    if (!mark.head || length < 6) continue;
    const turn = Math.atan2(by - ay, bx - ax);
    for (const side of [-0.5, 0.5]) {
      const size = Math.min(8, length / 2);
      d += `M${px(bx)} ${px(by)}l${px(-size * Math.cos(turn + side))} ${px(-size * Math.sin(turn + side))}`;
    }
  }
  set(pool(group, "path", 1)[0], { d, class: mark.head ? "mlm-arrow" : "mlm-shaft" });
}

function text(group, mark, frame, { x, y, left, right }) {
  const nodes = pool(group, "text", frame.text.length);
  frame.text.forEach((words, i) => {
    const width = textWidth(words);
    const before = mark.anchor === "end" ? width : mark.anchor === "middle" ? width / 2 : 0;
    const place = Math.min(Math.max(x(frame.x[i]), left + before), Math.max(left, right - width) + before);
    writeText(nodes[i], words, {
      x: px(place),
      y: px(y(frame.y[i]) + TEXT * 0.35),
      "text-anchor": mark.anchor,
      class: "mlm-text",
    });
  });
}

/** Values at the light and the dark end of the shades. */
export function shadeRange(mark, frame) {
  const given = Array.from(frame.value ?? []).filter((value) => value === value);
  return mark.scale ?? [Math.min(...given), Math.max(...given)];
}

/** The shade of a value, 0 to STEPS - 1. */
function shades(mark, frame) {
  const [low, high] = shadeRange(mark, frame);
  return (value) => {
    const share = (value - low) / (high - low || 1);
    return Math.min(STEPS - 1, Math.max(0, Math.floor(share * STEPS)));
  };
}

function shaded(group, mark, frame, shapes) {
  const shade = shades(mark, frame);
  const paths = Array(STEPS).fill("");
  let blank = "";
  shapes.forEach(([value, d]) => {
    if (value === value) paths[shade(value)] += d;
    else blank += d;
  });
  const nodes = pool(group, "path", STEPS + 1);
  paths.forEach((d, step) => set(nodes[step], { d, class: "mlm-shade", style: `--step:${(step + 0.5) / STEPS}` }));
  set(nodes[STEPS], { d: blank, class: "mlm-blank" });
}

function heat(group, mark, frame, { x, y }) {
  const half = (values) => {
    const distinct = [...new Set(values)].sort((a, b) => a - b);
    return Math.min(...distinct.slice(1).map((value, i) => value - distinct[i]), 1) / 2;
  };
  const [dx, dy] = [half(frame.x), half(frame.y)];
  shaded(group, mark, frame, Array.from(frame.value, (value, i) => [
    value,
    rectangle(x(frame.x[i] - dx), y(frame.y[i] - dy), x(frame.x[i] + dx), y(frame.y[i] + dy)),
  ]));
}

function parts(frame) {
  const found = new Map();
  frame.part.forEach((part, i) => {
    if (!found.has(part)) found.set(part, []);
    found.get(part).push(i);
  });
  return [...found.values()];
}

function polygons(group, mark, frame, box) {
  const outlines = parts(frame).map((corners) => {
    const d = pathOf(corners.map((i) => frame.x[i]), corners.map((i) => frame.y[i]), box);
    return [frame.value ? frame.value[corners[0]] : NaN, `${d}z`];
  });
  shaded(group, mark, frame, outlines);
}

/** Places of the units of a diagram: leaves evenly, each parent above the middle of its children. */
export function unitPlaces(mark, frame, { left, right, top, bottom }) {
  const rows = Math.max(...frame.row) + 1;
  const members = Array.from({ length: rows }, () => []);
  frame.row.forEach((row, unit) => members[row].push(unit));
  const named = mark.row_names?.length ? Math.max(...mark.row_names.map((name) => textWidth(name))) + 16 : 0;
  const start = left + named;
  const places = [];
  for (let row = rows - 1; row >= 0; row--) {
    const y = rows === 1 ? (top + bottom) / 2 : top + 16 + ((bottom - top - 44) * row) / (rows - 1);
    members[row].forEach((unit, k) => {
      const children = frame.child.filter((_, link) => frame.parent[link] === unit);
      const middle = children.reduce((sum, child) => sum + places[child].x, 0) / children.length;
      const even = start + ((right - start) * (k + 0.5)) / members[row].length;
      places[unit] = { x: children.length && row < rows - 1 ? middle : even, y };
    });
  }
  return { places, members };
}

function units(group, mark, frame, box) {
  const { places, members } = unitPlaces(mark, frame, box);
  let links = "";
  frame.parent.forEach((parent, i) => {
    const [a, b] = [places[parent], places[frame.child[i]]];
    links += `M${px(a.x)} ${px(a.y)}L${px(b.x)} ${px(b.y)}`;
  });
  const layers = pool(group, "g", 3);
  set(pool(layers[0], "path", 1)[0], { d: links, class: "mlm-link" });
  const nodes = pool(layers[1], "path", places.length);
  const labels = pool(layers[2], "text", places.length + (mark.row_names?.length ?? 0));
  members.forEach((units, row) => {
    const level = mark.levels[row] ?? "neutral";
    const room = (box.right - box.left) / units.length;
    const fits = units.every((unit) => textWidth(frame.names[unit]) < room - 4);
    for (const unit of units) {
      const { x, y } = places[unit];
      set(nodes[unit], {
        d: `M${px(x)} ${px(y)}${outline(shapeOf({ level }).name, Math.min(7, room / 3))}`,
        class: `mlm-points mlm-${level}`,
      });
      const name = fits ? frame.names[unit] : "";
      writeText(labels[unit], name, { x: px(x), y: px(y + 22), "text-anchor": "middle", class: "mlm-text" });
    }
    if (mark.row_names?.[row]) {
      const y = places[units[0]].y + TEXT * 0.35;
      writeText(labels[places.length + row], mark.row_names[row], { x: box.left, y: px(y), class: `mlm-text mlm-${level}` });
    }
  });
}

const PAINT = {
  points, lines, band, bars, histogram, density, arrows, text, heat, polygons, units,
};

/** Whether a mark is drawn in the picture, not beside it as a table or cards. */
export function isDrawn(mark) {
  return mark.kind in PAINT;
}

/** Paint a mark. */
export function paint(group, mark, frame, box) {
  PAINT[mark.kind](group, mark, frame, box);
}

/** Things of a mark that a reader can pick: {key, index, x, y} in pixels. */
export function itemsOf(mark, frame, box) {
  const { x, y } = box;
  const keys = frame.group ?? frame.names;
  const each = (count, at) =>
    Array.from({ length: count }, (_, index) => ({ key: keys?.[index], index, ...at(index) }));
  switch (mark.kind) {
    case "points":
    case "lines":
      return each(frame.x.length, (i) => ({ x: x(frame.x[i]), y: y(frame.y[i]) }));
    case "arrows":
      return each(frame.x1.length, (i) => ({ x: x(frame.x1[i]), y: y(frame.y1[i]) }));
    case "bars":
      return each(frame.x.length, (i) => {
        const [x0, y0, x1, y1] = barEnds(mark, frame, i, box);
        return { x: (x0 + x1) / 2, y: (y0 + y1) / 2 };
      });
    case "heat":
      return each(frame.x.length, (i) => ({ x: x(frame.x[i]), y: y(frame.y[i]) }));
    case "polygons":
      return parts(frame).map((corners) => ({
        key: frame.names?.[corners[0]],
        index: corners[0],
        x: x(corners.reduce((sum, i) => sum + frame.x[i], 0) / corners.length),
        y: y(corners.reduce((sum, i) => sum + frame.y[i], 0) / corners.length),
      }));
    case "units":
      return unitPlaces(mark, frame, box).places.map((place, index) => ({ key: frame.names[index], index, ...place }));
    default:
      return [];
  }
}

/** The part of a frame that belongs to one key, or null. */
export function partOf(mark, frame, key) {
  const keys = frame.group ?? frame.names;
  if (!keys || mark.kind === "units") return null;
  const kept = [];
  for (let i = 0; i < keys.length; i++) if (keys[i] === key) kept.push(i);
  if (!kept.length) return null;
  const part = {};
  for (const name in frame) {
    const row = frame[name];
    part[name] = row?.length === keys.length && row.length > 1 ? kept.map((i) => row[i]) : row;
  }
  return part;
}

/** Where a line can be labeled: its last vertex, in pixels. */
export function lineEnd(frame, { x, y }) {
  for (let i = frame.x.length - 1; i >= 0; i--) {
    if (frame.y[i] === frame.y[i]) return { x: x(frame.x[i]), y: y(frame.y[i]) };
  }
  return null;
}

/** Height that a diagram of units needs. */
export function unitsHeight(frame) {
  return (Math.max(...frame.row) + 1) * (LINE * 4) + LINE;
}
