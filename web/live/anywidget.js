// Widgets that draw themselves with a module of their own: the anywidget protocol.
import * as base from "@jupyter-widgets/base";

import { failure } from "./unshown.js";

/** The model of such a widget. */
export class AnyModel extends base.DOMWidgetModel {
  defaults() {
    return { ...super.defaults(), _model_name: "AnyModel", _model_module: "anywidget" };
  }

  /** Copy the state for Python; by way of JSON, as widgets do it else, bytes would be lost. */
  serialize(state) {
    for (const [name, value] of Object.entries(state)) {
      const plain = name === "layout" || name === "style";
      const copy = plain ? JSON.parse(JSON.stringify(value)) : structuredClone(value);
      state[name] = copy?.toJSON?.() ?? copy;
    }
    return state;
  }
}

const PLAYER = new URL("../mlmbook.js", import.meta.url).href;

/** Modules by the text of their source, each loaded once. */
const modules = new Map();

function moduleOf(source) {
  if (!modules.has(source)) {
    const address = URL.createObjectURL(new Blob([source], { type: "text/javascript" }));
    modules.set(source, import(/* a reader's own widget */ address).finally(() => URL.revokeObjectURL(address)));
  }
  return modules.get(source);
}

const styles = new Set();

/** Use a style sheet on the page, once. */
function adopt(css) {
  if (!css || styles.has(css)) return;
  styles.add(css);
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(css);
  document.adoptedStyleSheets = [...document.adoptedStyleSheets, sheet];
}

/** The site's own player of explorables and questions: it need not come from Python. */
async function known(id) {
  if (id?.startsWith("mlmbook.") && !globalThis.mlmRenderers) await import(PLAYER);
  return globalThis.mlmRenderers?.[id];
}

export class AnyView extends base.DOMWidgetView {
  async render() {
    super.render();
    try {
      await this.draw();
    } catch (error) {
      console.info(error);
      this.el.replaceChildren(failure(`This widget could not be shown: ${error.message}`));
    }
  }

  async draw() {
    const render = (await known(this.model.get("_anywidget_id"))) ?? (await this.own());
    const model = {
      get: (name) => this.model.get(name),
      set: (name, value) => this.model.set(name, value),
      save_changes: () => this.model.save_changes(),
      on: (name, handler) => this.model.on(name, handler),
      off: (name, handler) => this.model.off(name, handler),
      send: (content, callbacks, buffers) => this.model.send(content, callbacks, buffers),
      widget_manager: this.model.widget_manager,
    };
    this.cleanup = await render({ model, el: this.el, experimental: {} });
  }

  async own() {
    const module = await moduleOf(this.model.get("_esm")).catch((error) => {
      throw new Error(`its module is not valid, or would load something from elsewhere (${error.message})`);
    });
    adopt(this.model.get("_css"));
    const found = module.default ?? module;
    const widget = typeof found === "function" ? await found() : found;
    this.model.initialized ??= widget.initialize?.({ model: this.model });
    await this.model.initialized;
    return widget.render;
  }

  remove() {
    this.cleanup?.();
    return super.remove();
  }
}
