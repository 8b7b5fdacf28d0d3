/** Who writes in a page now: one line per person, never only a colour. */
import { useMe } from "../../api/context.tsx";
import type { PersonRef } from "../../api/types.ts";
import { PersonName } from "../../parts/PersonName.tsx";
import { PersonCircle, personColour } from "../../parts/small.tsx";
import { useText } from "../../text/context.tsx";
import styles from "./Pages.module.css";

type Props = {
  people: readonly PersonRef[];
  /** Said to somebody who reads: «écrit en ce moment», not «écrit aussi». */
  reading?: boolean;
};

export function AlsoWriting({ people, reading }: Props) {
  const { t } = useText();
  const me = useMe();
  return (
    <div aria-live="polite">
      {people
        .filter((person) => person.id !== me.person.id)
        .map((person) => (
          <p key={person.id} className={styles.others} data-colour={personColour(person.id)}>
            <PersonCircle id={person.id} name={person.name} size={28} />
            <span>
              <strong>
                <PersonName person={person} />
              </strong>{" "}
              {t(reading ? "writes-now" : "also-writes", { site: person.site })}
            </span>
          </p>
        ))}
    </div>
  );
}
