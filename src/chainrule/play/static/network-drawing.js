// The drawing of the network: connections in SVG, each neuron with its own small picture.
(function () {
  "use strict";
  const chainrule = (window.chainrule = window.chainrule || {});
  const { element, svg, byId } = chainrule;

  /** Draw the network of an app; returns {structure(), update(), light(what), …}. */
  chainrule.networkDrawing = (app) => {
    const scroll = byId("drawing-scroll");
    const drawing = byId("drawing");
    const links = byId("links");
    const pictures = byId("pictures");
    const neurons = byId("neurons");
    const self = { layout: null, links: [], count: 0, paths: [], buttons: [], current: 0, tip: chainrule.tip(drawing) };
    let rasters = [];
    let widths = [];
    let signs = [];
    let lit = null;
    let key = "";
    let room = available();

    function available() {
      const wide = matchMedia("(min-width: 64rem)").matches;
      return { width: scroll.clientWidth, height: wide ? Math.max(360, scroll.clientHeight) : 360 };
    }

    /** Build everything anew if the sizes of the layers or of the room have changed. */
    self.structure = () => {
      if (!app.sizes) return;
      const next = `${app.sizes} ${app.inputNames} ${room.width} ${room.height}`;
      const isPartial = self.links.length < self.count;
      if (next === key && (!isPartial || app.playing || app.shown !== null)) return;
      const { links: drawn, all } = chainrule.linksOf(app.layers);
      if (next === key && drawn.every((link, i) => link.layer === self.links[i].layer && link.row === self.links[i].row && link.column === self.links[i].column)) return;
      key = next;
      self.count = all;
      self.layout = chainrule.layout(app.sizes, room);
      self.links = drawn;
      const { width, height } = self.layout;
      for (const [name, value] of [["width", width], ["height", height]]) links.setAttribute(name, value);
      links.setAttribute("viewBox", `0 0 ${width} ${height}`);
      drawing.style.width = `${width}px`;
      drawing.style.height = `${height}px`;
      pictures.style.width = `${width}px`;
      pictures.style.height = `${height}px`;
      drawLinks();
      drawNeurons();
      const note = byId("link-note");
      note.hidden = drawn.length === all;
      note.textContent = `The ${drawn.length} strongest of ${all} connections are drawn.`;
      app.bus.emit("layout", self.layout);
      self.update();
    };

    function drawLinks() {
      widths = new Float32Array(self.links.length).fill(-1);
      signs = new Int8Array(self.links.length);
      self.current = Math.min(self.current, Math.max(0, self.links.length - 1));
      self.paths = self.links.map((link, i) =>
        svg("path", { class: "link", d: chainrule.pathOf(self.layout, link), role: "button", tabindex: i === self.current ? 0 : -1, "data-i": i, "aria-label": self.nameOf(link) }));
      links.replaceChildren(...self.paths);
    }

    function drawNeurons() {
      const all = [];
      self.buttons = [];
      rasters = [];
      self.layout.columns.forEach((column, layer) => {
        rasters.push(column.ys.map(() => chainrule.raster(layer === app.sizes.length - 1 ? 64 : 24)));
        column.ys.forEach((y, row) => {
          const name = chainrule.neuronName(app.sizes, layer, row, app.inputNames);
          const isInput = layer === 0;
          const button = isInput
            ? element("span", { class: app.sizes[0] === 2 ? "neuron input" : "neuron input bare" }, element("span", { class: "neuron-word" }, name))
            : element("button", { type: "button", class: "neuron", "aria-label": `${name}: bias`, tabindex: layer === 1 && row === 0 ? 0 : -1, "data-layer": layer, "data-row": row });
          if (layer === app.sizes.length - 1 && app.sizes[layer] > 1) button.append(element("span", { class: "neuron-word" }, app.classWord(row)));
          button.style.left = `${column.x - column.size / 2}px`;
          button.style.top = `${y - column.size / 2}px`;
          button.style.width = button.style.height = `${column.size}px`;
          all.push(button);
          if (!isInput) self.buttons.push(button);
        });
      });
      neurons.replaceChildren(...all);
    }

    /** "weight from x1 to neuron 2 of layer 1", or "bias of …". */
    self.nameOf = ({ layer, row, column }) => {
      const to = chainrule.neuronName(app.sizes, layer + 1, row, app.inputNames);
      return column === null ? `bias of ${to}` : `weight from ${chainrule.neuronName(app.sizes, layer, column, app.inputNames)} to ${to}`;
    };

    /** The value of a weight or bias (column null) in the newest frame. */
    self.valueOf = ({ layer, row, column }) => {
      const of = app.layers[layer];
      return column === null ? of.b[row] : of.W[row * of.inputs + column];
    };

    /** Bring connections and pictures up to the newest frame; only what changed is touched. */
    self.update = () => {
      if (!self.layout || !app.layers || app.sizes.length !== self.layout.columns.length) return;
      self.links.forEach((link, i) => {
        const value = self.valueOf(link);
        const width = Math.round(Math.min(9, 0.5 + 2 * Math.abs(value || 0)) * 5) / 5;
        const sign = value < 0 ? -1 : 1;
        if (width !== widths[i]) self.paths[i].style.strokeWidth = widths[i] = width;
        if (sign !== signs[i]) {
          self.paths[i].classList.toggle("negative", sign < 0);
          signs[i] = sign;
        }
      });
      drawPictures();
      self.tip.refresh();
    };

    function paint(layer, row, raster) {
      const last = app.sizes.length - 1;
      if (layer === 0) return paintInput(row, raster);
      const array = layer === last ? app.frame.arrays.boundary : app.frame.arrays[`neuron_${layer}`];
      if (!array) return false;
      const count = raster.pixels.length;
      if (array.values.length < (row + 1) * count) return false;
      const values = array.values.subarray(row * count, (row + 1) * count);
      if (layer < last) chainrule.paintSigned(raster.pixels, values, chainrule.largest(values));
      else if (app.frame.boundary.kind === "number") chainrule.paintSigned(raster.pixels, values, chainrule.largest(values));
      else if (app.frame.boundary.kind === "binary") chainrule.paintBinary(raster.pixels, values);
      else {
        const table = chainrule.shades().classes[row % 6];
        for (let i = 0; i < count; i += 1) raster.pixels[i] = table[Math.max(0, Math.min(255, values[i] * 255)) | 0];
      }
      return true;
    }

    function paintInput(row, raster) {
      if (app.sizes[0] !== 2) return false;
      const size = raster.canvas.width;
      const values = new Float32Array(size * size);
      for (let i = 0; i < values.length; i += 1) values[i] = row === 0 ? (2 * (i % size)) / (size - 1) - 1 : 1 - (2 * Math.floor(i / size)) / (size - 1);
      chainrule.paintSigned(raster.pixels, values, 1);
      return true;
    }

    function drawPictures() {
      const { width, height, columns } = self.layout;
      const context = chainrule.sized(pictures, width, height);
      context.clearRect(0, 0, width, height);
      context.imageSmoothingEnabled = true;
      columns.forEach((column, layer) => column.ys.forEach((y, row) => {
        const raster = rasters[layer][row];
        if (!paint(layer, row, raster)) return;
        raster.show();
        context.drawImage(raster.canvas, column.x - column.size / 2, y - column.size / 2, column.size, column.size);
      }));
    }

    /** Light connections and neurons up: {layer, row?, column?, neurons?: true} or null. */
    self.light = (what) => {
      lit = what;
      const concerns = (link) => lit && !lit.neurons && link.layer === lit.layer && (lit.row === undefined || link.row === lit.row) && (lit.column === undefined || link.column === lit.column);
      drawing.classList.toggle("dimmed", Boolean(lit));
      self.links.forEach((link, i) => self.paths[i].classList.toggle("lit", Boolean(concerns(link))));
      for (const button of self.buttons) {
        const [layer, row] = [Number(button.dataset.layer) - 1, Number(button.dataset.row)];
        const of = lit && lit.layer === layer && (lit.row === undefined || lit.row === row) && (lit.neurons || lit.column === undefined);
        button.classList.toggle("lit", Boolean(of));
      }
    };

    chainrule.onScheme(() => chainrule.draw(self.update));
    new ResizeObserver(() => chainrule.draw(() => {
      room = available();
      self.structure();
    })).observe(scroll);
    return self;
  };

  /** The small box that shows the exact value beside the pointer or the focus. */
  chainrule.tip = (drawing) => {
    const box = byId("tip");
    let text = null;
    return {
      /** Show what `words` returns at a place in the drawing; frames refresh the words. */
      show: (x, y, words) => {
        text = words;
        box.textContent = words();
        box.hidden = false;
        const most = drawing.clientWidth - box.offsetWidth - 4;
        box.style.left = `${Math.max(0, Math.min(most, x + 10))}px`;
        box.style.top = `${Math.max(0, y - box.offsetHeight - 10)}px`;
      },
      hide: () => {
        text = null;
        box.hidden = true;
      },
      refresh: () => {
        if (text) box.textContent = text();
      },
    };
  };
})();
