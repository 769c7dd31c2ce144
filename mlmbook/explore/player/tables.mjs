// Look up, at any setting of the controls, the rows that Python computed on their grid.

const TYPES = { u1: Uint8Array, u2: Uint16Array, f4: Float32Array, f8: Float64Array };

/** The buffer of tables; `view` is a DataView, `shape` the number of settings of each control. */
export class Tables {
  constructor(view, words, shape) {
    this.buffer = view.buffer.slice(view.byteOffset, view.byteOffset + view.byteLength);
    this.words = words;
    this.shape = shape;
    this.blocks = new Map();
  }

  block({ at, type, size }) {
    const key = type + at;
    if (!this.blocks.has(key)) this.blocks.set(key, new TYPES[type](this.buffer, at, size));
    return this.blocks.get(key);
  }

  /** A channel of numbers; `.at(place)` gives its row. */
  numbers(ref) {
    return new Channel(this, ref);
  }

  /** A channel of words; `.at(place)` gives a list. */
  texts(ref) {
    const channel = new Channel(this, ref);
    let codes = null;
    let list = [];
    return {
      all: () => [...new Set(channel.block("rows"))].map((code) => this.words[code]),
      at: (place) => {
        const row = channel.at(place.nearest);
        if (row !== codes) {
          codes = row;
          list = Array.from(row, (code) => this.words[code]);
        }
        return list;
      },
    };
  }
}

class Channel {
  constructor(tables, ref) {
    this.tables = tables;
    this.ref = ref;
    this.axes = ref.axes ?? [];
    this.kept = { key: null, row: null };
  }

  block(name) {
    return this.ref[name] && this.tables.block(this.ref[name]);
  }

  /** The row at a place; the same array is returned until the row changes. */
  at(place) {
    const corners = this.axes.length ? this.#corners(place) : [[0, 1]];
    const key = corners.join(" ");
    if (key !== this.kept.key) this.kept = { key, row: this.#blend(corners, place) };
    return this.kept.row;
  }

  /** Rows around the place with their weights; corners that share a row are added up. */
  #corners(place) {
    const weights = new Map();
    for (const { cell, weight } of place.corners) {
      let row = 0;
      for (const axis of this.axes) row = row * this.tables.shape[axis] + cell[axis];
      weights.set(row, (weights.get(row) ?? 0) + weight);
    }
    return [...weights];
  }

  #blend(corners, place) {
    if (corners.length === 1) return this.#row(corners[0][0]);
    const rows = corners.map(([row]) => this.#row(row));
    if (rows.some((row) => row.length !== rows[0].length)) return this.at(place.nearest);
    const blend = new Float64Array(rows[0].length);
    rows.forEach((row, k) => {
      for (let i = 0; i < blend.length; i++) blend[i] += corners[k][1] * row[i];
    });
    return blend;
  }

  #row(number) {
    const { n, rank } = this.ref;
    const length = this.block("lengths")?.[number] ?? n;
    const place = this.block("index")?.[number] ?? number;
    if (!rank) return this.block("rows").subarray(place * n, place * n + length);
    const row = Float64Array.from(this.block("base"));
    const columns = this.block("columns");
    const factors = this.block("factors");
    for (let k = 0; k < rank; k++) {
      const share = columns[place * rank + k];
      for (let j = 0; j < n; j++) row[j] += share * factors[k * n + j];
    }
    return row.subarray(0, length);
  }
}

/** Where the controls stand: positions on their grids, whole or between two settings. */
export function placeAt(positions) {
  let corners = [{ cell: [], weight: 1 }];
  for (const position of positions) {
    const low = Math.floor(position + 1e-9);
    const share = Math.max(0, position - low);
    const ends =
      share < 1e-9
        ? [[low, 1]]
        : [
            [low, 1 - share],
            [low + 1, share],
          ];
    corners = corners.flatMap(({ cell, weight }) =>
      ends.map(([index, part]) => ({ cell: [...cell, index], weight: weight * part })),
    );
  }
  const nearest = { corners: [{ cell: positions.map(Math.round), weight: 1 }] };
  nearest.nearest = nearest;
  return { corners, nearest };
}
