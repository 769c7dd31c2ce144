// Drive Firefox through a chapter: node chapter.mjs PROGRAM ADDRESS; prints what was seen as JSON.
import puppeteer from "puppeteer-core";

const [program, address] = process.argv.slice(2);
const PATIENCE = 240_000;

const browser = await puppeteer.launch({ browser: "firefox", executablePath: program, headless: true });
try {
  const page = await browser.newPage();
  page.setDefaultTimeout(PATIENCE);
  const requests = [];
  const said = [];
  page.on("console", (message) => said.push(message.text()));
  page.on("request", (request) => requests.push(request.url()));
  await page.goto(address, { waitUntil: "load" });
  const settle = () =>
    page.waitForFunction(() => document.documentElement.dataset.mlmPython === "ready" && !document.querySelector("[data-live=waiting], [data-live=running]"));
  await page.click("[data-mlm-run-page] button");
  await page.waitForSelector(".mlm-dock");
  await settle();
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
  await page.waitForSelector(".mlm-trial[data-live=failed]");
  const stopped = await page.$eval(".mlm-trial .mlm-live-output", (place) => place.textContent);
  // A later visit goes on from what this one has kept.
  const isKept = async () => {
    const [name] = (await caches.keys()).filter((one) => one.startsWith("mlm-python:"));
    return Boolean(name) && (await (await caches.open(name)).keys()).length > 0;
  };
  for (let i = 0; i < 120 && !(await page.evaluate(isKept)); i += 1) await new Promise((resolve) => setTimeout(resolve, 500));
  await page.reload({ waitUntil: "load" });
  await page.waitForSelector(".mlm-trial .cm-content"); // the edit is found again
  const [first] = await page.$$("div.cell .mlm-cell-run");
  await first.click();
  await settle();
  const later = await page.$eval("div.cell[data-live]:not(.mlm-trial)", (cell) => cell.dataset.live);
  await write("import sys; print('narwhals' in sys.modules, len(np.arange(7)))");
  await settle();
  const went = await page.$eval(".mlm-trial .mlm-live-output", (place) => place.textContent);
  console.log(JSON.stringify({ isolated, cells, stopped, later, went, said, requests }));
} finally {
  await browser.close();
}
