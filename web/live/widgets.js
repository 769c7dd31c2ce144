// Jupyter widgets on the page: ipywidgets by their own front end, explorables by the page's player.
import * as base from "@jupyter-widgets/base";
import { ManagerBase } from "@jupyter-widgets/base-manager";
import * as controls from "@jupyter-widgets/controls";
import * as output from "@jupyter-widgets/output";
import { Widget } from "@lumino/widgets";

import { AnyModel, AnyView } from "./anywidget.js";
import { Outputs } from "./outputs.js";
import { HTMLMathView, HTMLView, inlineSanitized } from "./safe-views.js";
import { typeset, typesetWithin } from "./typeset.js";
import { unknownView } from "./unshown.js";

const style = document.createElement("link");
style.rel = "stylesheet";
style.href = new URL("./widgets.css", import.meta.url).href;
document.head.append(style);

class OutputModel extends output.OutputModel {
  defaults() {
    return { ...super.defaults(), outputs: [] };
  }
}

class OutputView extends output.OutputView {
  render() {
    super.render();
    this.box = document.createElement("div");
    this.el.append(this.box);
    const widget = (id, box) => this.model.widget_manager.place(id, box);
    this.outputs = new Outputs(this.box, { widget, typeset });
    this.shown = [];
    this.showing = Promise.resolve();
    this.listenTo(this.model, "change:outputs", this.update);
    this.update();
  }

  update() {
    this.showing = this.showing.then(() => this.show());
  }

  /** Show what is new; what stands already stays, and a slider in it keeps the focus. */
  async show() {
    const outputs = this.model.get("outputs");
    const wanted = outputs.map((one) => JSON.stringify(one));
    let same = 0;
    while (same < this.shown.length && this.shown[same] === wanted[same]) same++;
    this.shown = wanted;
    while (this.box.children.length > same) this.box.lastElementChild.remove();
    for (const one of outputs.slice(same)) await this.outputs.add(one);
  }
}

const CLASSES = {
  "@jupyter-widgets/base": base,
  "@jupyter-widgets/controls": { ...controls, HTMLView, HTMLMathView },
  "@jupyter-widgets/output": { ...output, OutputModel, OutputView },
  anywidget: { AnyModel, AnyView },
};

/** A comm as widgets expect it, over the messages of a session. */
class PageComm {
  constructor(id, session) {
    this.comm_id = id;
    this.target_name = "jupyter.widget";
    this.session = session;
    this.sent = 0;
    this.waiting = new Map(); // message → what to do when Python has answered it
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
    // A widget sends no more until Python has answered, and knows by its name the echo of its own message.
    const id = `${this.comm_id}-${++this.sent}`;
    const idle = callbacks?.iopub?.status;
    if (idle) this.waiting.set(id, () => idle({ content: { execution_state: "idle" } }));
    this.session.comm({ comm_id: this.comm_id, data, id }, parts);
    return id;
  }

  answered(id) {
    this.waiting.get(id)?.();
    this.waiting.delete(id);
  }

  close() {
    this.session.comm({ comm_id: this.comm_id, data: {}, closed: true });
    return this.comm_id;
  }
}

/** Give the handles of a slider the name that stands beside it: a screen reader tells only their values. */
function nameHandles(view) {
  const handles = [...view.el.querySelectorAll(":scope > .slider-container .noUi-handle")];
  if (!handles.length) return;
  const ends = handles.length > 1 ? [", lower end", ", upper end"] : [""];
  const name = () => {
    const text = view.model.get("description") || "Value";
    handles.forEach((handle, i) => handle.setAttribute("aria-label", text + ends[i]));
  };
  view.listenTo(view.model, "change:description", name);
  name();
}

/** Keeps the models of one session and makes their elements. */
export class Widgets extends ManagerBase {
  constructor(session) {
    super();
    this.session = session;
    this.comms = new Map();
    this._rendermime = { latexTypesetter: { typeset: typesetWithin } }; // where widgets look for it
  }

  async loadClass(name, module) {
    return CLASSES[module]?.[name];
  }

  async loadModelClass(name, module) {
    return CLASSES[module]?.[name] ?? base.DOMWidgetModel;
  }

  async loadViewClass(name, module) {
    return CLASSES[module]?.[name] ?? unknownView(module);
  }

  async create_view(model, options) {
    const view = await super.create_view(model, options);
    view.displayed.then(() => nameHandles(view));
    return view;
  }

  inline_sanitize(source) {
    return inlineSanitized(source);
  }

  /** Take a message of Python about a widget. */
  async hear({ kind, content, buffers = [] }) {
    const parts = buffers.map((part) => new DataView(part));
    const { comm_id: id, data, metadata, answers } = content;
    if (kind === "comm_open" && content.target_name === "jupyter.widget") {
      const comm = new PageComm(id, this.session);
      this.comms.set(id, comm);
      await this.handle_comm_open(comm, { content: { comm_id: id, data }, metadata, buffers: parts });
    } else if (kind === "comm_msg") {
      const header = answers ? { parent_header: { msg_id: answers } } : {};
      this.comms.get(id)?.onMessage({ content: { comm_id: id, data }, metadata, buffers: parts, ...header });
    } else if (kind === "answered") {
      this.comms.get(id)?.answered(answers);
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
