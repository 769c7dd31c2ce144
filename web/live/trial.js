// "Try it here" under each exercise: an empty cell on the chapter's own Python.

/** Put a trial cell under every exercise; returns them. */
export function addTrials(page, Cell) {
  return [...document.querySelectorAll("div.exercise")].map((exercise, i) => {
    const box = document.createElement("div");
    box.className = "cell docutils container mlm-trial";
    const paper = document.createElement("div");
    paper.className = "cell_input docutils container";
    paper.append(document.createElement("pre"));
    box.append(paper);
    exercise.after(box);
    const cell = new Cell(box, page.cells.length + i + 1, page);
    Object.defineProperty(cell, "name", { value: "Your code" });
    cell.key = `try-${exercise.id || i}`;
    cell.bar.setAttribute("aria-label", `Try it here: ${exercise.querySelector(".admonition-title")?.textContent ?? "exercise"}`);
    cell.editButton.textContent = "Try it here";
    cell.runButton.hidden = cell.aboveButton.hidden = true;
    // What stands above the exercise runs first.
    cell.after = page.cells.filter((one) => one.element.compareDocumentPosition(box) & Node.DOCUMENT_POSITION_FOLLOWING).length;
    const kept = page.store.get(cell.key);
    const open = cell.edit.bind(cell);
    cell.edit = async (options) => {
      await open(options);
      cell.runButton.hidden = false;
    };
    if (kept !== undefined) cell.edit({ text: kept, focus: false });
    return cell;
  });
}
