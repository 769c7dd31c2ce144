// Cards to sort: one card at a time into bins, with a reason for every placement.

import { html, rich, unique } from "./dom.mjs";

/** The table with cards and bins. */
export function sorting(mark, memory) {
  const { cards, bins } = mark;
  let placed = memory.get() ?? []; // for each card dealt so far: the bins tried, the last one right
  const title = unique("card");
  const element = html("div", { class: "mlm-sorting" });
  show(false);
  return { element, reset };

  function reset() {
    placed = [];
    memory.set(null);
    show(false);
  }

  function solved(i) {
    return placed[i]?.at(-1) === cards[i].answer;
  }

  function show(focus, feedback = null, at = cards.findIndex((_, i) => !solved(i))) {
    const done = at < 0;
    const right = cards.filter((card, i) => placed[i]?.[0] === card.answer && solved(i)).length;
    const sorted = cards.filter((_, i) => solved(i)).length;
    const progress = `${sorted} of ${cards.length} sorted, ${right} right at first try`;
    const parts = [
      html("p", { class: "mlm-tag" }, done ? "All sorted" : `Card ${at + 1} of ${cards.length}`),
      done ? null : html("p", { class: "mlm-question", id: title, tabindex: -1 }, rich(cards[at].text)),
      done || feedback?.hit
        ? null
        : html(
            "div",
            { class: "mlm-choices", role: "group", "aria-labelledby": title },
            bins.map(([key, words]) => binButton(at, key, words)),
          ),
      html("div", { class: "mlm-feedback", role: "status" }, feedback ? reason(at, feedback) : null),
      feedback?.hit ? next(sorted) : null,
      board(),
      html("p", { class: "mlm-progress" }, progress),
    ];
    element.replaceChildren(...parts.filter(Boolean));
    if (focus) (element.querySelector(".mlm-next") ?? element.querySelector(".mlm-question"))?.focus();
  }

  function binButton(at, key, words) {
    const tried = placed[at]?.includes(key);
    const button = html(
      "button",
      { type: "button", class: "mlm-pill", "data-bin": key, disabled: tried },
      rich(words),
    );
    button.addEventListener("click", () => {
      placed[at] = [...(placed[at] ?? []), key];
      memory.set(placed);
      const hit = key === cards[at].answer;
      show(hit, { key, hit }, at);
      if (!hit) element.querySelector(".mlm-pill:not([disabled])")?.focus();
    });
    return button;
  }

  function reason(at, { key, hit }) {
    const words = bins.find(([other]) => other === key)[1];
    return html(
      "p",
      {},
      html("b", { class: hit ? "mlm-hit" : "mlm-miss" }, hit ? "✓ Right: " : "✗ Not here: "),
      rich(words),
      ". ",
      rich(cards[at].why[key]),
    );
  }

  function next(sorted) {
    const last = sorted === cards.length;
    const button = html(
      "button",
      { type: "button", class: "mlm-button mlm-next" },
      last ? "Finish" : "Next card",
    );
    button.addEventListener("click", () => show(true));
    return html("p", {}, button);
  }

  function board() {
    return html(
      "div",
      { class: "mlm-board" },
      bins.map(([key, words]) => {
        const here = cards.filter((card, i) => card.answer === key && solved(i));
        return html(
          "div",
          { class: "mlm-bin" },
          html("p", { class: "mlm-bin-name" }, rich(words), ` (${here.length})`),
          here.length
            ? html(
                "ul",
                {},
                here.map((card) => html("li", {}, rich(card.text))),
              )
            : null,
        );
      }),
    );
  }
}
