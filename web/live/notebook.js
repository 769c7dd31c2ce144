// The chapter as a notebook with the reader's edits in it.

const joined = (source) => (Array.isArray(source) ? source.join("") : source);

/**
 * Return the notebook behind the page, its code cells with the text that they have now.
 * @param {string} address of the notebook
 * @param {object[]} cells of the chapter: `original`, `text`, `edited`
 * @param {object[]} own the reader's own cells, each with `text`, `edited` and, as it stands in the
 *   notebook, some of the text above it: `anchor`
 */
export async function notebook(address, cells, own = []) {
  const answer = await fetch(address);
  if (!answer.ok) throw new Error(`the server answered ${answer.status}`);
  const book = await answer.json();
  const code = book.cells.filter((cell) => cell.cell_type === "code");
  for (const cell of cells) {
    const twin = code.find((one) => joined(one.source).trim() === cell.original.trim());
    if (twin && cell.edited) Object.assign(twin, { source: cell.text, outputs: [], execution_count: null });
  }
  for (const cell of own.filter(({ edited }) => edited)) {
    const at = book.cells.findIndex((one) => one.cell_type === "markdown" && joined(one.source).includes(cell.anchor));
    const made = { cell_type: "code", id: `own-${cell.number}`, metadata: {}, source: cell.text, outputs: [], execution_count: null };
    book.cells.splice(at < 0 ? book.cells.length : at + 1, 0, made);
  }
  return book;
}

/** Offer a notebook as a file. */
export function save(book, address) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([JSON.stringify(book, null, 1)], { type: "application/x-ipynb+json" }));
  link.download = new URL(address, location.href).pathname.split("/").pop();
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}
