// Shapes of points, and the second cue of every level beside its color.

export const SHAPE_OF = { within: "square", third: "diamond", cross: "triangle", wrong: "cross" };
export const DASH_OF = { within: "5 4", cross: "8 3 2 3", third: "2 3", wrong: "2 3" };

const DRAW = {
  circle: (r) => `m${-r} 0a${r} ${r} 0 1 0 ${2 * r} 0a${r} ${r} 0 1 0 ${-2 * r} 0z`,
  square: (r) => box(0.89 * r),
  diamond: (r) =>
    `m0 ${-1.25 * r}l${1.25 * r} ${1.25 * r}l${-1.25 * r} ${1.25 * r}l${-1.25 * r} ${-1.25 * r}z`,
  triangle: (r) => `m0 ${-1.2 * r}l${1.15 * r} ${2 * r}h${-2.3 * r}z`,
  cross: (r) => `m${-r} ${-r}l${2 * r} ${2 * r}m${-2 * r} 0l${2 * r} ${-2 * r}`,
};

function box(r) {
  return `m${-r} ${-r}h${2 * r}v${2 * r}h${-2 * r}z`;
}

/** The shape of the points of a mark: {name, open}. */
export function shapeOf(mark) {
  const shape = mark.shape ?? SHAPE_OF[mark.level] ?? "circle";
  const open = shape.startsWith("open ");
  return { name: open ? shape.slice(5) : shape, open };
}

/** Path of a shape of radius r around the pen's place. */
export function outline(name, r) {
  return DRAW[name](Number(r.toFixed(2)));
}
