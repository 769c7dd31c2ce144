// Mounts widgets on a static page: no kernel, no requirejs, no eval. It reads the widget state that the
// page carries, makes a small model of each widget, and hands it to the renderer of its class.

const STATE = 'script[type="application/vnd.jupyter.widget-state+json"]';

/** Bytes of a base64 text as a DataView, the form that binary traits have in a notebook. */
export function bytes(text) {
  const binary = atob(text);
  const array = new Uint8Array(binary.length);
  for (let i = 0; i < array.length; i++) array[i] = binary.charCodeAt(i);
  return new DataView(array.buffer);
}

/** What a renderer needs of a Jupyter widget model. */
export class Model {
  constructor({ state, buffers = [] }) {
    this.traits = { ...state };
    for (const { path, data } of buffers) {
      let owner = this.traits;
      for (const key of path.slice(0, -1)) owner = owner[key];
      owner[path.at(-1)] = bytes(data);
    }
    this.handlers = new Map();
  }

  get(name) {
    return this.traits[name];
  }

  set(name, value) {
    if (this.traits[name] === value) return;
    this.traits[name] = value;
    for (const event of [`change:${name}`, "change"]) {
      for (const handler of [...(this.handlers.get(event) ?? [])]) handler(value);
    }
  }

  on(event, handler) {
    this.handlers.set(event, [...(this.handlers.get(event) ?? []), handler]);
  }

  off(event, handler) {
    this.handlers.set(
      event,
      (this.handlers.get(event) ?? []).filter((other) => other !== handler),
    );
  }

  save_changes() {} // there is no kernel to tell
}

/** Every model state of a page, by id. */
export function readStates(page) {
  const states = {};
  for (const script of page.querySelectorAll(STATE))
    Object.assign(states, JSON.parse(script.textContent).state);
  return states;
}

/** Load pictures that wait to be seen: paper shows the still form of every widget. */
function prepareToPrint(page) {
  for (const image of page.querySelectorAll(".mlm-fallback img")) image.loading = "eager";
}

/**
 * Mount every widget of a page. A place is an element with `data-mlm-widget` (the model's id) that holds
 * the static fallback; `renderers` maps the class of a widget to its render function.
 */
export function mountPage(page, renderers) {
  const places = [...page.querySelectorAll("[data-mlm-widget]")];
  if (!places.length) return;
  page.defaultView?.addEventListener("beforeprint", () => prepareToPrint(page));
  const states = readStates(page);
  for (const place of places) {
    const saved = states[place.dataset.mlmWidget];
    const render = renderers[saved?.state._anywidget_id];
    if (!render) {
      place.dataset.mlmFailed = "";
      continue;
    }
    const live = page.createElement("div");
    live.className = "mlm-live";
    place.append(live);
    place.dataset.mlmLive = ""; // before rendering: the style sheet makes room for the picture
    try {
      render({ model: new Model(saved), el: live });
    } catch (error) {
      delete place.dataset.mlmLive;
      place.dataset.mlmFailed = ""; // shows the still form
      live.remove();
      console.error(`widget ${place.dataset.mlmWidget} could not be shown`, error);
    }
  }
}
