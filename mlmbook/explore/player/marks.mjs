// Every kind of mark: who paints it, where its items are, and which part of it belongs to a key.
//
// A painter gets an SVG group, the mark, a frame (its channels now) and the box of the picture with
// the scales `x` and `y`. It keeps nodes from draw to draw. Items are the things a reader can pick.

import { barEnds, bars, histogram } from "./bars.mjs";
import { heat, parts, polygons } from "./shades.mjs";
import { arrows, band, density, lines, points, text } from "./strokes.mjs";
import { unitPlaces, units } from "./units.mjs";

const PAINT = {
  points,
  lines,
  band,
  bars,
  histogram,
  density,
  arrows,
  text,
  heat,
  polygons,
  units,
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
      return unitPlaces(mark, frame, box).places.map((place, index) => ({
        key: frame.names[index],
        index,
        ...place,
      }));
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
