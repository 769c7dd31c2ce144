// On every chapter: buttons that bring its code to life. The rest is loaded when one is pressed.
const script = document.currentScript;
const root = new URL(document.documentElement.dataset.content_root || "./", location.href);
const { runtime, lock, source } = script.dataset;

let page;

/** Load what runs the page, once; returns it, or says on the button what went wrong. */
function bring() {
  page ??= import(new URL("page.js", script.src).href)
    .then(({ Page }) => {
      const buttons = document.querySelectorAll(".mlm-start");
      const made = new Page({
        runtime: new URL(runtime, root).href,
        lock,
        source: new URL(source, root).href,
        page: location.pathname,
      });
      buttons.forEach((button) => button.remove());
      return made;
    })
    .catch((error) => {
      page = undefined;
      throw error;
    });
  return page;
}

function button(text, action) {
  const made = document.createElement("button");
  made.type = "button";
  made.className = "mlm-start";
  made.textContent = text;
  made.addEventListener("click", async () => {
    made.disabled = true;
    try {
      action(await bring());
    } catch (error) {
      made.disabled = false;
      made.textContent = `${text}: could not be loaded; check the connection, reload the page or try again`;
      console.error(error);
    }
  });
  return made;
}

const cells = [...document.querySelectorAll("div.cell")].filter((cell) => cell.querySelector(".cell_input pre"));
cells.forEach((cell, i) => {
  const made = button("Run", (live) => {
    live.run(live.cells[i]);
    live.cells[i].runButton.focus({ preventScroll: true }); // in place of the one that was pressed
  });
  made.setAttribute("aria-label", `Run code cell ${i + 1}`);
  cell.querySelector(".cell_input").before(made);
});
document.querySelectorAll("div.exercise, div.blanks").forEach((place, i) => {
  const made = button(place.matches(".blanks") ? "Fill in and run" : "Try it here", (live) => live.trials[i].edit({ focus: true }));
  made.classList.add("mlm-start-trial");
  place.after(made);
});
for (const place of document.querySelectorAll("[data-mlm-run-page]")) {
  place.append(button("Run this page", (live) => live.runAll()));
  place.hidden = false;
}
// A reader who edited this chapter before finds the edits again.
try {
  if (localStorage.getItem(`mlm:edits:${location.pathname}`)) addEventListener("load", () => bring());
} catch {
  // The browser keeps nothing: there is nothing to find.
}
