// A recording in place of the server: its frames and panels, epoch by epoch; nothing is computed.
(function () {
  "use strict";
  const chainrule = (window.chainrule = window.chainrule || {});
  const recording = chainrule.recording;
  if (!recording) return;
  const PLAY_EVERY = 120; // milliseconds
  const LIVE_ONLY = ".settings, .data, #until, #reset, #keep, [data-step=sample], [data-step=batch], [data-export=python], [data-export=weights], [data-export=data]";
  const SAID = "This page shows a recorded run. Install chainrule with its extra play and start chainrule play to train, draw and change things yourself.";
  const frames = recording.frames.map((text) => Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0)).buffer);
  let timer = 0;

  const read = chainrule.readFrame;
  chainrule.readFrame = (buffer) => ({ ...read(buffer), playing: timer !== 0 });

  /** The number of the recorded epoch nearest to the asked one; null is the last. */
  function nearest(epoch) {
    if (epoch === null || epoch === undefined) return frames.length - 1;
    let best = 0;
    recording.epochs.forEach((known, i) => {
      if (Math.abs(known - epoch) < Math.abs(recording.epochs[best] - epoch)) best = i;
    });
    return best;
  }

  chainrule.connect = (bus) => {
    let at = 0;
    let row = null;

    function showPanel() {
      const panels = recording.panels[at];
      if (row === null) return;
      if (row < panels.length) bus.emit(`event:${panels[row].event}`, panels[row]);
      else bus.emit("event:error", { message: `The recording has the steps of points 0 to ${panels.length - 1} alone.` });
    }
    function show(number) {
      at = number;
      bus.emit("binary", frames[at]);
      showPanel();
    }
    function pause() {
      clearInterval(timer);
      timer = 0;
      show(at);
    }
    function play() {
      if (at === frames.length - 1) at = -1;
      timer = setInterval(() => (at + 1 < frames.length ? show(at + 1) : pause()), PLAY_EVERY);
      show(at + 1);
    }
    const answers = {
      play,
      pause,
      step: () => show(Math.min(at + 1, frames.length - 1)),
      scrub: ({ epoch }) => show(nearest(epoch)),
      point: (command) => {
        row = command.row === undefined || command.row === null ? null : command.row;
        if (command.x) bus.emit("event:error", { message: "The recording has the steps of its own points alone." });
        showPanel();
      },
      ack: () => {},
      configure: () => {
        if (begun) bus.emit("event:error", { message: SAID, command: "configure" });
        else bus.emit("event:state", recording.state);
      },
    };

    let begun = false;
    function begin() {
      document.querySelectorAll(LIVE_ONLY).forEach((node) => { node.inert = true; });
      const note = chainrule.element("p", { class: "note", id: "recorded" }, SAID);
      document.querySelector("main h1").after(note);
      bus.emit("status", { state: "open", again: false });
      document.getElementById("connection").textContent = "recording";
      bus.emit("event:state", recording.state);
      bus.emit("event:data", recording.data);
      show(0);
      begun = true;
    }
    setTimeout(begin, 0);
    return {
      send: (command) => {
        const answer = answers[command.do];
        if (answer) answer(command);
        else if (begun) bus.emit("event:error", { message: SAID });
        return Boolean(answer);
      },
      drop: () => {},
    };
  };
})();
