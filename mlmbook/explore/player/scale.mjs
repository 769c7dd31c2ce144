// Scales and round ticks.

/** Map [low, high] to [start, stop] pixels. */
export function linear([low, high], [start, stop]) {
  const rate = (stop - start) / (high - low || 1);
  const scale = (value) => start + (value - low) * rate;
  scale.rate = rate;
  return scale;
}

/** About `count` round numbers inside [low, high]. */
export function roundTicks(low, high, count) {
  const [start, stop] = low < high ? [low, high] : [high, low];
  const rough = (stop - start) / Math.max(1, count);
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = power * ([1, 2, 5, 10].find((factor) => factor * power >= rough * 0.999) ?? 10);
  const ticks = [];
  for (let k = Math.ceil(start / step - 1e-9); k * step <= stop + step * 1e-9; k++) {
    ticks.push(Number((k * step).toPrecision(12)));
  }
  return ticks;
}

/** Numbers from low to high with each end kept between. */
export function clamp(value, low, high) {
  return Math.min(Math.max(value, low), high);
}
