/** A person's name, and when she is a partner her organisation with the word that says so. */
import { Handshake } from "lucide-react";
import type { PersonRef } from "../api/types.ts";
import { useText } from "../text/context.tsx";
import styles from "./small.module.css";

/** Stands after the name: an icon and words, so that no colour has to be told apart. */
export function PartnerMark({ organisation }: { organisation?: string }) {
  const { t, shown } = useText();
  return (
    <span className={styles.partner}>
      <Handshake aria-hidden="true" size={18} strokeWidth={1.9} />
      {organisation ? t("partner-of", { organisation: shown(organisation) }) : t("partner")}
    </span>
  );
}

type Props = { person: PersonRef; className?: string };

export function PersonName({ person, className }: Props) {
  const { shown } = useText();
  return (
    <span className={className}>
      {shown(person.name)}
      {person.partner !== undefined && (
        <>
          {" "}
          <PartnerMark organisation={person.partner} />
        </>
      )}
    </span>
  );
}
