// Unit diagrams: rows of units, each joined to its parents.

import { pool, set } from "./dom.mjs";
import { LINE, TEXT, textWidth, writeText } from "./labels.mjs";
import { px } from "./paths.mjs";
import { outline, shapeOf } from "./shapes.mjs";

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

/** Height that a diagram of units needs. */
export function unitsHeight(frame) {
  return (Math.max(...frame.row) + 1) * (LINE * 4) + LINE;
}

export function units(group, mark, frame, box) {
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
      writeText(labels[places.length + row], mark.row_names[row], {
        x: box.left,
        y: px(y),
        class: `mlm-text mlm-${level}`,
      });
    }
  });
}
