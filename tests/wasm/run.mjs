// Run pytest under the Python of the pages:
//     node run.mjs RUNTIME REPOSITORY PACKAGES PART/PARTS [options of pytest]
import { pathToFileURL } from "node:url";

const [runtime, repository, packages, part, ...options] = process.argv.slice(2);
const { loadPyodide } = await import(pathToFileURL(`${runtime}/pyodide.mjs`).href);
const python = await loadPyodide({ indexURL: `${runtime}/`, env: { HOME: "/home/pyodide", MPLBACKEND: "agg" } });
await python.loadPackage(["mlmbook", "statsmodels", "joblib", "tqdm"], { messageCallback: () => {} });
python.mountNodeFS("/repository", repository);
python.mountNodeFS("/packages", packages);
python.globals.set("options", python.toPy(options));
process.exitCode = python.runPython(`
import sys
sys.dont_write_bytecode = True
sys.path += ["/packages", "/repository/tests/wasm"]
import inside
inside.main("/repository", ${JSON.stringify(part)}, options)
`);
