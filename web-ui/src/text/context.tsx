/**
 * The one way texts reach a screen: `useText()` gives `t(key, values)`, the language, and moments
 * in words. No component writes a sentence by itself; a test reads the sources and says so.
 */
import type { FluentBundle, FluentVariable } from "@fluent/bundle";
import { createContext, type ReactNode, useContext, useEffect, useMemo, useState } from "react";
import { bundleNow, loadBundle } from "./bundles.ts";
import * as dates from "./dates.ts";
import { setDeletedName } from "./deleted.ts";
import { elided, type Language, spaced } from "./typography.ts";

export type Values = Record<string, FluentVariable>;

export type Texts = {
  language: Language;
  /** The sentence of a key, spaced for its language. An unknown key shows itself: never blank. */
  t: (key: string, values?: Values) => string;
  /** A text that a person wrote, spaced for display only. */
  shown: (text: string) => string;
  shortWhen: (moment: number | string | Date) => string;
  sentenceWhen: (moment: number | string | Date) => string;
  sinceWhen: (moment: number | string | Date) => string;
  dayWhen: (moment: number | string | Date) => string;
  clock: (moment: number | string | Date) => string;
  today: () => string;
  setLanguage: (language: Language) => void;
};

export function makeTexts(
  language: Language,
  bundle: FluentBundle,
  setLanguage: (language: Language) => void,
): Texts {
  const options = () => ({ now: new Date(), language });
  return {
    language,
    setLanguage,
    t(key, values) {
      const dot = key.indexOf(".");
      const message = bundle.getMessage(dot < 0 ? key : key.slice(0, dot));
      const pattern = dot < 0 ? message?.value : message?.attributes[key.slice(dot + 1)];
      if (!pattern) return key;
      const sentence = bundle.formatPattern(pattern, values, []);
      return spaced(language === "fr" ? elided(sentence) : sentence, language);
    },
    shown: (text) => spaced(text, language),
    shortWhen: (moment) => dates.shortWhen(new Date(moment), options()),
    sentenceWhen: (moment) => dates.sentenceWhen(new Date(moment), options()),
    sinceWhen: (moment) => dates.sinceWhen(new Date(moment), options()),
    dayWhen: (moment) => dates.dayWhen(new Date(moment), options()),
    clock: (moment) => dates.clock(new Date(moment), options()),
    today: () => dates.longDay(options()),
  };
}

const TextContext = createContext<Texts | null>(null);

export function TextProvider({ initial, children }: { initial: Language; children: ReactNode }) {
  const [language, setLanguage] = useState<Language>(() => (bundleNow(initial) ? initial : "fr"));
  const texts = useMemo(() => {
    const change = (next: Language) => void loadBundle(next).then(() => setLanguage(next));
    const bundle = bundleNow(language);
    // French is built with the program, and a language is only set once its bundle is loaded.
    if (!bundle) throw new Error(`texts of ${language} used before they were loaded`);
    const made = makeTexts(language, bundle, change);
    // Before anything below asks the site.
    setDeletedName(made.t("deleted-account"));
    return made;
  }, [language]);
  useEffect(() => {
    document.documentElement.lang = language;
  }, [language]);
  return <TextContext value={texts}>{children}</TextContext>;
}

export function useText(): Texts {
  const texts = useContext(TextContext);
  if (!texts) throw new Error("useText needs a TextProvider above it");
  return texts;
}

/** A sentence with emphasis: `<b>` in the .ftl file becomes strong text, nothing else is markup. */
export function Text({ id, values }: { id: string; values?: Values }) {
  const { t } = useText();
  const pieces = t(id, values).split(/<b>|<\/b>/);
  return (
    <>
      {pieces.map((piece, index) =>
        index % 2 === 1 ? (
          // biome-ignore lint/suspicious/noArrayIndexKey: pieces of one sentence never move
          <strong key={index} className="strong">
            {piece}
          </strong>
        ) : (
          piece
        ),
      )}
    </>
  );
}
