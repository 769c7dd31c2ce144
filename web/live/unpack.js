// A wheel as one block of memory, its files side by side: cheap to hand from one worker to another.
import { unzipSync } from "fflate";

/** Unpack a wheel: {files: [[name, start, end], …], bytes}. */
export function unpack(wheel) {
  const entries = Object.entries(unzipSync(wheel)).filter(([name]) => !name.endsWith("/"));
  const bytes = new Uint8Array(entries.reduce((sum, [, content]) => sum + content.length, 0));
  let at = 0;
  const files = entries.map(([name, content]) => {
    bytes.set(content, at);
    return [name, at, (at += content.length)];
  });
  return { files, bytes };
}

/** Put the files of a wheel where Python looks; the file system takes the bytes as they are. */
export function install({ files, bytes }, folder, fs) {
  const made = new Set();
  for (const [name, start, end] of files) {
    const path = folder + name;
    const parent = path.slice(0, path.lastIndexOf("/"));
    if (!made.has(parent)) fs.mkdirTree(parent);
    made.add(parent);
    fs.create(path, 0o644);
    const { node } = fs.lookupPath(path);
    node.contents = bytes.subarray(start, end);
    node.usedBytes = end - start;
  }
}
