// Keep a run and compare; save data, weights, code and picture; the help.
(function () {
  "use strict";
  const chainrule = (window.chainrule = window.chainrule || {});
  const { byId } = chainrule;

  /** Wire comparison, saving and help of an app. */
  chainrule.extras = (app) => {
    const menu = byId("export-menu");
    const opener = byId("export-button");
    const help = byId("help");

    function openMenu(isOpen) {
      menu.hidden = !isOpen;
      opener.setAttribute("aria-expanded", String(isOpen));
      if (isOpen) menu.querySelector("button").focus();
    }
    opener.addEventListener("click", () => openMenu(menu.hidden));
    document.addEventListener("click", (event) => {
      if (!event.target.closest(".menu")) openMenu(false);
    });
    menu.addEventListener("keydown", (event) => {
      if (event.key !== "Escape") return;
      openMenu(false);
      opener.focus();
    });

    function savePicture() {
      app.boundary.picture(1024).toBlob((blob) => chainrule.save("boundary.png", blob), "image/png");
    }
    async function copyAddress() {
      try {
        await navigator.clipboard.writeText(location.href.replace(/[?&]token=[^#]*/, ""));
        chainrule.announce("The address is copied.");
      } catch {
        app.notice("The browser does not allow copying; take the address from its own bar.");
      }
    }
    menu.addEventListener("click", (event) => {
      const button = event.target.closest("[data-export]");
      if (!button) return;
      const what = button.dataset.export;
      if (what === "png") savePicture();
      else if (what === "address") copyAddress();
      else app.send({ do: "export", what });
      openMenu(false);
      opener.focus();
    });
    app.bus.on("event:export", ({ name, type, text }) => {
      chainrule.save(name, text, type);
      chainrule.announce(`${name} is saved.`);
    });

    function keep() {
      const kept = Boolean(app.runA);
      app.send({ do: kept ? "forget" : "keep" });
      chainrule.announce(kept ? "Run A is forgotten." : "This run is kept as run A.");
      if (kept) return;
      const { frame } = app;
      byId("score-a").textContent = `A: epoch ${frame.epoch}, loss ${chainrule.number(frame.loss, 4)}${frame.accuracy === null ? "" : `, accuracy ${(100 * frame.accuracy).toFixed(1)} %`}`;
    }
    byId("keep").addEventListener("click", keep);

    function showRun(name) {
      app.shownRun = name;
      for (const button of document.querySelectorAll("[data-run]")) button.setAttribute("aria-pressed", String(button.dataset.run === name));
      chainrule.draw(app.boundary.update);
    }
    document.querySelectorAll("[data-run]").forEach((button) => button.addEventListener("click", () => showRun(button.dataset.run)));

    let wasKept = false;
    /** Show what belongs to run A only while there is one. */
    app.updateRunA = () => {
      const kept = Boolean(app.runA);
      if (kept === wasKept) return;
      wasKept = kept;
      byId("keep").textContent = kept ? "Forget run A" : "Keep as run A";
      byId("keep").setAttribute("aria-pressed", String(kept));
      byId("which-run").hidden = !kept || !app.frame.arrays.boundary_a;
      byId("score-a").hidden = !kept;
      if (!kept) showRun("now");
    };

    const single = byId("single-keys");
    try {
      single.checked = localStorage.getItem("single-keys") !== "off";
    } catch {
      single.checked = true;
    }
    single.addEventListener("change", () => {
      try {
        localStorage.setItem("single-keys", single.checked ? "on" : "off");
      } catch {
        app.notice("The browser keeps nothing; the choice lasts until the page is closed.");
      }
    });

    const showHelp = () => help.showModal();
    byId("help-button").addEventListener("click", showHelp);
    Object.assign(app.shortcuts, { k: keep, "?": showHelp });
  };
})();
