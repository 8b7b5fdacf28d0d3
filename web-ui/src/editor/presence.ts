/**
 * Where the others are: their caret with their name, and what they have selected.
 *
 * Cursors are automerge cursors and are looked up at every change of the text, so that a caret
 * whose characters have not arrived yet appears when they do. The label stays while a person
 * writes or moves, and rests after a while; the names also stand under the title.
 */
import type { Node } from "prosemirror-model";
import { Plugin } from "prosemirror-state";
import { Decoration, DecorationSet, type EditorView } from "prosemirror-view";

export interface Person {
  id: string;
  /** As shown: «Karim, à Nantes». */
  name: string;
  color: { field: string; strong: string };
  anchor: string;
  head: string;
}

/** After this long without a move, a label makes room for the text below it. */
const LABEL_REST_MS = 8_000;

export interface Presence {
  plugin: Plugin;
  setPeople(people: readonly Person[]): void;
  destroy(): void;
}

interface Place {
  person: Person;
  movedAt: number;
}

/** `readScreen` is called before anything is drawn anew. */
export function createPresence(
  positionOf: (cursor: string) => number | null,
  readScreen: () => void,
): Presence {
  let places: Place[] = [];
  let shown: { doc: Node; places: Place[]; set: DecorationSet } | undefined;
  let view: EditorView | undefined;
  let resting: ReturnType<typeof setTimeout> | undefined;

  const refresh = () => {
    shown = undefined;
    if (view === undefined || view.isDestroyed) return;
    readScreen();
    view.updateState(view.state);
  };

  const plugin = new Plugin({
    view(editorView) {
      view = editorView;
      return {
        destroy() {
          view = undefined;
        },
      };
    },
    props: {
      decorations({ doc }) {
        if (shown === undefined || shown.doc !== doc || shown.places !== places) {
          shown = { doc, places, set: decorate(doc, places, positionOf) };
        }
        return shown.set;
      },
    },
  });

  return {
    plugin,
    setPeople(people) {
      const now = Date.now();
      const before = new Map(places.map((place) => [place.person.id, place]));
      places = people.map((person) => {
        const last = before.get(person.id);
        const still = last?.person.head === person.head && last.person.anchor === person.anchor;
        return { person, movedAt: still ? last.movedAt : now };
      });
      clearTimeout(resting);
      if (places.length > 0) resting = setTimeout(refresh, LABEL_REST_MS + 50);
      refresh();
    },
    destroy() {
      clearTimeout(resting);
    },
  };
}

function decorate(
  doc: Node,
  places: readonly Place[],
  positionOf: (cursor: string) => number | null,
): DecorationSet {
  const decorations: Decoration[] = [];
  for (const { person, movedAt } of places) {
    const head = positionOf(person.head);
    const anchor = positionOf(person.anchor);
    if (head === null || anchor === null) continue;
    const style = `--person-field: ${color(person.color.field)}; --person-strong: ${color(person.color.strong)}`;
    if (head !== anchor) {
      decorations.push(
        Decoration.inline(Math.min(head, anchor), Math.max(head, anchor), {
          class: "person-selection",
          style,
        }),
      );
    }
    const rests = Date.now() - movedAt > LABEL_REST_MS;
    decorations.push(
      Decoration.widget(head, () => caret(person.name, style, rests), {
        key: `${person.id} ${person.name} ${style} ${rests}`,
        side: 10,
        ignoreSelection: true,
      }),
    );
  }
  return DecorationSet.create(doc, decorations);
}

/** Colours arrive from outside and go into a declaration: nothing may end it early. */
function color(value: string): string {
  return /^[#\w(),.% -]+$/.test(value) ? value : "currentcolor";
}

/** For the eye only: a screen reader would read it in the middle of the text. */
function caret(name: string, style: string, rests: boolean): HTMLElement {
  const element = document.createElement("span");
  element.className = rests ? "person-caret person-rests" : "person-caret";
  // Not an attribute: the site's content policy refuses style attributes.
  element.style.cssText = style;
  element.setAttribute("aria-hidden", "true");
  const label = document.createElement("span");
  label.className = "person-label";
  label.textContent = name;
  element.append(label);
  return element;
}
