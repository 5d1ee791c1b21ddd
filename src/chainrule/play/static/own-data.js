// Your own table: dropped, opened or pasted; its target and the two axes of the picture chosen.
(function () {
  "use strict";
  const chainrule = (window.chainrule = window.chainrule || {});
  const { byId } = chainrule;
  const MOST_BYTES = 1900000;
  const PCA = "all columns (PCA)";

  /** Wire the form of an own table to an app. */
  chainrule.ownData = (app) => {
    const area = byId("csv");
    const target = byId("target");
    const across = byId("axis-x");
    const up = byId("axis-y");

    function upload(text, name, more) {
      if (!text.trim()) {
        chainrule.announce("There is no table yet: paste one, or open a file.");
        area.focus();
        return;
      }
      if (new Blob([text]).size > MOST_BYTES) {
        app.notice("This table is larger than 1.9 MB; take fewer rows.");
        return;
      }
      app.asked = { do: "upload", text, name, ...more };
      app.send(app.asked);
    }

    async function open(file) {
      if (!file) return;
      if (file.size > MOST_BYTES) {
        app.notice(`${file.name} is larger than 1.9 MB; take fewer rows.`);
        return;
      }
      const text = await file.text();
      area.value = text.length > 4000 ? `${text.slice(0, 4000)}\n…` : text;
      area.dataset.text = text;
      area.dataset.name = file.name;
      if (app.state.data.name !== "own") app.change({ data: { ...app.state.data, name: "own" } });
      upload(text, file.name);
    }

    area.addEventListener("input", () => {
      delete area.dataset.text;
      delete area.dataset.name;
    });
    byId("use-csv").addEventListener("click", () => upload(area.dataset.text || area.value, area.dataset.name || "pasted.csv"));
    byId("file").addEventListener("change", ({ target: input }) => {
      open(input.files[0]);
      input.value = "";
    });

    document.addEventListener("dragover", (event) => {
      if (![...event.dataTransfer.types].includes("Files")) return;
      event.preventDefault();
      document.body.classList.add("dropping");
    });
    document.addEventListener("dragleave", (event) => {
      if (!event.relatedTarget) document.body.classList.remove("dropping");
    });
    document.addEventListener("drop", (event) => {
      if (!event.dataTransfer.files.length) return;
      event.preventDefault();
      document.body.classList.remove("dropping");
      open(event.dataTransfer.files[0]);
    });

    function again() {
      if (!app.uploaded) return;
      const axes = across.value === PCA || up.value === PCA ? "pca" : [across.value, up.value];
      const { text, name } = app.uploaded;
      const isNew = target.value !== app.data.target;
      upload(text, name, isNew ? { target: target.value } : { target: target.value, axes });
    }
    for (const select of [target, across, up]) select.addEventListener("change", again);

    app.bus.on("event:data", (data) => {
      if (app.asked) {
        app.uploaded = app.asked;
        app.asked = null;
        chainrule.announce(`The table has ${data.n} rows; ${data.target} is predicted.`);
      }
      if (app.state.data.name !== "own" || !app.uploaded) return;
      byId("columns").hidden = false;
      chainrule.fillSelect(target, data.columns);
      target.value = data.target;
      const inputs = data.columns.filter((column) => column !== data.target);
      const isPca = !data.axes.every((axis) => inputs.includes(axis));
      [across, up].forEach((select, i) => {
        chainrule.fillSelect(select, [PCA, ...inputs]);
        select.value = isPca ? PCA : data.axes[i];
      });
      byId("own-notes").textContent = (data.notes || []).join(" ");
    });
    app.bus.on("event:error", ({ command }) => {
      if (command === "upload") app.asked = null;
    });
  };
})();
