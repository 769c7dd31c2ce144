// Python itself: started anew, or gone on from a snapshot.

/** Fetch a file, or say which one it was. */
export async function get(address) {
  const name = new URL(address).pathname.split("/").pop();
  const answer = await fetch(address).catch(() => {
    throw new Error(`${name} could not be fetched`);
  });
  if (!answer.ok) throw new Error(`${name}: the server answered ${answer.status}`);
  return answer;
}

/** Pyodide says nothing when its WebAssembly does not come, and waits for ever: this rejects then. */
function wasmFails() {
  return new Promise((_, reject) => {
    const { instantiateStreaming } = WebAssembly;
    WebAssembly.instantiateStreaming = async (...parts) => {
      WebAssembly.instantiateStreaming = instantiateStreaming;
      return instantiateStreaming(...parts).catch(reject);
    };
  });
}

/**
 * @param {string} base where the runtime's files are
 * @param {string} lock address of its list of packages
 * @param {object} options more of Pyodide's
 */
export async function loadInterpreter(base, lock, options) {
  try {
    const { loadPyodide } = await import(`${base}pyodide.mjs`);
    const loads = loadPyodide({
      indexURL: base,
      lockFileURL: lock,
      env: { HOME: "/home/pyodide", MPLBACKEND: "module://matplotlib_inline.backend_inline" },
      ...options,
    });
    return await Promise.race([loads, wasmFails()]);
  } catch (error) {
    throw new Error(`the interpreter could not be fetched or started (${error.message})`);
  }
}
