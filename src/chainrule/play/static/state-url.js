// The state of the playground: its default, its check, and its place in the address.
(function () {
  "use strict";
  const chainrule = (window.chainrule = window.chainrule || {});

  const DEFAULT = Object.freeze({
    data: { name: "circles", noise: 0.1, n: 300, classes: 2, seed: 0 },
    layers: [{ neurons: 4, activation: "tanh" }, { neurons: 3, activation: "tanh" }],
    inputs: 2,
    loss: "binary_cross_entropy",
    optimizer: "adam",
    learning_rate: 0.03,
    batch_size: 20,
    l1: 0,
    l2: 0,
    dropout: 0,
    seed: 0,
    validation: 0.2,
  });

  chainrule.choices = {
    data: { circles: "Circles", moons: "Moons", spirals: "Spirals", xor: "XOR", blobs: "Blobs", plane: "Plane", waves: "Waves", own: "Your CSV", drawn: "Draw" },
    numbers: ["plane", "waves"],
    several: ["blobs", "spirals"],
    activations: ["identity", "relu", "leaky_relu", "elu", "selu", "gelu", "silu", "mish", "softplus", "sigmoid", "tanh", "cos", "ramp"],
    losses: { binary_cross_entropy: "cross-entropy, 2 classes", softmax_cross_entropy: "cross-entropy, softmax", squared_error: "squared error", absolute_error: "absolute error", huber: "Huber", log_cosh: "log cosh" },
    optimizers: ["sgd", "momentum", "nesterov", "rmsprop", "adam", "adamw", "nadam"],
    learning_rates: [0.0001, 0.0003, 0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1, 3, 10],
    penalties: [0, 0.0001, 0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1],
    most_layers: 6,
    most_neurons: 64,
  };

  const copy = (value) => JSON.parse(JSON.stringify(value));
  const isObject = (value) => value !== null && typeof value === "object" && !Array.isArray(value);
  const isNumber = (from, to) => (value) => typeof value === "number" && value >= from && value <= to;
  const among = (names) => (value) => typeof value === "string" && names.includes(value);

  const DATA = { name: (v) => typeof v === "string" && Object.hasOwn(chainrule.choices.data, v), noise: isNumber(0, 1), n: isNumber(20, 5000), classes: isNumber(2, 6), seed: isNumber(0, 2 ** 32) };
  const isLayer = (layer) => isObject(layer) && isNumber(1, 64)(layer.neurons) && among(chainrule.choices.activations)(layer.activation);
  const isPoint = (point) => Array.isArray(point) && point.length === 3 && point.every(Number.isFinite);
  const CHECKS = {
    data: (data) => isObject(data) && Object.entries(data).every(([key, value]) => Object.hasOwn(DATA, key) && DATA[key](value)),
    layers: (layers) => Array.isArray(layers) && layers.length <= 6 && layers.every(isLayer),
    inputs: isNumber(1, 1000),
    loss: (v) => typeof v === "string",
    optimizer: among(chainrule.choices.optimizers),
    learning_rate: isNumber(0, 1e6),
    batch_size: isNumber(1, 5000),
    l1: isNumber(0, 1e6),
    l2: isNumber(0, 1e6),
    dropout: isNumber(0, 0.95),
    seed: isNumber(0, 2 ** 32),
    validation: isNumber(0, 0.5),
    initializer: (v) => v === null || typeof v === "string",
    drawn: (points) => Array.isArray(points) && points.length <= 300 && points.every(isPoint),
  };

  function encode(text) {
    const bytes = new TextEncoder().encode(text);
    return btoa(String.fromCharCode(...bytes)).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
  }

  function decode(text) {
    const binary = atob(text.replace(/-/g, "+").replace(/_/g, "/"));
    return new TextDecoder("utf-8", { fatal: true }).decode(Uint8Array.from(binary, (letter) => letter.charCodeAt(0)));
  }

  /** What differs from the default, deep in `data` and whole elsewhere. */
  function difference(state) {
    const differing = {};
    for (const [key, value] of Object.entries(state)) {
      if (JSON.stringify(value) === JSON.stringify(DEFAULT[key])) continue;
      if (key === "data") {
        const data = Object.fromEntries(Object.entries(value).filter(([name, v]) => Object.hasOwn(DATA, name) && v !== DEFAULT.data[name]));
        if (Object.keys(data).length) differing.data = data;
      } else if (Object.hasOwn(CHECKS, key) && value !== null && value !== undefined) differing[key] = value;
    }
    return differing;
  }

  /** The fragment of a state; points drawn by hand go along. */
  chainrule.toFragment = (state, drawn) => {
    const differing = difference(state);
    if (state.data.name === "drawn" && drawn && drawn.length && drawn.length <= 300) {
      differing.drawn = drawn.map(([x, y, of]) => [Number(x.toFixed(3)), Number(y.toFixed(3)), of]);
    }
    return Object.keys(differing).length ? encode(JSON.stringify(differing)) : "";
  };

  /** {state, drawn, broken: sentence or "", isGiven} of a fragment; whatever is broken gives the default. */
  chainrule.fromFragment = (fragment) => {
    const state = copy(DEFAULT);
    const text = fragment.replace(/^#/, "");
    if (!text || document.getElementById(text)) return { state, drawn: [], broken: "" };
    try {
      const given = JSON.parse(decode(text));
      if (!isObject(given)) throw new Error("no settings");
      for (const [key, value] of Object.entries(given)) {
        if (!Object.hasOwn(CHECKS, key) || !CHECKS[key](value)) throw new Error(key);
      }
      const { drawn, data, ...rest } = given;
      return { state: { ...state, ...rest, data: { ...state.data, ...data } }, drawn: drawn || [], broken: "", isGiven: true };
    } catch (error) {
      return { state: copy(DEFAULT), drawn: [], broken: "The settings in the address could not be read; the playground starts with its default." };
    }
  };

  chainrule.defaultState = () => copy(DEFAULT);

  /** Settings that follow from others: the loss suits the data. */
  chainrule.suited = (state, columns) => {
    const name = state.data.name;
    const number = chainrule.choices.numbers.includes(name) || (name === "own" && columns && !columns.classes);
    const classes = name === "own" && columns ? columns.classes : name === "drawn" ? columns && columns.classes : chainrule.choices.several.includes(name) ? state.data.classes : 2;
    const entropy = state.loss.endsWith("cross_entropy");
    if (number && entropy) return { ...state, loss: "squared_error" };
    if (!number && classes > 2 && state.loss !== "softmax_cross_entropy") return { ...state, loss: "softmax_cross_entropy" };
    if (!number && !(classes > 2) && !entropy) return { ...state, loss: "binary_cross_entropy" };
    return state;
  };
})();
