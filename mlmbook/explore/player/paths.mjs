// Paths in pixels, to a tenth.

export const px = (value) => Math.round(value * 10) / 10;

/** A line through points; a gap or a new group lifts the pen. */
export function pathOf(xs, ys, { x, y }, groups) {
  let d = "";
  let pen = "M";
  for (let i = 0; i < xs.length; i++) {
    if (groups && i && groups[i] !== groups[i - 1]) pen = "M";
    if (xs[i] !== xs[i] || ys[i] !== ys[i]) pen = "M";
    else {
      d += `${pen}${px(x(xs[i]))} ${px(y(ys[i]))}`;
      pen = "L";
    }
  }
  return d;
}

/** A rectangle between two corners. */
export function rectangle(x0, y0, x1, y1) {
  const left = Math.min(x0, x1);
  const top = Math.min(y0, y1);
  return `M${px(left)} ${px(top)}h${px(Math.abs(x1 - x0))}v${px(Math.abs(y1 - y0))}h${-px(Math.abs(x1 - x0))}z`;
}
