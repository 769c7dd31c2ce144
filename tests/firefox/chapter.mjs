// Drive Firefox through a chapter: node chapter.mjs PROGRAM ADDRESS; prints what was seen as JSON.
import puppeteer from "puppeteer-core";

const [program, address] = process.argv.slice(2);
const PATIENCE = 150_000; // milliseconds that a chapter, or a snapshot, may take on a busy machine
const sleep = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));

const browser = await puppeteer.launch({ browser: "firefox", executablePath: program, headless: true });
try {
  const page = await browser.newPage();
  const requests = [];
  const said = [];
  page.on("console", (message) => said.push(message.text()));
  page.on("request", (request) => requests.push(request.url()));
  await page.goto(address, { waitUntil: "load" });
  const look = () => ({
    python: document.documentElement.dataset.mlmPython,
    cells: [...document.querySelectorAll("[data-live]")].map((cell) => cell.dataset.live),
    dock: document.querySelector(".mlm-dock-said")?.textContent,
  });
  /** Wait until something is so, or say how the page stands. */
  const until = async (what, so) => {
    for (const begun = Date.now(); !(await so()); await sleep(200)) {
      const now = await page.evaluate(look);
      if (Date.now() - begun > PATIENCE || now.dock?.startsWith("Python could not be loaded")) {
        throw new Error(`${what}: not so after ${Date.now() - begun} ms; ${JSON.stringify({ now, said, last: requests.slice(-10) }, null, 1)}`);
      }
    }
  };
  const settle = (what) =>
    until(what, async () => {
      const { python, cells } = await page.evaluate(look);
      return python === "ready" && cells.some(Boolean) && !cells.some((state) => state === "waiting" || state === "running");
    });
  await page.click("[data-mlm-run-page] button");
  await settle("the page runs");
  const cells = await page.$$eval("div.cell[data-live]:not(.mlm-trial)", (all) => {
    const words = (place) => {
      const copy = place.cloneNode(true);
      copy.querySelectorAll("button, style").forEach((part) => part.remove());
      return copy.textContent.replace(/[‘’]/g, "'").replace(/[“”]/g, '"').replace(/\s+/g, " ").trim(); // Sphinx curls quotes
    };
    const text = (places) => places.map(words).join(" ");
    const plain = (places) => places.every((place) => !place.querySelector("img, .mlm-widget, mlm-explorable, [data-mlm-widget]"));
    return all.map((cell) => {
      const live = [...cell.querySelectorAll(".mlm-live-output")];
      const stored = [...cell.querySelectorAll(".cell_output:not(.mlm-live-output)")];
      return { state: cell.dataset.live, live: text(live), stored: plain([...live, ...stored]) ? text(stored) : null };
    });
  });
  const isolated = await page.evaluate(() => crossOriginIsolated);
  const write = async (code) => {
    await page.focus(".mlm-trial .cm-content");
    await page.keyboard.down("Control");
    await page.keyboard.press("a");
    await page.keyboard.up("Control");
    await page.keyboard.type(code);
    await page.keyboard.down("Shift");
    await page.keyboard.press("Enter");
    await page.keyboard.up("Shift");
  };
  await page.click(".mlm-trial .mlm-cell-edit");
  await page.waitForSelector(".mlm-trial .cm-content");
  await write("while True: pass");
  await page.waitForSelector(".mlm-trial[data-live=running]");
  await page.click(".mlm-dock-stop");
  await until("Stop ends a loop", () => page.$(".mlm-trial[data-live=failed]"));
  const stopped = await page.$eval(".mlm-trial .mlm-live-output", (place) => place.textContent);
  // A later visit goes on from what this one has kept.
  const isKept = async () => {
    const [name] = (await caches.keys()).filter((one) => one.startsWith("mlm-python:"));
    return Boolean(name) && (await (await caches.open(name)).keys()).length > 0;
  };
  await until("a snapshot is kept", () => page.evaluate(isKept));
  await page.reload({ waitUntil: "load" });
  await page.waitForSelector(".mlm-trial .cm-content"); // the edit is found again
  await page.focus("div.cell .mlm-cell-run");
  await page.keyboard.press("Enter");
  await settle("a later start");
  const later = await page.$eval("div.cell[data-live]:not(.mlm-trial)", (cell) => cell.dataset.live);
  await write("import sys; print('narwhals' in sys.modules, len(np.arange(7)))");
  await settle("a cell of the reader");
  const went = await page.$eval(".mlm-trial .mlm-live-output", (place) => place.textContent);
  console.log(JSON.stringify({ isolated, cells, stopped, later, went, said, requests }));
} finally {
  await browser.close();
}
