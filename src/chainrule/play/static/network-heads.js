// Above each layer: its neurons more or fewer, its activation, and layers added and removed.
(function () {
  "use strict";
  const chainrule = (window.chainrule = window.chainrule || {});
  const { element, byId } = chainrule;

  /** Draw the heads of the layers of an app, and keep them as the state says. */
  chainrule.layerHeads = (app) => {
    const box = byId("layer-heads");
    const most = chainrule.choices;
    let key = "";

    function changed(layers, focus) {
      app.change({ layers });
      const found = box.querySelector(`[data-key="${focus}"]`);
      if (found) found.focus();
    }

    function withLayer(i, change) {
      return app.state.layers.map((layer, at) => (at === i ? { ...layer, ...change } : layer));
    }

    function neurons(i, by) {
      const count = Math.max(1, Math.min(most.most_neurons, app.state.layers[i].neurons + by));
      if (count === app.state.layers[i].neurons) return;
      changed(withLayer(i, { neurons: count }), `${by > 0 ? "more" : "fewer"}-${i}`);
      chainrule.announce(`Layer ${i + 1} has ${count} neurons.`);
    }

    function remove(i) {
      changed(app.state.layers.filter((_, at) => at !== i), i > 0 ? `remove-${i - 1}` : "add-0");
      chainrule.announce(`Layer ${i + 1} is removed.`);
    }

    function add(at) {
      const like = app.state.layers[Math.max(0, at - 1)];
      const layer = { neurons: 4, activation: like ? like.activation : "tanh" };
      changed([...app.state.layers.slice(0, at), layer, ...app.state.layers.slice(at)], `more-${at}`);
      chainrule.announce(`A layer with ${layer.neurons} neurons is added.`);
    }

    const button = (words, label, key, onclick) => element("button", { type: "button", class: "small-button", "aria-label": label, title: label, "data-key": key, onclick }, words);

    function hidden(layer, i) {
      const select = element("select", { "aria-label": `Activation of layer ${i + 1}`, "data-key": `activation-${i}`, onchange: (event) => changed(withLayer(i, { activation: event.target.value }), `activation-${i}`) },
        ...most.activations.map((name) => element("option", { value: name }, name)));
      return element("div", { class: "head", role: "group", "aria-label": `Layer ${i + 1}` },
        element("div", { class: "head-title" }, element("span", {}, `Layer ${i + 1}`), button("✕", `Remove layer ${i + 1}`, `remove-${i}`, () => remove(i))),
        element("div", { class: "head-count" },
          button("−", `A neuron fewer in layer ${i + 1}`, `fewer-${i}`, () => neurons(i, -1)),
          element("span", { class: "count tabular" }, ""),
          button("+", `A neuron more in layer ${i + 1}`, `more-${i}`, () => neurons(i, 1))),
        select);
    }

    function end(title, at) {
      const full = app.state.layers.length >= most.most_layers;
      return element("div", { class: "head" },
        element("div", { class: "head-title" }, element("span", {}, title)),
        full ? null : button("+ layer", at === 0 ? "Add a layer after the input" : "Add a layer before the output", at === 0 ? "add-0" : "add-end", () => add(at)));
    }

    function build() {
      const focused = document.activeElement && box.contains(document.activeElement) ? document.activeElement.dataset.key : null;
      const { layers } = app.state;
      box.replaceChildren(end("Input", 0), ...layers.map(hidden), end("Output", layers.length));
      if (focused) {
        const again = box.querySelector(`[data-key="${focused}"]`);
        if (again) again.focus();
      }
    }

    function update() {
      const { layers } = app.state;
      if (String(layers.length) !== key) {
        key = String(layers.length);
        build();
        if (app.drawing.layout) place(app.drawing.layout);
      }
      layers.forEach((layer, i) => {
        const head = box.children[i + 1];
        head.querySelector(".count").textContent = layer.neurons;
        head.querySelector("select").value = layer.activation;
        head.querySelector(`[data-key="fewer-${i}"]`).disabled = layer.neurons <= 1;
        head.querySelector(`[data-key="more-${i}"]`).disabled = layer.neurons >= most.most_neurons;
      });
    }

    function place(layout) {
      if (box.children.length !== layout.columns.length) return;
      [...box.children].forEach((head, i) => {
        const width = Math.min(layout.step - 4, 112);
        head.style.left = `${layout.columns[i].x - width / 2}px`;
        head.style.width = `${width}px`;
      });
    }

    app.bus.on("layout", place);
    app.bus.on("state", update);
  };
})();
