// The chapter as a notebook with the reader's edits in it.

/** Return the notebook behind the page, its code cells with the text that they have now. */
export async function notebook(address, cells) {
  const answer = await fetch(address);
  if (!answer.ok) throw new Error(`the server answered ${answer.status}`);
  const book = await answer.json();
  const code = book.cells.filter((cell) => cell.cell_type === "code");
  const joined = (source) => (Array.isArray(source) ? source.join("") : source);
  for (const cell of cells) {
    const twin = code.find((one) => joined(one.source).trim() === cell.original.trim());
    if (twin && cell.edited) Object.assign(twin, { source: cell.text, outputs: [], execution_count: null });
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
