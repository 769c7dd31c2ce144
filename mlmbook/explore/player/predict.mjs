// Predict before reveal: choose, say how sure, then see. The prediction stays beside the result.

import { html, rich, unique } from "./dom.mjs";

const SURE = ["a guess", "fairly sure", "certain"];

/**
 * The card with the prediction. `memory` keeps it for the visit; `reveal` is called once the reader
 * has committed or skipped.
 */
export function prediction(spec, memory, reveal) {
  const title = unique("predict");
  const card = html("section", { class: "mlm-card mlm-predict", "aria-labelledby": title });
  const made = memory.get();
  if (made) show(made, false);
  else ask();
  return { card, made: Boolean(made) };

  function ask() {
    let chosen = null;
    const sure = html(
      "div",
      { class: "mlm-sure", hidden: true },
      html("p", { id: `${title}-sure` }, "How sure are you?"),
      html(
        "div",
        { class: "mlm-choices", role: "group", "aria-labelledby": `${title}-sure` },
        SURE.map((words) => pill(words, () => commit({ chosen, sure: words }))),
      ),
    );
    const options = spec.options.map((words, i) =>
      pill(words, () => {
        chosen = i;
        options.forEach((option, k) => option.setAttribute("aria-pressed", k === i));
        sure.hidden = false;
      }),
    );
    options.forEach((option) => option.setAttribute("aria-pressed", false));
    const skip = html("button", { type: "button", class: "mlm-quiet" }, "Skip the prediction");
    skip.addEventListener("click", () => commit({ chosen: null }));
    card.replaceChildren(
      html("p", { class: "mlm-tag" }, "Predict first"),
      html("p", { class: "mlm-question", id: title }, rich(spec.question)),
      html("div", { class: "mlm-choices", role: "group", "aria-labelledby": title }, options),
      sure,
      html("p", { class: "mlm-skip" }, skip),
    );
  }

  function commit(answer) {
    memory.set(answer);
    show(answer, true);
    reveal();
  }

  function show({ chosen, sure }, focus) {
    const right = spec.options[spec.answer];
    const because = [" ", ...rich(spec.because)];
    const skipped = chosen === null;
    const hit = chosen === spec.answer;
    const again = html("button", { type: "button", class: "mlm-quiet" }, "Predict again");
    again.addEventListener("click", () => {
      ask();
      card.querySelector("button").focus();
    });
    const verdict = skipped
      ? [html("b", {}, "Answer: "), ...rich(right), ".", because]
      : hit
        ? [html("b", { class: "mlm-hit" }, "✓ Right."), because]
        : [html("b", { class: "mlm-miss" }, "✗ Not so: "), ...rich(right), ".", because];
    const said = skipped
      ? "You skipped the prediction."
      : [
          "You predicted ",
          html("b", {}, rich(spec.options[chosen])),
          `, ${sure === "a guess" ? "as a guess" : sure}.`,
        ];
    card.replaceChildren(
      html("p", { class: "mlm-tag" }, "Your prediction"),
      html("p", { class: "mlm-question", id: title }, rich(spec.question)),
      html("p", { class: "mlm-verdict", tabindex: -1 }, said, " ", verdict),
      html("p", { class: "mlm-skip" }, again),
    );
    if (focus) card.querySelector(".mlm-verdict").focus({ preventScroll: true });
  }
}

function pill(words, action) {
  const button = html("button", { type: "button", class: "mlm-pill" }, rich(words));
  button.addEventListener("click", action);
  return button;
}
