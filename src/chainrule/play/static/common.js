// What all pages share: elements, numbers as text, announcements, drawing once a frame, colours.
(function () {
  "use strict";
  const chainrule = (window.chainrule = window.chainrule || {});
  const SVG = "http://www.w3.org/2000/svg";

  function fill(node, attributes, children) {
    for (const [name, value] of Object.entries(attributes || {})) {
      if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
      else if (value === true) node.setAttribute(name, "");
      else if (value !== false && value !== null && value !== undefined) node.setAttribute(name, value);
    }
    node.append(...children.filter((child) => child !== null && child !== undefined));
    return node;
  }

  /** Make an HTML element: element("button", {type: "button", onclick: f}, "Play"). */
  chainrule.element = (tag, attributes, ...children) => fill(document.createElement(tag), attributes, children);

  /** Make an SVG element. */
  chainrule.svg = (tag, attributes, ...children) => fill(document.createElementNS(SVG, tag), attributes, children);

  /** The element of an id; an error names the id that is missing. */
  chainrule.byId = (id) => {
    const found = document.getElementById(id);
    if (!found) throw new Error(`no element with the id ${id}`);
    return found;
  };

  /** A number as short text with a real minus sign: 4 significant digits, or as many as asked. */
  chainrule.number = (value, digits) => {
    if (value === null || value === undefined) return "";
    if (!Number.isFinite(value)) return Number.isNaN(value) ? "NaN" : value > 0 ? "∞" : "−∞";
    if (value === 0) return "0";
    const size = Math.abs(value);
    const text = size >= 1e6 || size < 1e-4 ? value.toExponential((digits || 4) - 1) : String(Number(value.toPrecision(digits || 4)));
    return text.replace(/^-/, "−").replace("e-", "e−").replace("e+", "e");
  };

  /** A number exactly, with a real minus sign. */
  chainrule.exact = (value) => String(value).replace(/^-/, "−").replace("e-", "e−");

  /** Put HTML that our own server made (MathML, statements) into an element. */
  chainrule.serverHtml = (node, html) => {
    const parsed = new DOMParser().parseFromString(`<body>${html || ""}</body>`, "text/html");
    node.replaceChildren(...parsed.body.childNodes);
    return node;
  };

  /** Say a sentence in the page's polite live region (#announcements). */
  chainrule.announce = (sentence) => {
    const region = document.getElementById("announcements");
    if (!region) return;
    region.textContent = "";
    setTimeout(() => { region.textContent = sentence; }, 30);
  };

  const waiting = new Set();
  let asked = false;
  function drawAll() {
    asked = false;
    const now = [...waiting];
    waiting.clear();
    for (const draw of now) draw();
  }

  /** Run a drawing function in the next animation frame, once however often it is asked for. */
  chainrule.draw = (drawing) => {
    waiting.add(drawing);
    if (asked) return;
    asked = true;
    requestAnimationFrame(drawAll);
  };

  let palette = null;
  const schemeChanged = [];

  /** "#rrggbb" as [r, g, b]. */
  chainrule.rgb = (hex) => [1, 3, 5].map((start) => parseInt(hex.slice(start, start + 2), 16));

  /** The colours of common.css for canvas: {ink, positive, classes: […], …}. */
  chainrule.colours = () => {
    if (palette) return palette;
    const style = getComputedStyle(document.documentElement);
    const of = (name) => style.getPropertyValue(`--${name}`).trim();
    palette = { classes: [0, 1, 2, 3, 4, 5].map((i) => of(`class-${i}`)) };
    for (const name of ["paper", "surface", "sunken", "ink", "ink-soft", "ink-faint", "line", "accent", "positive", "negative", "good", "bad"]) palette[name] = of(name);
    return palette;
  };

  /** Call back after the colour scheme has changed. */
  chainrule.onScheme = (callback) => schemeChanged.push(callback);
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => {
    palette = null;
    for (const callback of schemeChanged) callback();
  });

  /** Offer a text or Blob as a file to save. */
  chainrule.save = (name, content, type) => {
    const blob = content instanceof Blob ? content : new Blob([content], { type: type || "text/plain" });
    const address = URL.createObjectURL(blob);
    const link = chainrule.element("a", { href: address, download: name });
    document.body.append(link);
    link.click();
    link.remove();
    setTimeout(() => URL.revokeObjectURL(address), 1000);
  };
})();
