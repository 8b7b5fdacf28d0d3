/** What others did to my account: another home site, a new password. Always said on the profile. */
import { useState } from "react";
import { useMe } from "../api/context.tsx";
import type { Me } from "../api/types.ts";
import { rememberSeen, wasSeen } from "../app/preferences.ts";
import { Button } from "../parts/Button.tsx";
import { Notice } from "../parts/small.tsx";
import { useText } from "../text/context.tsx";
import styles from "./DoneToMe.module.css";

type Done = { key: string; sentence: string };

function useDone(): Done[] {
  const { t, shown, sentenceWhen } = useText();
  const me = useMe();
  const done = (what: "moved" | "let-in", told: Me["moved"]): Done[] =>
    told === null
      ? []
      : [
          {
            key: `${me.person.id} ${what} ${told.atMs}`,
            sentence: t(`profile-${what}`, {
              by: shown(told.by),
              site: shown(me.person.site),
              when: sentenceWhen(told.atMs),
            }),
          },
        ];
  return [...done("moved", me.moved), ...done("let-in", me.letIn)];
}

/** On the profile, for good. */
export function DoneToMe() {
  const done = useDone();
  if (done.length === 0) return null;
  return (
    <ul>
      {done.map(({ key, sentence }) => (
        <li key={key}>{sentence}</li>
      ))}
    </ul>
  );
}

/** Where a person begins her day: once on each device, until she says that she has read it. */
export function NewlyDoneToMe() {
  const { t } = useText();
  const all = useDone();
  const [read, setRead] = useState<ReadonlySet<string>>(new Set());
  const done = all.filter(({ key }) => !read.has(key) && !wasSeen(key));
  if (done.length === 0) return null;
  const understood = (key: string) => {
    rememberSeen(key);
    setRead(new Set([...read, key]));
  };
  return (
    <div className={styles.done}>
      {done.map(({ key, sentence }) => (
        <Notice key={key}>
          <p>{sentence}</p>
          <Button onClick={() => understood(key)}>{t("profile-done-read")}</Button>
        </Notice>
      ))}
    </div>
  );
}
