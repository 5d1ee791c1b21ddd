// The chain rule in numbers: each step of one point, its formula beside the formula with the numbers.
(function () {
  "use strict";
  const chainrule = (window.chainrule = window.chainrule || {});
  const { element, byId } = chainrule;
  const PARTS = { given: "Given", forward: "Forward", loss: "Loss", backward: "Backward", update: "Update" };
  const MOST = 24;

  // Numbers that are not finite come as words
  const numeric = (value) => (typeof value === "string" ? { inf: Infinity, "-inf": -Infinity }[value] || NaN : value);

  /** Wire the chain-rule panel of an app. */
  chainrule.chainPanel = (app) => {
    const list = byId("panel-steps");
    const box = byId("panel-step");
    let panel = null;
    let current = null;
    let entry = [0, 0];
    let listed = "";

    const steps = () => {
      const layer = byId("panel-layer").value;
      return panel.steps.filter((step) => layer === "" || step.layer === Number(layer) || (step.part === "loss" && step.layer === 0));
    };
    const stepNow = () => panel && panel.steps.find((step) => step.name === current);

    function show(event) {
      panel = event;
      byId("panel-empty").hidden = true;
      byId("panel-body").hidden = false;
      byId("panel-close").hidden = false;
      byId("panel-words").textContent = `Epoch ${event.epoch}. ${event.title}.`;
      if (event.row !== null && event.row !== undefined && document.activeElement !== byId("point-row")) byId("point-row").value = event.row + 1;
      const layers = Math.max(...event.steps.map((step) => step.layer || 0));
      const select = byId("panel-layer");
      if (select.options.length !== layers + 1) {
        select.replaceChildren(element("option", { value: "" }, "all"), ...Array.from({ length: layers }, (_, i) => element("option", { value: i + 1 }, String(i + 1))));
      }
      if (!steps().some((step) => step.name === current)) current = (steps().find((step) => step.part === "forward") || steps()[0]).name;
      draw();
    }

    function drawList() {
      const shown = steps();
      const key = shown.map((step) => step.name).join("|");
      if (key !== listed) {
        listed = key;
        const groups = Object.keys(PARTS).filter((part) => shown.some((step) => step.part === part));
        list.replaceChildren(...groups.map((part) => element("div", { class: "panel-part", role: "group", "aria-label": PARTS[part] },
          element("span", { class: "panel-part-name" }, PARTS[part]),
          element("span", { class: "panel-part-steps" }, ...shown.filter((step) => step.part === part).map((step) => element("button", { type: "button", class: "quiet step-name", "data-name": step.name, onclick: () => go(step.name) }, step.name))))));
      }
      for (const button of list.querySelectorAll("button")) button.setAttribute("aria-pressed", String(button.dataset.name === current));
    }

    function formula(step) {
      const math = element("div", { class: "formula" });
      if (step.mathml) chainrule.serverHtml(math, step.mathml);
      else math.textContent = step.formula ? `${step.name} = ${step.formula}` : step.name;
      return math;
    }

    function withNumbers(step) {
      const [row, column] = entry;
      const line = step.with_numbers && step.with_numbers[row] && step.with_numbers[row][column];
      const typeset = step.with_numbers_mathml && step.with_numbers_mathml[row] && step.with_numbers_mathml[row][column];
      const box = element("div", { class: "formula filled" });
      if (typeset) return chainrule.serverHtml(box, typeset);
      box.textContent = line || "";
      return box;
    }

    function shade(cell, value, most) {
      const share = most > 0 && Number.isFinite(value) ? Math.abs(value) / most : 0;
      cell.classList.add(value < 0 ? "below" : "above");
      cell.style.setProperty("--share", `${Math.round(100 * share)}%`);
    }

    function table(step) {
      const [rows, columns] = step.shape.length === 2 ? step.shape : [step.value.length, 1];
      const most = Math.max(0, ...step.value.flat().map(numeric).filter(Number.isFinite).map(Math.abs));
      const body = [];
      for (let r = 0; r < Math.min(rows, MOST); r += 1) {
        const cells = [element("th", { scope: "row" }, String(r))];
        for (let c = 0; c < Math.min(columns, MOST); c += 1) {
          const value = numeric(step.value[r][c]);
          const text = chainrule.number(value, 4);
          const isEntry = r === entry[0] && c === entry[1];
          const button = element("button", { type: "button", class: "cell", title: chainrule.exact(value), "aria-pressed": String(isEntry), "data-value": value, tabindex: isEntry ? 0 : -1, "data-at": `${r},${c}` }, text);
          shade(button, value, most);
          cells.push(element("td", {}, button));
        }
        body.push(element("tr", {}, ...cells));
      }
      const head = element("tr", {}, element("td", {}), ...Array.from({ length: Math.min(columns, MOST) }, (_, c) => element("th", { scope: "col" }, String(c))));
      const cut = rows > MOST || columns > MOST ? `, the first ${Math.min(rows, MOST)}×${Math.min(columns, MOST)}` : "";
      return element("table", { class: "numbers heat" }, element("caption", {}, `${step.name}, ${rows}×${columns}${cut}`), element("thead", {}, head), element("tbody", {}, ...body));
    }

    function draw() {
      const step = stepNow();
      if (!step) return;
      drawList();
      const inside = box.contains(document.activeElement) && document.activeElement.dataset.at;
      entry = [Math.min(entry[0], (step.shape[0] || 1) - 1), Math.min(entry[1], (step.shape[1] || 1) - 1)];
      const sources = (step.sources || []).map((source) => (typeof source === "string" ? source : source.name)).filter((name) => panel.steps.some((other) => other.name === name));
      box.replaceChildren(
        element("div", { class: "panel-formulas" },
          formula(step),
          withNumbers(step),
          step.remark ? element("p", { class: "soft small" }, step.remark) : null,
          sources.length ? element("p", { class: "small row" }, element("span", { class: "soft" }, "from"), ...sources.map((name) => element("button", { type: "button", class: "quiet step-name", onclick: () => go(name) }, name))) : null),
        element("div", { class: "scroll panel-table", tabindex: "0", role: "region", "aria-label": `Values of ${step.name}` }, table(step)));
      if (inside) focusEntry();
      light(step);
    }

    function light(step) {
      if (!step.layer) return app.drawing.light(step.name.startsWith("ŷ") ? { layer: app.sizes.length - 2, neurons: true } : null);
      const isWeights = /^d?W/.test(step.name);
      const [row, column] = entry;
      const many = step.shape[0] * (step.shape[1] || 1) > 1;
      if (isWeights) return app.drawing.light({ layer: step.layer - 1, ...(many ? { row, column } : {}) });
      return app.drawing.light({ layer: step.layer - 1, row, neurons: true });
    }

    function focusEntry() {
      const cell = box.querySelector(`[data-at="${entry.join(",")}"]`);
      if (cell) cell.focus();
    }

    function go(name) {
      current = name;
      entry = [0, 0];
      const wasInList = list.contains(document.activeElement);
      draw();
      const step = stepNow();
      chainrule.announce(`${name}: ${(step.with_numbers && step.with_numbers[0] && step.with_numbers[0][0]) || step.formula || "given"}`);
      const button = list.querySelector('[aria-pressed="true"]');
      if (button && wasInList) button.focus();
      if (button) list.scrollTop = button.offsetTop - list.offsetTop - list.clientHeight / 2;
    }

    function along(by) {
      if (!panel) return;
      const shown = steps();
      const at = shown.findIndex((step) => step.name === current);
      const next = shown[Math.max(0, Math.min(shown.length - 1, at + by))];
      if (next) go(next.name);
    }

    box.addEventListener("click", (event) => {
      const cell = event.target.closest("[data-at]");
      if (!cell) return;
      entry = cell.dataset.at.split(",").map(Number);
      draw();
      focusEntry();
    });
    box.addEventListener("keydown", (event) => {
      const move = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] }[event.key];
      if (!move || !event.target.dataset.at) return;
      const next = [entry[0] + move[0], entry[1] + move[1]];
      event.preventDefault();
      if (!box.querySelector(`[data-at="${next.join(",")}"]`)) return;
      entry = next;
      draw();
      focusEntry();
    });
    byId("panel-layer").addEventListener("change", () => panel && show(panel));
    byId("panel-back").addEventListener("click", () => along(-1));
    byId("panel-next").addEventListener("click", () => along(1));
    byId("point-form").addEventListener("submit", (event) => {
      event.preventDefault();
      const row = byId("point-row").valueAsNumber;
      if (Number.isInteger(row) && row >= 1) app.choosePoint({ row: row - 1 });
      else chainrule.announce("Give the number of a point, from 1.");
    });
    function close() {
      panel = null;
      listed = "";
      byId("panel-body").hidden = byId("panel-close").hidden = true;
      byId("panel-empty").hidden = false;
      app.drawing.light(null);
      app.choosePoint(null);
    }
    byId("panel-close").addEventListener("click", () => {
      close();
      byId("point-row").focus();
    });
    app.bus.on("event:error", ({ command }) => {
      if (command === "point" && app.point) close();
    });
    app.bus.on("event:panel", (event) => {
      if (app.point) chainrule.draw(() => show(event));
    });
    Object.assign(app.shortcuts, { ",": () => along(-1), ".": () => along(1) });
  };
})();
