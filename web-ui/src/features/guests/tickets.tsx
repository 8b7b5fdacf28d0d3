/** A ticket after it was handed over: asked about until it is used, then the words to compare. */
import { useQueryClient } from "@tanstack/react-query";
import { useEffect } from "react";
import { Text, useText } from "../../text/context.tsx";
import styles from "./Guests.module.css";

/** Nothing tells a browser that a ticket was used: the list is asked again while one is open. */
const askedAgainMs = 3_000;

export function useAskedAgain(space: string, waiting: boolean): void {
  const cache = useQueryClient();
  useEffect(() => {
    if (!waiting) return;
    const again = () => void cache.invalidateQueries({ queryKey: [`/spaces/${space}/guests`] });
    const timer = setInterval(again, askedAgainMs);
    return () => clearInterval(timer);
  }, [cache, space, waiting]);
}

/** To be read aloud on the telephone, and why. */
export function SixWords({ site, words }: { site: string; words: string }) {
  const { t, shown } = useText();
  return (
    <div>
      <p>
        <Text id="words-of" values={{ site: shown(site) }} />
      </p>
      <ol className={styles.words} aria-label={t("words-label")}>
        {words.split(" ").map((word, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: six words in their order, one may come twice
          <li key={index}>{word}</li>
        ))}
      </ol>
      <p className="meta">{t("words-differ")}</p>
    </div>
  );
}
