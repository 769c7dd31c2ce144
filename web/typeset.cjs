// Set equations with MathJax when the site is built: pages need no script, and read with JavaScript off.
// stdin: {"fonts": address, "formulas": [[tex, display], …]}; stdout: {"html": […], "css": every rule}.
"use strict";

const SCALE = 1.04; // MathJax's x-height beside that of the text
const PACKAGES = ["base", "ams", "boldsymbol", "html", "newcommand"];

async function main() {
  const request = JSON.parse(require("node:fs").readFileSync(0, "utf8"));
  const MathJax = await require("mathjax").init({
    loader: {
      load: [
        "input/tex-base",
        ...PACKAGES.slice(1).map((name) => `[tex]/${name}`),
        "output/chtml",
        "a11y/assistive-mml", // the MathML that screen readers speak
      ],
    },
    tex: { packages: PACKAGES, tags: "none" },
    chtml: { fontURL: request.fonts, adaptiveCSS: false, scale: SCALE },
  });
  const adaptor = MathJax.startup.adaptor;
  const html = request.formulas.map(([tex, display]) =>
    adaptor.outerHTML(MathJax.tex2chtml(tex, { display, em: 16, ex: 8, containerWidth: 80 * 16 })),
  );
  const css = adaptor.textContent(MathJax.chtmlStylesheet());
  process.stdout.write(JSON.stringify({ html, css }));
}

main().catch((error) => {
  process.stderr.write(`${error.message ?? error}\n`);
  process.exit(1);
});
