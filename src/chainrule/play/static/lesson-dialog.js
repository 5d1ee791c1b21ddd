// A question with buttons; the focus goes back to where it was.
(function () {
  "use strict";
  const chainrule = (window.chainrule = window.chainrule || {});
  const { element, byId } = chainrule;

  /** Ask with a dialog; resolves to the chosen value, "" for Escape. choices: [[value, words, look], …]. */
  chainrule.choose = (title, body, choices) =>
    new Promise((resolve) => {
      const dialog = byId("question-dialog");
      byId("dialog-title").textContent = title;
      byId("dialog-body").replaceChildren(...body.map((part) => (typeof part === "string" ? element("p", {}, part) : part)));
      byId("dialog-buttons").replaceChildren(
        ...choices.map(([value, words, look]) => element("button", { value, class: look || "" }, words)),
      );
      dialog.returnValue = "";
      dialog.addEventListener("close", () => resolve(dialog.returnValue), { once: true });
      dialog.showModal();
    });
})();
