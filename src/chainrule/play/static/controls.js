// Play, steps, the slider over the epochs, and the settings of the training.
(function () {
  "use strict";
  const chainrule = (window.chainrule = window.chainrule || {});
  const { element, byId } = chainrule;
  const PLAY = "M3 1.5v13l11-6.5z";
  const PAUSE = "M3 2h4v12H3zM9 2h4v12H9z";

  /** Fill a select with names, or with values and their words. */
  chainrule.fillSelect = (select, choices) => {
    const pairs = Array.isArray(choices) ? choices.map((choice) => [choice, String(choice)]) : Object.entries(choices);
    select.replaceChildren(...pairs.map(([value, words]) => element("option", { value }, words)));
  };

  /** Show a value in a select, also one that is not among its choices. */
  chainrule.showChoice = (select, value) => {
    const text = String(value);
    if (![...select.options].some((option) => option.value === text)) select.append(element("option", { value: text }, text));
    if (select.value !== text) select.value = text;
  };

  /** Wire the controls of an app to its state. */
  chainrule.controls = (app) => {
    const { choices } = chainrule;
    const selects = { "learning-rate": choices.learning_rates, loss: choices.losses, optimizer: choices.optimizers, l1: choices.penalties, l2: choices.penalties };
    const keys = { "learning-rate": "learning_rate", "batch-size": "batch_size" };
    for (const [id, values] of Object.entries(selects)) {
      chainrule.fillSelect(byId(id), values);
      const isText = id === "loss" || id === "optimizer";
      byId(id).addEventListener("change", (event) => app.change({ [keys[id] || id]: isText ? event.target.value : Number(event.target.value) }));
    }
    for (const id of ["batch-size", "dropout", "seed"]) {
      byId(id).addEventListener("change", ({ target }) => {
        const valid = target.value !== "" && target.checkValidity();
        target.setAttribute("aria-invalid", String(!valid));
        if (valid) app.change({ [keys[id] || id]: target.valueAsNumber });
        else chainrule.announce(target.validationMessage);
      });
    }

    function showSettings() {
      const { state } = app;
      for (const id of Object.keys(selects)) chainrule.showChoice(byId(id), state[keys[id] || id]);
      for (const id of ["batch-size", "dropout", "seed"]) {
        const field = byId(id);
        if (document.activeElement !== field) field.value = state[keys[id] || id];
      }
    }
    app.bus.on("state", showSettings);

    const play = () => {
      app.showNewest();
      app.send({ do: app.playing ? "pause" : "play" });
      app.playing = !app.playing;
      chainrule.announce(app.playing ? "Training." : `Paused at epoch ${app.frame ? app.frame.epoch : 0}.`);
      showPlaying();
    };
    byId("play").addEventListener("click", play);
    const step = (unit) => {
      app.showNewest();
      app.send({ do: "step", unit });
    };
    document.querySelectorAll("[data-step]").forEach((button) => button.addEventListener("click", () => step(button.dataset.step)));
    const reset = () => {
      app.showNewest();
      app.send({ do: "reset" });
      chainrule.announce("The weights are drawn anew.");
    };
    byId("reset").addEventListener("click", reset);
    byId("until").addEventListener("submit", (event) => {
      event.preventDefault();
      const [epoch, loss] = [byId("until-epoch").valueAsNumber, byId("until-loss").valueAsNumber];
      if (Number.isNaN(epoch) && Number.isNaN(loss)) {
        chainrule.announce("Give an epoch or a loss to stop at.");
        byId("until-epoch").focus();
        return;
      }
      app.showNewest();
      app.send({ do: "until", ...(Number.isNaN(epoch) ? {} : { epoch }), ...(Number.isNaN(loss) ? {} : { loss }) });
    });

    const slider = byId("scrub");
    const sender = chainrule.newestOnly((command) => app.send(command));
    app.bus.on("frame", () => sender.arrived());
    slider.addEventListener("input", () => {
      const newest = slider.value === slider.max;
      if (app.playing) {
        app.send({ do: "pause" });
        app.playing = false;
        showPlaying();
      }
      app.shown = newest ? null : slider.valueAsNumber;
      byId("epoch").value = slider.value;
      byId("newest").disabled = newest;
      sender.send({ do: "scrub", epoch: app.shown });
    });
    byId("newest").addEventListener("click", () => app.showNewest());

    app.showNewest = () => {
      if (app.shown === null) return;
      app.shown = null;
      slider.value = slider.max;
      byId("newest").disabled = true;
      sender.send({ do: "scrub", epoch: null });
    };

    let wasPlaying = null;
    function showPlaying() {
      if (wasPlaying === app.playing) return;
      wasPlaying = app.playing;
      byId("play-word").textContent = app.playing ? "Pause" : "Play";
      byId("play-mark").setAttribute("d", app.playing ? PAUSE : PLAY);
      byId("play").setAttribute("aria-pressed", String(app.playing));
    }

    const speedWords = (speed) => (speed > 0 && app.playing ? `${chainrule.number(speed, speed >= 100 ? 3 : 2)} epochs/s` : "");

    /** Bring slider and numbers up to the newest frame. */
    app.updateControls = () => {
      const { frame } = app;
      showPlaying();
      if (slider.max !== String(frame.epoch)) slider.max = frame.epoch;
      if (app.shown === null && slider.value !== String(frame.epoch)) slider.value = frame.epoch;
      const shown = String(app.shown === null ? frame.epoch : app.shown);
      if (byId("epoch").value !== shown) byId("epoch").value = shown;
      slider.setAttribute("aria-valuetext", `epoch ${shown} of ${frame.epoch}`);
      byId("newest").disabled = app.shown === null;
      const words = speedWords(frame.speed);
      if (byId("speed").textContent !== words) byId("speed").textContent = words;
    };

    app.shortcuts = { " ": play, 1: () => step("sample"), 2: () => step("batch"), 3: () => step("epoch"), r: reset };
  };
})();
