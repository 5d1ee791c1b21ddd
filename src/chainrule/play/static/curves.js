// The loss curves with exact values on hover, their table twin, and the scores in numbers.
(function () {
  "use strict";
  const chainrule = (window.chainrule = window.chainrule || {});
  const { element, byId } = chainrule;
  const MOST_ROWS = 60;
  const HEIGHT = 116;

  /** Draw the curves of an app; returns {update()}. */
  chainrule.curves = (app) => {
    const box = byId("curves");
    const table = byId("curve-table");
    const isLog = byId("log-loss");
    let chart = null;
    let drawn = "";

    const exact = (_, value) => (value === null || value === undefined ? "–" : chainrule.number(value, 6));

    function options() {
      const palette = chainrule.colours();
      const font = "11px system-ui, sans-serif";
      const axis = { stroke: palette["ink-soft"], font, grid: { stroke: palette.line, width: 1 }, ticks: { show: false } };
      const line = (label, stroke, dash, scale) => ({ label, stroke, width: 1.6, dash, scale: scale || "y", value: exact, points: { show: false }, spanGaps: true });
      return {
        width: Math.max(120, box.clientWidth),
        height: HEIGHT,
        padding: [8, 14, 0, 0],
        cursor: { y: false, drag: { x: true, y: false } },
        scales: { x: { time: false }, y: isLog.checked ? { distr: 3 } : {}, share: { range: [0, 1.02] } },
        axes: [
          { ...axis, size: 22, gap: 2 },
          { ...axis, size: 42, gap: 4, values: (_, ticks) => ticks.map((tick) => (tick === null ? "" : chainrule.number(tick, 3))) },
        ],
        series: [
          { label: "epoch", value: (_, value) => (value === null || value === undefined ? "–" : String(value)) },
          line("loss", palette.positive),
          line("held out", palette.positive, [5, 4]),
          line("accuracy", palette.good, [1, 3], "share"),
          line("loss of A", palette.negative, [8, 3, 2, 3]),
        ],
      };
    }

    function build() {
      if (!window.uPlot) return;
      if (chart) chart.destroy();
      chart = new window.uPlot(options(), dataOf(), box);
      drawn = "";
    }

    function rebuilt() {
      build();
      visible();
    }

    function lossesOfA(epochs) {
      const arrays = app.runA;
      if (!arrays) return epochs.map(() => null);
      const at = new Map(arrays.epochs.map((epoch, i) => [epoch, arrays.loss[i]]));
      return epochs.map((epoch) => (at.has(epoch) ? at.get(epoch) : null));
    }

    function dataOf() {
      const { kept } = app.history;
      let { epochs, loss, validation_loss: held, accuracy } = kept;
      if (app.runA) {
        const all = [...new Set([...epochs, ...app.runA.epochs])].sort((a, b) => a - b);
        const own = new Map(epochs.map((epoch, i) => [epoch, i]));
        const spread = (values) => all.map((epoch) => (own.has(epoch) ? values[own.get(epoch)] : null));
        [loss, held, accuracy, epochs] = [spread(loss), spread(held), spread(accuracy), all];
      }
      return [epochs, loss, held, accuracy, lossesOfA(epochs)];
    }

    function visible() {
      const accuracy = app.frame && app.frame.boundary.kind !== "number";
      const held = app.state.validation > 0;
      const shows = [true, true, held, accuracy, Boolean(app.runA)];
      shows.forEach((show, i) => {
        if (i && chart.series[i].show !== show) chart.setSeries(i, { show });
      });
      box.querySelectorAll(".u-legend tr").forEach((row, i) => { row.hidden = !shows[i]; });
    }

    function drawChart() {
      if (!chart) build();
      if (!chart) return;
      const { epochs, loss } = app.history.kept;
      const now = `${epochs.length} ${epochs[0]} ${epochs[epochs.length - 1]} ${loss[loss.length - 1]} ${app.runA ? app.runA.epochs.length : 0}`;
      if (now === drawn) return;
      drawn = now;
      chart.setData(dataOf());
      visible();
      if (table.open) fillTable();
    }

    function fillTable() {
      const names = ["epoch", "loss", "loss held out", "accuracy", ...(app.runA ? ["loss of A"] : [])];
      table.querySelector("thead").replaceChildren(element("tr", {}, ...names.map((name) => element("th", { scope: "col" }, name))));
      const columns = dataOf().slice(0, names.length);
      const every = Math.max(1, Math.ceil(columns[0].length / MOST_ROWS));
      const rows = columns[0].map((_, i) => i).filter((i) => i % every === 0 || i === columns[0].length - 1).reverse();
      table.querySelector("tbody").replaceChildren(...rows.map((i) => element("tr", {}, ...columns.map((column) => element("td", {}, chainrule.number(column[i], 6))))));
    }

    const percent = (share) => (share === null || share === undefined ? "–" : `${(100 * share).toFixed(1)} %`);
    const loss = (value) => (value === null || value === undefined ? "–" : chainrule.number(value, 4));

    function write(id, text) {
      const node = byId(id);
      if (node.textContent !== text) node.textContent = text;
    }

    function scores() {
      const { frame } = app;
      write("score-loss", loss(frame.loss));
      write("score-validation-loss", loss(frame.validation_loss));
      write("score-accuracy", percent(frame.accuracy));
      write("score-validation-accuracy", percent(frame.validation_accuracy));
      byId("scores").classList.toggle("numbers-only", frame.boundary.kind === "number");
      write("output-title", frame.boundary.kind === "number" ? "Prediction" : "Decision boundary");
    }

    isLog.addEventListener("change", () => chart && rebuilt());
    table.addEventListener("toggle", () => table.open && fillTable());
    chainrule.onScheme(() => chart && rebuilt());
    new ResizeObserver(() => {
      if (chart && Math.abs(chart.width - box.clientWidth) > 1) chart.setSize({ width: Math.max(120, box.clientWidth), height: HEIGHT });
    }).observe(box);
    return {
      update: () => {
        if (!app.frame) return;
        scores();
        drawChart();
      },
    };
  };
})();
