// The decision boundary on canvas, with the points: shape and colour by class, held-out ones hollow.
(function () {
  "use strict";
  const chainrule = (window.chainrule = window.chainrule || {});
  const { element, byId } = chainrule;
  const SHAPES = ["circle", "square", "triangle", "diamond", "cross", "star"];
  const PAPER = 1.2;
  const CORNERS = { square: [4, Math.PI / 4, 1.15], triangle: [3, -Math.PI / 2, 1.3], diamond: [4, 0, 1.25] };

  /** Trace the outline of a class's mark around a place. */
  function outline(context, shape, x, y, r) {
    context.beginPath();
    if (CORNERS[shape]) {
      const [corners, turn, wide] = CORNERS[shape];
      for (let i = 0; i < corners; i += 1) {
        const angle = turn + (2 * Math.PI * i) / corners;
        context.lineTo(x + wide * r * Math.cos(angle), y + wide * r * Math.sin(angle));
      }
      context.closePath();
    } else if (shape === "cross" || shape === "star") {
      const arms = shape === "cross" ? 4 : 5;
      for (let i = 0; i < 2 * arms; i += 1) {
        const angle = -Math.PI / 2 + (Math.PI * i) / arms + (shape === "cross" ? Math.PI / 4 : 0);
        const far = i % 2 ? 0.55 * r : 1.4 * r;
        context.lineTo(x + far * Math.cos(angle), y + far * Math.sin(angle));
      }
      context.closePath();
    } else context.arc(x, y, r, 0, 2 * Math.PI);
  }

  /** Draw the boundary of an app; returns {update(), toPlane(x, y), toPixels(x1, x2), picture(size)}. */
  chainrule.boundaryPicture = (app) => {
    const canvas = byId("boundary");
    const self = { crosshair: null, chosen: null, size: 0, drawing: false };
    let raster = null;
    let shown = null;
    let dots = null;
    let dotsOf = null;

    const computed = () => (app.frame && app.frame.domain) || [-1, 1, -1, 1];
    // The paper for drawing stays as large while the computed field grows with the points
    const domain = () => {
      const [x0, x1, y0, y1] = computed();
      if (app.state.data.name !== "drawn") return [x0, x1, y0, y1];
      return [Math.min(x0, -PAPER), Math.max(x1, PAPER), Math.min(y0, -PAPER), Math.max(y1, PAPER)];
    };
    self.toPixels = (x1, x2, size = self.size) => {
      const [x0, xEnd, y0, yEnd] = domain();
      return [((x1 - x0) / (xEnd - x0)) * size, (1 - (x2 - y0) / (yEnd - y0)) * size];
    };
    self.toPlane = (px, py) => {
      const [x0, x1, y0, y1] = domain();
      return [x0 + (px / self.size) * (x1 - x0), y0 + (1 - py / self.size) * (y1 - y0)];
    };

    /** The row of the point nearest to a place in pixels, within a reach, or −1. */
    self.nearest = (px, py, reach) => {
      let best = -1;
      let least = reach * reach;
      if (!app.points) return best;
      const { values } = app.points;
      for (let row = 0; row < app.points.shape[0]; row += 1) {
        const [x, y] = self.toPixels(values[3 * row], values[3 * row + 1]);
        const distance = (x - px) ** 2 + (y - py) ** 2;
        if (distance < least) { least = distance; best = row; }
      }
      return best;
    };

    function paintField() {
      const array = (app.shownRun === "a" && app.frame.arrays.boundary_a) || app.frame.arrays.boundary;
      if (!array || array === shown) return;
      shown = array;
      const [k, height, width] = array.shape;
      if (!raster || raster.canvas.width !== width) raster = chainrule.raster(width, height);
      const { kind } = app.frame.boundary;
      if (kind === "number") chainrule.paintSigned(raster.pixels, array.values.subarray(0, width * height), numberScale());
      else if (k === 1) chainrule.paintBinary(raster.pixels, array.values);
      else chainrule.paintClasses(raster.pixels, array.values, k);
      raster.show();
    }

    function drawField(context, size) {
      if (!raster) return;
      const [x0, x1, y0, y1] = computed();
      const [left, top] = self.toPixels(x0, y1, size);
      const [right, bottom] = self.toPixels(x1, y0, size);
      context.drawImage(raster.canvas, left, top, right - left, bottom - top);
    }

    function numberScale() {
      if (!app.points) return 1;
      let most = 1e-6;
      for (let i = 2; i < app.points.values.length; i += 3) most = Math.max(most, Math.abs(app.points.values[i]));
      return most;
    }

    function colourOf(value) {
      const palette = chainrule.colours();
      if (app.frame.boundary.kind !== "number") return palette.classes[Math.round(value) % 6];
      return value < 0 ? palette.negative : palette.positive;
    }

    function drawPoints(context, size) {
      const palette = chainrule.colours();
      const { values, shape } = app.points;
      const r = shape[0] > 700 ? 2.2 : shape[0] > 250 ? 3 : 3.8;
      const number = app.frame.boundary.kind === "number";
      const most = number ? numberScale() : 1;
      for (let row = 0; row < shape[0]; row += 1) {
        const [x, y] = self.toPixels(values[3 * row], values[3 * row + 1], size);
        const of = values[3 * row + 2];
        const held = app.heldOut && app.heldOut.values[row];
        const radius = number ? r * (0.6 + 0.7 * Math.abs(of) / most) : r;
        outline(context, number ? (of < 0 ? "square" : "circle") : SHAPES[Math.round(of) % 6], x, y, radius);
        context.fillStyle = held ? palette.surface : colourOf(of);
        context.strokeStyle = held ? colourOf(of) : palette.surface;
        context.lineWidth = held ? 1.6 : 0.8;
        context.fill();
        context.stroke();
      }
    }

    function pointsLayer() {
      const key = `${self.size} ${domain()} ${chainrule.colours().ink} ${window.devicePixelRatio}`;
      if (dots && dotsOf.points === app.points && dotsOf.key === key) return dots;
      dots = dots || document.createElement("canvas");
      dotsOf = { points: app.points, key };
      const context = chainrule.sized(dots, self.size, self.size);
      context.clearRect(0, 0, self.size, self.size);
      drawPoints(context, self.size);
      return dots;
    }

    function ring(context, x, y, r) {
      const palette = chainrule.colours();
      for (const [colour, width] of [[palette.surface, 5], [palette.ink, 2]]) {
        context.beginPath();
        context.arc(x, y, r, 0, 2 * Math.PI);
        context.strokeStyle = colour;
        context.lineWidth = width;
        context.stroke();
      }
    }

    function drawMarks(context) {
      const palette = chainrule.colours();
      if (self.chosen) ring(context, ...self.toPixels(...self.chosen), 8);
      if (!self.crosshair) return;
      const [x, y] = self.crosshair;
      context.strokeStyle = palette.ink;
      context.lineWidth = 1;
      context.beginPath();
      for (const [x0, y0, x1, y1] of [[x - 12, y, x - 4, y], [x + 4, y, x + 12, y], [x, y - 12, x, y - 4], [x, y + 4, x, y + 12]]) {
        context.moveTo(x0, y0);
        context.lineTo(x1, y1);
      }
      context.stroke();
    }

    /** Draw the newest frame. */
    self.update = () => {
      if (!app.frame) return;
      self.size = self.size || canvas.clientWidth;
      const context = chainrule.sized(canvas, self.size, self.size);
      paintField();
      context.imageSmoothingEnabled = true;
      context.clearRect(0, 0, self.size, self.size);
      drawField(context, self.size);
      if (app.points) context.drawImage(pointsLayer(), 0, 0, self.size, self.size);
      drawMarks(context);
    };

    /** A picture of the boundary and the points as a canvas, for saving. */
    self.picture = (size) => {
      const picture = element("canvas");
      picture.width = picture.height = size;
      const context = picture.getContext("2d");
      paintField();
      context.fillStyle = chainrule.colours().surface;
      context.fillRect(0, 0, size, size);
      drawField(context, size);
      if (app.points) {
        context.setTransform(size / 400, 0, 0, size / 400, 0, 0);
        drawPoints(context, 400);
      }
      return picture;
    };

    /** Write what the marks mean, and the axes. */
    self.legend = () => {
      const box = byId("class-legend");
      const number = app.data && app.data.kind === "number";
      const names = number ? ["below 0", "above 0"] : (app.data && app.data.classes) || [];
      const marks = names.map((name, i) => {
        const mark = element("canvas", { class: "mark", "aria-hidden": "true" });
        const context = chainrule.sized(mark, 14, 14);
        outline(context, number ? ["square", "circle"][i] : SHAPES[i % 6], 7, 7, 4.4);
        context.fillStyle = number ? chainrule.colours()[["negative", "positive"][i]] : chainrule.colours().classes[i % 6];
        context.fill();
        return element("span", { class: "mark-word" }, mark, number ? name : `class ${name}`);
      });
      box.replaceChildren(...marks, element("span", {}, "hollow: held out"));
      const [x0, x1, y0, y1] = domain().map((value) => chainrule.number(value, 2));
      const axes = (app.data && app.data.axes) || ["x1", "x2"];
      byId("axis-words").textContent = `→ ${axes[0]}: ${x0} to ${x1}   ↑ ${axes[1]}: ${y0} to ${y1}`;
    };

    chainrule.onScheme(() => {
      shown = null;
      self.legend();
      chainrule.draw(self.update);
    });
    new ResizeObserver(() => {
      self.size = canvas.clientWidth;
      chainrule.draw(self.update);
    }).observe(canvas);
    return self;
  };
})();
