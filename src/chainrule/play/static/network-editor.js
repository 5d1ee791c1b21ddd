// Hover and focus show a weight or bias exactly; a click or Enter edits it in place.
(function () {
  "use strict";
  const chainrule = (window.chainrule = window.chainrule || {});
  const { byId } = chainrule;
  const RAISED = "⁰¹²³⁴⁵⁶⁷⁸⁹";

  /** Make the connections and neurons of an app's drawing readable and editable. */
  chainrule.networkEditor = (app) => {
    const { drawing } = app;
    const box = byId("drawing");
    const links = byId("links");
    const form = byId("editor");
    const field = byId("editor-value");
    const slide = byId("editor-slide");
    const sender = chainrule.newestOnly((command) => app.send(command));
    app.bus.on("frame", () => sender.arrived());
    let edited = null;
    let opener = null;

    const symbol = ({ layer, row, column }) => (column === null ? `b${RAISED[layer + 1]}[${row}]` : `W${RAISED[layer + 1]}[${row}, ${column}]`);
    const words = (of) => () => `${drawing.nameOf(of)}: ${chainrule.exact(drawing.valueOf(of))}`;

    function placeOf(of) {
      const column = drawing.layout.columns[of.layer + 1];
      if (of.column === null) return { x: column.x + column.size / 2, y: column.ys[of.row] };
      const from = drawing.layout.columns[of.layer];
      return { x: (from.x + column.x) / 2, y: (from.ys[of.column] + column.ys[of.row]) / 2 };
    }

    function open(of, from) {
      edited = of;
      opener = from;
      const { x, y } = placeOf(of);
      const value = drawing.valueOf(of);
      byId("editor-name").textContent = `${symbol(of)}, ${drawing.nameOf(of)}`;
      field.value = value;
      slide.min = Math.min(-5, Math.floor(value));
      slide.max = Math.max(5, Math.ceil(value));
      slide.value = value;
      byId("editor-words").textContent = app.shown === null ? "" : "This edits the newest epoch.";
      form.hidden = false;
      drawing.tip.hide();
      drawing.light({ layer: of.layer, row: of.row, ...(of.column === null ? { neurons: true } : { column: of.column }) });
      form.style.left = `${Math.max(0, Math.min(box.clientWidth - form.offsetWidth - 4, x + 8))}px`;
      form.style.top = `${Math.max(0, Math.min(box.clientHeight - form.offsetHeight - 4, y + 8))}px`;
      field.focus();
      field.select();
    }

    function close() {
      if (form.hidden) return;
      form.hidden = true;
      edited = null;
      drawing.light(null);
      if (opener && opener.isConnected) opener.focus();
    }

    function set(value) {
      if (!edited || !Number.isFinite(value)) return;
      sender.send({ do: "weight", layer: edited.layer + app.firstLayer, row: edited.row, column: edited.column, value });
    }

    form.addEventListener("submit", (event) => {
      event.preventDefault();
      set(field.valueAsNumber);
      if (edited) chainrule.announce(`${symbol(edited)} is ${field.value}.`);
      slide.value = field.value;
    });
    slide.addEventListener("input", () => {
      field.value = slide.value;
      set(slide.valueAsNumber);
    });
    byId("editor-close").addEventListener("click", close);
    form.addEventListener("keydown", (event) => {
      if (event.key === "Escape") close();
      event.stopPropagation();
    });
    app.bus.on("layout", close);

    const at = (event) => {
      const area = box.getBoundingClientRect();
      return { x: event.clientX - area.left, y: event.clientY - area.top };
    };

    function under(event) {
      if (!drawing.layout || event.target.closest(".neuron, .head, .editor")) return -1;
      const { x, y } = at(event);
      return chainrule.linkAt(drawing.layout, drawing.links, x, y);
    }

    let hovered = -1;
    box.addEventListener("pointermove", (event) => {
      const i = under(event);
      if (hovered >= 0 && hovered !== i && drawing.paths[hovered]) drawing.paths[hovered].classList.remove("hovered");
      if (i < 0) {
        if (hovered >= 0) drawing.tip.hide();
        hovered = -1;
        box.classList.remove("pointing");
        return;
      }
      hovered = i;
      box.classList.add("pointing");
      drawing.paths[i].classList.add("hovered");
      const { x, y } = at(event);
      drawing.tip.show(x, y, words(drawing.links[i]));
    });
    box.addEventListener("pointerleave", () => {
      if (hovered >= 0 && drawing.paths[hovered]) drawing.paths[hovered].classList.remove("hovered");
      hovered = -1;
      drawing.tip.hide();
    });
    box.addEventListener("click", (event) => {
      const neuron = event.target.closest("button.neuron");
      if (neuron) return open({ layer: Number(neuron.dataset.layer) - 1, row: Number(neuron.dataset.row), column: null }, neuron);
      const i = under(event);
      if (i >= 0) open(drawing.links[i], drawing.paths[i]);
      else if (!event.target.closest(".editor, .head")) close();
      return undefined;
    });

    function goToLink(i) {
      if (!drawing.paths[i]) return;
      drawing.paths[drawing.current].setAttribute("tabindex", -1);
      drawing.current = i;
      drawing.paths[i].setAttribute("tabindex", 0);
      drawing.paths[i].focus();
    }

    function nextLink(key) {
      const now = drawing.links[drawing.current];
      const along = { ArrowDown: 1, ArrowUp: -1 }[key];
      if (along) return drawing.current + along;
      const layer = now.layer + (key === "ArrowRight" ? 1 : -1);
      return drawing.links.findIndex((link) => link.layer === layer && (key === "ArrowRight" ? link.column === now.row : link.row === now.column));
    }

    links.addEventListener("keydown", (event) => {
      if (event.key === "Enter" || event.key === " ") open(drawing.links[drawing.current], drawing.paths[drawing.current]);
      else if (event.key.startsWith("Arrow")) goToLink(nextLink(event.key));
      else return;
      event.preventDefault();
      event.stopPropagation();
    });
    links.addEventListener("focusin", (event) => {
      const i = Number(event.target.dataset.i);
      const link = drawing.links[i];
      const { x, y } = placeOf(link);
      event.target.setAttribute("aria-label", words(link)());
      drawing.tip.show(x, y, words(link));
    });
    links.addEventListener("focusout", () => drawing.tip.hide());

    const neurons = byId("neurons");
    neurons.addEventListener("keydown", (event) => {
      const button = event.target.closest("button.neuron");
      if (!button || !event.key.startsWith("Arrow")) return;
      const [layer, row] = [Number(button.dataset.layer), Number(button.dataset.row)];
      const [to, at] = { ArrowUp: [layer, row - 1], ArrowDown: [layer, row + 1], ArrowLeft: [layer - 1, row], ArrowRight: [layer + 1, row] }[event.key];
      const inLayer = drawing.buttons.filter((other) => Number(other.dataset.layer) === to);
      const found = inLayer[to === layer ? at : Math.min(at, inLayer.length - 1)];
      event.preventDefault();
      if (!found) return;
      button.tabIndex = -1;
      found.tabIndex = 0;
      found.focus();
    });
    const tell = (event) => {
      const button = event.target.closest("button.neuron");
      if (!button || !drawing.layout) return;
      const of = { layer: Number(button.dataset.layer) - 1, row: Number(button.dataset.row), column: null };
      const { x, y } = placeOf(of);
      button.setAttribute("aria-label", words(of)());
      drawing.tip.show(x, y, words(of));
    };
    neurons.addEventListener("focusin", tell);
    neurons.addEventListener("pointerover", tell);
    neurons.addEventListener("focusout", () => drawing.tip.hide());
    neurons.addEventListener("pointerout", () => drawing.tip.hide());
  };
})();
