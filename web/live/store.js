// What a reader changed, kept in this browser, a chapter at a time.

/** A short name for a text: a cell whose original changed is another cell. */
export function fingerprint(text) {
  let hash = 5381;
  for (let i = 0; i < text.length; i++) hash = ((hash * 33) ^ text.charCodeAt(i)) >>> 0;
  return hash.toString(36);
}

/** The browser's storage, unless it keeps nothing for this site. */
function storage() {
  try {
    return globalThis.localStorage;
  } catch {
    return null;
  }
}

export class Store {
  constructor(page, kept = storage()) {
    this.key = `mlm:edits:${page}`;
    this.storage = kept;
    this.edits = this.read();
  }

  /** What is kept now: another tab with the same chapter may have written since. */
  read() {
    try {
      return JSON.parse(this.storage.getItem(this.key)) ?? {};
    } catch {
      return this.edits ?? {}; // not readable, or the browser keeps nothing
    }
  }

  get(cell) {
    return this.edits[cell];
  }

  /** Keep a text for a cell, or forget it; tell whether the browser took it. */
  set(cell, text) {
    this.edits = this.read();
    if (text === undefined) delete this.edits[cell];
    else this.edits[cell] = text;
    try {
      if (Object.keys(this.edits).length) this.storage.setItem(this.key, JSON.stringify(this.edits));
      else this.storage.removeItem(this.key);
      return true;
    } catch {
      return false;
    }
  }
}
