// Numbers as Python's format() writes them, so a sentence reads the same here and there.

const SPEC = /^(?:(.)?([<>^=]))?([+\- ])?(0)?(\d+)?(,)?(?:\.(\d+))?([bdeEfFgG%s])?$/u;

/** Format a number like Python's `format(value, spec)`; `whole` marks a Python int. */
export function formatNumber(value, spec = "", whole = false) {
  const parts = SPEC.exec(spec);
  if (!parts) throw new Error(`cannot read the format "${spec}"`);
  const [, fill, align, sign, zero, width, comma, precision, type] = parts;
  if (Number.isNaN(value)) return pad("nan", fill, align, width);
  const size = Math.abs(value);
  let digits = magnitude(size, type, precision === undefined ? null : Number(precision), whole);
  if (comma) digits = digits.replace(/^\d+/, (head) => head.replace(/\B(?=(\d{3})+$)/g, ","));
  const negative = value < 0 || Object.is(value, -0);
  const mark = negative ? "-" : sign === "+" || sign === " " ? sign : "";
  if (zero && !align) return mark + digits.padStart(Number(width) - mark.length, "0");
  return pad(mark + digits, fill, align ?? ">", width);
}

function magnitude(size, type, precision, whole) {
  if (type === "d") return String(Math.round(size));
  if (type === "f" || type === "F") return fixed(size, precision ?? 6);
  if (type === "%") return `${fixed(size * 100, precision ?? 6)}%`;
  if (type === "e" || type === "E") return exponent(size.toExponential(precision ?? 6));
  if (type === "g" || type === "G") return general(size, precision ?? 6);
  if (whole) return String(size);
  return precision === null ? shortest(size) : general(size, precision, 1);
}

/** Like toFixed, but exact halves go to the even neighbor, as in Python. */
function fixed(size, precision) {
  if (size >= 1e21) return BigInt(size) + (precision ? `.${"0".repeat(precision)}` : "");
  const doubled = size * 2 ** (precision + 1); // a power of two: exact
  const half = Number.isInteger(doubled) && Math.abs(doubled % 2) === 1;
  if (!half) return size.toFixed(precision);
  const below = Math.floor(size * 10 ** precision);
  return ((below % 2 === 0 ? below : below + 1) / 10 ** precision).toFixed(precision);
}

/** The "g" format; without a type letter, `point` is 1: one decimal is kept, and room for it. */
function general(size, precision, point = 0) {
  const digits = Math.max(precision, 1);
  if (size === 0) return point ? "0.0" : "0";
  const power = Number(size.toExponential(digits - 1).split("e")[1]);
  if (power < -4 || power >= digits - point) {
    const [head, tail] = size.toExponential(digits - 1).split("e");
    return exponent(`${bare(head)}e${tail}`);
  }
  const plain = bare(fixed(size, digits - 1 - power));
  return point && !plain.includes(".") ? `${plain}.0` : plain;
}

function shortest(size) {
  if (size !== 0 && (size < 1e-4 || size >= 1e16)) return exponent(size.toExponential());
  return Number.isInteger(size) ? `${size}.0` : String(size);
}

function bare(digits) {
  return digits.includes(".") ? digits.replace(/\.?0+$/, "") : digits;
}

function exponent(text) {
  return text.replace(/e([+-])(\d)$/, "e$10$2");
}

function pad(text, fill = " ", align = ">", width = 0) {
  const room = Math.max(0, Number(width) - text.length);
  const left = align === "<" ? 0 : align === "^" ? Math.floor(room / 2) : room;
  return fill.repeat(left) + text + fill.repeat(room - left);
}

/** Write a value with a whole format such as "{:+.1f} points", with a true minus sign and no sign for zero. */
export function formatWith(format, value) {
  const match = /^([^{]*)\{(?::([^}]*))?\}(.*)$/su.exec(format);
  if (!match) return format;
  const spec = value === 0 ? (match[2] ?? "").replace("+", "") : (match[2] ?? "");
  return match[1] + minus(formatNumber(value, spec, Number.isInteger(value))) + match[3];
}

/** Replace the hyphen before a number by a minus sign. */
export function minus(text) {
  return text.replace(/(?<![\w.])-(?=[\d.])/gu, "−");
}

/** Round a value for reading, to about three digits of the length of its axis. */
export function readable(value, length) {
  const decimals = Math.min(12, Math.max(0, 2 - Math.floor(Math.log10(Math.abs(length) || 1))));
  return Number(value.toFixed(decimals));
}

/**
 * Fill a sentence: parts are [null, words] or [field, format], `value` gives each field.
 * Returns [text, strong] pieces; the numbers, and a percent sign after them, are strong.
 */
export function sentence(parts, value) {
  const pieces = [];
  for (const [field, text] of parts) {
    if (field !== null) {
      pieces.push([value(field, text), true]);
      continue;
    }
    const percent = pieces.length ? /^\s?%/u.exec(text) : null;
    if (percent) pieces.at(-1)[0] += percent[0].replace(/\s/u, "\u00a0");
    pieces.push([percent ? text.slice(percent[0].length) : text, false]);
  }
  return pieces.filter(([text]) => text);
}
