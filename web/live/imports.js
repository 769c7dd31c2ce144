// Which modules a piece of Python names, so that they can be fetched before they are imported.
const STATEMENT = /^[ \t]*(?:import[ \t]+([\w., \t]+)|from[ \t]+([\w.]+)[ \t]+import)/gm;

/** Top-level modules that the code imports, in that order. */
export function modulesOf(code) {
  const found = new Set();
  for (const [, plain, from] of code.matchAll(STATEMENT)) {
    for (const part of (from ?? plain).split(",")) found.add(part.trim().split(/[.\s]/)[0]);
  }
  found.delete(""); // of "from . import"
  if (/\bplot_|\.plot\b|\bplt\b|\bcanvas\b|\bpanels\b/.test(code)) found.add("matplotlib");
  return [...found];
}
