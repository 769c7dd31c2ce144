// Which modules a piece of Python names, so that they can be fetched before they are imported.
const STATEMENT = /^[ \t]*(?:import[ \t]+([\w., \t]+)|from[ \t]+([\w.]+)[ \t]+import)/gm;
// What a module imports when it is used, which no statement of a cell says.
const BEHIND = {
  mlmbook: ["numpy", "pandas", "scipy", "formulaic"],
  statsmodels: ["patsy", "scipy"],
};

/** Top-level modules that the code imports, with those that they lead to. */
export function modulesOf(code) {
  const found = new Set();
  for (const [, plain, from] of code.matchAll(STATEMENT)) {
    for (const part of (from ?? plain).split(",")) found.add(part.trim().split(/[.\s]/)[0]);
  }
  for (const name of [...found]) (BEHIND[name] ?? []).forEach((other) => found.add(other));
  found.delete(""); // of "from . import"
  if (/\bplot|\bplt\b/.test(code)) found.add("matplotlib");
  return [...found];
}
