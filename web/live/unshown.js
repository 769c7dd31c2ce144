// In place of a widget that cannot be shown: why not.
import * as base from "@jupyter-widgets/base";

/** Return a paragraph that says what went wrong. */
export function failure(text) {
  const paragraph = document.createElement("p");
  paragraph.className = "mlm-widget-failed";
  paragraph.textContent = text;
  return paragraph;
}

/** Return a view that says which module the page does not have. */
export function unknownView(module) {
  return class extends base.DOMWidgetView {
    render() {
      super.render();
      this.el.append(failure(`Widgets of ${module} are not part of this page. They work in the downloaded notebook.`));
    }
  };
}
