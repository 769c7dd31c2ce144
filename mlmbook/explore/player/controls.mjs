// The controls: native inputs with names, values in words, and every key that the platform gives them.

import { html, rich, unique, write } from "./dom.mjs";

const MAKE = { slider, choice, toggle, draw };

/**
 * Make the control of a spec. It has `element`, `get()` (its value), `set(value)` and
 * `position()` (its place on the grid); `changed` is called when the reader moves it.
 */
export function control(spec, changed) {
  return MAKE[spec.kind](spec, changed);
}

/** Position of a value on a grid of numbers with equal steps. */
export function positionOf(value, { values, step, smooth }) {
  const at = Math.min(Math.max((value - values[0]) / step, 0), values.length - 1);
  return smooth && Math.abs(at - Math.round(at)) > 1e-9 ? at : Math.round(at);
}

/** A slider's value in words, with its unit. */
export function wordsFor(value, spec) {
  if (spec.texts) return spec.texts[Math.round(positionOf(value, spec))];
  return [digits(value, spec), spec.unit].filter(Boolean).join(" ");
}

function digits(value, { decimals, smooth }) {
  return value.toFixed(decimals + (smooth ? 1 : 0)).replace("-", "−");
}

function slider(spec, changed) {
  const { values, step, smooth } = spec;
  const id = unique(spec.name);
  const [low, high] = [values[0], values.at(-1)];
  const range = html("input", {
    id,
    type: "range",
    min: low,
    max: high,
    step: smooth ? step / 10 : step,
    name: spec.name,
  });
  const typed = spec.texts
    ? null
    : html("input", {
        type: "text",
        inputmode: "decimal",
        autocomplete: "off",
        class: "mlm-number",
        "aria-label": [plain(spec.label), spec.unit].filter(Boolean).join(", in "),
        style: `width:${Math.max(...[low, high].map((end) => digits(end, spec).length)) + 0.6}ch`,
      });
  const unit = html("span", { "aria-hidden": "true" }, typed ? spec.unit : "");
  let now = low;
  const show = () => {
    range.value = now;
    range.setAttribute("aria-valuetext", wordsFor(now, spec));
    if (typed) typed.value = digits(now, spec);
    else write(unit, wordsFor(now, spec));
  };
  const take = (number) => {
    const kept = Math.min(Math.max(number, low), high);
    now = smooth ? kept : values[Math.round((kept - low) / step)];
    show();
  };
  range.addEventListener("input", () => {
    take(Number(range.value));
    changed();
  });
  typed?.addEventListener("change", () => {
    const number = Number(typed.value.trim().replace("−", "-").replace(",", "."));
    take(typed.value.trim() && Number.isFinite(number) ? number : now);
    changed();
  });
  return {
    element: html(
      "div",
      { class: "mlm-control" },
      label(spec, id),
      html("span", { class: "mlm-value" }, typed, unit),
      range,
    ),
    get: () => now,
    set: take,
    position: () => positionOf(now, spec),
  };
}

function choice(spec, changed) {
  const id = unique(spec.name);
  const options = spec.values.map((_, i) => html("option", { value: i }, spec.texts[i]));
  const select = html("select", { id, name: spec.name }, options);
  select.addEventListener("change", changed);
  return {
    element: html("div", { class: "mlm-control" }, label(spec, id), select),
    get: () => spec.values[select.selectedIndex],
    set: (value) => (select.selectedIndex = Math.max(0, spec.values.indexOf(value))),
    position: () => select.selectedIndex,
  };
}

function toggle(spec, changed) {
  const id = unique(spec.name);
  const box = html("input", { id, type: "checkbox", name: spec.name });
  box.addEventListener("change", changed);
  return {
    element: html("div", { class: "mlm-control mlm-toggle" }, box, label(spec, id)),
    get: () => box.checked,
    set: (value) => (box.checked = Boolean(value)),
    position: () => Number(box.checked),
  };
}

function draw(spec, changed) {
  const count = spec.values.length;
  let now = 0;
  const which = html("span", { class: "mlm-which", "aria-live": "polite" });
  const button = html("button", { type: "button", class: "mlm-button", name: "draw" }, spec.label);
  const show = () => write(which, `sample ${now + 1} of ${count}`);
  button.addEventListener("click", () => {
    now = (now + 1) % count;
    show();
    changed();
  });
  show();
  return {
    element: html("div", { class: "mlm-control mlm-draw" }, button, which),
    get: () => spec.values[now],
    set: (value) => {
      now = Math.max(0, spec.values.indexOf(value));
      show();
    },
    position: () => now,
  };
}

/** A label; the symbol at its end takes the color of the level, with the level's shape before it. */
function label(spec, id) {
  const words = /^(.*?,\s*)([^,]+)$/u.exec(spec.label);
  const content =
    spec.level && words
      ? [words[1], html("span", { class: `mlm-symbol mlm-${spec.level}` }, rich(words[2]))]
      : rich(spec.label);
  const kind = spec.level && !words ? `mlm-symbol mlm-${spec.level}` : null;
  return html("label", { for: id, class: kind }, content);
}

function plain(text) {
  return text.replaceAll("_", "");
}
