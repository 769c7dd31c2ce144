// The bar at the foot of a page that runs: what Python does, and what a reader can ask of it.
import { make } from "./dom.js";

const megabytes = (bytes) => `${(bytes / 1e6).toFixed(1)} MB`;

const STEPS = {
  fetch: "Fetching Python",
  start: "Starting Python",
};

export class Dock {
  /** @param {Record<string, () => void>} actions what each button does */
  constructor(actions) {
    this.box = make("section", "mlm-dock");
    this.box.setAttribute("aria-label", "Python in this page");
    this.said = make("p", "mlm-dock-said");
    this.said.setAttribute("role", "status");
    this.bar = make("progress", "mlm-dock-progress");
    this.bar.setAttribute("aria-label", "Loading Python");
    this.bar.hidden = true;
    this.buttons = {};
    const row = make("div", "mlm-dock-buttons");
    for (const [name, { text, action, title }] of Object.entries(actions)) {
      const button = make("button", `mlm-dock-${name}`, text);
      button.type = "button";
      if (title) button.title = title;
      button.addEventListener("click", action);
      this.buttons[name] = button;
      row.append(button);
    }
    this.box.append(this.said, this.bar, row);
    document.body.append(this.box);
    document.documentElement.dataset.mlmDock = "";
  }

  say(text) {
    if (this.said.textContent !== text) this.said.textContent = text;
  }

  /** Say what is being done. */
  step(step) {
    this.say(`${STEPS[step]} …`);
  }

  /** Show how far loading is. A screen reader hears the steps; the bytes are for the eye. */
  progress(bytes, total) {
    if (bytes >= total) return this.loaded();
    this.bar.hidden = false;
    this.bar.max = total;
    this.bar.value = bytes;
    this.count ??= this.box.insertBefore(make("span", "mlm-dock-bytes"), this.bar.nextSibling);
    this.count.setAttribute("aria-hidden", "true");
    this.count.textContent = `${megabytes(bytes)} of ${megabytes(total)}`;
  }

  loaded() {
    this.bar.hidden = true;
    this.count?.remove();
    this.count = null;
  }

  show(names) {
    const focused = document.activeElement;
    for (const [name, button] of Object.entries(this.buttons)) button.hidden = !names.includes(name);
    // A button that goes away leaves the focus in its row, for who works by keyboard.
    if (focused?.hidden && Object.values(this.buttons).includes(focused)) this.buttons.all.focus();
  }
}
