/**
 * What Python is given to look for an interrupt. It reads, then clears, and one that arrived between the two
 * would be gone (CPython's issue 157548). Here only what was read is cleared.
 * @param {Uint8Array} shared one byte that the page writes
 */
export function readable(shared) {
  let seen = 0;
  return {
    get 0() {
      return (seen = Atomics.load(shared, 0));
    },
    set 0(value) {
      if (seen) Atomics.compareExchange(shared, 0, seen, value);
    },
  };
}
