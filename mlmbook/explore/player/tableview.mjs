// What is drawn, as tables: one for each set of things that share their names.

import { html, rich } from "./dom.mjs";
import { formatWith, readable } from "./format.mjs";

const MOST = 200; // rows; a cloud of thousands is better read from its picture

const COLUMNS = {
  points: [
    ["x", "x"],
    ["y", "y"],
  ],
  lines: [
    ["x", "x"],
    ["y", "y"],
  ],
  density: [
    ["x", "x"],
    ["y", "y"],
  ],
  band: [
    ["x", "x"],
    ["low", "y", "low"],
    ["high", "y", "high"],
  ],
  bars: [
    ["x", "x"],
    ["base", "y", "from"],
    ["height", "y"],
  ],
  histogram: [
    ["start", "x", "from"],
    ["stop", "x", "to"],
    ["counts", "y"],
  ],
  arrows: [
    ["x0", "x", "from"],
    ["y0", "y", "from"],
    ["x1", "x", "to"],
    ["y1", "y", "to"],
  ],
  heat: [
    ["x", "x"],
    ["y", "y"],
  ],
};

/** Tables of a panel: [{caption, header, rows, keys}] with cells as text. */
export function tablesOf(marks, state) {
  const tables = [];
  marks.forEach((mark, m) => {
    const frame = state.frames[m];
    if (!frame.shown) return;
    const columns = columnsOf(mark, frame, state);
    if (!columns.length) return;
    const keys = frame.names ?? frame.group ?? null;
    const same = keys && tables.find((table) => table.keys?.join() === keys.join());
    if (same) for (const column of columns) add(same, column);
    else {
      const table = { caption: frame.label[0], keys, columns: [] };
      if (keys) table.columns.push({ header: "", cells: Array.from(keys) });
      columns.forEach((column) => add(table, column));
      tables.push(table);
    }
  });
  return tables.map(({ caption, keys, columns }) => ({
    caption: state.title || caption,
    keys,
    header: columns.map((column) => column.header),
    rows: columns[0].cells.map((_, i) => columns.map((column) => column.cells[i])),
  }));
}

function add(table, column) {
  const cells = column.cells.join();
  if (!table.columns.some((other) => other.cells.join() === cells)) table.columns.push(column);
}

function columnsOf(mark, frame, state) {
  if (mark.kind === "units") return unitColumns(frame);
  const wanted = (COLUMNS[mark.kind] ?? []).map(([channel, place, what]) => [
    channel,
    mark.axes[channel] ?? place,
    what,
  ]);
  const columns = wanted
    .filter(([channel, place]) => frame[channel]?.length && !(state[place].hide && !state[place].categories))
    .map(([channel, place, what]) => {
      const axis = state[place];
      const label = [frame.label[0], axis.label, what].filter(Boolean);
      return { header: label.join(", "), cells: Array.from(frame[channel], (value) => cell(value, axis)) };
    })
    .filter(({ cells }, i) => !(wanted[i]?.[0] === "base" && cells.every((text) => text === cells[0])));
  if (frame.value && mark.kind === "heat") {
    columns.push({
      header: frame.label[0] || "value",
      cells: Array.from(frame.value, (value) => formatWith("{:.3g}", value)),
    });
  }
  if (mark.kind === "polygons" && frame.names) {
    const first = frame.part.findIndex.bind(frame.part);
    const corners = [...new Set(frame.part)].map((part) => first((other) => other === part));
    columns.push({ header: "area", cells: corners.map((i) => frame.names[i]) });
    if (frame.value)
      columns.push({
        header: frame.label[0] || "value",
        cells: corners.map((i) => formatWith("{:.3g}", frame.value[i])),
      });
  }
  return columns;
}

function unitColumns(frame) {
  const parents = frame.names.map((_, unit) =>
    Array.from(frame.child, (child, link) =>
      child === unit ? frame.names[frame.parent[link]] : null,
    ).filter(Boolean),
  );
  return [
    { header: "unit", cells: Array.from(frame.names) },
    { header: "belongs to", cells: parents.map((list) => list.join(", ") || "–") },
  ];
}

function cell(value, axis) {
  if (axis.categories) return axis.categories[Math.round(value)] ?? "";
  if (value !== value) return "–";
  return formatWith(axis.format, readable(value, axis.range[1] - axis.range[0]));
}

/** The tables as nodes; rows of the key that is picked are marked. */
export function tableNodes(tables, picked) {
  return tables.map(({ caption, keys, header, rows }) =>
    html(
      "table",
      {},
      caption ? html("caption", {}, rich(caption)) : null,
      html(
        "thead",
        {},
        html(
          "tr",
          {},
          header.map((words) => html("th", { scope: "col" }, rich(words || "name"))),
        ),
      ),
      html(
        "tbody",
        {},
        rows.slice(0, MOST).map((cells, i) =>
          html(
            "tr",
            {
              class: keys && keys[i] === picked ? "mlm-picked" : null,
              "aria-current": keys && keys[i] === picked ? "true" : null,
            },
            cells.map((text, k) =>
              keys && k === 0 ? html("th", { scope: "row" }, text) : html("td", {}, text),
            ),
          ),
        ),
      ),
      rows.length > MOST
        ? html(
            "tfoot",
            {},
            html(
              "tr",
              {},
              html("td", { colspan: header.length }, `The first ${MOST} of ${rows.length} rows`),
            ),
          )
        : null,
    ),
  );
}

/** A table that is itself a mark of the scene. */
export function tableMark(mark, frame) {
  const cells = mark.columns.map((_, c) =>
    Array.from(frame[`c${c}`], (value) =>
      typeof value === "number" ? (value === value ? formatWith(mark.formats[c], value) : "–") : value,
    ),
  );
  const words = mark.columns.map((_, c) => typeof frame[`c${c}`][0] === "string");
  return html(
    "table",
    {},
    mark.caption ? html("caption", {}, rich(mark.caption)) : null,
    html(
      "thead",
      {},
      html(
        "tr",
        {},
        mark.columns.map((name, c) =>
          html("th", { scope: "col", class: words[c] ? "mlm-word" : null }, rich(name)),
        ),
      ),
    ),
    html(
      "tbody",
      {},
      (cells[0] ?? []).map((_, i) =>
        html(
          "tr",
          {},
          cells.map((column, c) =>
            c === 0 && words[0]
              ? html("th", { scope: "row" }, column[i])
              : html("td", { class: words[c] ? "mlm-word" : null }, column[i]),
          ),
        ),
      ),
    ),
  );
}
