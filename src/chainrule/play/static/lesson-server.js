// Requests to the lessons' part of the server; an error has the server's sentence and status.
(function () {
  "use strict";
  const chainrule = (window.chainrule = window.chainrule || {});
  const GONE = "The server does not answer. Is chainrule play still running? Your code stays in this page until it is saved.";

  const MOST_KEPT_ALIVE = 20000; // characters: of at most three bytes each, browsers allow 64 kB

  class ServerError extends Error {
    constructor(sentence, status, body) {
      super(sentence);
      this.status = status;
      this.body = body;
    }
  }

  async function ask(path, options) {
    let answer;
    try {
      answer = await fetch(path, options);
    } catch (error) {
      if (error.name === "AbortError") throw error;
      throw new ServerError(GONE, 0, {});
    }
    const text = await answer.text();
    let body = {};
    try {
      body = JSON.parse(text);
    } catch {
      body = { error: text };
    }
    if (!answer.ok) throw new ServerError(body.error || `The server answers ${answer.status}.`, answer.status, body);
    return body;
  }

  chainrule.ServerError = ServerError;

  /** GET a path as JSON. */
  chainrule.get = (path, signal) => ask(path, { signal });

  /** POST a body as JSON; the signal ends the wait, and with it the run on the server. */
  chainrule.post = (path, body, signal) => {
    const text = JSON.stringify(body || {});
    const keepalive = !signal && text.length < MOST_KEPT_ALIVE; // a save outlives the page
    return ask(path, { method: "POST", headers: { "content-type": "application/json" }, body: text, signal, keepalive });
  };
})();
