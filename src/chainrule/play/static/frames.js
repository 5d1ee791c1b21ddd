// Frames: one binary message becomes typed arrays and numbers; the curves of all epochs are kept.
(function () {
  "use strict";
  const chainrule = (window.chainrule = window.chainrule || {});
  const TYPES = { f8: Float64Array, f4: Float32Array, u1: Uint8Array, i4: Int32Array };

  /** Read a binary message: the header's fields, and `arrays` by name, each {values, shape}. */
  chainrule.readFrame = (buffer) => {
    const length = new DataView(buffer).getUint32(0, true);
    const header = JSON.parse(new TextDecoder().decode(new Uint8Array(buffer, 4, length)));
    const arrays = {};
    for (const { name, dtype, shape, offset } of header.arrays) {
      const count = shape.reduce((product, size) => product * size, 1);
      arrays[name] = { values: new TYPES[dtype](buffer, offset, count), shape };
    }
    return { ...header, arrays };
  };

  /** The weights and biases of each layer as views into theta: [{W, b, neurons, inputs}]. */
  chainrule.layersOf = (theta, sizes) => {
    const layers = [];
    let start = 0;
    for (let i = 1; i < sizes.length; i += 1) {
      const [inputs, neurons] = [sizes[i - 1], sizes[i]];
      const W = theta.subarray(start, start + inputs * neurons);
      start += inputs * neurons;
      const b = theta.subarray(start, start + neurons);
      start += neurons;
      layers.push({ W, b, inputs, neurons });
    }
    return layers;
  };

  /** The sizes of all layers of a frame: inputs, hidden layers, outputs. */
  chainrule.sizesOf = ({ arrays }) => {
    const sizes = [];
    for (let i = 1; arrays[`neuron_${i}`]; i += 1) sizes.push(arrays[`neuron_${i}`].shape[0]);
    sizes.push(arrays.boundary.shape[0]);
    let rest = arrays.theta.values.length;
    for (let i = 1; i < sizes.length; i += 1) rest -= sizes[i] * (sizes[i - 1] + 1);
    return [rest / sizes[0] - 1, ...sizes];
  };

  const CURVES = ["epochs", "loss", "validation_loss", "accuracy"];

  /** The curves of a run, one entry an epoch, joined from the pieces that frames bring. */
  chainrule.history = () => {
    const kept = { epochs: [], loss: [], validation_loss: [], accuracy: [] };
    return {
      kept,
      clear: () => CURVES.forEach((name) => { kept[name].length = 0; }),
      /** Add a frame's piece in place of all epochs from its first on; true if anything changed. */
      add: (frame) => {
        const loss = frame.arrays.loss;
        if (!loss) return false;
        const from = frame.history_from || 0;
        const given = frame.arrays.epochs;
        const epochs = given ? Array.from(given.values) : Array.from(loss.values, (_, i) => from + i);
        const first = epochs.length ? epochs[0] : from;
        let keep = kept.epochs.length;
        while (keep > 0 && kept.epochs[keep - 1] >= Math.min(first, from)) keep -= 1;
        const changed = keep !== kept.epochs.length || epochs.length > 0;
        kept.epochs.length = keep;
        kept.epochs.push(...epochs);
        for (const name of CURVES.slice(1)) {
          kept[name].length = keep;
          const values = frame.arrays[name] ? frame.arrays[name].values : [];
          for (let i = 0; i < epochs.length; i += 1) kept[name].push(i < values.length && Number.isFinite(values[i]) ? values[i] : null);
        }
        return changed;
      },
    };
  };
})();
