// Hints one by one, the solution after a question, and answers with their sources.
(function () {
  "use strict";
  const chainrule = (window.chainrule = window.chainrule || {});
  const { element, byId } = chainrule;
  const KINDS = { diagnosis: "Check of your code", trace: "Trace", hint: "Hint", formula: "Formula", book: "Book of mistakes", statement: "Statement" };

  /** Wire the help of a lesson: hint, solution, questions. */
  chainrule.help = (lesson, path, editor, refresh) => {
    const complain = (error) => chainrule.notice(error.message);

    /** Add a hint to the list, once; returns its title. */
    function add(hint) {
      const title = hint.levels ? `${hint.about}, hint ${hint.level} of ${hint.levels}` : hint.about;
      const item = element("li", {}, element("strong", {}, title), element("span", { class: "kept-lines" }, ...chainrule.withCode(hint.text)));
      const before = byId("hints").lastElementChild;
      if (!before || before.textContent !== item.textContent) byId("hints").append(item);
      byId("hint").textContent = hint.levels && hint.level === hint.levels ? "Last hint again" : "Next hint";
      return title;
    }

    lesson.hints.forEach(add);
    byId("hint").addEventListener("click", async () => {
      try {
        const hint = await chainrule.post(`${path}/hint`);
        chainrule.announce(`${add(hint)}: ${hint.text}`);
        refresh();
      } catch (error) { complain(error); }
    });

    byId("solution").addEventListener("click", async () => {
      const choice = await chainrule.choose("See a solution?", ["One way to do it is shown, and the progress notes that you saw it before your own was right. A hint gives less away."],
        [["show", "Show the solution"], ["", "Not yet", "primary"]]);
      if (choice !== "show") return;
      try {
        const { code } = await chainrule.post(`${path}/solution`);
        const old = document.getElementById("solution-text");
        if (old) old.remove();
        byId("answers").before(element("details", { id: "solution-text", open: true }, element("summary", {}, "One way to do it"),
          element("pre", { tabindex: "0", role: "region", "aria-label": "A solution" }, element("code", {}, code))));
        chainrule.announce("The solution stands below the hints.");
        refresh();
      } catch (error) { complain(error); }
    });

    byId("ask").addEventListener("submit", async (event) => {
      event.preventDefault();
      const question = byId("question").value.trim();
      if (!question) { byId("question").focus(); return; }
      const box = byId("answers");
      box.setAttribute("aria-busy", "true");
      try {
        const found = await chainrule.post(`${path}/ask`, { question, code: editor.code });
        show(box, question, found);
        const sources = found.answers.map((one) => KINDS[one.source.kind]).join(", ");
        chainrule.announce(found.none ? "Nothing known here answers that." : `${found.answers.length} answers, from: ${sources}. ${found.answers[0].text}`);
      } catch (error) { complain(error); }
      box.removeAttribute("aria-busy");
    });

    function show(box, question, found) {
      const asked = element("p", { class: "soft small" }, `“${question}”`);
      if (found.none) {
        box.replaceChildren(asked, element("div", { class: "note" }, element("p", {}, "Nothing known here answers that. What can be asked:"), element("ul", {}, ...found.topics.map((topic) => element("li", {}, topic)))));
        return;
      }
      box.replaceChildren(asked, ...found.answers.map(answer));
    }

    function answer(one) {
      const isBook = one.source.kind === "book" && one.mathml; // the right formula comes as MathML
      const text = element("blockquote", { class: "kept-lines" }, ...chainrule.withCode(isBook ? `${one.text.split("\n")[0]}\nright: ` : one.text));
      const formula = one.mathml ? chainrule.serverHtml(element("div", { class: "formula" }), one.mathml) : null;
      const isFormula = one.source.kind === "formula" && one.mathml && one.mathml.startsWith("<math");
      const body = isFormula ? element("blockquote", {}, formula) : text;
      if (!isFormula && formula) body.append(formula);
      if (one.note) body.append(element("span", { class: "soft small" }, one.note));
      const line = one.source.kind === "diagnosis" ? chainrule.lineOf(one.text) : 0;
      const source = one.source.link && !one.source.link.startsWith(`/learn/${lesson.name}`)
        ? element("a", { href: one.source.link }, one.source.title) : one.source.title;
      return element("article", { class: `answer ${one.source.kind}` },
        body,
        line ? element("button", { type: "button", class: "quiet line", onclick: () => editor.goToLine(line) }, `Go to line ${line}`) : null,
        element("footer", { class: "small soft" }, element("span", { class: "tag" }, KINDS[one.source.kind]), " ", source));
    }
  };
})();
