// "Keep everything": the button that fetches the whole site at once, for use without a network.
const place = document.querySelector("[data-mlm-keep]");

const megabytes = (bytes) => `${Math.ceil(bytes / 1e6)} MB`;

if (place && navigator.serviceWorker && /^https?:$/.test(location.protocol)) {
  const make = (tag, properties) => Object.assign(document.createElement(tag), properties);
  const button = make("button", { type: "button", className: "mlm-keep-button", hidden: true });
  const bar = make("progress", { hidden: true });
  bar.setAttribute("aria-label", "Kept so far");
  const said = make("p", { role: "status" });
  place.append(button, bar, said);
  let asked = false;

  const say = (text) => {
    if (said.textContent !== text) said.textContent = text;
  };
  const busy = (is) => button.setAttribute("aria-disabled", is); // `disabled` would take the keyboard's focus away
  const ask = async (kind) => (await navigator.serviceWorker.ready).active.postMessage({ kind });

  navigator.serviceWorker.addEventListener("message", ({ data }) => {
    if (data.kind !== "kept") return;
    if (!data.everything) {
      if (data.ended && !asked) ask("look"); // pages came in the background
      return;
    }
    const { done, of, ended, left, full } = data;
    bar.hidden = !asked || ended;
    [bar.max, bar.value] = [of, done];
    if (!ended) return;
    button.hidden = false;
    busy(!left);
    button.textContent = left ? `Keep everything (${megabytes(of - done)} more)` : `Everything is kept (${megabytes(of)})`;
    if (asked && full) say("Your browser has no room for more.");
    else if (asked && left) say("Some files could not be fetched. Check the connection, then try again.");
    else if (asked) say("The whole book now works without a network.");
    asked = false;
  });
  button.addEventListener("click", () => {
    if (button.getAttribute("aria-disabled") === "true") return;
    asked = true;
    busy(true);
    say("Fetching …");
    navigator.storage?.persist?.(); // a browser that is short of room asks before it deletes this
    ask("keep-everything");
  });
  navigator.serviceWorker.startMessages?.();
  ask("look");
  place.hidden = false;
}
