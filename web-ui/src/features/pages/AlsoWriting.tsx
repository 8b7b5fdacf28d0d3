/** «Karim Benali écrit aussi, à Nantes»: one line per person, never only a colour. */
import { useMe } from "../../api/context.tsx";
import type { PersonRef } from "../../api/types.ts";
import { PersonCircle, personColour } from "../../parts/small.tsx";
import { useText } from "../../text/context.tsx";
import styles from "./Pages.module.css";

export function AlsoWriting({ people }: { people: readonly PersonRef[] }) {
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
              <strong>{person.name}</strong> {t("also-writes", { site: person.site })}
            </span>
          </p>
        ))}
    </div>
  );
}
