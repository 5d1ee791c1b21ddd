// The chapters with their progress, the same as in the terminal.
(function () {
  "use strict";
  const chainrule = (window.chainrule = window.chainrule || {});
  const { element, byId } = chainrule;

  function words(chapter) {
    const checks = `${chapter.checks} ${chapter.checks === 1 ? "check" : "checks"}`;
    if (chapter.passed) return `right, ${checks}${chapter.with_solution ? ", with the solution seen" : ""}`;
    if (chapter.started) return `begun, ${checks}${chapter.solution_seen ? ", solution seen" : ""}`;
    return "not begun";
  }

  /** Show all chapters; the current one is marked. */
  chainrule.showChapters = (rows, current) => {
    byId("chapters").replaceChildren(...rows.map((chapter) => {
      const state = chapter.passed ? "right" : chapter.started ? "begun" : "new";
      return element("li", {}, element("a", { href: `/learn/${chapter.name}`, class: state, "aria-current": chapter.name === current ? "step" : null, title: `${chapter.title}: ${words(chapter)}` },
        element("span", { class: "mark", "aria-hidden": "true" }, chapter.passed ? "✓" : String(chapter.number)),
        element("span", { class: "name" }, chapter.title),
        element("span", { class: "hidden-text" }, `, ${words(chapter)}`)));
    }));
    const passed = rows.filter((chapter) => chapter.passed).length;
    const own = rows.find((chapter) => chapter.name === current);
    byId("progress").textContent = `${passed} of ${rows.length} chapters are right. This one: ${words(own)}.`;
  };
})();
