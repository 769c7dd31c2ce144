// Python in the page asks this site alone, as the page itself does: code that a reader runs, or pastes from
// elsewhere, sends nothing off-site. A page's own rule does not hold in its worker, so that it is kept here too.

/** Tell whether an address is on this site, or no address of a server at all. */
export function onsite(address, base = location.href) {
  const { protocol, origin } = new URL(address, base);
  return protocol === "data:" || protocol === "blob:" || origin === new URL(base).origin;
}

function refuse(address) {
  throw new TypeError(
    `this page asks no other site (${address}); for that, download the notebook and run it on your own computer`,
  );
}

/** Keep everything that a worker can ask with to this site. */
export function stayOnsite(scope) {
  const { fetch } = scope;
  scope.fetch = async (request, options) => {
    const address = request?.url ?? String(request);
    if (!onsite(address)) refuse(address);
    return fetch.call(scope, request, options);
  };
  const { open } = scope.XMLHttpRequest.prototype;
  scope.XMLHttpRequest.prototype.open = function (method, address, ...rest) {
    if (!onsite(address)) refuse(address);
    return open.call(this, method, address, ...rest);
  };
  for (const name of ["WebSocket", "WebSocketStream", "WebTransport", "EventSource"]) delete scope[name];
}
