// The gallery: filter by quantity and words, choose a mistake, see its lines and its curve.
(function () {
  "use strict";
  const chainrule = (window.chainrule = window.chainrule || {});
  const { element, byId } = chainrule;
  let known = { mistakes: [], quantities: [] };
  let asked = "";

  const code = (text) => text.split(/`([^`]+)`/).map((part, i) => (i % 2 ? element("code", {}, part) : part));

  function wanted() {
    const quantity = byId("quantity").value;
    const words = byId("words").value.toLowerCase().split(/\s+/).filter(Boolean);
    const text = (one) => `${one.title} ${one.right} ${one.where} ${one.key} ${one.quantity}`.toLowerCase();
    return known.mistakes.filter((one) => (!quantity || one.quantity === quantity) && words.every((word) => text(one).includes(word)));
  }

  function list() {
    const rows = wanted();
    const parts = [];
    for (const { symbol } of known.quantities) {
      const own = rows.filter((one) => one.quantity === symbol);
      if (!own.length) continue;
      parts.push(element("h2", {}, symbol), element("ul", {}, ...own.map(link)));
    }
    byId("mistakes").replaceChildren(...parts);
    byId("count").textContent = rows.length === 1 ? "1 mistake" : `${rows.length} mistakes`;
    if (!rows.length) byId("mistakes").replaceChildren(element("p", { class: "soft" }, "No mistake has these words. Take some away, or choose all quantities."));
  }

  const link = (one) =>
    element("li", {}, element("a", { href: `#${encodeURIComponent(one.key)}`, "aria-current": one.key === asked ? "true" : null }, ...code(one.title)));

  function beside(lines) {
    const cell = (text, kind, same) =>
      element("td", { class: text === null ? "none" : same ? (kind === "right" ? "twin" : "") : `${kind} changed` },
        text === null ? "" : same ? text : element("span", {}, element("span", { class: "hidden-text" }, kind === "wrong" ? "wrong line: " : "right line: "), text));
    return element("table", { class: "beside" },
      element("thead", {}, element("tr", {}, element("th", { scope: "col" }, "✗ with the mistake"), element("th", { scope: "col" }, "✓ right"))),
      element("tbody", {}, ...lines.map((line) => element("tr", {}, cell(line.wrong, "wrong", line.same), cell(line.right, "right", line.same)))));
  }

  function curveOf(one) {
    const { curve } = one;
    const box = element("div", {});
    const parts = [element("h3", {}, "What it does to the loss"), element("p", {}, curve.sentence)];
    if (curve.set_up) parts.push(element("p", { class: "soft small" }, curve.set_up));
    if (curve.error) parts.push(element("pre", { tabindex: "0", role: "region", "aria-label": "The error" }, `${curve.error}\n(${curve.where})`));
    if (curve.losses.length) parts.push(box);
    return { parts, draw: () => curve.losses.length && chainrule.curve(box, [
      { label: "right", values: curve.right, colour: "positive", width: 4 },
      { label: "with the mistake", values: curve.losses, colour: "negative", dash: [7, 5] },
    ]) };
  }

  function show(one) {
    const curve = one.curve ? curveOf(one) : null;
    const isFormula = one.mathml.startsWith("<math");
    const right = isFormula ? chainrule.serverHtml(element("span", {}), one.mathml) : element("span", {}, one.right);
    const actions = element("p", { class: "row actions" },
      one.playground ? element("a", { class: "button primary", href: `/playground?engine=learner&mistake=${encodeURIComponent(one.key)}${one.playground}` }, "Try it in the playground") : null,
      one.chapter ? element("a", { class: "button", href: `/learn/${one.chapter}` }, "To its chapter") : null,
      element("a", { class: "button quiet to-list", href: "#mistakes" }, "Back to the list"));
    byId("mistake-title").replaceChildren(...code(one.title));
    byId("mistake-body").replaceChildren(
      element("p", { class: "soft small" }, element("code", {}, one.key), ` in ${one.where}; makes ${one.quantity} wrong first`),
      element("p", { class: "right-formula" }, "right: ", right),
      element("h3", {}, "The lines"), beside(one.lines),
      ...(curve ? curve.parts : [element("p", { class: "soft small" }, "It stands in a function by itself, without a training: there is no curve.")]),
      actions);
    if (curve) curve.draw();
  }

  async function choose(moved) {
    const key = decodeURIComponent(location.hash.slice(1));
    if (key === "mistakes") return;
    asked = key;
    for (const one of byId("mistakes").querySelectorAll("a")) {
      if (one.hash === location.hash) one.setAttribute("aria-current", "true");
      else one.removeAttribute("aria-current");
    }
    if (!key) return;
    const body = byId("mistake-body");
    body.setAttribute("aria-busy", "true");
    try {
      const one = await chainrule.get(`/api/gallery/${encodeURIComponent(key)}`);
      if (asked !== key) return;
      show(one);
      if (moved) byId("mistake-title").focus();
    } catch (error) {
      body.replaceChildren(element("p", { class: "note bad" }, error.message));
    }
    body.removeAttribute("aria-busy");
  }

  async function begin() {
    known = await chainrule.get("/api/gallery");
    byId("setting").textContent = `Trained: ${known.setting}.`;
    byId("quantity").append(...known.quantities.map((one) =>
      element("option", { value: one.symbol }, `${one.formula.includes(one.symbol) ? one.formula : one.symbol} (${one.count})`)));
    list();
    byId("quantity").addEventListener("change", list);
    byId("words").addEventListener("input", list);
    addEventListener("hashchange", () => choose(true));
    if (!location.hash) location.replace(`#${known.mistakes.find((one) => one.key === "updated-too-early").key}`);
    else await choose(false);
  }

  begin().catch((error) => byId("mistake-body").replaceChildren(element("p", { class: "note bad" }, error.message)));
})();
