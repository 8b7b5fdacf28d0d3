/** One line of what happened, as a sentence: «Karim Benali a modifié « Plan de phasage »». */
import type { ActivityLine } from "../api/types.ts";
import { useText } from "../text/context.tsx";
import { usePersonText } from "../text/names.ts";

export function useActivityText(): (line: ActivityLine) => string {
  const { t, shown } = useText();
  const name = usePersonText();
  return ({ verb, kind, person, title }) =>
    shown(
      // Thanks, messages and comments have no title but their own words; thanks may have none.
      t("activity", { verb, kind, person: name(person), title, reason: title ? "yes" : "no" }),
    );
}
