// Shows outputs of Python under a cell, in the form that the stored ones have.
import DOMPurify from "dompurify";
import { make } from "./dom.js";

const ANSI = /\x1b\[[0-9;]*[A-Za-z]/g;
const CLEAN = {
  USE_PROFILES: { html: true, svg: true, svgFilters: true },
  FORBID_TAGS: ["style", "form", "input", "button", "textarea", "select", "iframe", "object", "embed"],
  FORBID_ATTR: ["srcset", "ping"],
};

/** HTML of the kernel without scripts, forms, or anything that is fetched from elsewhere. */
export function sanitized(html) {
  const fragment = DOMPurify.sanitize(html, { ...CLEAN, RETURN_DOM_FRAGMENT: true });
  for (const element of fragment.querySelectorAll("[src], [href], [xlink\\:href], [background], [poster]")) {
    for (const name of ["src", "href", "xlink:href", "background", "poster"]) {
      const address = element.getAttribute(name);
      if (address === null || address.startsWith("#") || address.startsWith("data:image/")) continue;
      if (name === "href" && element.tagName === "A") element.rel = "noopener noreferrer";
      else element.removeAttribute(name);
    }
  }
  for (const element of fragment.querySelectorAll("[style]")) {
    if (/url\s*\(|image-set|@import/i.test(element.getAttribute("style"))) element.removeAttribute("style");
  }
  // A heading without words heads nothing: the book's own tables have a plain cell there too.
  for (const heading of fragment.querySelectorAll("th")) {
    if (heading.textContent.trim()) continue;
    const cell = document.createElement("td");
    Object.assign(cell, { colSpan: heading.colSpan, rowSpan: heading.rowSpan });
    heading.replaceWith(cell);
  }
  return fragment;
}

const joined = (part) => (Array.isArray(part) ? part.join("") : String(part));

const base64 = (text) => joined(text).replace(/\s/g, "");

/** Ways to show one kind of data, the richest first; each returns an element. */
const KINDS = {
  "image/png": (data, { alt, width }) => {
    const picture = make("img");
    picture.src = `data:image/png;base64,${base64(data)}`;
    picture.alt = alt || "Figure drawn by the code above";
    if (width) picture.width = width;
    return picture;
  },
  "image/svg+xml": (data, { alt }) => {
    const picture = make("img");
    picture.src = `data:image/svg+xml,${encodeURIComponent(joined(data))}`; // as a picture it cannot run scripts
    picture.alt = alt || "Figure drawn by the code above";
    return picture;
  },
  "image/jpeg": (data) => {
    const picture = make("img");
    picture.src = `data:image/jpeg;base64,${base64(data)}`;
    picture.alt = "Figure drawn by the code above";
    return picture;
  },
  "application/javascript": () => make("p", "mlm-widget-failed", "This page does not run JavaScript that Python sends."),
  "text/html": (data) => {
    const box = make("div", "text_html");
    box.append(sanitized(joined(data)));
    return box;
  },
  "text/plain": (data) => {
    const box = make("div", "highlight");
    box.append(make("pre", "", joined(data)));
    return box;
  },
};

/** The outputs of one cell while Python runs. */
export class Outputs {
  /**
   * @param {HTMLElement} place where outputs go
   * @param {object} options `alt` and `caption`: of a figure; `widget(id, box)` shows a widget in a box;
   *   `typeset(text, how)`: an element for Markdown or LaTeX
   */
  constructor(place, { alt = "", caption = null, widget, typeset }) {
    Object.assign(this, { place, alt, caption, widget, typeset });
    this.byDisplay = new Map();
    this.clear();
  }

  clear() {
    this.place.replaceChildren();
    this.byDisplay.clear();
    this.waiting = false;
  }

  /** Show one output, after what was shown before it. */
  async add(output) {
    if (output.output_type === "clear_output") {
      if (output.wait) this.waiting = true;
      else this.clear();
      return;
    }
    if (this.waiting) this.clear();
    if (output.output_type === "stream") this.print(output);
    else if (output.output_type === "error") this.fail(output);
    else await this.show(output);
  }

  print({ name, text }) {
    let box = this.place.lastElementChild;
    if (box?.dataset.stream !== name) {
      box = make("div", name === "stderr" ? "output stderr" : "output stream");
      box.dataset.stream = name;
      const paper = make("div", "highlight");
      paper.append(make("pre"));
      box.append(paper);
      this.place.append(box);
    }
    const paper = box.querySelector("pre");
    const plain = text.replace(ANSI, "");
    if (!plain.includes("\r")) return paper.append(plain);
    // A progress bar returns to the start of its line and writes over it.
    paper.textContent = (paper.textContent + plain).replace(/[^\n]*\r(?!\n)/g, "");
  }

  fail({ traceback }) {
    const box = make("div", "output traceback");
    const paper = make("div", "highlight");
    paper.append(make("pre", "", traceback.join("\n").replace(ANSI, "")));
    box.append(paper);
    this.place.append(box);
  }

  async show({ data, metadata = {}, display_id: id, output_type: type }) {
    const box = make("div", "output");
    const old = type === "update_display_data" ? this.byDisplay.get(id) : null;
    if (type === "update_display_data" && !old) return;
    if (old) old.replaceWith(box);
    else this.place.append(box);
    if (id) this.byDisplay.set(id, box);
    const view = data["application/vnd.jupyter.widget-view+json"];
    if (view && this.widget) await this.widget(view.model_id, box);
    else box.append(await this.best(data, metadata));
  }

  /** Put the book's caption under a figure. */
  captioned(picture) {
    const figure = make("figure");
    figure.append(picture, this.caption.cloneNode(true));
    return figure;
  }

  /** Make an element of the richest form that a page shows. */
  async best(data, metadata) {
    for (const how of ["text/latex", "text/markdown"]) {
      if (how in data && this.typeset && !("text/html" in data)) return this.typeset(joined(data[how]), how);
    }
    for (const [kind, draw] of Object.entries(KINDS)) {
      if (kind in data) {
        const size = metadata[kind] ?? {};
        const made = draw(data[kind], { alt: metadata.alt ?? this.alt, width: size.width });
        return made.tagName === "IMG" && this.caption ? this.captioned(made) : made;
      }
    }
    return make("pre", "", `This output has no form that a page shows (${Object.keys(data).join(", ")}).`);
  }
}
