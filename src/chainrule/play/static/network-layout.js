// Where the neurons and connections of a network lie in its drawing.
(function () {
  "use strict";
  const chainrule = (window.chainrule = window.chainrule || {});
  const MOST_LINKS = 600;
  const TABLE = 32;

  // A connection runs along the curve x = 1.5 t − 1.5 t² + t³, y = 3 t² − 2 t³: y at each x, from a table
  const heights = (() => {
    const table = new Float64Array(TABLE + 1);
    let t = 0;
    for (let i = 0; i <= TABLE; i += 1) {
      while (t < 1 && 1.5 * t - 1.5 * t * t + t * t * t < i / TABLE) t += 0.002;
      table[i] = 3 * t * t - 2 * t * t * t;
    }
    return table;
  })();

  /** How far down a connection is (0 to 1) at a share of its way across. */
  chainrule.heightAt = (share) => heights[Math.max(0, Math.min(TABLE, Math.round(share * TABLE)))];

  /** Places of all neurons: {width, height, head, columns: [{x, size, ys: […]}]}. */
  chainrule.layout = (sizes, available) => {
    const head = 92;
    const n = sizes.length;
    const most = Math.max(...sizes);
    const width = Math.max(available.width, n * 78);
    const pitch = Math.max(13, Math.min(available.height > 700 ? 110 : 84, (available.height - head - 8) / most));
    const height = Math.max(available.height, head + 8 + most * pitch);
    const step = width / n;
    const columns = sizes.map((count, i) => {
      const own = Math.min(available.height > 700 ? 110 : 84, Math.max(pitch, (height - head - 8) / count));
      const size = Math.max(10, Math.min(own > 84 ? 64 : 46, own - 6, step - 42));
      const top = head + (height - head - own * count) / 2 + own / 2;
      return { x: step * (i + 0.5), size, ys: Array.from({ length: count }, (_, row) => top + row * own) };
    });
    return { width, height, head, step, columns };
  };

  /** The indices in theta of the connections to draw: all, or the strongest if there are too many. */
  chainrule.linksOf = (layers) => {
    const links = [];
    layers.forEach((layer, l) => {
      for (let row = 0; row < layer.neurons; row += 1) {
        for (let column = 0; column < layer.inputs; column += 1) links.push({ layer: l, row, column });
      }
    });
    if (links.length <= MOST_LINKS) return { links, all: links.length };
    const size = ({ layer, row, column }) => Math.abs(layers[layer].W[row * layers[layer].inputs + column]);
    const strongest = [...links].sort((a, b) => size(b) - size(a)).slice(0, MOST_LINKS);
    strongest.sort((a, b) => a.layer - b.layer || a.row - b.row || a.column - b.column);
    return { links: strongest, all: links.length };
  };

  /** The SVG path of a connection. */
  chainrule.pathOf = (layout, { layer, row, column }) => {
    const [from, to] = [layout.columns[layer], layout.columns[layer + 1]];
    const [x0, x1] = [from.x + from.size / 2, to.x - to.size / 2];
    const [y0, y1] = [from.ys[column], to.ys[row]];
    const middle = (x0 + x1) / 2;
    return `M${x0.toFixed(1)} ${y0.toFixed(1)}C${middle.toFixed(1)} ${y0.toFixed(1)} ${middle.toFixed(1)} ${y1.toFixed(1)} ${x1.toFixed(1)} ${y1.toFixed(1)}`;
  };

  /** The index of the connection nearest to a point within 6 pixels, or −1. */
  chainrule.linkAt = (layout, links, x, y) => {
    let best = -1;
    let nearest = 6;
    links.forEach((link, i) => {
      const [from, to] = [layout.columns[link.layer], layout.columns[link.layer + 1]];
      const [x0, x1] = [from.x + from.size / 2, to.x - to.size / 2];
      if (x < x0 || x > x1) return;
      const [y0, y1] = [from.ys[link.column], to.ys[link.row]];
      const distance = Math.abs(y0 + (y1 - y0) * chainrule.heightAt((x - x0) / (x1 - x0)) - y);
      if (distance < nearest) { nearest = distance; best = i; }
    });
    return best;
  };

  /** The name of an input, hidden or output neuron for people. */
  chainrule.neuronName = (sizes, layer, row, inputNames) => {
    if (layer === 0) return (inputNames && inputNames[row]) || `x${row + 1}`;
    if (layer === sizes.length - 1) return sizes[layer] === 1 ? "the output" : `output ${row + 1}`;
    return `neuron ${row + 1} of layer ${layer}`;
  };
})();
