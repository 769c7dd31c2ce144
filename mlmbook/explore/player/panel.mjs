// One picture: axes, marks, key, labels that keep clear of each other, and the thing picked in it.

import { HATCHED } from "./bars.mjs";
import { ROW, TALL_ROW, drawAxes, margins, scalesOf } from "./axes.mjs";
import { html, pool, set, svg, unique, write } from "./dom.mjs";
import { keyEntries, keyItem } from "./key.mjs";
import { LINE, TEXT, spread, textWidth, writeText } from "./labels.mjs";
import { isDrawn, lineEnd, paint, partOf } from "./marks.mjs";
import { describe, keysOf, listen, pickable } from "./picking.mjs";
import { clamp } from "./scale.mjs";
import { unitsHeight } from "./units.mjs";

const LAYERS = ["grid", "ticks", "marks", "overlay", "labels"];
const WIDEST_LABEL = 0.3; // share of the width; wider labels of lines go into the key
const TALLEST_SQUARE = 420;

export class Panel {
  /** `spec` and `channels` of the panel; `picked(item, how)` hears what the reader picks. */
  constructor(spec, channels, picked) {
    this.spec = spec;
    this.channels = channels;
    this.marks = channels.marks;
    this.drawn = this.marks.map(isDrawn);
    this.picked = null;
    this.hatches = {};
    this.#build();
    listen(this, picked);
  }

  #build() {
    this.title = html("p", { class: "mlm-panel-title" });
    this.key = html("ul", { class: "mlm-key", role: "list" });
    this.defs = svg("defs");
    this.layers = Object.fromEntries(LAYERS.map((name) => [name, svg("g", { class: `mlm-${name}` })]));
    this.svg = svg(
      "svg",
      { "aria-hidden": "true", focusable: "false" },
      this.defs,
      ...Object.values(this.layers),
    );
    this.groups = this.marks.map((mark) => this.#group(mark, this.layers.marks));
    this.lit = this.marks.map((mark) => this.#group(mark, this.layers.overlay));
    this.tip = html("div", { class: "mlm-tip", hidden: true });
    this.plot = html("div", { class: "mlm-plot" }, this.svg, this.tip);
    this.plot.hidden = !this.drawn.includes(true);
    this.element = html("div", { class: "mlm-panel" }, this.title, this.key, this.plot);
  }

  #group(mark, layer) {
    const group = svg("g", { class: `mlm-${mark.level}` });
    group.mlmHatch = (level) => this.#hatch(level);
    layer.append(group);
    return group;
  }

  /** The id of the pattern of a level, or null where its bars are plain. */
  #hatch(level) {
    if (!(level in HATCHED)) return null;
    if (!this.hatches[level]) {
      this.hatches[level] = unique("hatch");
      this.defs.append(
        svg(
          "pattern",
          {
            id: this.hatches[level],
            width: 6,
            height: 6,
            patternUnits: "userSpaceOnUse",
            class: `mlm-${level}`,
          },
          svg("path", { d: HATCHED[level], class: "mlm-hatch-line" }),
        ),
      );
    }
    return this.hatches[level];
  }

  // ---- size ----

  /** The height this panel needs at a width, and whether it would take more. */
  wish(width, state) {
    if (this.plot.hidden) return { height: 0, stretches: false };
    const diagram = this.marks.findIndex((mark) => mark.kind === "units");
    if (diagram >= 0) return { height: unitsHeight(state.frames[diagram]), stretches: false };
    if (this.spec.height) return { height: this.spec.height, stretches: false };
    const around = this.#margins(width, state);
    const inner = width - around.left - around.right;
    const rows = state.y.categories?.length;
    const square = this.spec.aspect && Math.min(inner * this.spec.aspect, TALLEST_SQUARE);
    const height = rows ? rows * (around.above ? TALL_ROW : ROW) : square || clamp(width * 0.48, 170, 250);
    return { height: Math.round(height + around.top + around.bottom), stretches: !rows && !square };
  }

  /** Lay the picture out for a width and height; everything is placed anew, nothing is scaled. */
  layout(width, height, state) {
    if (this.plot.hidden) return;
    const around = this.#margins(width, state);
    const [top, bottom] = [around.top, height - around.bottom];
    const widest = this.spec.aspect ? (bottom - top) / this.spec.aspect : Infinity;
    const right = Math.min(width - around.right, around.left + widest);
    this.size = { width, height, left: around.left, right, top, bottom, above: around.above };
    this.axesKey = null;
    set(this.svg, { width, height, viewBox: `0 0 ${width} ${height}` });
  }

  #margins(width, state) {
    const labels = Math.max(0, ...this.#lineLabels(state).map(({ text }) => textWidth(text, 600)));
    this.keyed = labels > width * WIDEST_LABEL;
    return margins(width, state, this.channels.y.categories?.all(), this.keyed ? 0 : labels);
  }

  #lineLabels(state) {
    return this.marks.flatMap((mark, m) => {
      const frame = state.frames[m];
      const text = frame.label[0];
      return mark.kind === "lines" && frame.shown && text ? [{ mark, frame, text }] : [];
    });
  }

  // ---- drawing ----

  /** Draw a state; what has not changed is not touched. */
  draw(state) {
    this.state = state;
    write(this.title, state.title);
    this.title.hidden = !state.title;
    this.#drawKey(state);
    if (!this.size) return;
    this.#drawAxes(state);
    this.marks.forEach((mark, m) => this.drawn[m] && this.#drawMark(this.groups[m], mark, state.frames[m]));
    this.#drawLabels(state);
    this.#drawPicked();
  }

  #drawKey(state) {
    const entries = keyEntries(this.marks, state.frames, this.keyed);
    const words = entries.map((entry) => entry.mark.level + entry.mark.kind + entry.words).join("|");
    if (words === this.keyWords) return;
    this.keyWords = words;
    this.key.replaceChildren(...entries.map((entry) => keyItem(entry, (level) => this.#hatch(level))));
    this.key.hidden = !entries.length;
  }

  #drawAxes(state) {
    const { x, y } = state;
    const now = [...x.range, ...y.range, x.categories, y.categories, x.label, y.label];
    if (this.axesKey?.every((value, i) => value === now[i])) return;
    this.axesKey = now;
    this.box = { ...this.size, ...scalesOf(state, this.size) };
    drawAxes(this.layers, state, this.box);
  }

  #drawMark(group, mark, frame) {
    set(group, { display: frame.shown ? null : "none" });
    const now = [this.box, ...Object.values(frame)];
    if (!frame.shown || group.mlmDrawn?.every((value, i) => value === now[i])) return;
    group.mlmDrawn = now;
    paint(group, mark, frame, this.box);
  }

  #drawLabels(state) {
    const { top, bottom, right } = this.size;
    const placed = (this.keyed ? [] : this.#lineLabels(state))
      .map((label) => ({ ...label, end: lineEnd(label.frame, this.box) }))
      .filter(({ end }) => end);
    const heights = spread(
      placed.map(({ end }) => clamp(end.y, top, bottom)),
      LINE,
      top,
      bottom,
    );
    const nodes = pool(this.layers.labels, "text", placed.length);
    placed.forEach(({ mark, text, end }, i) => {
      const place = { x: Math.min(end.x, right) + 7, y: heights[i] + TEXT * 0.35 };
      writeText(nodes[i], text, { ...place, class: `mlm-label mlm-${mark.level}` });
    });
  }

  // ---- what is picked ----

  /** Light up what has the key of an item, or nothing; `here` says it in words beside it. */
  pick(item, here) {
    this.picked = item && { ...item, here };
    this.#drawPicked();
  }

  describe(item) {
    return describe(this, item);
  }

  #drawPicked() {
    if (!this.size) return;
    const key = this.picked?.key;
    let found = false;
    this.marks.forEach((mark, m) => {
      const frame = this.state.frames[m];
      const part = key != null && this.drawn[m] && frame.shown ? partOf(mark, frame, key) : null;
      set(this.lit[m], { display: part ? null : "none" });
      if (part) paint(this.lit[m], mark, part, this.box);
      found ||= part !== null;
    });
    set(this.layers.marks, { class: found ? "mlm-marks mlm-dim" : "mlm-marks" });
    this.#drawTip();
  }

  #drawTip() {
    const { picked } = this;
    const item =
      picked?.here &&
      pickable(this).find(
        (other) =>
          other.mark === picked.mark &&
          (picked.key == null ? other.index === picked.index : other.key === picked.key),
      );
    this.tip.hidden = !item;
    if (!item) return;
    write(this.tip, describe(this, item));
    const { width } = this.size;
    const left = clamp(item.x, 0, width);
    const side =
      left > width / 2 ? `right:${Math.round(width - left + 12)}px` : `left:${Math.round(left + 12)}px`;
    set(this.tip, { style: `${side};top:${Math.round(Math.max(0, item.y - 40))}px` });
  }

  /** Tell assistive technology what the picture is, and how to move in it. */
  announce(title, describedBy) {
    if (!this.size) return;
    const count = keysOf(pickable(this)).length;
    const name = this.state.title || title;
    set(this.plot, {
      tabindex: count ? 0 : null,
      role: count ? "application" : "img",
      "aria-roledescription": count ? "picture" : null,
      "aria-label": count
        ? `${name}: a picture. The arrow keys step through ${count} of its parts.`
        : `Picture: ${name}`,
      "aria-describedby": describedBy,
    });
  }
}
