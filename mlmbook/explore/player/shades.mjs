// Shaded areas: heat maps and small maps of polygons.

import { pool, set } from "./dom.mjs";
import { pathOf, rectangle } from "./paths.mjs";

export const STEPS = 10; // shades of a heat map

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
  paths.forEach((d, step) =>
    set(nodes[step], { d, class: "mlm-shade", style: `--step:${(step + 0.5) / STEPS}` }),
  );
  set(nodes[STEPS], { d: blank, class: "mlm-blank" });
}

export function heat(group, mark, frame, { x, y }) {
  const half = (values) => {
    const distinct = [...new Set(values)].sort((a, b) => a - b);
    return Math.min(...distinct.slice(1).map((value, i) => value - distinct[i]), 1) / 2;
  };
  const [dx, dy] = [half(frame.x), half(frame.y)];
  shaded(
    group,
    mark,
    frame,
    Array.from(frame.value, (value, i) => [
      value,
      rectangle(x(frame.x[i] - dx), y(frame.y[i] - dy), x(frame.x[i] + dx), y(frame.y[i] + dy)),
    ]),
  );
}

/** Corners of each polygon. */
export function parts(frame) {
  const found = new Map();
  frame.part.forEach((part, i) => {
    if (!found.has(part)) found.set(part, []);
    found.get(part).push(i);
  });
  return [...found.values()];
}

export function polygons(group, mark, frame, box) {
  const outlines = parts(frame).map((corners) => {
    const d = pathOf(
      corners.map((i) => frame.x[i]),
      corners.map((i) => frame.y[i]),
      box,
    );
    return [frame.value ? frame.value[corners[0]] : NaN, `${d}z`];
  });
  shaded(group, mark, frame, outlines);
}
