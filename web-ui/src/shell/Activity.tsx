/** One line of what happened, as a sentence: «Karim Benali a modifié « Plan de phasage »». */
import type { ActivityLine } from "../api/types.ts";
import { useText } from "../text/context.tsx";

export function useActivityText(): (line: ActivityLine) => string {
  const { t, shown } = useText();
  return ({ verb, kind, person, title }) =>
    shown(t("activity", { verb, kind, person: person.name, title }));
}
