// Small things a page needs besides the theme: print, scrolling by keyboard, disclosures in print.
document.querySelectorAll(".print-button").forEach((button) => button.addEventListener("click", () => print()));

// A wide equation or table scrolls in its own box; a reader with a keyboard must be able to get there.
const boxes = [...document.querySelectorAll(".math-scroll, .cell_output > .output, .table-scroll")];
const label = (box) => (box.matches(".math-scroll") ? "Equation, scrolls sideways" : "Table, scrolls sideways");
function reach() {
  for (const box of boxes) {
    const scrolls = box.scrollWidth > box.clientWidth + 1;
    if (scrolls) {
      box.tabIndex = 0;
      box.setAttribute("role", "group");
      box.setAttribute("aria-label", label(box));
    } else {
      for (const name of ["tabindex", "role", "aria-label"]) box.removeAttribute(name);
    }
  }
}
addEventListener("resize", reach);
addEventListener("load", reach);

// A reader who closes a menu stands again on the button that opened it.
for (const [menu, button] of [["primary", ".primary-toggle"], ["secondary", ".secondary-toggle"]]) {
  document.getElementById(`pst-${menu}-sidebar-modal`)?.addEventListener("close", () => document.querySelector(button)?.focus());
}

// The menu of notebooks closes as menus do.
const menu = document.querySelector(".notebook-menu");
if (menu) {
  addEventListener("click", (event) => menu.contains(event.target) || (menu.open = false));
  menu.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || !menu.open) return;
    menu.open = false;
    menu.querySelector("summary").focus();
  });
}

// Print shows what is folded, on light paper; afterwards the page is as it was.
const root = document.documentElement.dataset;
let opened = [];
let theme;
addEventListener("beforeprint", () => {
  [theme, root.theme] = [root.theme, "light"];
  opened = [...document.querySelectorAll("article details:not([open])")];
  opened.forEach((box) => (box.open = true));
});
addEventListener("afterprint", () => {
  root.theme = theme;
  opened.forEach((box) => (box.open = false));
});

// The book works without a network from the second visit on; for a reader who saves data, what was visited does.
if ("serviceWorker" in navigator && /^https?:$/.test(location.protocol)) {
  const home = new URL(document.documentElement.dataset.content_root ?? "./", location.href);
  addEventListener("load", async () => {
    try {
      await navigator.serviceWorker.register(new URL("service-worker.js", home), { scope: home.pathname });
      const registration = await navigator.serviceWorker.ready;
      // A new build wants to take over at once; Chromium can let that pass while the old one's worker begins or ends.
      setInterval(() => registration.waiting?.postMessage({ kind: "take-over" }), 3000);
      if (!navigator.connection?.saveData) registration.active.postMessage({ kind: "keep-pages" });
    } catch (error) {
      console.info("The book is not kept for use without a network:", error.message);
    }
  });
}
