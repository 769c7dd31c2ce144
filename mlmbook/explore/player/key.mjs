// The key above a picture: each mark with its words, its color and its second cue.

import { html, rich, set, svg } from "./dom.mjs";
import { formatWith } from "./format.mjs";
import { isDrawn } from "./marks.mjs";
import { STEPS, shadeRange } from "./shades.mjs";
import { outline, shapeOf } from "./shapes.mjs";
import { dashesOf } from "./strokes.mjs";

/** Entries of the key: marks with words that are not written beside the mark itself. */
export function keyEntries(marks, frames, keyed) {
  const seen = new Set();
  return marks.flatMap((mark, m) => {
    const frame = frames[m];
    const words = frame.label[0];
    const beside = mark.kind === "text" || (mark.kind === "lines" && !keyed);
    const id = [mark.kind, mark.level, words].join("|");
    if (!frame.shown || !words || !isDrawn(mark) || beside || seen.has(id)) return [];
    seen.add(id);
    return [{ mark, words: words + shadeWords(mark, frame), group: m }];
  });
}

function shadeWords(mark, frame) {
  if ((mark.kind !== "heat" && mark.kind !== "polygons") || !frame.value) return "";
  const [low, high] = shadeRange(mark, frame).map((value) => formatWith("{:.3g}", value));
  return `: faint ${low}, strong ${high}`;
}

/** A list item of the key; `hatch` gives the id of the pattern of a level. */
export function keyItem({ mark, words }, hatch) {
  return html("li", { class: `mlm-${mark.level}` }, glyph(mark, hatch), html("span", {}, rich(words)));
}

function glyph(mark, hatch) {
  const parts = (SMALL[mark.kind] ?? swatch)(mark, hatch);
  return svg("svg", { width: 18, height: 14, viewBox: "0 0 18 14", "aria-hidden": "true" }, ...parts);
}

const SMALL = {
  points(mark) {
    const { name, open } = shapeOf(mark);
    const kind = `mlm-points${open ? " mlm-open" : ""}${name === "cross" ? " mlm-strokes" : ""}`;
    return [svg("path", { d: `M9 7${outline(name, 5)}`, class: kind })];
  },
  lines: (mark) => [
    set(svg("path", { d: "M1 7H17", class: "mlm-line", "stroke-width": 2 }), {
      "stroke-dasharray": dashesOf(mark),
    }),
  ],
  arrows: (mark) => [
    svg("path", {
      d: mark.head ? "M1 7H16M12 3L16 7L12 11" : "M1 7H17",
      class: mark.head ? "mlm-arrow" : "mlm-shaft",
    }),
  ],
  heat: shadeSteps,
  polygons: shadeSteps,
};

function shadeSteps() {
  return [0, 1, 2].map((k) =>
    svg("path", { d: `M${k * 6} 1h6v12h-6z`, class: "mlm-shade", style: `--step:${(k * 4 + 0.5) / STEPS}` }),
  );
}

function swatch(mark, hatch) {
  const d = "M1 1h16v12h-16z";
  const kind = { band: "mlm-band", density: "mlm-area" }[mark.kind] ?? "mlm-bar";
  const plain = svg("path", { d, class: kind });
  const id = kind === "mlm-bar" ? hatch(mark.level) : null;
  return id ? [plain, svg("path", { d, class: "mlm-hatch", fill: `url(#${id})` })] : [plain];
}
