/** Finding items by kind and by the day on which they were last changed, in the zone of the device. */
import type { LeavingItem } from "../../api/types.ts";
import { dayOf } from "./stay.ts";

export const kinds = ["all", "page", "post"] as const;

export type Choice = {
  kind: (typeof kinds)[number];
  /** First day, as a date field writes it; empty for no bound. */
  since: string;
  /** Last day, the whole of it; empty for no bound. */
  until: string;
};

export const everything: Choice = { kind: "all", since: "", until: "" };

export function found(items: readonly LeavingItem[], choice: Choice): LeavingItem[] {
  const { kind, since, until } = choice;
  return items.filter((item) => {
    // Days as date fields write them are in the order of their letters.
    const day = dayOf(new Date(item.changedMs));
    return (
      (kind === "all" || item.kind === kind) &&
      (since === "" || day >= since) &&
      (until === "" || day <= until)
    );
  });
}
