/** The trail: who gave what to whom, when, by which site, and what became of it. Newest first. */
import { Download, Info } from "lucide-react";
import { useState } from "react";
import type { AuditPage, AuditRow, PersonRef } from "../../api/types.ts";
import { Failure } from "../../app/ErrorScreen.tsx";
import { Button, buttonClass } from "../../parts/Button.tsx";
import { EmptyState, Loading } from "../../parts/small.tsx";
import { SelectField } from "../../parts/TextField.tsx";
import { useText } from "../../text/context.tsx";
import styles from "./Check.module.css";
import { usePages } from "./pages.ts";
import { useTrailText } from "./trail-text.ts";

export function Trail({ path }: { path: string }) {
  const { t } = useText();
  const [person, setPerson] = useState<PersonRef | null>(null);
  const query = person ? `person=${person.id}&limit=50` : "limit=50";
  const view = usePages<AuditRow, AuditPage>(`${path}?${query}`);
  const [known, setKnown] = useState<ReadonlyMap<string, PersonRef>>(new Map());
  const rows = view.data?.pages.flatMap((page) => page.rows) ?? [];
  const people = new Map(known);
  for (const row of rows) {
    for (const each of [row.by, row.person]) if (each) people.set(each.id, each);
  }
  const choose = (id: string) => {
    setKnown(people);
    setPerson(people.get(id) ?? null);
  };
  const sorted = [...people.values()].sort((one, other) => one.name.localeCompare(other.name));
  return (
    <>
      <p className="meta">{t("trail-clock")}</p>
      <div className={styles.tools}>
        <SelectField
          label={t("trail-person")}
          value={person?.id ?? ""}
          onChange={(event) => choose(event.target.value)}
        >
          <option value="">{t("trail-everybody")}</option>
          {sorted.map((each) => (
            <option key={each.id} value={each.id}>
              {each.name}
            </option>
          ))}
        </SelectField>
        {(["csv", "json"] as const).map((form) => (
          <a
            key={form}
            className={buttonClass({})}
            href={`/api/v1${path}.${form}${person ? `?person=${person.id}` : ""}`}
            download
          >
            <Download aria-hidden="true" size={20} strokeWidth={1.9} />
            {t(`trail-export-${form}`)}
          </a>
        ))}
      </div>
      {view.isPending && <Loading />}
      {view.isLoadingError && <Failure error={view.error} onAgain={() => void view.refetch()} />}
      {view.isSuccess && rows.length === 0 && (
        <EmptyState title={t("trail-none")} text={t("trail-none-why")} />
      )}
      <ul>
        {rows.map((row) => (
          <TrailLine key={row.id} row={row} />
        ))}
      </ul>
      {view.hasNextPage && (
        <Button onClick={() => void view.fetchNextPage()}>{t("show-more")}</Button>
      )}
    </>
  );
}

function TrailLine({ row }: { row: AuditRow }) {
  const { t, shown, sentenceWhen } = useText();
  const trail = useTrailText();
  const by = row.root ? t("trail-root") : row.by.name;
  return (
    <li className={styles.line}>
      <p className={styles.name}>{shown(trail.action(row))}</p>
      <p className="meta">
        {shown(t("trail-by", { by, when: sentenceWhen(row.atMs), site: row.site.name }))}
        {row.group !== null &&
          ` · ${shown(t("trail-group", { known: row.group === "" ? "no" : "yes", group: row.group }))}`}
        {row.sponsor && ` · ${shown(t("trail-sponsor", { name: row.sponsor.name }))}`}
        {row.endMs !== null && ` · ${t("trail-until", { when: sentenceWhen(row.endMs) })}`}
      </p>
      {row.reason && <p className="meta">{shown(row.reason)}</p>}
      {row.state !== "counts" && (
        <p className={styles.why}>
          <Info aria-hidden="true" size={20} strokeWidth={1.9} />
          {shown(trail.state(row))}
        </p>
      )}
    </li>
  );
}
