// The data on the left: the sets, their settings, and points drawn by hand.
(function () {
  "use strict";
  const chainrule = (window.chainrule = window.chainrule || {});
  const { element, byId, choices } = chainrule;
  const OWN = ["own", "drawn"];

  /** A little picture of each data set, drawn from a formula. */
  function sketch(name) {
    const canvas = element("canvas", { class: "sketch", "aria-hidden": "true" });
    const draw = () => {
      const context = chainrule.sized(canvas, 44, 32);
      const palette = chainrule.colours();
      context.clearRect(0, 0, 44, 32);
      const dot = (x, y, of) => {
        context.fillStyle = palette.classes[of];
        context.fillRect(22 + 14 * x - 1.2, 16 - 12 * y - 1.2, 2.4, 2.4);
      };
      const turn = 2 * Math.PI;
      for (let i = 0; i < 26; i += 1) {
        const t = i / 26;
        if (name === "circles") { dot(Math.cos(turn * t), Math.sin(turn * t), 0); dot(0.4 * Math.cos(turn * t), 0.4 * Math.sin(turn * t), 1); }
        if (name === "moons") { dot(Math.cos(Math.PI * t) - 0.35, 0.9 * Math.sin(Math.PI * t) - 0.3, 0); dot(0.35 - Math.cos(Math.PI * t), 0.3 - 0.9 * Math.sin(Math.PI * t), 1); }
        if (name === "spirals") { const r = 0.1 + 0.95 * t; dot(r * Math.cos(7 * t), r * Math.sin(7 * t), 0); dot(-r * Math.cos(7 * t), -r * Math.sin(7 * t), 1); }
        if (name === "xor") { const [x, y] = [((i * 7) % 26) / 12.5 - 1, ((i * 11) % 26) / 12.5 - 1]; dot(x, y, x * y > 0 ? 1 : 0); }
        if (name === "blobs") { const [x, y] = [[-0.7, 0.5], [0.7, 0.5], [0, -0.6]][i % 3]; dot(x + 0.3 * Math.cos(5 * i), y + 0.3 * Math.sin(9 * i), i % 3); }
      }
      if (name === "plane" || name === "waves") {
        const palettes = [palette.negative, palette.positive];
        for (let i = 0; i < 11; i += 1) {
          for (let j = 0; j < 8; j += 1) {
            const value = name === "plane" ? (i - 5 - (j - 3.5)) / 8 : Math.sin(i * 0.9) * Math.cos(j * 0.9);
            context.globalAlpha = Math.min(1, Math.abs(value));
            context.fillStyle = palettes[value < 0 ? 0 : 1];
            context.fillRect(4 * i, 4 * j, 4, 4);
          }
        }
        context.globalAlpha = 1;
      }
      if (OWN.includes(name)) {
        context.strokeStyle = palette["ink-soft"];
        context.lineWidth = 1.4;
        context.beginPath();
        if (name === "own") for (const y of [6, 13, 20, 27]) { context.moveTo(9, y); context.lineTo(35, y); }
        else { context.moveTo(9, 25); context.bezierCurveTo(14, 4, 24, 34, 35, 7); }
        context.stroke();
      }
    };
    draw();
    chainrule.onScheme(draw);
    return canvas;
  }

  /** Wire the data form of an app. */
  chainrule.dataForm = (app) => {
    const options = Object.entries(choices.data).map(([name, words]) => {
      const input = element("input", { type: "radio", name: "set", value: name, class: "hidden-text", onchange: () => choose(name) });
      return element("label", { class: "set" }, input, sketch(name), element("span", {}, words));
    });
    byId("sets").append(...options);

    function choose(name) {
      const state = chainrule.suited({ ...app.state, data: { ...app.state.data, name } });
      app.change({ data: state.data, loss: state.loss });
      chainrule.announce(OWN.includes(name) && !app.isReady() ? `${choices.data[name]}: give the points.` : `Data: ${choices.data[name]}.`);
    }

    const sliders = { noise: "noise", n: "n", classes: "classes", "data-seed": "seed" };
    for (const [id, key] of Object.entries(sliders)) {
      byId(id).addEventListener("change", ({ target }) => {
        if (target.value === "" || !target.checkValidity()) return;
        const state = { ...app.state, data: { ...app.state.data, [key]: target.valueAsNumber } };
        const suited = key === "classes" ? chainrule.suited(state) : state;
        app.change({ data: suited.data, loss: suited.loss });
      });
    }
    byId("validation").addEventListener("change", ({ target }) => app.change({ validation: target.valueAsNumber }));
    for (const id of ["noise", "n", "classes", "validation"]) byId(id).addEventListener("input", words);

    function words() {
      byId("noise-value").value = byId("noise").value;
      byId("n-value").value = byId("n").value;
      byId("classes-value").value = byId("classes").value;
      byId("validation-value").value = `${Math.round(100 * byId("validation").valueAsNumber)} %`;
    }

    function show() {
      const { data, validation } = app.state;
      const own = OWN.includes(data.name);
      for (const input of document.querySelectorAll('input[name="set"]')) input.checked = input.value === data.name;
      byId("made").hidden = own;
      byId("own").hidden = data.name !== "own";
      byId("drawn").hidden = data.name !== "drawn";
      byId("data-seed").parentElement.hidden = own;
      byId("classes-field").hidden = !choices.several.includes(data.name);
      byId("n").max = Math.max(2000, data.n);
      for (const [id, key] of Object.entries(sliders)) if (document.activeElement !== byId(id)) byId(id).value = data[key];
      byId("validation").value = validation;
      words();
    }
    app.bus.on("state", show);
  };
})();
