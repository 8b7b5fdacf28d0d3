/** A person inside a sentence: a partner is named with her organisation. */
import { useCallback } from "react";
import type { PersonRef } from "../api/types.ts";
import { useText } from "./context.tsx";

export function usePersonText(): (person: Pick<PersonRef, "name" | "partner">) => string {
  const { t } = useText();
  return useCallback(
    ({ name, partner }) =>
      partner === undefined ? name : t("partner-named", { name, organisation: partner }),
    [t],
  );
}
