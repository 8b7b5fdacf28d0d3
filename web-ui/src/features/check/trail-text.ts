/** A decision about rights, and what became of it, as sentences. */
import type { AuditRow } from "../../api/types.ts";
import { useText } from "../../text/context.tsx";

export function useTrailText() {
  const { t } = useText();
  return {
    action: (row: AuditRow) =>
      t("trail-action", {
        action: row.action,
        person: row.person?.name ?? row.aboutSite?.name ?? "",
        site: row.aboutSite?.name ?? "",
        role: row.role ?? "none",
        rights: row.realmRights.map((right) => t("realm-right", { right })).join(", "),
        count: row.count ?? 0,
        reason: row.reason,
      }),
    state: (row: AuditRow) => t("trail-state", { state: row.state, why: row.why ?? "" }),
  };
}
