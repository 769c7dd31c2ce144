// One picture: axes, marks, key, labels that keep clear of each other, and the thing picked in it.

import { html, pool, rich, set, svg, unique, write } from "./dom.mjs";
import { formatWith, readable } from "./format.mjs";
import { LINE, TEXT, spread, textWidth, wrap, writeText } from "./labels.mjs";
import { clamp, linear, roundTicks } from "./scale.mjs";
import { STEPS, dashesOf, isDrawn, itemsOf, lineEnd, paint, partOf, unitsHeight } from "./marks.mjs";
import { outline, shapeOf } from "./shapes.mjs";

const NEAR = 28; // pixels within which a pointer picks
const ROW = 24; // height of a category on the vertical axis
const TALL_ROW = 42; // the same when its name stands above it

/** Read every channel of a panel from the tables. */
export function panelChannels(spec, tables) {
  const axis = (which) => ({
    ...which,
    label: tables.texts(which.label),
    range: tables.numbers(which.range),
    categories: which.categories && tables.texts(which.categories),
    ticks: which.ticks && tables.numbers(which.ticks),
    tick_words: which.tick_words && tables.texts(which.tick_words),
  });
  const all = (refs, read) => Object.entries(refs).map(([name, ref]) => [name, read(ref)]);
  return {
    title: tables.texts(spec.title),
    x: axis(spec.x),
    y: axis(spec.y),
    marks: spec.marks.map((mark) => ({
      ...mark,
      shown: tables.numbers(mark.shown),
      numbers: all(mark.numbers, (ref) => tables.numbers(ref)),
      words: all(mark.words, (ref) => tables.texts(ref)),
    })),
  };
}

/** What a panel shows at a place of the controls. */
export function panelState(channels, place) {
  const axis = (which) => ({
    label: which.label.at(place)[0],
    range: which.range.at(place),
    categories: which.categories?.at(place),
    ticks: which.ticks?.at(place),
    tick_words: which.tick_words?.at(place),
    format: which.format,
    hide: which.hide,
  });
  return {
    title: channels.title.at(place)[0],
    x: axis(channels.x),
    y: axis(channels.y),
    frames: channels.marks.map((mark) => {
      const frame = {};
      for (const [name, channel] of mark.numbers) frame[name] = channel.at(place);
      for (const [name, channel] of mark.words) frame[name] = channel.at(place);
      frame.shown = mark.shown.at(place.nearest)[0] > 0;
      return frame;
    }),
  };
}

/** A state between two states, for motion; words and lengths come from the later one. */
export function between(from, to, share) {
  const mix = (a, b) => {
    if (a === b || !a || a.length !== b.length || Array.isArray(b)) return b;
    const row = new Float64Array(b.length);
    for (let i = 0; i < row.length; i++) row[i] = a[i] + (b[i] - a[i]) * share;
    return row;
  };
  const axis = (which) => ({ ...to[which], range: mix(from[which].range, to[which].range) });
  return {
    ...to,
    x: axis("x"),
    y: axis("y"),
    frames: to.frames.map((frame, m) => {
      const mixed = {};
      for (const name in frame) {
        const numbers = ArrayBuffer.isView(frame[name]) && name !== "part" && name !== "row";
        mixed[name] = numbers ? mix(from.frames[m][name], frame[name]) : frame[name];
      }
      return mixed;
    }),
  };
}

/** A picture of the scene. */
export class Panel {
  constructor(spec, channels, { onPick, describedBy }) {
    this.spec = spec;
    this.channels = channels;
    this.marks = channels.marks;
    this.drawn = this.marks.map(isDrawn);
    this.onPick = onPick;
    this.picked = null;
    this.#build(describedBy);
  }

  #build(describedBy) {
    this.title = html("p", { class: "mlm-panel-title" });
    this.key = html("ul", { class: "mlm-key", role: "list" });
    this.svg = svg("svg", { "aria-hidden": "true", focusable: "false" });
    this.layers = {};
    this.hatches = svg("defs");
    this.svg.append(this.hatches);
    for (const name of ["grid", "ticks", "names", "marks", "overlay", "labels"]) {
      this.layers[name] = svg("g", { class: `mlm-${name}` });
      this.svg.append(this.layers[name]);
    }
    this.groups = this.marks.map((mark) => this.#group(mark, this.layers.marks));
    this.lit = this.marks.map((mark) => this.#group(mark, this.layers.overlay));
    this.tip = html("div", { class: "mlm-tip", hidden: true });
    this.plot = html("div", { class: "mlm-plot" }, this.svg, this.tip);
    this.element = html("div", { class: "mlm-panel" }, this.title, this.key, this.plot);
    if (!this.drawn.some(Boolean)) this.plot.hidden = true;
    this.describedBy = describedBy;
    this.#listen();
  }

  #group(mark, layer) {
    const group = svg("g", { class: `mlm-${mark.level} mlm-kind-${mark.kind}` });
    group.mlmHatch = (level) => this.#hatch(level);
    layer.append(group);
    return group;
  }

  #hatch(level) {
    this.hatchIds ??= {};
    if (!this.hatchIds[level]) {
      this.hatchIds[level] = unique("hatch");
      const line = svg("path", { d: "M-1 7L7 -1M-1 1L1 -1M5 7L7 5", class: "mlm-hatch-line" });
      const pattern = svg("pattern", {
        id: this.hatchIds[level], width: 6, height: 6, patternUnits: "userSpaceOnUse", class: `mlm-${level}`,
      }, line);
      this.hatches.append(pattern);
    }
    return this.hatchIds[level];
  }

  /** Height this panel would like at a width. */
  wish(width, state) {
    if (!this.drawn.some(Boolean)) return 0;
    const diagram = this.marks.findIndex((mark) => mark.kind === "units");
    if (diagram >= 0) return unitsHeight(state.frames[diagram]);
    const around = this.#margins(width, state);
    const inner = width - around.left - around.right;
    if (this.spec.height) return this.spec.height;
    if (this.spec.aspect) return Math.min(inner * this.spec.aspect, 420) + around.top + around.bottom;
    const rows = state.y.categories?.length;
    if (rows) return rows * (around.above ? TALL_ROW : ROW) + around.top + around.bottom;
    return null;
  }

  /** Lay the picture out for a width and height; everything is placed anew, nothing is scaled. */
  layout(width, height, state) {
    if (!this.drawn.some(Boolean)) return;
    const around = this.#margins(width, state);
    let [left, right] = [around.left, width - around.right];
    const [top, bottom] = [around.top, height - around.bottom];
    if (this.spec.aspect && (bottom - top) / this.spec.aspect < right - left) {
      right = left + (bottom - top) / this.spec.aspect;
    }
    this.size = { width, height, left, right, top, bottom, above: around.above };
    set(this.svg, { width, height, viewBox: `0 0 ${width} ${height}` });
    this.axes = null;
  }

  #margins(width, state) {
    const { x, y } = state;
    const labels = this.#lineLabels(state);
    const widest = Math.max(0, ...labels.map(({ text }) => textWidth(text, 600)));
    this.keyed = widest > width * 0.3;
    const right = labels.length && !this.keyed ? widest + 12 : 14;
    let left = 10;
    let above = false;
    if (!y.hide) {
      const words = this.channels.y.categories?.all() ?? this.#tickWords(y, 6);
      left = Math.max(...words.map((word) => textWidth(word)), 0) + 12;
      above = Boolean(y.categories) && left > width * 0.38;
      if (above) left = 10;
    }
    const top = !y.hide && y.label ? LINE + 10 : 10;
    let bottom = 8;
    if (!x.hide) {
      const lines = x.categories ? this.#columnLines(x, width - left - right).deepest : 1;
      const name = x.label ? wrap(x.label, width - 8).length : 0;
      bottom = 10 + lines * LINE + name * LINE + 4;
    }
    return { left, right, top, bottom, above };
  }

  #columnLines(axis, inner) {
    const room = inner / axis.categories.length - 6;
    const lines = axis.categories.map((word) => wrap(word, room));
    return { lines, deepest: Math.max(1, ...lines.map((list) => list.length)) };
  }

  #tickWords(axis, count) {
    return this.#ticks(axis, count).map(([, word]) => word);
  }

  #ticks(axis, count) {
    const [low, high] = axis.range;
    const values = axis.ticks ? Array.from(axis.ticks) : roundTicks(low, high, count);
    const inside = (value) => (value - low) * (value - high) <= Math.abs(high - low) * 1e-6;
    return values
      .map((value, i) => [value, axis.tick_words?.[i] ?? formatWith(axis.format, value)])
      .filter(([value]) => inside(value));
  }

  #lineLabels(state) {
    return this.marks.flatMap((mark, m) => {
      const frame = state.frames[m];
      const text = frame.label[0];
      return mark.kind === "lines" && frame.shown && text ? [{ mark, frame, text }] : [];
    });
  }

  /** Draw a state. */
  draw(state) {
    this.state = state;
    write(this.title, state.title);
    this.title.hidden = !state.title;
    this.#drawKey(state);
    if (!this.size) return;
    this.#drawAxes(state);
    this.marks.forEach((mark, m) => {
      if (!this.drawn[m]) return;
      const frame = state.frames[m];
      set(this.groups[m], { display: frame.shown ? null : "none" });
      if (!frame.shown) return;
      const { x, y } = this.box;
      const same = this.groups[m].mlmDrawn;
      const now = [x, y, ...Object.values(frame)];
      if (same?.length === now.length && same.every((value, i) => value === now[i])) return;
      this.groups[m].mlmDrawn = now;
      paint(this.groups[m], mark, frame, this.box);
    });
    this.#drawLabels(state);
    this.#drawPicked();
  }

  #drawAxes(state) {
    const key = [...state.x.range, ...state.y.range].join(" ");
    const words = [state.x.categories, state.y.categories, state.x.label, state.y.label];
    const same = this.axes && this.axes.key === key && this.axes.words.every((word, i) => word === words[i]);
    if (same) return;
    this.axes = { key, words };
    const { left, right, top, bottom } = this.size;
    const x = linear(state.x.range, [left, right]);
    const y = linear(state.y.range, state.y.categories ? [top, bottom] : [bottom, top]);
    this.box = { ...this.size, x, y };
    const texts = [];
    const rules = [];
    if (!state.y.hide) this.#verticalAxis(state.y, y, texts, rules);
    if (!state.x.hide) this.#horizontalAxis(state.x, x, texts, rules, Boolean(state.y.categories) || state.y.hide);
    const nodes = pool(this.layers.ticks, "text", texts.length);
    texts.forEach(([text, attributes], i) => writeText(nodes[i], text, attributes));
    const ruled = pool(this.layers.grid, "path", rules.length);
    rules.forEach(([d, kind], i) => set(ruled[i], { d, class: kind }));
  }

  #verticalAxis(axis, y, texts, rules) {
    const { left, right, top, bottom, above, width } = this.size;
    if (axis.categories) {
      axis.categories.forEach((word, i) => {
        if (above) texts.push([word, { x: 2, y: y(i) - 11, "text-anchor": "start" }]);
        else texts.push([word, { x: left - 8, y: y(i) + TEXT * 0.35, "text-anchor": "end" }]);
      });
    } else {
      for (const [value, word] of this.#ticks(axis, (bottom - top) / 52)) {
        texts.push([word, { x: left - 8, y: y(value) + TEXT * 0.35, "text-anchor": "end" }]);
        rules.push([`M${left} ${Math.round(y(value)) + 0.5}H${right}`, "mlm-rule"]);
      }
    }
    if (axis.label) texts.push([axis.label, { x: 2, y: TEXT, "text-anchor": "start", class: "mlm-axis-name" }]);
    void width;
  }

  #horizontalAxis(axis, x, texts, rules, ruled) {
    const { left, right, top, bottom, width, height } = this.size;
    if (axis.categories) {
      this.#columnLines(axis, right - left).lines.forEach((list, i) =>
        list.forEach((word, line) =>
          texts.push([word, { x: x(i), y: bottom + 18 + line * LINE, "text-anchor": "middle" }]),
        ),
      );
    } else {
      for (const [value, word] of this.#ticks(axis, Math.max(3, (right - left) / 64))) {
        const half = textWidth(word) / 2;
        const place = clamp(x(value), half, width - half);
        texts.push([word, { x: place, y: bottom + 18, "text-anchor": "middle" }]);
        if (ruled) rules.push([`M${Math.round(x(value)) + 0.5} ${top}V${bottom}`, "mlm-rule"]);
      }
    }
    rules.push([`M${left} ${bottom + 0.5}H${right}`, "mlm-base"]);
    wrap(axis.label, width - 8).forEach((line, i, all) => {
      const at = height - 5 - (all.length - 1 - i) * LINE;
      texts.push([line, { x: right, y: at, "text-anchor": "end", class: "mlm-axis-name" }]);
    });
  }

  #drawLabels(state) {
    const labels = this.keyed ? [] : this.#lineLabels(state);
    const ends = labels.map(({ frame }) => lineEnd(frame, this.box));
    const there = labels.filter((_, i) => ends[i]);
    const { top, bottom } = this.size;
    const heights = spread(ends.filter(Boolean).map(({ y }) => clamp(y, top, bottom)), LINE, top, bottom);
    const nodes = pool(this.layers.labels, "text", there.length);
    there.forEach(({ mark, text }, i) => {
      const end = ends.filter(Boolean)[i];
      writeText(nodes[i], text, {
        x: Math.min(end.x, this.size.right) + 7,
        y: heights[i] + TEXT * 0.35,
        class: `mlm-label mlm-${mark.level}`,
      });
    });
  }

  #drawKey(state) {
    const entries = this.marks
      .map((mark, m) => ({ mark, frame: state.frames[m] }))
      .filter(({ mark, frame }) => frame.shown && frame.label[0] && isDrawn(mark))
      .filter(({ mark }) => mark.kind !== "text" && (mark.kind !== "lines" || this.keyed));
    const key = entries.map(({ mark, frame }) => mark.level + mark.kind + frame.label[0]).join("|");
    if (key === this.keyText) return;
    this.keyText = key;
    this.key.replaceChildren(
      ...entries.map(({ mark, frame }) =>
        html("li", { class: `mlm-${mark.level}` }, glyph(mark, this), html("span", {}, rich(frame.label[0]))),
      ),
    );
    this.key.hidden = !entries.length;
  }

  // ---- picking: by pointer, by arrow keys, or from another panel ----

  /** Things that can be picked now, in pixels. */
  items() {
    return this.marks.flatMap((mark, m) => {
      const frame = this.state.frames[m];
      if (!this.drawn[m] || !frame.shown) return [];
      return itemsOf(mark, frame, this.box).map((item) => ({ ...item, mark, frame }));
    });
  }

  /** Names to step through, each once. */
  keys() {
    return [...new Set(this.items().map((item) => item.key).filter((key) => key != null))];
  }

  #listen() {
    let frame = 0;
    const nearest = (event) => {
      const edge = this.svg.getBoundingClientRect();
      const [px, py] = [event.clientX - edge.left, event.clientY - edge.top];
      let best = null;
      let least = NEAR;
      for (const item of this.items()) {
        const away = Math.hypot(item.x - px, item.y - py);
        if (away < least) [best, least] = [item, away];
      }
      return best;
    };
    const hover = (event) => {
      cancelAnimationFrame(frame);
      frame = requestAnimationFrame(() => this.onPick(this, nearest(event), "hover"));
    };
    this.plot.addEventListener("pointermove", (event) => event.pointerType === "mouse" && hover(event));
    this.plot.addEventListener("pointerleave", () => {
      cancelAnimationFrame(frame);
      this.onPick(this, null, "leave");
    });
    this.plot.addEventListener("click", (event) => this.onPick(this, nearest(event), "click"));
    this.plot.addEventListener("keydown", (event) => this.#step(event));
  }

  #step(event) {
    const keys = this.keys();
    const now = keys.indexOf(this.picked?.key);
    const last = keys.length - 1;
    const next = {
      ArrowRight: now + 1, ArrowDown: now + 1, ArrowLeft: now - 1, ArrowUp: now - 1,
      PageDown: now + 10, PageUp: now - 10, Home: 0, End: last,
    }[event.key];
    if (event.key === "Escape") this.onPick(this, null, "keys");
    else if (next !== undefined && keys.length) {
      const key = keys[clamp(next, 0, last)];
      this.onPick(this, this.items().find((item) => item.key === key), "keys");
    } else return;
    event.preventDefault();
  }

  /** Light up what has the key, or nothing; `here` shows its words beside it. */
  pick(item, here) {
    this.picked = item && { ...item, here };
    this.#drawPicked();
  }

  #drawPicked() {
    const key = this.picked?.key;
    let found = false;
    this.marks.forEach((mark, m) => {
      if (!this.drawn[m]) return;
      const frame = this.state.frames[m];
      const part = key != null && frame.shown ? partOf(mark, frame, key) : null;
      set(this.lit[m], { display: part ? null : "none" });
      if (!part) return;
      found = true;
      paint(this.lit[m], mark, part, this.box);
    });
    set(this.layers.marks, { class: found ? "mlm-marks mlm-dim" : "mlm-marks" });
    this.#drawTip();
  }

  #drawTip() {
    const item = this.picked?.here && this.items().find(
      (other) => (this.picked.key != null ? other.key === this.picked.key : other.index === this.picked.index)
        && (this.picked.kind !== "hover" || other.mark === this.picked.mark));
    this.tip.hidden = !item;
    if (!item) return;
    write(this.tip, this.describe(item));
    const left = clamp(item.x, 0, this.size.width);
    const flip = left > this.size.width / 2;
    set(this.tip, {
      style: `${flip ? `right:${Math.round(this.size.width - left + 10)}px` : `left:${Math.round(left + 10)}px`};`
        + `top:${Math.round(Math.max(0, item.y - 40))}px`,
      class: "mlm-tip",
    });
  }

  /** Say in words what an item is: its name, and its values on the axes. */
  describe(item) {
    const name = item.frame.names?.[item.index] ?? item.key;
    const same = item.key == null ? [] : this.items().filter((other) => other.key === item.key);
    const ends = same.filter(({ mark }) => mark.kind !== "lines" && mark.kind !== "arrows");
    const siblings = ends.length ? ends : same.filter(({ mark }) => mark.kind === "arrows");
    const values = (siblings.length && siblings.length < 5 ? siblings : [item]).map((one) => this.#values(one));
    const said = [...new Set(values)].filter(Boolean).join("; ");
    return [name, said].filter(Boolean).join(": ");
  }

  #values({ mark, frame, index }) {
    const { x, y } = this.state;
    const parts = [];
    const channels = { arrows: [["x0", x], ["x1", x]], bars: [["height", mark.horizontal ? x : y]], units: [], lines: [["x", x], ["y", y]] }[mark.kind] ?? [["x", x], ["y", y]];
    const numeric = channels.filter(([channel, axis]) => !axis.categories && !axis.hide && frame[channel]);
    for (const [channel, axis] of numeric) {
      const length = axis.range[1] - axis.range[0];
      const value = formatWith(axis.format, readable(frame[channel][index], length));
      const label = numeric.length > 1 && mark.kind !== "arrows" ? shortName(axis.label) : frame.label[0];
      parts.push(label ? `${label} ${value}` : value);
    }
    if (frame.value) parts.push(formatWith("{:.3g}", frame.value[index]));
    return parts.join(mark.kind === "arrows" ? " → " : ", ");
  }

  /** Tell assistive technology what the picture is and how to move in it. */
  announce(title) {
    const keys = this.state && this.size ? this.keys() : [];
    const name = this.state?.title || title;
    set(this.plot, keys.length
      ? {
          tabindex: 0, role: "application", "aria-roledescription": "picture",
          "aria-label": `${name}: a picture. The arrow keys step through ${keys.length} of its parts.`,
          "aria-describedby": this.describedBy,
        }
      : { tabindex: null, role: "img", "aria-roledescription": null, "aria-label": `Picture: ${name}`, "aria-describedby": this.describedBy });
  }
}

function shortName(label) {
  return label.split(",")[0];
}

/** A small picture of a mark for the key. */
function glyph(mark, panel) {
  const picture = svg("svg", { width: 18, height: 14, viewBox: "0 0 18 14", "aria-hidden": "true" });
  if (mark.kind === "points") {
    const { name, open } = shapeOf(mark);
    const kind = `mlm-points${open ? " mlm-open" : ""}${name === "cross" ? " mlm-strokes" : ""}`;
    picture.append(svg("path", { d: `M9 7${outline(name, 5)}`, class: kind }));
  } else if (mark.kind === "arrows" || mark.kind === "lines") {
    const node = svg("path", { d: "M1 7H17", class: mark.kind === "lines" ? "mlm-line" : "mlm-arrow", "stroke-width": 2 });
    if (mark.kind === "lines") set(node, { "stroke-dasharray": dashesOf(mark) });
    picture.append(node);
  } else if (mark.kind === "heat" || mark.kind === "polygons") {
    for (let k = 0; k < 3; k++) {
      picture.append(svg("path", { d: `M${k * 6} 1h6v12h-6z`, class: "mlm-shade", style: `--step:${(k * 4 + 0.5) / STEPS}` }));
    }
  } else {
    picture.append(svg("path", { d: "M1 1h16v12h-16z", class: mark.kind === "band" ? "mlm-band" : "mlm-bar" }));
    if (mark.level === "within" || mark.level === "cross") {
      const group = panel.groups[panel.marks.indexOf(mark)];
      picture.append(svg("path", { d: "M1 1h16v12h-16z", class: "mlm-hatch", fill: `url(#${group.mlmHatch(mark.level)})` }));
    }
  }
  return picture;
}
