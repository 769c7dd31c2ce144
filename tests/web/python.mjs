// Fixtures from Python, made once for a test file.

import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../../", import.meta.url));
const local = `${root}.venv/bin/python`;
const python = process.env.PYTHON ?? (existsSync(local) ? local : "python3");

export function fixtures() {
  const output = execFileSync(python, [`${root}tests/web/fixtures.py`], {
    cwd: root,
    env: { ...process.env, PYTHONPATH: root },
    maxBuffer: 1 << 28,
  });
  return JSON.parse(output);
}

/** A DataView of base64 text. */
export function view(text) {
  const bytes = Uint8Array.from(Buffer.from(text, "base64"));
  return new DataView(bytes.buffer);
}
