// The sentence of a scene at any place of the controls.

import { formatNumber, minus, sentence } from "./format.mjs";

/** Read the sentence: a function of the place that returns [text, strong] pieces. */
export function readSays(spec, tables) {
  const template = tables.numbers(spec.template);
  const fields = Object.fromEntries(
    Object.entries(spec.fields).map(([name, { words, number, whole }]) => {
      const channel = words ? tables.texts(words) : tables.numbers(number);
      return [
        name,
        (place, form) => (words ? channel.at(place)[0] : formatNumber(channel.at(place)[0], form, whole)),
      ];
    }),
  );
  return (place) => {
    const parts = spec.templates[template.at(place.nearest)[0]];
    const pieces = sentence(parts, (name, form) => fields[name](place, form));
    const text = minus(pieces.map(([piece]) => piece).join("")); // as long as before
    let end = 0;
    return pieces.map(([piece, strong]) => [text.slice(end, (end += piece.length)), strong]);
  };
}
