// The verdict of a check: each step with its mark and word, the mistake, the evidence, the line.
(function () {
  "use strict";
  const chainrule = (window.chainrule = window.chainrule || {});
  const { element, byId } = chainrule;
  const MARKS = { right: "✓", wrong: "✗", unfinished: "○", "not reached": "○", stopped: "✗" };
  const WORDS = { right: "right", wrong: "wrong", unfinished: "not written yet", "not reached": "not looked at yet", stopped: "stopped" };

  /** The number of a line in words such as "line 27: da_prev = …"; 0 for none. */
  chainrule.lineOf = (words) => {
    const found = /\bline (\d+)/.exec(words || "");
    return found ? Number(found[1]) : 0;
  };

  /** Text with code between backticks as code elements. */
  chainrule.withCode = (text) =>
    text.split(/`([^`]+)`/).map((part, i) => (i % 2 ? element("code", {}, part) : part));

  function heading(state, title) {
    return element("h3", { class: `step ${state.replace(" ", "-")}` },
      element("span", { class: "mark", "aria-hidden": "true" }, MARKS[state]), ` ${title} `,
      element("span", { class: "tag" }, WORDS[state]));
  }

  function rows(pairs) {
    const list = element("dl", { class: "rows" });
    for (const [name, value] of pairs) if (value) list.append(element("dt", {}, name), element("dd", {}, value));
    return list;
  }

  const said = (text) => element("span", { class: "kept-lines" }, ...chainrule.withCode(text));

  function lineButton(words, editor) {
    const line = chainrule.lineOf(words);
    if (!line) return words ? element("code", { class: "kept-lines" }, words) : null;
    return element("button", { type: "button", class: "quiet line", onclick: () => editor.goToLine(line) }, words);
  }

  function finding(one, editor, isOpen) {
    const explained = rows([["right", one.right && element("span", { class: "kept-lines" }, one.right)], ["look at", lineButton(one.line, editor)]]);
    const more = explained.childElementCount
      ? element("details", { class: "explain", open: isOpen }, element("summary", {}, "Explain: the right formula and the line"), explained)
      : null;
    return element("div", { class: "finding" }, element("p", { class: "mistake" }, ...chainrule.withCode(one.title)), rows([["seen", one.evidence && said(one.evidence)]]), more);
  }

  /** Show a verdict; returns the sentence for the live region. */
  chainrule.showVerdict = (verdict, editor) => {
    const parts = [];
    const reached = verdict.steps.some((step) => step.state !== "not reached");
    for (const step of reached ? verdict.steps : []) {
      parts.push(heading(step.state, step.title));
      if (step.state === "wrong") for (const one of step.findings) parts.push(finding(one, editor, false));
      if (step.state === "right") for (const remark of step.remarks) parts.push(element("p", { class: "soft small" }, "note: ", ...chainrule.withCode(remark)));
    }
    if (verdict.trouble) {
      parts.push(heading("stopped", verdict.trouble.title));
      parts.push(rows([["seen", verdict.trouble.evidence && said(verdict.trouble.evidence)], ["look at", lineButton(verdict.trouble.line, editor)], ["help", verdict.trouble.right]]));
    }
    for (const note of verdict.notes) parts.push(element("p", { class: "note" }, note));
    if (verdict.printed.trim()) parts.push(chainrule.printed(verdict.printed, "Printed during the check"));
    const right = verdict.steps.filter((step) => step.state === "right").length;
    const outcome = verdict.passed ? "All right." : `${right} of ${verdict.steps.length} right.`;
    byId("verdict").replaceChildren(element("p", { class: `note ${verdict.passed ? "good" : "bad"}` }, element("strong", {}, outcome), verdict.passed ? "" : " A hint says where to look."), ...parts);
    byId("verdict-card").hidden = false;
    const findings = [...verdict.steps.filter((step) => step.state === "wrong").flatMap((step) => step.findings), ...(verdict.trouble ? [verdict.trouble] : [])];
    editor.mark(findings.map((one) => chainrule.lineOf(one.line)).filter(Boolean));
    return findings.length ? `${outcome} ${findings[0].title.replaceAll("`", "")}` : outcome;
  };

  /** What a program printed, in a box that scrolls. */
  chainrule.printed = (text, title) =>
    element("details", { open: true, class: "printed" }, element("summary", {}, title),
      element("pre", { tabindex: "0", role: "region", "aria-label": title }, text));
})();
