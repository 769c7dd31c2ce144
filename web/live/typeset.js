// Markdown and LaTeX that a cell shows; MathJax is loaded when the first equation comes.
import { marked } from "marked";

import { sanitized } from "./outputs.js";

const EQUATION = /(\$\$[\s\S]+?\$\$|\$[^$\n]+?\$|\\\[[\s\S]+?\\\]|\\\([\s\S]+?\\\))/g;
const here = (name) => new URL(name, import.meta.url).href;

let mathjax;

/** Load MathJax once; it is told to leave the page itself alone. */
function load() {
  mathjax ??= new Promise((resolve, reject) => {
    globalThis.MathJax = {
      startup: { typeset: false },
      options: { enableMenu: false },
      tex: { tags: "none" },
      chtml: { fontURL: here("./fonts"), scale: 1.04 },
    };
    const script = document.createElement("script");
    script.src = here("./mathjax.js");
    script.onload = () => globalThis.MathJax.startup.promise.then(() => resolve(globalThis.MathJax), reject);
    script.onerror = () => reject(new Error("MathJax could not be loaded"));
    document.head.append(script);
  });
  return mathjax;
}

/** Return an element with an equation. */
async function equation(text) {
  const display = text.startsWith("$$") || text.startsWith("\\[");
  const plain = text.replace(/^\$\$?|\$\$?$|^\\[[(]|\\[\])]$/g, "");
  const MathJax = await load();
  const made = await MathJax.tex2chtmlPromise(plain, { display, em: 16, ex: 8, containerWidth: 80 * 16 });
  MathJax.startup.document.clear();
  MathJax.startup.document.updateDocument(); // its style sheet grows with what is set
  if (!display) return made;
  const box = document.createElement("div");
  box.className = "math-scroll";
  box.append(made);
  return box;
}

/** Return an element for Markdown or LaTeX. */
export async function typeset(text, kind) {
  const box = document.createElement("div");
  box.className = "text_html";
  // Equations are set aside: Markdown would take their underscores for emphasis.
  const equations = [];
  const held = text.replace(EQUATION, (found) => `@@${equations.push(found) - 1}@@`);
  box.append(sanitized(kind === "text/markdown" ? await marked.parse(held) : held));
  await replaceIn(box, /@@(\d+)@@/, (number) => equation(equations[Number(number)]));
  return box;
}

/** Set the equations in an element that is in the page. */
export async function typesetWithin(element) {
  await replaceIn(element, EQUATION, equation);
}

/** Replace what matches in the text of an element by elements; the pattern has one group. */
async function replaceIn(element, pattern, make) {
  const walker = document.createTreeWalker(element, NodeFilter.SHOW_TEXT);
  const places = [];
  while (walker.nextNode()) places.push(walker.currentNode);
  const split = new RegExp(pattern.source);
  for (const place of places) {
    const parts = place.data.split(split);
    if (parts.length === 1) continue;
    const made = parts.map((part, i) => (i % 2 ? make(part) : document.createTextNode(part)));
    place.replaceWith(...(await Promise.all(made)));
  }
}
