// Bars and histograms.

import { pool, set } from "./dom.mjs";
import { rectangle } from "./paths.mjs";

/** Patterns of bars: the second cue of levels beside their color. */
export const HATCHED = { within: "M-1 7L7 -1M-1 1L1 -1M5 7L7 5", cross: "M0 3H6" };

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

export function barEnds(mark, frame, i, { x, y, above }) {
  const half = Math.min(halfWidth(frame, i), above ? 0.24 : Infinity); // names stand above their bars
  const base = frame.base[i] ?? frame.base[0] ?? 0;
  return mark.horizontal
    ? [x(base), y(frame.x[i] - half), x(frame.height[i]), y(frame.x[i] + half)]
    : [x(frame.x[i] - half), y(base), x(frame.x[i] + half), y(frame.height[i])];
}

export function bars(group, mark, frame, box) {
  let d = "";
  for (let i = 0; i < frame.x.length; i++) {
    if (frame.height[i] === frame.height[i]) d += rectangle(...barEnds(mark, frame, i, box));
  }
  filled(group, mark, d, "mlm-bar");
}

export function histogram(group, mark, frame, { x, y }) {
  let d = "";
  for (let i = 0; i < frame.counts.length; i++) {
    if (frame.counts[i] > 0)
      d += rectangle(x(frame.start[i]) + 0.5, y(0), x(frame.stop[i]) - 0.5, y(frame.counts[i]));
  }
  filled(group, mark, d, "mlm-bar");
}
