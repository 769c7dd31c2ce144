// Views of ipywidgets that would put HTML of Python into the page as it is.
import * as controls from "@jupyter-widgets/controls";

import { sanitized } from "./outputs.js";

export class HTMLView extends controls.HTMLView {
  update() {
    this.content.replaceChildren(sanitized(this.model.get("value")));
    return controls.StringView.prototype.update.call(this);
  }
}

export class HTMLMathView extends controls.HTMLMathView {
  update() {
    this.content.replaceChildren(sanitized(this.model.get("value")));
    this.typeset(this.content);
    return controls.StringView.prototype.update.call(this);
  }
}

/** The part of a description that may have HTML. */
export function inlineSanitized(source) {
  const box = document.createElement("span");
  box.append(sanitized(source));
  return box.innerHTML;
}
