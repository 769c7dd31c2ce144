// Compile every Python file under a folder with the interpreter that will run it:
//     node compile.mjs FOLDER
// Writes x.pyc beside each x.py, to be imported without the source.
import { loadPyodide } from "pyodide";

const [folder] = process.argv.slice(2);
const python = await loadPyodide();
python.mountNodeFS("/tree", folder);
const count = python.runPython(`
import importlib.util, pathlib, py_compile, warnings

warnings.simplefilter("ignore")  # of other people's files
count = 0
for source in sorted(pathlib.Path("/tree").rglob("*.py")):
    inside = source.relative_to("/tree/" + source.parts[2])
    try:
        py_compile.compile(
            str(source),
            cfile=str(source.with_suffix(".pyc")),
            dfile=f"/lib/python3.13/site-packages/{inside}",
            doraise=True,
            invalidation_mode=py_compile.PycInvalidationMode.UNCHECKED_HASH,
        )
    except py_compile.PyCompileError:
        continue  # a template, or a file for another Python
    count += 1
count
`);
console.log(`${count} files`);
