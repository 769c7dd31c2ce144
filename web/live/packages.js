// The packages of the runtime: fetched ahead where a chapter needs them, installed on first import.
import { install, unpack } from "./unpack.js";

const RARE = new Set(["fonttools", "jedi", "joblib", "parso", "prompt-toolkit", "wcwidth", "micropip"]); // needed by what a page hardly does
const LAZY = new Set(["mlmbook"]); // imports what it depends on when that is used
export const SITE = "/lib/python3.13/site-packages/";
const LIBRARIES = "/usr/lib/"; // where those are found that compiled modules are linked with

/** The normal form of a package's name. */
const normal = (name) => name.replace(/[-_.]+/g, "-").toLowerCase();

export class Packages {
  /**
   * @param {string} base where the files are
   * @param {object} lock pyodide-lock.json
   * @param {(bytes: number) => void} count told of the bytes that arrive
   * @param {MessagePort} fetcher the way to the worker that fetches
   */
  constructor(base, lock, count, fetcher) {
    this.base = base;
    this.entries = lock.packages;
    this.count = count;
    this.byImport = new Map();
    for (const [name, entry] of Object.entries(lock.packages)) {
      for (const module of entry.imports) this.byImport.set(module.split(".")[0], name);
    }
    this.fetched = new Map(); // name → Promise of its arrival
    this.arrived = new Map(); // name → the unpacked wheel
    this.answers = new Map(); // name → how to settle that promise
    this.fetcher = fetcher;
    this.fetcher.onmessage = ({ data }) => this.hear(data);
    this.installed = new Set();
  }

  /** Tell whether the runtime has a package. */
  has(name) {
    return normal(name) in this.entries;
  }

  /** Names with everything they depend on, in the order of need. Or only what their import itself imports. */
  closure(names, { atOnce = false } = {}) {
    const seen = new Set();
    const found = [];
    const visit = (name) => {
      const key = normal(name);
      if (seen.has(key) || RARE.has(key) || !this.entries[key]) return;
      seen.add(key);
      if (LAZY.has(key)) found.push(key);
      if (!LAZY.has(key) || !atOnce) this.entries[key].depends.forEach(visit);
      if (!LAZY.has(key)) found.push(key);
    };
    names.forEach(visit);
    return found;
  }

  /** Bytes of packages with what they depend on. */
  size(names) {
    return this.closure(names).reduce((sum, name) => sum + this.entries[name].size, 0);
  }

  /** Packages that modules come from. */
  of(modules) {
    return modules.map((module) => this.byImport.get(module)).filter(Boolean);
  }

  /**
   * Fetch without installing; what fails here is fetched again on import, and then reported.
   * @param {{atOnce: boolean}} [how] whether to leave out what is only imported later
   */
  async fetch(names, how) {
    await Promise.all(
      this.closure(names, how).map((name) => {
        if (!this.fetched.has(name)) {
          const arrives = this.download(name);
          arrives.catch(() => this.fetched.delete(name));
          this.fetched.set(name, arrives);
        }
        return this.fetched.get(name);
      }),
    );
  }

  /** The address of a package has its hash: what was kept under it is never out of date. */
  address({ file_name: file, sha256 }) {
    return `${this.base}${file}?${sha256.slice(0, 12)}`;
  }

  download(name) {
    return new Promise((resolve, reject) => {
      this.answers.set(name, { resolve, reject });
      this.fetcher.postMessage({ name, address: this.address(this.entries[name]) });
    });
  }

  hear({ kind, name, more, files, bytes, reason }) {
    if (kind === "bytes") this.count(more);
    if (kind === "failed") this.answers.get(name).reject(new Error(`${this.entries[name].file_name}: ${reason}`));
    if (kind === "arrived") {
      this.arrived.set(name, { files, bytes });
      this.answers.get(name).resolve();
    }
  }

  /** A package at once, for an import that no cell announced: a worker may wait for an answer. */
  downloadNow(name) {
    const entry = this.entries[name];
    const request = new XMLHttpRequest();
    request.open("GET", this.address(entry), false);
    request.responseType = "arraybuffer";
    try {
      request.send();
    } catch {
      throw new Error(`${entry.file_name} could not be fetched; check the connection, then run the cell again`);
    }
    if (request.status !== 200) throw new Error(`${entry.file_name}: the server answered ${request.status}`);
    return unpack(new Uint8Array(request.response));
  }

  /** Install the package that a module is in; tell whether there was one to install. */
  install(module, fs) {
    const name = this.byImport.get(module);
    if (!name || this.installed.has(name)) return false;
    const libraries = this.entries[name].depends.filter((other) => this.isLibrary(normal(other))).map(normal);
    this.installNow([...libraries, name], fs);
    return true;
  }

  isLibrary(name) {
    return this.entries[name]?.package_type === "shared_library";
  }

  /** Put the files of packages where Python looks. */
  installNow(names, fs) {
    for (const name of names.filter((other) => !this.installed.has(other))) {
      install(this.arrived.get(name) ?? this.downloadNow(name), this.isLibrary(name) ? LIBRARIES : SITE, fs);
      this.arrived.delete(name);
      this.installed.add(name);
    }
  }
}
