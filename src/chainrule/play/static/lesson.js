// The page of a lesson: its parts put together.
(function () {
  "use strict";
  const chainrule = (window.chainrule = window.chainrule || {});
  const { element, byId } = chainrule;
  const name = decodeURIComponent(location.pathname.split("/").filter(Boolean).pop());
  const path = `/api/chapters/${name}`;
  let running = null;

  /** Show a sentence at the top of the page until it is dismissed. */
  chainrule.notice = (sentence) => {
    const box = byId("notice");
    const close = element("button", { type: "button", class: "quiet", onclick: () => { box.hidden = true; } }, "Dismiss");
    box.replaceChildren(element("span", {}, sentence), close);
    box.hidden = false;
  };

  /** Let the keyboard reach what scrolls, and only while it does. */
  function reachable() {
    for (const box of [document.querySelector(".statement"), ...byId("statement").querySelectorAll(".formulas, pre")]) {
      const scrolls = box.scrollWidth > box.clientWidth + 1 || box.scrollHeight > box.clientHeight + 1;
      if (scrolls) box.setAttribute("tabindex", "0");
      else box.removeAttribute("tabindex");
    }
  }

  async function refresh() {
    chainrule.showChapters(await chainrule.get("/api/chapters"), name);
  }

  function busy(words) {
    for (const id of ["check", "run", "reset"]) byId(id).disabled = Boolean(words);
    byId("stop").hidden = !words;
    byId("busy").textContent = words;
    if (words) chainrule.announce(words);
  }

  function end(work) {
    if (running !== work) return;
    running = null;
    busy("");
  }

  /** Save, then have the server do something that lasts; its result goes to `show`. */
  async function work(what, words, editor, show, card) {
    if (running) return;
    const mine = (running = new AbortController());
    const focused = document.activeElement;
    busy(words);
    try {
      await editor.save();
      const code = editor.code;
      const found = await chainrule.post(`${path}/${what}`, { code, version: editor.version }, mine.signal);
      editor.took(code, found.version);
      end(mine);  // before the result is shown, or a key pressed on seeing it would do nothing
      chainrule.announce(show(found, editor));
      byId(card).scrollIntoView({ block: "nearest" });
      await refresh();
      if (found.passed) showNext();
    } catch (error) {
      if (error.name === "AbortError") chainrule.announce("Stopped.");
      else chainrule.notice(error.message);
    } finally {
      end(mine);
      if (focused && focused.isConnected && document.activeElement === document.body) focused.focus();
    }
  }

  function showNext() {
    byId("next-card").hidden = false;
  }

  async function startOver(lesson, editor) {
    const choice = await chainrule.choose("Start over?", [`${lesson.file} gets its beginning back. Your file is kept in the folder “old”.`], [["yes", "Start over", "danger"], ["", "Keep on", "primary"]]);
    if (choice !== "yes") return;
    await editor.save();
    const put = await chainrule.post(`${path}/reset`);
    editor.show(put.code, put.version);
    byId("verdict-card").hidden = byId("run-card").hidden = true;
    byId("hints").replaceChildren();
    chainrule.announce(put.kept ? `The starter code is back; yours is kept as ${put.kept}.` : "The starter code is back.");
    await refresh();
  }

  async function begin() {
    const lesson = await chainrule.get(path);
    document.title = `${lesson.number} · ${lesson.title} · chainrule`;
    byId("title").textContent = `${lesson.number} · ${lesson.title}`;
    byId("file").textContent = lesson.file;
    byId("file").title = lesson.path;
    chainrule.serverHtml(byId("statement"), lesson.statement);
    new ResizeObserver(reachable).observe(byId("statement"));
    addEventListener("resize", reachable);
    byId("next").textContent = lesson.next;
    if (lesson.following) byId("following").replaceChildren(element("a", { class: "button primary", href: `/learn/${lesson.following.name}` }, `Next chapter: ${lesson.following.title}`));
    if (lesson.progress.passed) showNext();
    if (lesson.trouble) chainrule.notice(lesson.trouble);
    const editor = chainrule.codeEditor(lesson, path);
    const check = () => work("check", "Checking …", editor, chainrule.showVerdict, "verdict-card");
    const run = () => work("run", "Running …", editor, chainrule.showRun, "run-card");
    byId("check").addEventListener("click", check);
    byId("run").addEventListener("click", run);
    byId("stop").addEventListener("click", () => running && running.abort());
    byId("reset").addEventListener("click", () => startOver(lesson, editor).catch((error) => chainrule.notice(error.message)));
    document.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey) || byId("question-dialog").open) return;
      event.preventDefault();
      if (event.shiftKey) check();
      else run();
    });
    const drives = ["training", "minibatches"].includes(name);
    byId("drive").hidden = !drives;
    byId("drive").href = `/playground?engine=learner&chapter=${name}`;
    byId("drive").addEventListener("click", () => { editor.save().catch(() => {}); });
    chainrule.help(lesson, path, editor, refresh);
    chainrule.lesson = { editor };
    await refresh();
  }

  begin().catch((error) => chainrule.notice(error.message));
})();
