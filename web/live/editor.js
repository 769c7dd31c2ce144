// CodeMirror with Python, set up for a page: loaded when a reader first edits a cell.
import { indentWithTab } from "@codemirror/commands";
import { python } from "@codemirror/lang-python";
import { HighlightStyle, indentUnit, syntaxHighlighting } from "@codemirror/language";
import { EditorState, Prec } from "@codemirror/state";
import { EditorView, keymap } from "@codemirror/view";
import { tags } from "@lezer/highlight";
import { minimalSetup } from "codemirror";

// Colors come from the style sheet, which knows light and dark.
const colors = HighlightStyle.define([
  { tag: [tags.keyword, tags.operatorKeyword, tags.modifier, tags.bool, tags.null], class: "code-keyword" },
  { tag: [tags.string, tags.special(tags.string)], class: "code-string" },
  { tag: [tags.number], class: "code-number" },
  { tag: [tags.comment], class: "code-comment" },
  { tag: [tags.definition(tags.variableName), tags.definition(tags.function(tags.variableName))], class: "code-defined" },
]);

/**
 * Make an editor.
 * @param {object} options `parent`, `text`, `label`, `onChange(text)`, `onRun(next)`, `onLeave()`
 */
export function makeEditor({ parent, text, label, onChange, onRun, onLeave }) {
  const run = (next) => () => {
    onRun(next);
    return true;
  };
  const leave = () => {
    onLeave();
    return true;
  };
  const view = new EditorView({
    parent,
    state: EditorState.create({
      doc: text,
      extensions: [
        Prec.highest(
          keymap.of([
            { key: "Shift-Enter", run: run(true) },
            { key: "Mod-Enter", run: run(false) },
            { key: "Escape", run: leave },
          ]),
        ),
        minimalSetup,
        keymap.of([indentWithTab]),
        indentUnit.of("    "),
        python(),
        syntaxHighlighting(colors),
        EditorView.lineWrapping,
        EditorView.contentAttributes.of({ "aria-label": label, "aria-describedby": "mlm-editor-keys" }),
        EditorView.updateListener.of((update) => {
          if (update.docChanged) onChange(update.state.doc.toString());
        }),
      ],
    }),
  });
  return {
    focus: () => view.focus(),
    get text() {
      return view.state.doc.toString();
    },
    set text(value) {
      view.dispatch({ changes: { from: 0, to: view.state.doc.length, insert: value } });
    },
    remove: () => view.destroy(),
  };
}
