// What a picture shows at a place of the controls, and what lies between two such states.

/** Read every channel of a panel from the tables. */
export function panelChannels(spec, tables) {
  const axis = (which) => ({
    ...which,
    label: tables.texts(which.label),
    range: tables.numbers(which.range),
    categories: which.categories && tables.texts(which.categories),
    ticks: which.ticks && tables.numbers(which.ticks),
    tick_words: which.tick_words && tables.texts(which.tick_words),
  });
  const each = (refs, read) => Object.entries(refs).map(([name, ref]) => [name, read(ref)]);
  return {
    title: tables.texts(spec.title),
    x: axis(spec.x),
    y: axis(spec.y),
    marks: spec.marks.map((mark) => ({
      ...mark,
      shown: tables.numbers(mark.shown),
      numbers: each(mark.numbers, (ref) => tables.numbers(ref)),
      words: each(mark.words, (ref) => tables.texts(ref)),
    })),
  };
}

/** The state of a panel at a place: title, axes, and a frame of channels for each mark. */
export function panelState(channels, place) {
  const axis = (which) => ({
    label: which.label.at(place)[0],
    range: which.range.at(place),
    categories: which.categories?.at(place),
    ticks: which.ticks?.at(place),
    tick_words: which.tick_words?.at(place),
    format: which.format,
    hide: which.hide,
  });
  return {
    title: channels.title.at(place)[0],
    x: axis(channels.x),
    y: axis(channels.y),
    frames: channels.marks.map((mark) => {
      const frame = { shown: mark.shown.at(place.nearest)[0] > 0 };
      for (const [name, channel] of mark.numbers) frame[name] = channel.at(place);
      for (const [name, channel] of mark.words) frame[name] = channel.at(place);
      return frame;
    }),
  };
}

const FIXED = new Set(["part", "row", "parent", "child"]); // positions of things, not amounts

/** A state between two states, for motion; words and lengths come from the later one. */
export function between(from, to, share) {
  const mix = (a, b) => {
    if (a === b || !a || a.length !== b.length) return b;
    const row = new Float64Array(b.length);
    for (let i = 0; i < row.length; i++) row[i] = a[i] + (b[i] - a[i]) * share;
    return row;
  };
  const axis = (which) => ({ ...to[which], range: mix(from[which].range, to[which].range) });
  return {
    ...to,
    x: axis("x"),
    y: axis("y"),
    frames: to.frames.map((frame, m) => {
      const mixed = {};
      for (const name in frame) {
        const moves = ArrayBuffer.isView(frame[name]) && !FIXED.has(name);
        mixed[name] = moves ? mix(from.frames[m][name], frame[name]) : frame[name];
      }
      return mixed;
    }),
  };
}
