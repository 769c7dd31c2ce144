// Python as a page has it: the interpreter, and the shell that runs cells. Started anew, or gone on from a snapshot.
import { get, loadInterpreter } from "./interpreter.js";
import { SITE } from "./packages.js";

const SHELL = ["ipython", "comm"];
const INPAGE = ["__init__", "imports", "output", "comms", "refusals", "shell", "ahead"].map((name) => `inpage/${name}.py`);

export class Python {
  /**
   * @param {Packages} packages those that it can import
   * @param {object} page what Python's module `_page` has
   */
  constructor(packages, page) {
    this.packages = packages;
    this.bare = []; // packages in memory without their files
    this.modules = {
      _page: page,
      _packages: {
        has: (name) => packages.has(name),
        install: (name) => packages.install(name, this.pyodide.FS),
      },
    };
  }

  /** Bytes to fetch before the first cell runs, besides those of the interpreter. */
  static size = (packages, ahead) => packages.size([...SHELL, ...ahead]);

  /**
   * @param {string} base where the runtime's files are
   * @param {string} lock address of its list of packages
   * @param {object} how
   * @param {object} [how.snapshot] what another start has left: {memory, packages}
   * @param {boolean} [how.record] whether this one is to leave a snapshot
   * @param {() => void} [how.loaded] called when the interpreter is here
   */
  async start(base, lock, { snapshot, record = false, loaded = () => {} }) {
    const files = snapshot ? null : this.packages.fetch(SHELL);
    const sources = Promise.all(INPAGE.map(async (name) => (await get(new URL(name, import.meta.url))).text()));
    for (const arrival of [files, sources]) arrival?.catch(() => {}); // told below, when the interpreter is here
    this.pyodide = await loadInterpreter(base, lock, {
      _makeSnapshot: record,
      ...(snapshot && { _loadSnapshot: snapshot.memory, _snapshotDeserializer: (name) => this.modules[name] }),
    });
    loaded();
    await files;
    const { FS } = this.pyodide;
    FS.mkdirTree(`${SITE}inpage`);
    (await sources).forEach((text, i) => FS.writeFile(SITE + INPAGE[i], text));
    if (!snapshot) {
      for (const [name, module] of Object.entries(this.modules)) this.pyodide.registerJsModule(name, module);
      this.pyodide.pyimport("inpage.imports"); // first: with it packages are found
    }
    this.shell = this.pyodide.pyimport("inpage.shell");
    this.comms = this.pyodide.pyimport("inpage.comms");
    this.ahead = this.pyodide.pyimport("inpage.ahead");
    if (snapshot) {
      this.bare = snapshot.packages;
      this.ahead.wake();
    }
  }

  /** Put files in place of what came with a snapshot, as far as they are here; others come when they are asked for. */
  furnish() {
    const here = this.bare.filter((name) => this.packages.arrived.has(name));
    this.packages.installNow(here, this.pyodide.FS);
    this.bare = this.bare.filter((name) => !this.packages.installed.has(name));
  }

  /** The memory as it is, with modules that most cells need already imported. */
  async snapshot() {
    const modules = this.ahead.MODULES.toJs().map((name) => name.split(".")[0]);
    await this.packages.fetch(this.packages.of(modules));
    this.ahead.load();
    const nameOf = (object) => {
      const found = Object.keys(this.modules).find((name) => this.modules[name] === object);
      if (!found) throw new Error("Python refers to an object of JavaScript that a later start would not have");
      return found;
    };
    return { memory: this.pyodide.makeMemorySnapshot({ serializer: nameOf }), packages: [...this.packages.installed] };
  }
}
