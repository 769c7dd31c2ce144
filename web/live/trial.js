// Cells of the reader's own, on the chapter's Python: an empty one under each exercise, and code with blanks to fill.
import { Cell } from "./cell.js";
import { make } from "./dom.js";
import { fingerprint } from "./store.js";

/** What stands among the cells of the chapter and is none of them: Run all passes it over. */
class Own extends Cell {
  get name() {
    return "Your code";
  }

  get above() {
    const stands = (cell) => cell.element.compareDocumentPosition(this.element) & Node.DOCUMENT_POSITION_FOLLOWING;
    return this.page.cells.filter(stands).length;
  }

  addBar() {
    super.addBar();
    this.aboveButton.hidden = true;
  }
}

class Trial extends Own {
  get exercise() {
    return this.element.previousElementSibling;
  }

  /** What the exercise is called in the notebook. */
  get anchor() {
    return `**${this.exercise.querySelector(".caption-number")?.textContent.trim()}`;
  }

  get label() {
    return `Try it here: ${this.exercise.querySelector(".admonition-title")?.textContent ?? "exercise"}`;
  }

  get key() {
    return `try-${this.exercise.id || this.number}`;
  }

  addBar() {
    super.addBar();
    this.editButton.textContent = "Try it here";
    this.show(false);
  }

  async edit(options) {
    this.show(true);
    await super.edit(options);
  }

  reset() {
    super.reset();
    this.show(false);
  }

  /** Nothing is there to run, or to look at, before the reader writes. */
  show(written) {
    this.runButton.hidden = this.paper.hidden = !written;
  }
}

class Blanks extends Own {
  get anchor() {
    return this.original;
  }

  get label() {
    return "Code with blanks to fill";
  }

  get key() {
    return `blanks-${fingerprint(this.original)}`;
  }

  addBar() {
    super.addBar();
    this.editButton.textContent = "Fill in";
  }
}

/** Put a cell where each button of `start.js` was; returns them in that order. */
export function addTrials(page) {
  return [...document.querySelectorAll("div.exercise, div.blanks")].map((place, i) => {
    const blanks = place.matches(".blanks");
    const box = make("div", "cell docutils container mlm-trial");
    const paper = make("div", "cell_input docutils container");
    box.append(paper);
    place.after(box);
    paper.append(blanks ? place : make("pre"));
    return new (blanks ? Blanks : Trial)(box, page.cells.length + i + 1, page);
  });
}
