// Fetches and unpacks packages beside the worker that starts Python, so that both cores are at work.
//
// To it:    fetch {name, address}
// From it:  bytes {more}, arrived {name, files, bytes}, failed {name, reason}
import { unpack } from "./unpack.js";

self.onmessage = async ({ data: { name, address } }) => {
  try {
    const answer = await fetch(address);
    if (!answer.ok) throw new Error(`the server answered ${answer.status}`);
    const parts = [];
    for (const reader = answer.body.getReader(); ; ) {
      const { done, value } = await reader.read();
      if (done) break;
      parts.push(value);
      self.postMessage({ kind: "bytes", more: value.length });
    }
    const { files, bytes } = unpack(joined(parts));
    self.postMessage({ kind: "arrived", name, files, bytes }, [bytes.buffer]);
  } catch (error) {
    self.postMessage({ kind: "failed", name, reason: error.message });
  }
};

function joined(parts) {
  const bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}
