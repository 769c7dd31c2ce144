// Picking a thing in a picture: by pointer, by arrow keys, or from another picture of the scene.

import { clamp } from "./scale.mjs";
import { formatWith, readable } from "./format.mjs";
import { itemsOf } from "./marks.mjs";

const NEAR = 28; // pixels within which a pointer picks

/** Everything that can be picked in a panel now: {key, index, x, y, mark, frame}. */
export function pickable(panel) {
  return panel.marks.flatMap((mark, m) => {
    const frame = panel.state.frames[m];
    if (!panel.drawn[m] || !frame.shown) return [];
    return itemsOf(mark, frame, panel.box).map((item) => ({ ...item, mark, frame }));
  });
}

/** Names to step through, each once. */
export function keysOf(items) {
  return [...new Set(items.map((item) => item.key).filter((key) => key != null))];
}

/** Call `picked(item or null, how)` when a reader points, taps or steps in a panel. */
export function listen(panel, picked) {
  let waiting = 0;
  panel.plot.addEventListener("pointermove", (event) => {
    if (event.pointerType !== "mouse") return;
    cancelAnimationFrame(waiting);
    waiting = requestAnimationFrame(() => picked(nearest(panel, event), "hover"));
  });
  panel.plot.addEventListener("pointerleave", () => {
    cancelAnimationFrame(waiting);
    picked(null, "leave");
  });
  panel.plot.addEventListener("click", (event) => picked(nearest(panel, event), "click"));
  panel.plot.addEventListener("keydown", (event) => {
    const items = pickable(panel);
    const keys = keysOf(items);
    const next = step(event.key, keys.indexOf(panel.picked?.key), keys.length - 1);
    if (next === null || !keys.length) return;
    event.preventDefault();
    picked(next < 0 ? null : items.find((item) => item.key === keys[next]), "keys");
  });
}

/** Where a key leads from place `now` of 0 to `last`: -1 for nowhere, null for keys that do not step. */
export function step(key, now, last) {
  const next = {
    ArrowRight: now + 1,
    ArrowDown: now + 1,
    ArrowLeft: now - 1,
    ArrowUp: now - 1,
    PageDown: now + 10,
    PageUp: now - 10,
    Home: 0,
    End: last,
  }[key];
  if (key === "Escape") return -1;
  return next === undefined ? null : clamp(next, 0, last);
}

function nearest(panel, event) {
  const edge = panel.svg.getBoundingClientRect();
  const [px, py] = [event.clientX - edge.left, event.clientY - edge.top];
  let best = null;
  let least = NEAR;
  for (const item of pickable(panel)) {
    const away = Math.hypot(item.x - px, item.y - py);
    if (away < least) [best, least] = [item, away];
  }
  return best;
}

/** Say in words what an item is: its name, and its values on the axes. */
export function describe(panel, item) {
  const name = item.frame.names?.[item.index] ?? item.key;
  const same = item.key == null ? [] : pickable(panel).filter((other) => other.key === item.key);
  const solid = same.filter(({ mark }) => mark.kind !== "lines" && mark.kind !== "arrows");
  const told = solid.length ? solid : same.filter(({ mark }) => mark.kind === "arrows");
  const values = (told.length && told.length < 5 ? told : [item]).map((one) => valuesOf(panel.state, one));
  return [name, [...new Set(values)].filter(Boolean).join("; ")].filter(Boolean).join(": ");
}

function valuesOf({ x, y }, { mark, frame, index }) {
  const channels = {
    arrows: [
      ["x0", x],
      ["x1", x],
      ["y0", y],
      ["y1", y],
    ],
    bars: [["height", mark.horizontal ? x : y]],
    units: [],
  }[mark.kind] ?? [
    ["x", x],
    ["y", y],
  ];
  const numeric = channels.filter(([channel, axis]) => !axis.categories && !axis.hide && frame[channel]);
  const moves = mark.kind === "arrows";
  const parts = numeric.map(([channel, axis]) => {
    const value = formatWith(axis.format, readable(frame[channel][index], axis.range[1] - axis.range[0]));
    const label = numeric.length > 1 && !moves ? axis.label.split(",")[0] : frame.label[0];
    return label && !moves ? `${label} ${value}` : value;
  });
  if (frame.value) parts.push(formatWith("{:.3g}", frame.value[index]));
  return moves ? pairs(parts).join(", ") : parts.join(", ");
}

function pairs(parts) {
  return parts.flatMap((part, i) => (i % 2 ? [] : [`${part} → ${parts[i + 1]}`]));
}
