// "Try it here" under each exercise: an empty cell on the chapter's own Python.
import { Cell } from "./cell.js";
import { make } from "./dom.js";

class Trial extends Cell {
  get exercise() {
    return this.element.previousElementSibling;
  }

  get name() {
    return "Your code";
  }

  get label() {
    return `Try it here: ${this.exercise.querySelector(".admonition-title")?.textContent ?? "exercise"}`;
  }

  get key() {
    return `try-${this.exercise.id || this.number}`;
  }

  get above() {
    const stands = (cell) => cell.element.compareDocumentPosition(this.element) & Node.DOCUMENT_POSITION_FOLLOWING;
    return this.page.cells.filter(stands).length;
  }

  addBar() {
    super.addBar();
    this.editButton.textContent = "Try it here";
    this.runButton.hidden = this.aboveButton.hidden = true;
  }

  async edit(options) {
    await super.edit(options);
    this.runButton.hidden = false;
  }

  reset() {
    super.reset();
    this.runButton.hidden = true;
  }
}

/** Put a trial cell under every exercise; returns them. */
export function addTrials(page) {
  return [...document.querySelectorAll("div.exercise")].map((exercise, i) => {
    const box = make("div", "cell docutils container mlm-trial");
    const paper = make("div", "cell_input docutils container");
    paper.append(make("pre"));
    box.append(paper);
    exercise.after(box);
    return new Trial(box, page.cells.length + i + 1, page);
  });
}
