// Questions on the page: multiple choice with a reason for every option, and numbers.

import { html, ownKeys, rich, unique, visit } from "../explore/player/dom.mjs";
import { judge } from "./answer.mjs";

const RIGHT = "✓ Right. ";
const WRONG = "✗ Not so. ";

/** Show a question from a widget model. */
export function renderQuestion({ model, el }) {
  const spec = model.get("spec");
  const memory = visit(spec.name);
  const answered = (response) => {
    memory.set(response);
    model.set("response", response);
    model.save_changes();
  };
  const make = spec.kind === "quiz" ? quizCard : checkCard;
  const root = html("div", { class: "mlm", "data-question": spec.name }, make(spec, memory.get(), answered));
  el.append(ownKeys(root));
}

function card(title, ...parts) {
  return html("section", { class: "mlm-card mlm-question-card", "aria-labelledby": title }, ...parts);
}

// ---- multiple choice ----

function quizCard(spec, earlier, answered) {
  const title = unique("quiz");
  let chosen = new Set(earlier?.chosen ?? []);
  const options = spec.options.map((option, i) => quizOption(option, () => choose(i)));
  const verdict = html("p", { class: "mlm-verdict", role: "status" });
  const submit = html("button", { type: "button", class: "mlm-button" }, "Check my answer");
  const again = html("button", { type: "button", class: "mlm-quiet" }, "Try again");
  submit.addEventListener("click", () => chosen.size && reveal(true));
  again.addEventListener("click", () => {
    chosen = new Set();
    answered({});
    show(false);
    options[0].button.focus();
  });
  if (chosen.size) reveal(false);
  else show(false);
  return card(
    title,
    html("p", { class: "mlm-tag" }, spec.several ? "Choose all that apply" : "Check yourself"),
    html("p", { class: "mlm-question", id: title }, rich(spec.question)),
    html(
      "ul",
      { class: "mlm-options", role: "list", "aria-labelledby": title },
      options.map(({ item }) => item),
    ),
    spec.several ? html("p", { class: "mlm-submit" }, submit) : null,
    verdict,
    html("p", { class: "mlm-skip" }, again),
  );

  function choose(i) {
    if (!spec.several) {
      chosen = new Set([i]);
      reveal(true);
      return;
    }
    if (!chosen.delete(i)) chosen.add(i);
    show(false);
  }

  function reveal(now) {
    if (now) answered({ chosen: [...chosen].sort() });
    show(true);
  }

  function show(judged) {
    options.forEach(({ button, mark, reason }, i) => {
      const { right } = spec.options[i];
      button.setAttribute("aria-pressed", chosen.has(i));
      button.toggleAttribute("data-judged", judged);
      mark.textContent = judged ? (right ? "✓" : "✗") : "";
      mark.className = `mlm-mark ${right ? "mlm-hit" : "mlm-miss"}`;
      reason.hidden = !judged;
      if (judged) button.setAttribute("aria-describedby", reason.id);
      else button.removeAttribute("aria-describedby"); // a hidden reason would be spoken
    });
    const all = spec.options.every(({ right }, i) => right === chosen.has(i));
    const words = all ? RIGHT : WRONG;
    verdict.replaceChildren(
      ...(judged
        ? [
            html("b", { class: all ? "mlm-hit" : "mlm-miss" }, words),
            `You chose ${[...chosen]
              .sort()
              .map((i) => `“${spec.options[i].text}”`)
              .join(", ")}.`,
          ]
        : []),
    );
    submit.hidden = judged;
    again.parentElement?.toggleAttribute("hidden", !judged);
    again.hidden = !judged;
  }
}

function quizOption({ text, reason: words, right }, action) {
  const reason = html(
    "p",
    { class: "mlm-reason", id: unique("reason"), hidden: true },
    html("b", { class: right ? "mlm-hit" : "mlm-miss" }, right ? "✓ Right: " : "✗ Wrong: "),
    rich(words),
  );
  const mark = html("span", { class: "mlm-mark", "aria-hidden": "true" });
  const button = html("button", { type: "button", class: "mlm-option" }, html("span", {}, rich(text)), mark);
  button.addEventListener("click", action);
  return { button, mark, reason, item: html("li", {}, button, reason) };
}

// ---- a number ----

function checkCard(spec, earlier, answered) {
  const title = unique("check");
  const input = html("input", {
    id: `${title}-box`,
    type: "text",
    inputmode: "text",
    autocomplete: "off",
    spellcheck: "false",
    class: "mlm-answer",
    "aria-labelledby": `${title} ${title}-unit`,
    "aria-describedby": `${title}-said`,
  });
  const said = html("div", { id: `${title}-said`, class: "mlm-feedback", role: "status" });
  const button = html("button", { type: "submit", class: "mlm-button" }, "Check");
  const hint = spec.hint
    ? html(
        "button",
        { type: "button", class: "mlm-quiet", "aria-expanded": "false", "aria-controls": `${title}-hint` },
        "Hint",
      )
    : null;
  const hinted = html("p", { id: `${title}-hint`, class: "mlm-hint", hidden: true }, rich(spec.hint));
  hint?.addEventListener("click", () => {
    hinted.hidden = !hinted.hidden;
    hint.setAttribute("aria-expanded", String(!hinted.hidden));
  });
  const form = html(
    "form",
    { class: "mlm-answer-row" },
    input,
    html("span", { id: `${title}-unit`, class: "mlm-unit" }, spec.unit),
    button,
    hint,
  );
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const { right } = show();
    if (right !== null) answered({ answer: input.value, right });
  });
  if (earlier?.answer) {
    input.value = earlier.answer;
    show();
  }
  return card(
    title,
    html("p", { class: "mlm-tag" }, "Work it out"),
    html("p", { class: "mlm-question", id: title }, rich(spec.question)),
    form,
    hinted,
    said,
  );

  function show() {
    const verdict = judge(input.value, spec);
    const { right, said: words } = verdict;
    input.toggleAttribute("aria-invalid", right === false);
    if (right === false) input.setAttribute("aria-invalid", "true");
    const head =
      right === null ? null : html("b", { class: right ? "mlm-hit" : "mlm-miss" }, right ? RIGHT : WRONG);
    const rest = right ? spec.why : (words ?? (spec.hint ? "Try again, or take the hint." : "Try again."));
    said.replaceChildren(html("p", {}, head, rich(rest)));
    return verdict;
  }
}
