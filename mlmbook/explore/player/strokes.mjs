// Marks of points and strokes: points, lines, bands, densities, arrows, words.

import { pool, set } from "./dom.mjs";
import { TEXT, textWidth, writeText } from "./labels.mjs";
import { pathOf, px } from "./paths.mjs";
import { DASH_OF, outline, shapeOf } from "./shapes.mjs";

const MANY = 150; // more points than this are one path

export function points(group, mark, frame, { x, y }) {
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

/** Dashes of a line: asked for, or those of its level. */
export function dashesOf(mark) {
  if (mark.dash === false) return null;
  return mark.dash ? "5 4" : (DASH_OF[mark.level] ?? null);
}

export function lines(group, mark, frame, box) {
  set(pool(group, "path", 1)[0], {
    d: pathOf(frame.x, frame.y, box, frame.group),
    class: "mlm-line",
    "stroke-width": mark.width,
    "stroke-dasharray": dashesOf(mark),
  });
}

export function band(group, mark, frame, box) {
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

export function density(group, mark, frame, box) {
  const curve = pathOf(frame.x, frame.y, box);
  const ends = [frame.x[0], frame.x[frame.x.length - 1]].map((value) => px(box.x(value)));
  const nodes = pool(group, "path", 2);
  set(nodes[0], { d: `${curve}L${ends[1]} ${px(box.y(0))}L${ends[0]} ${px(box.y(0))}z`, class: "mlm-area" });
  set(nodes[1], { d: curve, class: "mlm-line", "stroke-width": 2, "stroke-dasharray": dashesOf(mark) });
}

export function arrows(group, mark, frame, { x, y }) {
  let d = "";
  for (let i = 0; i < frame.x0.length; i++) {
    const [ax, ay, bx, by] = [x(frame.x0[i]), y(frame.y0[i]), x(frame.x1[i]), y(frame.y1[i])];
    if (!Number.isFinite(ax + ay + bx + by)) continue;
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

export function text(group, mark, frame, { x, y, left, right }) {
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
