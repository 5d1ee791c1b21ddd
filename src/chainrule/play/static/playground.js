// The playground: its state, and who is told when a frame or an event has come.
(function () {
  "use strict";
  const chainrule = window.chainrule;
  const { byId, element } = chainrule;
  const MOST_RESTORED = 1500;
  const given = chainrule.fromFragment(location.hash);

  const app = {
    bus: chainrule.bus(),
    state: given.state,
    drawn: given.drawn,
    data: null,
    frame: null,
    points: null,
    heldOut: null,
    sizes: null,
    layers: null,
    firstLayer: 1,
    inputNames: ["x1", "x2"],
    playing: false,
    shown: null,
    shownRun: "now",
    runA: null,
    point: null,
    uploaded: null,
    asked: null,
    engine: null,
    history: chainrule.history(),
    shortcuts: {},
  };
  chainrule.app = app;

  app.notice = (sentence) => {
    byId("notice").hidden = false;
    byId("notice").querySelector("p").textContent = sentence;
  };
  byId("notice-close").addEventListener("click", () => { byId("notice").hidden = true; });

  app.classWord = (row) => (app.data && app.data.classes && app.data.classes[row]) || String(row);
  const drawnClasses = () => [...new Set(app.drawn.map(([, , of]) => of))].sort((a, b) => a - b);
  app.isReady = () => {
    const { name } = app.state.data;
    return name === "own" ? Boolean(app.uploaded) : name !== "drawn" || drawnClasses().length > 1;
  };

  let written = 0;
  function writeAddress() {
    clearTimeout(written);
    written = setTimeout(() => {
      const fragment = chainrule.toFragment(app.state, app.drawn);
      history.replaceState(null, "", fragment ? `#${fragment}` : `${location.pathname}${location.search}`);
    }, 150);
  }

  function begin() {
    app.playing = false;
    app.shown = null;
    app.point = app.point && app.point.row !== undefined ? app.point : null;
  }

  /** Change settings: the state, the forms, the address and the server follow. */
  app.change = (patch) => {
    const before = app.state.data.name;
    app.state = { ...app.state, ...patch };
    const onlyRate = Object.keys(patch).join() === "learning_rate";
    if (!onlyRate) begin();
    if (app.state.data.name !== before && app.state.data.name === "drawn") app.points = localPoints();
    app.bus.emit("state", app.state);
    writeAddress();
    if (app.isReady()) app.send({ do: "configure", state: app.state });
    chainrule.draw(drawAll);
  };

  /** Send the drawn points, as soon as there are two classes. */
  app.sendDrawn = () => {
    begin();
    app.points = localPoints();
    app.heldOut = null;
    writeAddress();
    if (app.isReady()) app.send({ do: "draw", points: app.drawn });
    chainrule.draw(app.boundary.update);
  };

  function localPoints() {
    const codes = drawnClasses();
    const values = new Float32Array(app.drawn.flatMap(([x, y, of]) => [x, y, codes.indexOf(of)]));
    return { values, shape: [app.drawn.length, 3] };
  }

  /** Choose the point of the panel: {row}, {x} or null. */
  app.choosePoint = (point) => {
    app.point = point;
    app.send({ do: "point", ...(point || {}) });
    markPoint();
    chainrule.draw(app.boundary.update);
  };

  function markPoint() {
    const { point, points } = app;
    app.boundary.chosen = null;
    if (!point) return;
    if (point.x) app.boundary.chosen = point.x;
    else if (points && point.row < points.shape[0]) app.boundary.chosen = [points.values[3 * point.row], points.values[3 * point.row + 1]];
  }

  const connection = chainrule.connect(app.bus);
  app.connection = connection;
  
  app.drawing = chainrule.networkDrawing(app);
  app.boundary = chainrule.boundaryPicture(app);
  const curves = chainrule.curves(app);
  chainrule.layerHeads(app);
  chainrule.networkEditor(app);
  chainrule.controls(app);
  chainrule.dataForm(app);
  chainrule.ownData(app);
  chainrule.pointing(app);
  chainrule.chainPanel(app);
  chainrule.extras(app);
  chainrule.engine(app);

  let structure = "";
  let warned = "";
  let drawnFrame = 0;

  function drawWarnings() {
    const warnings = app.frame.warnings || [];
    const sentences = new Map();
    for (const { layer, neuron, what, words } of warnings) {
      const key = `${what} ${layer} ${words}`;
      sentences.set(key, { layer, what, words, neurons: [...((sentences.get(key) || {}).neurons || []), neuron + 1] });
    }
    const lines = [...sentences.values()].map(({ layer, what, words, neurons }) =>
      `Layer ${layer}, ${neurons.length > 1 ? "neurons" : "neuron"} ${neurons.slice(0, 8).join(", ")}${neurons.length > 8 ? " …" : ""} ${neurons.length > 1 ? "are" : "is"} ${what}: ${words}.`);
    if (lines.join() === warned) return;
    warned = lines.join();
    byId("warnings").replaceChildren(...lines.map((line) => element("p", { class: "note warn" }, line)));
  }

  function drawAll() {
    if (!app.frame || !app.layers) return;
    app.drawing.structure();
    app.drawing.update();
    app.boundary.update();
    curves.update();
    app.updateControls();
    app.updateRunA();
    drawWarnings();
    const words = `${app.sizes.join("–")}, ${app.frame.n_parameters} parameters`;
    if (words !== structure) {
      structure = words;
      byId("network-words").textContent = words;
    }
    if (drawnFrame !== app.frame.frame) {
      drawnFrame = app.frame.frame;
      connection.send({ do: "ack", frame: drawnFrame });
    }
  }

  let stopped = "";
  let inputs = [];
  function take(frame) {
    const { arrays } = frame;
    if (arrays.points && app.state.data.name !== "drawn") app.points = arrays.points;
    if (arrays.held_out) app.heldOut = arrays.held_out;
    const isFirst = !app.frame;
    if (isFirst && given.isGiven && (waiting || frame.version < since)) { // before the address's state
      connection.send({ do: "ack", frame: frame.frame });
      return;
    }
    app.frame = frame;
    app.playing = frame.playing;
    if (frame.history_from === 0) app.history.clear();
    app.history.add(frame);
    app.runA = arrays.loss_a ? { epochs: Array.from(arrays.epochs_a ? arrays.epochs_a.values : arrays.loss_a.values.keys()), loss: Array.from(arrays.loss_a.values) } : null;
    app.sizes = chainrule.sizesOf(frame);
    app.layers = chainrule.layersOf(arrays.theta.values, app.sizes);
    app.inputNames = inputs.length === app.sizes[0] ? inputs : []; // columns of words are several inputs
    if (arrays.points || isFirst) {
      markPoint();
      app.boundary.legend();
    }
    if (frame.stopped !== stopped) {
      stopped = frame.stopped;
      if (stopped) chainrule.announce(`Training stopped: ${stopped}`);
    }
    app.bus.emit("frame", frame);
    chainrule.draw(drawAll);
  }
  app.bus.on("binary", (buffer) => take(chainrule.readFrame(buffer)));

  // Each of these commands is answered by one state or one error; only the answer to the last counts
  const ANSWERED = ["configure", "draw", "upload"];
  let waiting = 0;
  let since = 0; // the version of the last accepted state; frames have theirs
  let accepted = app.state;
  app.send = (command) => {
    const isAnswered = ANSWERED.includes(command.do);
    if (isAnswered) waiting += 1;
    const sent = connection.send(command);
    if (isAnswered && !sent) waiting -= 1;
    if (isAnswered && sent && app.engine) connection.send(app.engine);
    return sent;
  };
  function answered(state, version) {
    since = version;
    waiting = Math.max(0, waiting - 1);
    if (waiting) return;
    app.state = accepted = state;
    app.bus.emit("state", app.state);
    writeAddress();
  }
  app.bus.on("event:state", ({ state, choices, version }) => {
    if (!choices) answered(state, version);
  });
  app.bus.on("event:error", ({ message, command, version }) => {
    app.notice(command ? `${command}: ${message}` : message);
    if (ANSWERED.includes(command)) answered(command === "configure" ? accepted : app.state, version || 0);
  });
  app.bus.on("event:data", (data) => {
    app.data = data;
    inputs = data.columns.filter((column) => column !== data.target);
    app.boundary.legend();
  });

  let lost = null;
  function restoreWeights(theta, sizes) {
    chainrule.layersOf(theta, sizes).forEach(({ W, b, inputs }, l) => {
      b.forEach((value, row) => connection.send({ do: "weight", layer: l + app.firstLayer, row, column: null, value }));
      W.forEach((value, i) => connection.send({ do: "weight", layer: l + app.firstLayer, row: Math.floor(i / inputs), column: i % inputs, value }));
    });
  }

  function again() {
    const { name } = app.state.data;
    waiting = 0;
    if (name === "own" && app.uploaded) app.send(app.uploaded);
    if (name === "drawn" && app.isReady()) app.send({ do: "draw", points: app.drawn });
    if (app.isReady()) app.send({ do: "configure", state: app.state });
    else if (name === "own") app.notice("The address names a table of your own; paste or open it again.");
    if (!lost) return;
    const { theta, sizes, playing } = lost;
    const restored = theta && theta.length <= MOST_RESTORED;
    if (restored) restoreWeights(theta, sizes);
    if (app.point) connection.send({ do: "point", ...app.point });
    if (playing) connection.send({ do: "play" });
    chainrule.announce(restored ? "Connected again, with the settings and weights as they were; epochs count from 0." : "Connected again, with the settings as they were; the weights begin anew.");
    lost = null;
  }

  app.bus.on("status", ({ state }) => {
    const box = byId("connection");
    box.dataset.state = state;
    box.textContent = state === "open" ? "connected" : "connection lost, trying again";
    if (state === "open") {
      again();
      return;
    }
    if (app.frame && app.sizes) lost = { theta: app.frame.arrays.theta.values.slice(), sizes: app.sizes, playing: app.playing };
    app.shown = null;
    chainrule.announce("The connection is lost; trying again.");
  });

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || byId("help").open || !byId("single-keys").checked) return;
    if (event.target.closest("input:not([type=range], [type=radio]), select, textarea")) return;
    if (event.key === " " && event.target.closest("button, a, summary, input")) return;
    const act = app.shortcuts[event.key.length === 1 ? event.key.toLowerCase() : event.key];
    if (!act) return;
    event.preventDefault();
    act();
  });
  window.addEventListener("hashchange", () => {
    if (document.getElementById(location.hash.slice(1))) return; // a link within the page
    const read = chainrule.fromFragment(location.hash);
    if (read.broken) app.notice(read.broken);
    app.drawn.splice(0, app.drawn.length, ...read.drawn);
    app.change(read.state);
  });

  if (given.broken) app.notice(given.broken);
  app.bus.emit("state", app.state);
})();
