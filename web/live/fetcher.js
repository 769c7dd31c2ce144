// Fetches and unpacks packages beside the worker that starts Python, so that both cores are at work.
//
// To it:    {asker}, a port; what follows goes through that
// Asked:    {name, address}
// Answers:  bytes {more}, arrived {name, files, bytes}, failed {name, reason}
import { unpack } from "./unpack.js";

const AT_ONCE = 4; // files that are read at the same time, so that what is needed first is here first
const asked = []; // {name, address}, not begun
const waiting = []; // {name, wheel?, reason?}, begun and not delivered, in the same order
let reading = 0;
let unpacking = false;
let asker;

self.onmessage = ({ data }) => {
  asker = data.asker;
  asker.onmessage = ({ data }) => {
    asked.push(data);
    begin();
  };
};

async function begin() {
  if (reading === AT_ONCE || !asked.length) return;
  reading += 1;
  const { name, address } = asked.shift();
  const file = { name };
  waiting.push(file);
  try {
    file.wheel = await read(address);
  } catch (error) {
    file.reason = error.message;
  }
  reading -= 1;
  if (!unpacking) deliver();
  begin();
}

async function read(address) {
  const answer = await fetch(address);
  if (!answer.ok) throw new Error(`the server answered ${answer.status}`);
  const parts = [];
  for (const reader = answer.body.getReader(); ; ) {
    const { done, value } = await reader.read();
    if (done) return joined(parts);
    parts.push(value);
    asker.postMessage({ kind: "bytes", more: value.length });
  }
}

/** Unpack what is here, in the order in which it was asked for. */
async function deliver() {
  unpacking = true;
  for (let at; (at = waiting.findIndex(({ wheel, reason }) => wheel || reason)) >= 0; ) {
    const [{ name, wheel, reason }] = waiting.splice(at, 1);
    send(name, wheel, reason);
    await new Promise((resolve) => setTimeout(resolve)); // what was asked for earlier may arrive
  }
  unpacking = false;
}

function send(name, wheel, reason) {
  try {
    if (reason) throw new Error(reason);
    const { files, bytes } = unpack(wheel);
    asker.postMessage({ kind: "arrived", name, files, bytes }, [bytes.buffer]);
  } catch (error) {
    asker.postMessage({ kind: "failed", name, reason: error.message });
  }
}

function joined(parts) {
  const bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}
