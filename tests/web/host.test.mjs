import assert from "node:assert/strict";
import { test } from "node:test";

import { Model, bytes, mountPage, readStates } from "../../web/host.js";

const tables = Buffer.from(new Float64Array([1.5, -2]).buffer).toString("base64");
const saved = {
  state: { _anywidget_id: "a.B", spec: { name: "x" }, values: {} },
  buffers: [{ encoding: "base64", path: ["tables"], data: tables }],
};

function page(states, ids) {
  const places = ids.map((id) => {
    const place = { dataset: { mlmWidget: id }, children: [] };
    place.append = (child) => place.children.push(child);
    return place;
  });
  return {
    places,
    createElement: () => ({
      remove() {
        this.gone = true;
      },
    }),
    querySelectorAll: (what) =>
      what.startsWith("script")
        ? states.map((state) => ({ textContent: JSON.stringify({ state }) }))
        : places,
  };
}

test("base64 becomes the bytes it stands for", () => {
  const view = bytes(tables);
  assert.equal(view.getFloat64(0, true), 1.5);
  assert.equal(view.getFloat64(8, true), -2);
});

test("a model has the traits and buffers of its state", () => {
  const model = new Model(saved);
  assert.equal(model.get("spec").name, "x");
  assert.equal(model.get("tables").byteLength, 16);
  assert.equal(saved.state.tables, undefined, "the state of the page is left alone");
});

test("a model tells of changes, and only of changes", () => {
  const model = new Model(saved);
  const heard = [];
  const listener = (value) => heard.push(value);
  model.on("change:values", listener);
  model.set("values", 1);
  model.set("values", 1);
  model.off("change:values", listener);
  model.set("values", 2);
  assert.deepEqual(heard, [1]);
  model.save_changes();
});

test("states of all scripts of a page are read", () => {
  assert.deepEqual(Object.keys(readStates(page([{ a: saved }, { b: saved }], []))), ["a", "b"]);
});

test("every place with a known widget goes live; others keep their still form", () => {
  const document = page([{ a: saved, c: { state: { _anywidget_id: "other" } } }], ["a", "missing", "c"]);
  const rendered = [];
  mountPage(document, { "a.B": ({ model }) => rendered.push(model.get("spec").name) });
  assert.deepEqual(rendered, ["x"]);
  assert.equal(document.places[0].dataset.mlmLive, "");
  for (const place of document.places.slice(1)) {
    assert.equal(place.dataset.mlmLive, undefined);
    assert.equal(place.dataset.mlmFailed, "");
  }
});

test("a widget that fails gives way to its still form and is reported", (context) => {
  const reported = context.mock.method(console, "error", () => {});
  const document = page([{ a: saved }], ["a"]);
  mountPage(document, {
    "a.B": () => {
      throw new Error("broken");
    },
  });
  assert.equal(document.places[0].dataset.mlmLive, undefined);
  assert.equal(document.places[0].dataset.mlmFailed, "");
  assert.equal(reported.mock.callCount(), 1);
});

test("a page without widgets is left alone", () => {
  mountPage(page([], []), {});
});
