// The editor, and the learner's file: saved by itself, never over another program's change unasked.
(function () {
  "use strict";
  const chainrule = (window.chainrule = window.chainrule || {});
  const { element, byId } = chainrule;
  const PAUSE = 700; // milliseconds without typing, then the file is saved
  const LOOK = 4000; // milliseconds from one look at the file to the next

  /** A textarea with the interface of the editor, where the editor's script is missing. */
  function plainEditor(parent, { doc, onChange, label }) {
    const area = element("textarea", { rows: "24", spellcheck: "false", "aria-label": label });
    area.value = doc;
    area.addEventListener("input", () => onChange(area.value));
    parent.append(area);
    const put = (text) => { area.value = text; onChange(text); };
    return {
      get: () => area.value, set: put, replace: put, focus: () => area.focus(), mark: () => {},
      goToLine: (number) => {
        const before = area.value.split("\n").slice(0, number - 1).join("\n").length;
        area.focus();
        area.setSelectionRange(before + 1, before + 1);
      },
    };
  }

  /** Make the editor of a lesson; returns {code, saved, save(), show(code, version), mark(), goToLine(), focus()}. */
  chainrule.codeEditor = (lesson, path) => {
    const state = byId("saved");
    let version = lesson.version;
    let kept = lesson.code;
    let timer = 0;
    let saving = null;
    let asking = false;
    const make = window.chainruleEditor ? window.chainruleEditor.create : plainEditor;
    const nonce = document.querySelector('meta[name="csp-nonce"]').content;
    const editor = make(byId("code"), { doc: lesson.code, nonce, onChange: changed, label: `Python code of ${lesson.file}` });

    function say(words, kind) {
      if (state.textContent === words) return;
      state.textContent = words;
      state.dataset.kind = kind || "";
      if (kind === "bad") chainrule.announce(`${lesson.file}: ${words}`);
    }

    function changed() {
      if (editor.get() === kept) return;
      say("not saved yet");
      clearTimeout(timer);
      timer = setTimeout(() => save().catch(() => {}), PAUSE);
      if (api.onEdit) api.onEdit();
    }

    /** Save what is in the editor; resolves once it is on the disk, or the learner chose otherwise. */
    async function save() {
      clearTimeout(timer);
      while (saving) await saving.catch(() => {});
      if (editor.get() === kept) return;
      saving = put(false);
      try {
        await saving;
      } finally {
        saving = null;
      }
    }

    async function put(replace) {
      const code = editor.get();
      try {
        const answer = await chainrule.post(`${path}/save`, { code, version, replace });
        took(code, answer.version);
      } catch (error) {
        if (error.status !== 409 || !("version" in error.body)) {
          say(`not saved: ${error.message}`, "bad");
          throw error;
        }
        if (!(await settle(error.body))) throw error;
      }
    }

    function took(code, newVersion) {
      version = newVersion;
      kept = code;
      say(editor.get() === code ? "saved" : "not saved yet");
    }

    /** Ask which of two codes stays; the other one is never lost. True once one is settled. */
    async function settle(there) {
      if (asking) return false;
      asking = true;
      const theirs = there.code === null ? "It cannot be shown here: " + (there.trouble || "the file was removed.") : "";
      const choices = [["mine", "Keep this page's code"], ["", "Decide later"]];
      if (there.code !== null) choices.unshift(["theirs", "Take the file's code", "primary"]);
      const choice = await chainrule.choose(
        `${lesson.file} was changed by another program`,
        [`The file on the disk differs from what this page last saw. ${theirs}`, "Nothing is lost: the file's code is kept in the folder “old” if you keep this page's, and undo brings this page's back if you take the file's."],
        choices,
      );
      asking = false;
      if (choice === "mine") {
        version = there.version;
        await put(true);
        return true;
      }
      if (choice === "theirs") {
        kept = there.code;
        version = there.version;
        editor.replace(there.code);
        say("the file's code");
        return true;
      }
      say("not saved: the file was changed by another program", "bad");
      return false;
    }

    /** See whether another program has changed the file. */
    async function look() {
      if (asking || saving || document.hidden) return;
      const there = await chainrule.get(`${path}/file`).catch(() => null);
      if (!there || saving || asking || there.version === version || there.version === "") return;
      if (there.code === editor.get()) { took(there.code, there.version); return; }
      if (editor.get() === kept && there.code !== null) {
        kept = there.code;
        version = there.version;
        editor.replace(there.code);
        say("taken from the file, which another program changed");
        chainrule.announce(`${lesson.file} was changed by another program; the editor shows the new code.`);
        return;
      }
      await settle(there).catch(() => {});
    }

    const api = {
      onEdit: null,
      get code() { return editor.get(); },
      get version() { return version; },
      save,
      took,
      look,
      show: (code, newVersion) => {
        kept = code;
        version = newVersion;
        editor.replace(code);
        editor.mark([]);
        say("");
      },
      mark: (lines) => editor.mark(lines),
      goToLine: (line) => editor.goToLine(line),
      focus: () => editor.focus(),
    };
    setInterval(look, LOOK);
    addEventListener("focus", look);
    addEventListener("beforeunload", (event) => {
      if (editor.get() === kept) return;
      save().catch(() => {});
      event.preventDefault();
    });
    document.addEventListener("visibilitychange", () => { if (document.hidden) save().catch(() => {}); });
    return api;
  };
})();
