// Small helpers for the page: make nodes, change them only where they differ, remember for the visit.

const SVG = "http://www.w3.org/2000/svg";

/** Make an HTML element; children are nodes or text, empty ones are left out. */
export function html(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === true) node.setAttribute(name, "");
    else if (value !== false && value != null) node.setAttribute(name, value);
  }
  node.append(...children.flat(Infinity).filter((child) => child != null && child !== ""));
  return node;
}

/** Make an SVG element. */
export function svg(tag, attributes = {}, ...children) {
  const node = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
  node.append(...children);
  return node;
}

/** Set attributes of a node that is drawn again and again; equal values cost nothing. */
export function set(node, attributes) {
  const seen = (node.mlmSeen ??= {});
  for (const name in attributes) {
    const value = attributes[name];
    if (seen[name] === value) continue;
    seen[name] = value;
    if (value === null) node.removeAttribute(name);
    else node.setAttribute(name, value);
  }
  return node;
}

/** Set the text of a node if it differs. */
export function write(node, text) {
  if (node.textContent !== text) node.textContent = text;
  return node;
}

/** Bring a group to `count` children of one tag and return them; nodes are kept from draw to draw. */
export function pool(group, tag, count) {
  while (group.childElementCount > count) group.lastElementChild.remove();
  while (group.childElementCount < count) group.append(svg(tag));
  return group.children;
}

const SYMBOL = /(?<![\p{L}\p{N}_])(\p{L}\p{M}?²?)_([\p{L}\p{N}]+)/gu;

/** Split "σ_u0 and x" into text and subscripts: [["σ", false], ["u0", true], [" and x", false]]. */
export function subscripts(text) {
  const parts = [];
  let end = 0;
  for (const match of text.matchAll(SYMBOL)) {
    parts.push([text.slice(end, match.index) + match[1], false], [match[2], true]);
    end = match.index + match[0].length;
  }
  parts.push([text.slice(end), false]);
  return parts.filter(([part]) => part);
}

/** Words with their subscripts as HTML nodes. */
export function rich(text) {
  return subscripts(text).map(([part, low]) => (low ? html("sub", {}, part) : part));
}

/** In JupyterLab, arrow keys and letters belong to the notebook, unless the focused element says no. */
export function ownKeys(root) {
  root.addEventListener("focusin", ({ target }) => target.setAttribute("data-lm-suppress-shortcuts", ""));
  return root;
}

let count = 0;

/** An id that no other element of the page has. */
export function unique(prefix) {
  count += 1;
  return `mlm-${prefix}-${count}`;
}

/** A value kept until the tab is closed, where the browser allows it. */
export function visit(name) {
  const key = `mlm ${location.pathname} ${name}`;
  return {
    get() {
      try {
        return JSON.parse(sessionStorage.getItem(key));
      } catch {
        return null;
      }
    },
    set(value) {
      try {
        sessionStorage.setItem(key, JSON.stringify(value));
      } catch {
        // storage is full or forbidden: the page works, it only forgets
      }
    },
  };
}

/** Run a function once things have been quiet for a while. */
export function settled(milliseconds, action) {
  let timer = 0;
  return () => {
    clearTimeout(timer);
    timer = setTimeout(action, milliseconds);
  };
}
