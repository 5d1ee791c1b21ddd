// A loss curve with exact values on hover, its table twin, and the picture of a boundary.
(function () {
  "use strict";
  const chainrule = (window.chainrule = window.chainrule || {});
  const { element } = chainrule;
  const HEIGHT = 190;
  const live = new Set();

  const shown = (value) => (value === null || value === undefined ? "not finite" : chainrule.number(value, 5));

  function options(series, width) {
    const palette = chainrule.colours();
    const axis = { stroke: palette["ink-soft"], font: "12px system-ui, sans-serif", grid: { stroke: palette.line, width: 1 }, ticks: { show: false } };
    return {
      width,
      height: HEIGHT,
      padding: [10, 12, 0, 0],
      cursor: { y: false, drag: { x: false, y: false } },
      scales: { x: { time: false } },
      axes: [
        { ...axis, size: 28, gap: 4, incrs: [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000] },
        { ...axis, size: 50, gap: 4, values: (_, ticks) => ticks.map((tick) => chainrule.number(tick, 3)) },
      ],
      series: [
        { label: "epoch", value: (_, value) => (value === null || value === undefined ? "–" : String(value)) },
        ...series.map((one) => ({
          label: one.label, stroke: palette[one.colour], width: one.width || 2, dash: one.dash, spanGaps: false,
          points: { show: one.values.length < 30, size: 5 }, value: (_, value) => (value === null || value === undefined ? "–" : shown(value)),
        })),
      ],
    };
  }

  /** Draw curves into a box: series [{label, values, colour, dash}], epochs counted from 1. */
  chainrule.curve = (box, series) => {
    const longest = Math.max(...series.map((one) => one.values.length));
    const epochs = Array.from({ length: longest }, (_, i) => i + 1);
    const holder = element("div", { class: "curve", role: "img", "aria-label": `Loss curves over ${longest} epochs: ${series.map((one) => `${one.label}, from ${shown(one.values[0])} to ${shown(one.values[one.values.length - 1])}`).join("; ")}. The table below has all values.` });
    const rows = epochs.map((epoch, i) =>
      element("tr", {}, element("th", { scope: "row" }, String(epoch)), ...series.map((one) => element("td", {}, i < one.values.length ? shown(one.values[i]) : "–"))));
    const table = element("table", { class: "numbers" },
      element("thead", {}, element("tr", {}, element("th", { scope: "col" }, "epoch"), ...series.map((one) => element("th", { scope: "col" }, one.label)))),
      element("tbody", {}, ...rows));
    const twin = element("details", {}, element("summary", {}, "Losses as a table"), element("div", { class: "scroll curve-table", tabindex: "0", role: "region", "aria-label": "Losses" }, table));
    box.replaceChildren(holder, twin);
    if (!window.uPlot) { twin.open = true; return; }
    const entry = { holder, series, epochs, plot: null };
    build(entry);
    live.add(entry);
    const observer = new ResizeObserver(() => {
      if (!holder.isConnected) { observer.disconnect(); live.delete(entry); return; }
      const width = holder.clientWidth;
      if (width && Math.abs(width - entry.plot.width) > 1) entry.plot.setSize({ width, height: HEIGHT });
    });
    observer.observe(holder);
  };

  function build(entry) {
    if (entry.plot) entry.plot.destroy();
    const data = [entry.epochs, ...entry.series.map((one) => entry.epochs.map((_, i) => (i < one.values.length ? one.values[i] : null)))];
    entry.plot = new window.uPlot(options(entry.series, Math.max(160, entry.holder.clientWidth)), data, entry.holder);
  }
  chainrule.onScheme(() => live.forEach((entry) => entry.holder.isConnected && build(entry)));

  /** Draw ŷ over the plane with the points of both labels, which differ by shape too. */
  chainrule.plane = (box, boundary) => {
    const size = boundary.size;
    const canvas = element("canvas", { width: 480, height: 480, role: "img", "aria-label": said(boundary) });
    const paint = () => {
      const palette = chainrule.colours();
      const [low, high, paper] = [palette.classes[0], palette.classes[1], palette.surface].map(chainrule.rgb);
      const image = new ImageData(size, size);
      boundary.values.forEach((value, i) => {
        const ink = value > 0.5 ? high : low;
        const share = 0.12 + 0.6 * Math.abs(value - 0.5);
        for (let c = 0; c < 3; c += 1) image.data[4 * i + c] = paper[c] + share * (ink[c] - paper[c]);
        image.data[4 * i + 3] = 255;
      });
      const small = element("canvas", { width: size, height: size });
      small.getContext("2d").putImageData(image, 0, 0);
      const pen = canvas.getContext("2d");
      pen.imageSmoothingEnabled = true;
      pen.drawImage(small, 0, 0, canvas.width, canvas.height);
      drawPoints(pen, boundary, palette, canvas.width);
    };
    paint();
    chainrule.onScheme(() => canvas.isConnected && paint());
    box.replaceChildren(
      canvas,
      element("figcaption", { class: "soft small" }, "ŷ of your network: blue and crosses where the label is 1, orange and discs where the label is 0."));
  };

  function drawPoints(pen, boundary, palette, size) {
    const [x0, x1, y0, y1] = boundary.domain;
    pen.lineWidth = 2;
    for (const [x, y, label] of boundary.points) {
      const left = ((x - x0) / (x1 - x0)) * size;
      const top = ((y1 - y) / (y1 - y0)) * size;
      pen.beginPath();
      if (label > 0.5) {
        pen.strokeStyle = palette.classes[1];
        pen.moveTo(left - 4, top - 4); pen.lineTo(left + 4, top + 4);
        pen.moveTo(left - 4, top + 4); pen.lineTo(left + 4, top - 4);
        pen.stroke();
      } else {
        pen.fillStyle = palette.classes[0];
        pen.arc(left, top, 3.5, 0, 2 * Math.PI);
        pen.fill();
      }
    }
  }

  function said(boundary) {
    const ones = boundary.values.filter((value) => value > 0.5).length;
    return `Decision boundary: the network answers 1 on ${Math.round((100 * ones) / boundary.values.length)} % of the plane.`;
  }
})();
