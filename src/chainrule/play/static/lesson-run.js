// The run of the learner's own main part: loss curve, boundary, what it printed.
(function () {
  "use strict";
  const chainrule = (window.chainrule = window.chainrule || {});
  const { element, byId } = chainrule;

  /** Show a run; returns the sentence for the live region. */
  chainrule.showRun = (ran, editor) => {
    const parts = [];
    const box = element("div", { class: "run-pictures" });
    let sentence = `The run took ${ran.seconds.toFixed(1)} s.`;
    if (ran.trouble) {
      const line = chainrule.lineOf(ran.trouble.line);
      parts.push(element("div", { class: "note bad" },
        element("strong", {}, ran.trouble.title),
        element("p", { class: "kept-lines" }, ran.trouble.evidence || ran.trouble.right),
        line ? element("button", { type: "button", class: "quiet line", onclick: () => editor.goToLine(line) }, ran.trouble.line) : null));
      editor.mark(line ? [line] : []);
      sentence = `The run stopped: ${ran.trouble.title}`;
    }
    const curve = ran.losses.length ? element("div", {}) : null;
    if (curve) {
      box.append(curve);
      const numbers = ran.losses.map((loss) => chainrule.number(loss, 3) || "not finite");
      sentence += ` The loss went from ${numbers[0]} to ${numbers[numbers.length - 1]}.`;
    }
    if (ran.boundary) {
      const figure = element("figure", { class: "plane" });
      chainrule.plane(figure, ran.boundary);
      box.append(figure);
    }
    parts.push(element("p", { class: "soft small" }, sentence));
    parts.push(box);
    if (ran.printed.trim()) parts.push(chainrule.printed(ran.printed, "Printed"));
    else if (!ran.trouble) parts.push(element("p", { class: "soft" }, "The main part printed nothing."));
    byId("run-result").replaceChildren(...parts);
    byId("run-card").hidden = false;
    if (curve) chainrule.curve(curve, [{ label: "your loss", values: ran.losses, colour: "accent" }]);
    return sentence;
  };
})();
