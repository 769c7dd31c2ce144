// A worker that runs Python, and one that fetches for it, with a port between them. The page begins both:
// in Firefox a worker that begins another one may wait for ever, with nothing to end it.

export class Workers {
  /**
   * @param {string} script of the worker that runs Python; its first message has the `fetcher` to ask
   * @param {object} first that message
   * @param {{hear: (data: object) => void, fail: (reason: string) => void}} page told what it says, and what breaks
   */
  constructor(script, first, { hear, fail }) {
    const { port1, port2 } = new MessageChannel();
    const begin = (name) => {
      const worker = new Worker(new URL(`./${name}`, import.meta.url), { type: "module" });
      worker.onerror = (event) => {
        event.preventDefault();
        if (!this.ended) fail(event.message || `${name} could not be fetched`); // else the last words of one that was ended
      };
      return worker;
    };
    this.fetcher = begin("fetcher.js");
    this.fetcher.postMessage({ asker: port1 }, [port1]);
    this.python = begin(script);
    this.python.onmessage = ({ data }) => hear(data);
    this.python.postMessage({ ...first, fetcher: port2 }, [port2]);
  }

  post(message) {
    this.python.postMessage(message);
  }

  end() {
    this.ended = true;
    this.fetcher.terminate();
    this.python.terminate();
  }
}
