/**
 * Where a thing is kept: the four saving states of the product, in words, with the three small
 * fields. The same part at the same place on every screen.
 */
import { Clock, Hourglass, TriangleAlert } from "lucide-react";
import type { ReactNode } from "react";
import { useText } from "../text/context.tsx";
import styles from "./small.module.css";

/**
 * `sending`: in this tab only, where the browser keeps nothing. `device`: not yet at the site. `site`: durable on this site only. `sites`: on some others too.
 * `everywhere`: on every site that carries the space. `received`: written at a partner's site, at
 * one of ours, and looked at by none yet. `problem`: refused, with the reason.
 */
export type Saving =
  | { state: "sending" }
  | { state: "device"; count?: number }
  | { state: "site" }
  | { state: "sites"; names: string[] }
  | { state: "everywhere" }
  | { state: "received" }
  | { state: "problem"; text: string };

/** Three small slanted fields, `filled` of them full. Words always follow. */
export function ThreeFields({ filled }: { filled: 0 | 1 | 2 | 3 }) {
  const shapes = ["M1 2.5 7.5 1v13L1 13z", "M9 1l6 .8v12.4L9 14z", "M16.5 1.9 23 1v13l-6.5.3z"];
  return (
    <svg aria-hidden="true" width="24" height="15" viewBox="0 0 24 15">
      {shapes.map((path, index) => (
        <path
          key={path}
          d={path}
          fill={index < filled ? "currentColor" : "none"}
          stroke="currentColor"
          strokeWidth="1.2"
          strokeLinejoin="round"
        />
      ))}
    </svg>
  );
}

function Line({
  tone,
  word,
  mark,
  rest,
}: Record<"tone" | "word", string> & { mark: ReactNode; rest?: string }) {
  return (
    <span className={styles.state}>
      <span className={`${styles.word} ${styles[tone]}`}>
        {mark}
        {word}
      </span>
      {rest && <span data-rest="">{rest}</span>}
    </span>
  );
}

const hourglass = <Hourglass aria-hidden="true" size={19} strokeWidth={1.9} />;

export function SavingState({ saving }: { saving: Saving }) {
  const { t } = useText();
  switch (saving.state) {
    case "sending":
      return <Line tone="waiting" word={t("saving-sending")} mark={hourglass} />;
    case "device":
      return (
        <Line
          tone="waiting"
          word={
            saving.count ? t("saving-device-count", { count: saving.count }) : t("saving-device")
          }
          mark={hourglass}
        />
      );
    case "site":
      return <Line tone="saved" word={t("saving-site")} mark={<ThreeFields filled={1} />} />;
    case "sites":
      return (
        <Line
          tone="saved"
          word={t("saving-saved")}
          mark={<ThreeFields filled={2} />}
          rest={t("saving-on-sites", { count: saving.names.length, names: list(saving.names) })}
        />
      );
    case "everywhere":
      return (
        <Line
          tone="saved"
          word={t("saving-saved")}
          mark={<ThreeFields filled={3} />}
          rest={t("saving-everywhere")}
        />
      );
    case "received":
      return <Line tone="waiting" word={t("saving-received")} mark={hourglass} />;
    case "problem":
      return (
        <Line
          tone="problem"
          word={t("saving-problem", { text: saving.text })}
          mark={<TriangleAlert aria-hidden="true" size={20} strokeWidth={1.9} />}
        />
      );
  }
}

const list = (names: string[]) => new Intl.ListFormat(document.documentElement.lang).format(names);

/** How current this site is: «À jour, dernières nouvelles de Nantes à 8 h 51». */
export function Currency({
  filled,
  word,
  rest,
}: {
  filled: 1 | 2 | 3;
  word: string;
  rest?: string;
}) {
  return <Line tone="saved" word={word} mark={<ThreeFields filled={filled} />} rest={rest} />;
}

/** For the technician only: a site whose news is late, with the time of the last. */
export function LateSite({ text }: { text: string }) {
  return (
    <Line tone="late" word={text} mark={<Clock aria-hidden="true" size={19} strokeWidth={1.9} />} />
  );
}

/** In lists of spaces lateness is normal: ink and muted words, no warning. */
export function KeptAt({ filled, text }: { filled: 1 | 2 | 3; text: string }) {
  return (
    <span className={styles.kept}>
      <span className={filled === 3 ? styles.saved : styles.calm}>
        <ThreeFields filled={filled} />
      </span>
      <span className="meta">{text}</span>
    </span>
  );
}
