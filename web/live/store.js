// What a reader changed, kept in this browser, a chapter at a time.

/** A short name for a text: a cell whose original changed is another cell. */
export function fingerprint(text) {
  let hash = 5381;
  for (let i = 0; i < text.length; i++) hash = ((hash * 33) ^ text.charCodeAt(i)) >>> 0;
  return hash.toString(36);
}

export class Store {
  constructor(page, storage = globalThis.localStorage) {
    this.key = `mlm:edits:${page}`;
    this.storage = storage;
    try {
      this.edits = JSON.parse(storage.getItem(this.key)) ?? {};
    } catch {
      this.edits = {}; // not readable, or the browser keeps nothing
    }
  }

  get(cell) {
    return this.edits[cell];
  }

  get size() {
    return Object.keys(this.edits).length;
  }

  /** Keep a text for a cell, or forget it; tell whether the browser took it. */
  set(cell, text) {
    if (text === undefined) delete this.edits[cell];
    else this.edits[cell] = text;
    try {
      if (this.size) this.storage.setItem(this.key, JSON.stringify(this.edits));
      else this.storage.removeItem(this.key);
      return true;
    } catch {
      return false;
    }
  }
}
