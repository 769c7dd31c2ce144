// Text in pictures: how wide it is, how it wraps, and where labels go so that none covers another.

import { set, subscripts, svg } from "./dom.mjs";

export const TEXT = 13; // pixels, at every width: a narrow picture is laid out anew, never scaled
export const LINE = 16;

let ruler;
let family;
const widths = new Map();

/** Width of a text in pixels. */
export function textWidth(text, weight = 400) {
  const key = weight + text;
  if (!widths.has(key)) widths.set(key, measure(text.replaceAll("_", ""), weight));
  return widths.get(key);
}

function measure(text, weight) {
  if (typeof document === "undefined") return text.length * TEXT * 0.58;
  ruler ??= document.createElement("canvas").getContext("2d");
  family ??= getComputedStyle(document.documentElement).getPropertyValue("--mlm-sans") || "sans-serif";
  ruler.font = `${weight} ${TEXT}px ${family}`;
  return ruler.measureText(text).width;
}

/** Break a text into lines no wider than `width` where its words allow it. */
export function wrap(text, width, widthOf = textWidth) {
  const lines = [];
  for (const word of text.split(" ")) {
    const longer = lines.length ? `${lines.at(-1)} ${word}` : word;
    if (lines.length && widthOf(longer) <= width) lines[lines.length - 1] = longer;
    else lines.push(word);
  }
  return lines;
}

/**
 * Move positions apart until neighbors are at least `gap` apart, each as little as possible,
 * inside [low, high] as far as they fit.
 */
export function spread(positions, gap, low = -Infinity, high = Infinity) {
  const order = positions.map((_, i) => i).sort((a, b) => positions[a] - positions[b] || a - b);
  const blocks = [];
  order.forEach((index, rank) => {
    blocks.push({ mean: positions[index] - rank * gap, count: 1 });
    while (blocks.length > 1 && blocks.at(-2).mean > blocks.at(-1).mean) {
      const b = blocks.pop();
      const a = blocks.pop();
      const count = a.count + b.count;
      blocks.push({ mean: (a.mean * a.count + b.mean * b.count) / count, count });
    }
  });
  const room = high - (positions.length - 1) * gap;
  const levels = blocks.flatMap(({ mean, count }) => Array(count).fill(mean));
  const placed = [];
  order.forEach((index, rank) => {
    placed[index] = Math.max(low, Math.min(levels[rank], Math.max(room, low))) + rank * gap;
  });
  return placed;
}

/** Write text with its subscripts into an SVG text node. */
export function writeText(node, text, attributes) {
  set(node, attributes);
  if (node.mlmText === text) return node;
  node.mlmText = text;
  const parts = subscripts(text);
  if (parts.length < 2) {
    node.textContent = text;
    return node;
  }
  node.textContent = "";
  let lowered = false;
  for (const [part, low] of parts) {
    const dy = low === lowered ? 0 : low ? 3 : -3;
    node.append(svg("tspan", dy ? { dy } : {}, part));
    lowered = low;
  }
  return node;
}
