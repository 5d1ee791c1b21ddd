// The editor of the lessons: CodeMirror with Python, as the one global `chainruleEditor`.
import { EditorState, StateEffect, StateField } from "@codemirror/state";
import {
  Decoration, EditorView, drawSelection, highlightActiveLine, highlightActiveLineGutter, keymap, lineNumbers,
} from "@codemirror/view";
import { defaultKeymap, history, historyKeymap, indentWithTab } from "@codemirror/commands";
import {
  HighlightStyle, bracketMatching, indentOnInput, indentUnit, syntaxHighlighting,
} from "@codemirror/language";
import { python } from "@codemirror/lang-python";
import { search, searchKeymap } from "@codemirror/search";
import { tags } from "@lezer/highlight";

const KEY_OF_THE_PAGE = "Mod-Enter"; // runs the code; to the editor it would be a new line
const HELP = "Tab indents. To leave the editor, press Escape, then Tab.";

// Colours, light and dark: a page's own --code-NAME, or else these, with a contrast of 4.5 on
// --surface and on the line of the cursor.
const COLOURS = {
  keyword: ["#8a1c7c", "#e5a0df"],
  string: ["#0b6b3a", "#8fd6a0"],
  number: ["#0a58a8", "#8ab8f5"],
  comment: ["#565e6b", "#a6aeba"],
  name: ["#7a4600", "#e0b878"],
};
const colour = (name) => `var(--code-${name}, light-dark(${COLOURS[name].join(", ")}))`;

const tokens = HighlightStyle.define([
  { tag: [tags.keyword, tags.operatorKeyword, tags.bool, tags.null], color: colour("keyword") },
  { tag: [tags.string, tags.special(tags.string)], color: colour("string") },
  { tag: tags.number, color: colour("number") },
  { tag: tags.comment, color: colour("comment"), fontStyle: "italic" },
  {
    tag: [
      tags.definition(tags.className),
      tags.definition(tags.function(tags.variableName)),
      tags.function(tags.definition(tags.variableName)),
    ],
    color: colour("name"),
  },
]);

const look = EditorView.theme({
  "&": {
    color: "var(--ink, CanvasText)",
    backgroundColor: "var(--surface, Canvas)",
    fontSize: "inherit",
    height: "100%",
  },
  "&.cm-focused": { outline: "2px solid var(--focus, Highlight)", outlineOffset: "1px" },
  ".cm-scroller": { fontFamily: "var(--mono, monospace)", lineHeight: "1.5" },
  ".cm-content": { caretColor: "var(--ink, CanvasText)" },
  ".cm-cursor, .cm-dropCursor": { borderLeftColor: "var(--ink, CanvasText)" },
  ".cm-gutters": {
    color: "var(--ink-soft, GrayText)",
    backgroundColor: "var(--sunken, Canvas)",
    borderRight: "1px solid var(--line, GrayText)",
  },
  ".cm-activeLine, .cm-activeLineGutter": {
    backgroundColor: "color-mix(in srgb, var(--accent, Highlight) 8%, transparent)",
  },
  "&.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground, .cm-selectionBackground": {
    backgroundColor: "color-mix(in srgb, var(--accent, Highlight) 28%, transparent)",
  },
  "&.cm-focused .cm-matchingBracket, &.cm-focused .cm-nonmatchingBracket": {
    backgroundColor: "transparent",
    outline: "1px solid var(--ink-soft, GrayText)",
  },
  ".marked-line": {
    backgroundColor: "var(--negative-soft, Mark)",
    boxShadow: "inset 3px 0 var(--negative, Highlight)",
  },
  ".cm-searchMatch": {
    backgroundColor: "color-mix(in srgb, var(--accent, Highlight) 20%, transparent)",
    outline: "1px solid var(--accent, Highlight)",
  },
  ".cm-panels": {
    color: "var(--ink, CanvasText)",
    backgroundColor: "var(--sunken, Canvas)",
    borderColor: "var(--line, GrayText)",
  },
  ".cm-panel input, .cm-panel button": {
    color: "inherit",
    background: "var(--surface, Canvas)",
    border: "1px solid var(--line-strong, GrayText)",
  },
});

// After Escape the Tab key moves the focus, until something is typed or the editor is left.
const leaving = [
  keymap.of([{ key: "Escape", run: (view) => (view.setTabFocusMode(true), false) }]),
  EditorView.domEventHandlers({ blur: (event, view) => void view.setTabFocusMode(false) }),
  EditorView.updateListener.of((update) => {
    if (update.docChanged) update.view.setTabFocusMode(false);
  }),
];

// Marked lines: where a finding points. A mark moves with its line.
const markLines = StateEffect.define();
const lineMark = Decoration.line({ class: "marked-line" });
const marks = StateField.define({
  create: () => Decoration.none,
  update(found, change) {
    found = found.map(change.changes);
    for (const effect of change.effects) if (effect.is(markLines)) found = Decoration.set(effect.value);
    return found;
  },
  provide: (field) => EditorView.decorations.from(field),
});

let made = 0;

function describe(parent) {
  const help = document.createElement("p");
  help.id = `editor-help-${++made}`;
  help.className = "editor-help";
  help.textContent = HELP;
  parent.append(help);
  return help.id;
}

// Fill an element with an editor. Options: doc (text), nonce (of the page's styles), onChange (called
// with the text), label (read by screen readers).
export function create(parent, { doc = "", nonce = "", onChange = () => {}, label = "Code" } = {}) {
  const box = document.createElement("div");
  box.className = "editor-box";
  parent.append(box);
  const extensions = [
    nonce ? EditorView.cspNonce.of(nonce) : [],
    lineNumbers(),
    highlightActiveLineGutter(),
    highlightActiveLine(),
    history(),
    drawSelection(),
    indentOnInput(),
    bracketMatching(),
    search({ top: true }),
    python(),
    indentUnit.of("    "),
    EditorState.tabSize.of(4),
    syntaxHighlighting(tokens),
    look,
    leaving,
    marks,
    keymap.of([
      ...searchKeymap,
      ...defaultKeymap.filter((binding) => binding.key !== KEY_OF_THE_PAGE),
      ...historyKeymap,
      indentWithTab,
    ]),
    EditorView.contentAttributes.of({
      "aria-label": label,
      tabindex: "0", // contenteditable is focusable without, which not every tool knows
      "aria-describedby": describe(parent),
      spellcheck: "false",
      autocorrect: "off",
      autocapitalize: "off",
    }),
    EditorView.updateListener.of((update) => {
      if (update.docChanged) onChange(update.state.doc.toString());
    }),
  ];
  const view = new EditorView({ doc, extensions, parent: box });
  return {
    get: () => view.state.doc.toString(),
    set: (text) => view.setState(EditorState.create({ doc: text, extensions })),
    replace: (text) => view.dispatch({ changes: { from: 0, to: view.state.doc.length, insert: text } }),
    mark: (numbers) => {
      const { doc: text } = view.state;
      const lines = [...new Set(numbers)].filter((number) => number >= 1 && number <= text.lines);
      const found = lines.sort((a, b) => a - b).map((number) => lineMark.range(text.line(number).from));
      view.dispatch({ effects: markLines.of(found) });
      if (!found.length) return;
      const { top } = view.lineBlockAt(found[0].from); // the page itself is not scrolled
      view.scrollDOM.scrollTo(0, top - view.scrollDOM.clientHeight / 2);
    },
    focus: () => view.focus(),
    goToLine: (number) => {
      const { doc: text } = view.state;
      const line = text.line(Math.min(Math.max(1, number), text.lines));
      view.dispatch({
        selection: { anchor: line.from },
        effects: EditorView.scrollIntoView(line.from, { y: "center" }),
      });
      view.focus();
    },
  };
}
