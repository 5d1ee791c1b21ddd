// The learner's own code as the engine: which code the address names, and the way back.
(function () {
  "use strict";
  const chainrule = (window.chainrule = window.chainrule || {});
  const { byId } = chainrule;

  async function asked(address) {
    const answer = await fetch(address, { headers: { accept: "application/json" } });
    const found = await answer.json();
    if (!answer.ok) throw new Error(found.error || answer.statusText);
    return found;
  }

  /** The command of the engine that the address names, with a word for people; null for chainrule's. */
  async function named(query) {
    if (query.get("engine") !== "learner") return null;
    const [chapter, mistake] = [query.get("chapter"), query.get("mistake")];
    const found = await asked(mistake ? `/api/gallery/${encodeURIComponent(mistake)}` : `/api/chapters/${encodeURIComponent(chapter || "training")}`);
    const words = mistake ? `code with the mistake “${found.title}”` : `your own code of the chapter “${found.title}”`;
    return { words, command: { do: "engine", name: "learner", ...(chapter ? { chapter } : {}), code: found.code } };
  }

  /** Wire the engine of an app; it is asked for again whenever a run begins anew. */
  chainrule.engine = async (app) => {
    const box = byId("engine");
    byId("engine-back").addEventListener("click", () => {
      app.engine = null;
      box.hidden = true;
      app.send({ do: "engine", name: "chainrule" });
      history.replaceState(null, "", location.pathname + location.hash);
      chainrule.announce("chainrule computes again.");
      byId("play").focus();
    });
    try {
      const found = await named(new URLSearchParams(location.search));
      if (!found) return;
      app.engine = found.command;
      box.hidden = false;
      byId("engine-words").textContent = `Each epoch is computed by ${found.words}.`;
      app.send(found.command);
    } catch (error) {
      app.notice(`The code of the address was not found: ${error.message}`);
    }
  };
})();
