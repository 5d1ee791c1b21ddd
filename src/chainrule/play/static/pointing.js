// Pointing at the picture with mouse or keyboard: choose a point for the panel, or draw points.
(function () {
  "use strict";
  const chainrule = (window.chainrule = window.chainrule || {});
  const { element, byId } = chainrule;
  const MOST = 2000;

  /** Make the picture of an app answer to pointer and keys. */
  chainrule.pointing = (app) => {
    const canvas = byId("boundary");
    const { boundary } = app;
    let brush = 0;
    let timer = 0;

    const isDrawing = () => app.state.data.name === "drawn";

    function choose(px, py) {
      const row = boundary.nearest(px, py, 14);
      if (row >= 0) return app.choosePoint({ row });
      return app.choosePoint({ x: boundary.toPlane(px, py) });
    }

    function sent() {
      clearTimeout(timer);
      timer = setTimeout(() => app.sendDrawn(), 60);
      count();
    }

    function add(px, py) {
      if (app.drawn.length >= MOST) return;
      const [x, y] = boundary.toPlane(px, py);
      app.drawn.push([x, y, brush]);
      sent();
    }

    function removeNearest(px, py) {
      if (!app.drawn.length) return;
      const distances = app.drawn.map(([x, y]) => {
        const [qx, qy] = boundary.toPixels(x, y);
        return (qx - px) ** 2 + (qy - py) ** 2;
      });
      app.drawn.splice(distances.indexOf(Math.min(...distances)), 1);
      sent();
    }

    function count() {
      const classes = new Set(app.drawn.map(([, , of]) => of)).size;
      const words = `${app.drawn.length} points`;
      byId("drawn-count").textContent = classes > 1 ? words : `${words}; training begins with two classes`;
    }

    let last = null;
    const place = (event) => {
      const area = canvas.getBoundingClientRect();
      return [event.clientX - area.left, event.clientY - area.top];
    };
    canvas.addEventListener("pointerdown", (event) => {
      if (event.button !== 0) return;
      const [x, y] = place(event);
      boundary.crosshair = null;
      if (!isDrawing()) return choose(x, y);
      canvas.setPointerCapture(event.pointerId);
      last = [x, y];
      add(x, y);
    });
    canvas.addEventListener("pointermove", (event) => {
      if (!last) return;
      const [x, y] = place(event);
      if ((x - last[0]) ** 2 + (y - last[1]) ** 2 < 14 ** 2) return;
      last = [x, y];
      add(x, y);
    });
    for (const name of ["pointerup", "pointercancel"]) canvas.addEventListener(name, () => { last = null; });

    const MOVES = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
    function sayPlace() {
      const [x, y] = boundary.toPlane(...boundary.crosshair);
      const row = boundary.nearest(...boundary.crosshair, 14);
      chainrule.announce(`${chainrule.number(x, 3)}, ${chainrule.number(y, 3)}${row >= 0 ? `, at point ${row + 1}` : ""}`);
    }
    canvas.addEventListener("keydown", (event) => {
      const move = MOVES[event.key];
      const middle = boundary.size / 2;
      if (move) {
        const [x, y] = boundary.crosshair || [middle, middle];
        const by = event.shiftKey ? 1 : boundary.size / 32;
        boundary.crosshair = [x + by * move[0], y + by * move[1]].map((value) => Math.max(0, Math.min(boundary.size, value)));
        sayPlace();
      } else if (event.key === "Enter" || (event.key === " " && isDrawing())) {
        const [x, y] = boundary.crosshair || [middle, middle];
        if (isDrawing()) {
          add(x, y);
          chainrule.announce(`A point of class ${brush} is drawn.`);
        } else choose(x, y);
      } else if ((event.key === "Backspace" || event.key === "Delete") && isDrawing()) {
        removeNearest(...(boundary.crosshair || [middle, middle]));
        chainrule.announce("The nearest drawn point is deleted.");
      } else return;
      event.preventDefault();
      event.stopPropagation();
      chainrule.draw(boundary.update);
    });
    canvas.addEventListener("focus", () => {
      if (!canvas.matches(":focus-visible")) return;
      boundary.crosshair = boundary.crosshair || [boundary.size / 2, boundary.size / 2];
      chainrule.draw(boundary.update);
    });
    canvas.addEventListener("blur", () => {
      boundary.crosshair = null;
      chainrule.draw(boundary.update);
    });

    const brushes = Array.from({ length: 6 }, (_, i) =>
      element("button", { type: "button", class: `brush brush-${i}`, "aria-pressed": i === 0 ? "true" : "false", "aria-label": `class ${i}`, onclick: () => {
        brush = i;
        brushes.forEach((button, at) => button.setAttribute("aria-pressed", String(at === i)));
      } }, String(i)));
    byId("brushes").append(...brushes);
    byId("undo").addEventListener("click", () => { app.drawn.pop(); sent(); });
    byId("clear").addEventListener("click", () => { app.drawn.length = 0; sent(); });
    app.bus.on("state", count);
  };
})();
