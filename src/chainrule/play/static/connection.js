// The WebSocket to the server: commands out, events and frames in, and a new try when it drops.
(function () {
  "use strict";
  const chainrule = (window.chainrule = window.chainrule || {});
  const WAITS = [200, 400, 800, 1600, 3000, 5000];

  /** A little event bus: on(name, listener), emit(name, value). */
  chainrule.bus = () => {
    const listeners = new Map();
    return {
      on: (name, listener) => listeners.set(name, [...(listeners.get(name) || []), listener]),
      emit: (name, value) => (listeners.get(name) || []).forEach((listener) => listener(value)),
    };
  };

  /**
   * Connect to the server and stay connected.
   * The bus hears: "status" (open, lost), "binary" (ArrayBuffer), "event:NAME" of each text message.
   */
  chainrule.connect = (bus) => {
    let socket = null;
    let failures = 0;
    let timer = 0;

    function open() {
      clearTimeout(timer);
      const scheme = location.protocol === "https:" ? "wss:" : "ws:";
      socket = new WebSocket(`${scheme}//${location.host}/socket`);
      socket.binaryType = "arraybuffer";
      socket.addEventListener("open", () => {
        bus.emit("status", { state: "open", again: failures > 0 });
        failures = 0;
      });
      socket.addEventListener("message", ({ data }) => {
        if (typeof data !== "string") return bus.emit("binary", data);
        const message = JSON.parse(data);
        return bus.emit(`event:${message.event}`, message);
      });
      socket.addEventListener("close", lost);
    }

    function lost() {
      socket = null;
      if (!failures) bus.emit("status", { state: "lost" });
      timer = setTimeout(open, WAITS[Math.min(failures, WAITS.length - 1)]);
      failures += 1;
    }

    open();
    return {
      /** Send a command; without a connection nothing happens, and the answer is false. */
      send: (command) => {
        if (!socket || socket.readyState !== WebSocket.OPEN) return false;
        socket.send(JSON.stringify(command));
        return true;
      },
      /** Drop the connection, as a broken network does (for tests). */
      drop: () => socket && socket.close(),
    };
  };

  /**
   * Send only the newest of many commands: one in flight until a frame has come, then the newest.
   * Returns {send(command), arrived()}; `arrived` is called for each frame.
   */
  chainrule.newestOnly = (send) => {
    let inFlight = false;
    let next = null;
    let timer = 0;
    function release() {
      clearTimeout(timer);
      inFlight = false;
      if (next) {
        const command = next;
        next = null;
        dispatch(command);
      }
    }
    function dispatch(command) {
      if (inFlight) {
        next = command;
        return;
      }
      inFlight = true;
      send(command);
      timer = setTimeout(release, 400);
    }
    return { send: dispatch, arrived: release };
  };
})();
