// The packages of the runtime: fetched ahead where a chapter needs them, installed on first import.
import { unzipSync } from "fflate";

const RARE = new Set(["fonttools", "prompt-toolkit", "wcwidth", "micropip"]); // needed by what a page hardly does
const SITE = "/lib/python3.13/site-packages/";

/** The normal form of a package's name. */
const normal = (name) => name.replace(/[-_.]+/g, "-").toLowerCase();

export class Packages {
  /**
   * @param {string} base where the files are
   * @param {object} lock pyodide-lock.json
   * @param {(bytes: number) => void} count told of the bytes that arrive
   */
  constructor(base, lock, count) {
    this.base = base;
    this.entries = lock.packages;
    this.count = count;
    this.byImport = new Map();
    for (const [name, entry] of Object.entries(lock.packages)) {
      for (const module of entry.imports) this.byImport.set(module.split(".")[0], name);
    }
    this.fetched = new Map(); // name → Promise of bytes
    this.arrived = new Map(); // name → bytes
    this.installed = new Set();
  }

  /** Names with everything they depend on, dependencies first. */
  closure(names) {
    const found = new Set();
    const visit = (name) => {
      const key = normal(name);
      if (found.has(key) || RARE.has(key) || !this.entries[key]) return;
      this.entries[key].depends.forEach(visit);
      found.add(key);
    };
    names.forEach(visit);
    return [...found].filter((name) => this.entries[name].package_type === "package");
  }

  /** Bytes of packages with what they depend on. */
  size(names) {
    return this.closure(names).reduce((sum, name) => sum + this.entries[name].size, 0);
  }

  /** Packages that modules come from. */
  of(modules) {
    return modules.map((module) => this.byImport.get(module)).filter(Boolean);
  }

  /** Fetch without installing; what fails here is fetched again on import, and then reported. */
  async fetch(names) {
    await Promise.all(
      this.closure(names).map((name) => {
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

  async download(name) {
    const entry = this.entries[name];
    const answer = await fetch(this.address(entry));
    if (!answer.ok) throw new Error(`${entry.file_name}: the server answered ${answer.status}`);
    const parts = [];
    for await (const part of stream(answer)) {
      parts.push(part);
      this.count(part.length);
    }
    const bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
    let at = 0;
    for (const part of parts) {
      bytes.set(part, at);
      at += part.length;
    }
    this.arrived.set(name, bytes);
    return bytes;
  }

  /** Bytes of a package at once: a worker may wait for an answer. */
  downloadNow(name) {
    const entry = this.entries[name];
    const request = new XMLHttpRequest();
    request.open("GET", this.address(entry), false);
    request.responseType = "arraybuffer";
    request.send();
    if (request.status !== 200) throw new Error(`${entry.file_name}: the server answered ${request.status}`);
    return new Uint8Array(request.response);
  }

  /** Install the package that a module is in; tell whether there was one to install. */
  install(module, fs) {
    const name = this.byImport.get(module);
    if (!name || this.installed.has(name)) return false;
    unpack(this.arrived.get(name) ?? this.downloadNow(name), fs);
    this.arrived.delete(name);
    this.installed.add(name);
    return true;
  }
}

async function* stream(answer) {
  const reader = answer.body.getReader();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    yield value;
  }
}

/** Put the files of a wheel where Python looks; the file system takes the bytes as they are. */
function unpack(bytes, fs) {
  const folders = new Set();
  for (const [name, content] of Object.entries(unzipSync(bytes))) {
    if (name.endsWith("/")) continue;
    const path = SITE + name;
    const folder = path.slice(0, path.lastIndexOf("/"));
    if (!folders.has(folder)) fs.mkdirTree(folder);
    folders.add(folder);
    fs.create(path, 0o644);
    const { node } = fs.lookupPath(path);
    node.contents = content;
    node.usedBytes = content.length;
  }
}
