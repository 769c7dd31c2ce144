// What a reader may write for a number, and what it tells about a slip.

/**
 * The numbers that a text can mean: ".18", "0,18", "18 %", "9/25", "1,234.5", "−3 points".
 * Several when it is ambiguous ("7,185" is a thousand or a decimal); none when it is no number.
 */
export function readings(text, unit = "") {
  let rest = text
    .trim()
    .replace(/^[≈~=]\s*/u, "")
    .replace(/[−–]/gu, "-")
    .replace(/(?<=\d)[\s\u00a0\u202f](?=\d{3}\b)/gu, "");
  if (unit && rest.toLowerCase().endsWith(unit.toLowerCase())) rest = rest.slice(0, -unit.length).trim();
  else rest = rest.replace(/(?<=\d)\s*[a-zµ²³/]+$/iu, (tail) => (tail.includes("/") ? tail : ""));
  const percent = /%$/u.test(rest) && unit !== "%";
  rest = rest.replace(/\s*%$/u, "");
  const fraction = /^([^/]+)\/([^/]+)$/u.exec(rest);
  const values = fraction
    ? plainNumbers(fraction[1]).flatMap((top) => plainNumbers(fraction[2]).map((bottom) => top / bottom))
    : plainNumbers(rest);
  return values.filter(Number.isFinite).map((value) => (percent ? value / 100 : value));
}

function plainNumbers(text) {
  const digits = text.trim().replace(/^\+/u, "");
  const forms = new Set();
  const comma = digits.lastIndexOf(",");
  const dot = digits.lastIndexOf(".");
  if (comma < 0) forms.add(digits);
  else if (dot > comma) forms.add(digits.replaceAll(",", ""));
  else if (dot >= 0) forms.add(digits.replaceAll(".", "").replace(",", "."));
  else {
    if (/^-?[1-9]\d{0,2}(,\d{3})+$/u.test(digits)) forms.add(digits.replaceAll(",", ""));
    if (digits.indexOf(",") === comma) forms.add(digits.replace(",", "."));
  }
  return [...forms].filter((form) => /^-?(\d+\.?\d*|\.\d+)(e-?\d+)?$/iu.test(form)).map(Number);
}

/** Judge a text: {right} or {right: false, said: words for the slip, if it is known}. */
export function judge(text, { answer, tolerance, unit, slips }) {
  const values = readings(text, unit);
  if (!values.length) return { right: null, said: "Write a number, such as 0.18, .18, 0,18 or 18 %." };
  const near = (target, width = tolerance) =>
    values.some((value) => Math.abs(value - target) <= width * (1 + 1e-9));
  if (near(answer)) return { right: true };
  const slip = slips.find(({ value }) => near(value));
  if (slip) return { right: false, said: slip.text };
  if (answer !== 0 && near(-answer)) return { right: false, said: "The size is right, the sign is not." };
  // near zero a hundred times the tolerance would reach anything: keep within a tenth of the answer
  const width = Math.min(tolerance, Math.abs(answer) / 10);
  if (near(answer * 100, width * 100))
    return {
      right: false,
      said: "That is a hundred times too large: a percentage, where a share is asked for?",
    };
  if (near(answer / 100, width / 100))
    return {
      right: false,
      said: "That is a hundred times too small: a share, where a percentage is asked for?",
    };
  return { right: false };
}
