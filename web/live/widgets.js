// Jupyter widgets on the page: ipywidgets by their own front end, explorables by the page's player.
import * as base from "@jupyter-widgets/base";
import { ManagerBase } from "@jupyter-widgets/base-manager";
import * as controls from "@jupyter-widgets/controls";
import * as output from "@jupyter-widgets/output";
import { Widget } from "@lumino/widgets";

import { Outputs } from "./outputs.js";

/** The model of a widget that draws itself with a module of its own (the anywidget protocol). */
class AnyModel extends base.DOMWidgetModel {
  defaults() {
    return { ...super.defaults(), _model_name: "AnyModel", _model_module: "anywidget" };
  }
}

const style = document.createElement("link");
style.rel = "stylesheet";
style.href = new URL("./widgets.css", import.meta.url).href;
document.head.append(style);

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

/** The site's own player of explorables and questions: it need not come from Python. */
async function known(id) {
  if (id?.startsWith("mlmbook.") && !globalThis.mlmRenderers) await import(PLAYER);
  return globalThis.mlmRenderers?.[id];
}

class AnyView extends base.DOMWidgetView {
  async render() {
    super.render();
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
    const module = await moduleOf(this.model.get("_esm"));
    const css = this.model.get("_css");
    if (css) {
      const sheet = new CSSStyleSheet();
      sheet.replaceSync(css);
      document.adoptedStyleSheets = [...document.adoptedStyleSheets, sheet];
    }
    const widget = typeof module.default === "function" ? await module.default() : module.default;
    await widget.initialize?.({ model: this.model });
    return widget.render;
  }

  remove() {
    this.cleanup?.();
    return super.remove();
  }
}

class OutputModel extends output.OutputModel {
  defaults() {
    return { ...super.defaults(), outputs: [] };
  }
}

class OutputView extends output.OutputView {
  render() {
    super.render();
    const place = document.createElement("div");
    this.el.append(place);
    this.outputs = new Outputs(place, { widget: (id, box) => this.model.widget_manager.place(id, box) });
    this.listenTo(this.model, "change:outputs", this.show);
    this.show();
  }

  async show() {
    const wanted = this.model.get("outputs");
    this.outputs.clear();
    for (const one of wanted) await this.outputs.add(one);
  }
}

const CLASSES = {
  "@jupyter-widgets/base": base,
  "@jupyter-widgets/controls": controls,
  "@jupyter-widgets/output": { ...output, OutputModel, OutputView },
  anywidget: { AnyModel, AnyView },
};

/** A comm as widgets expect it, over the messages of a session. */
class PageComm {
  constructor(id, session) {
    this.comm_id = id;
    this.target_name = "jupyter.widget";
    this.session = session;
    this.onMessage = () => {};
    this.onClose = () => {};
  }

  on_msg(handler) {
    this.onMessage = handler;
  }

  on_close(handler) {
    this.onClose = handler;
  }

  send(data, callbacks, metadata, buffers = []) {
    const parts = buffers.map((part) =>
      ArrayBuffer.isView(part) ? new Uint8Array(part.buffer, part.byteOffset, part.byteLength) : new Uint8Array(part),
    );
    this.session.comm({ comm_id: this.comm_id, data }, parts);
    // Python takes messages in order and the page does not count them: the next may follow at once.
    const done = callbacks?.iopub?.status;
    if (done) queueMicrotask(() => done({ content: { execution_state: "idle" } }));
    return this.comm_id;
  }

  close() {
    this.session.comm({ comm_id: this.comm_id, data: {}, closed: true });
    return this.comm_id;
  }
}

/** Keeps the models of one session and makes their elements. */
export class Widgets extends ManagerBase {
  constructor(session) {
    super();
    this.session = session;
    this.comms = new Map();
  }

  async loadClass(name, module) {
    const found = CLASSES[module]?.[name];
    if (!found) throw new Error(`widgets of ${module} cannot be shown on this page`);
    return found;
  }

  /** Take a message of Python about a widget. */
  async hear({ kind, content, buffers }) {
    const parts = buffers.map((part) => new DataView(part));
    const { comm_id: id, data, metadata } = content;
    if (kind === "comm_open" && content.target_name === "jupyter.widget") {
      const comm = new PageComm(id, this.session);
      this.comms.set(id, comm);
      await this.handle_comm_open(comm, { content: { comm_id: id, data }, metadata, buffers: parts });
    } else if (kind === "comm_msg") {
      this.comms.get(id)?.onMessage({ content: { comm_id: id, data }, metadata, buffers: parts });
    } else if (kind === "comm_close") {
      this.comms.get(id)?.onClose({ content: { comm_id: id, data } });
      this.comms.delete(id);
    }
  }

  /** Show a live view of a model in a box that is in the page. */
  async place(id, box) {
    const model = await this.get_model(id);
    const view = await this.create_view(model);
    box.classList.add("mlm-widget");
    Widget.attach(view.luminoWidget, box);
  }
}
