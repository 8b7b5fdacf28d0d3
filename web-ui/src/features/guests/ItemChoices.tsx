/** Which pages and posts are copied: found by kind and by date, then read once more, one by one. */
import { useState } from "react";
import type { LeavingItem } from "../../api/types.ts";
import { Button } from "../../parts/Button.tsx";
import { SelectField, TextField } from "../../parts/TextField.tsx";
import { useText } from "../../text/context.tsx";
import { type Choice, everything, found, kinds } from "./choice.ts";
import styles from "./Guests.module.css";

type Props = {
  items: readonly LeavingItem[];
  chosen: ReadonlySet<string>;
  onChange: (chosen: ReadonlySet<string>) => void;
};

export function ItemChoices({ items, chosen, onChange }: Props) {
  const { t } = useText();
  const [choice, setChoice] = useState<Choice>(everything);
  if (items.length === 0) return <p className="meta">{t("share-nothing")}</p>;
  const shown = found(items, choice);
  const all = shown.length > 0 && shown.every(({ id }) => chosen.has(id));
  const toggleAll = () => {
    const next = new Set(chosen);
    for (const { id } of shown) all ? next.delete(id) : next.add(id);
    onChange(next);
  };
  return (
    <fieldset className={styles.plain}>
      <legend className="strong">{t("share-items")}</legend>
      <p className="meta">{t("share-items-why")}</p>
      <div className={styles.filters}>
        <SelectField
          label={t("share-kind")}
          value={choice.kind}
          onChange={(event) => setChoice({ ...choice, kind: event.target.value as Choice["kind"] })}
        >
          {kinds.map((kind) => (
            <option key={kind} value={kind}>
              {t("share-of-kind", { kind })}
            </option>
          ))}
        </SelectField>
        <TextField
          label={t("share-since")}
          type="date"
          value={choice.since}
          onChange={(event) => setChoice({ ...choice, since: event.target.value })}
        />
        <TextField
          label={t("share-until")}
          type="date"
          value={choice.until}
          onChange={(event) => setChoice({ ...choice, until: event.target.value })}
        />
      </div>
      <div className={styles.end}>
        <Button disabled={shown.length === 0} onClick={toggleAll}>
          {t(all ? "share-none" : "share-all", { count: shown.length })}
        </Button>
        <span className="meta" role="status">
          {t("share-count", { count: chosen.size, of: items.length })}
        </span>
      </div>
      {shown.length === 0 ? (
        <p className="meta">{t("share-none-found")}</p>
      ) : (
        <Checks items={shown} chosen={chosen} onChange={onChange} />
      )}
    </fieldset>
  );
}

/** Exactly what will leave. What is taken out stays in the list, to be put back. */
export function ChosenItems({ items, chosen, onChange }: Props) {
  const { t } = useText();
  const count = (kind: string) =>
    items.filter((item) => item.kind === kind && chosen.has(item.id)).length;
  return (
    <fieldset className={styles.plain}>
      <legend className="strong">{t("share-review")}</legend>
      <p role="status">
        {t("leaving-items", { kind: "page", count: count("page") })}
        {" · "}
        {t("leaving-items", { kind: "post", count: count("post") })}
      </p>
      <p className="meta">{t("share-review-why")}</p>
      <Checks items={items} chosen={chosen} onChange={onChange} />
    </fieldset>
  );
}

function Checks({ items, chosen, onChange }: Props) {
  const { t, shown, sentenceWhen } = useText();
  const toggle = (id: string) => {
    const next = new Set(chosen);
    if (!next.delete(id)) next.add(id);
    onChange(next);
  };
  return (
    <div>
      {items.map(({ id, kind, title, changedMs }) => (
        <label key={id} className={styles.check}>
          <input type="checkbox" checked={chosen.has(id)} onChange={() => toggle(id)} />
          <span>
            {shown(title)}
            <span className="meta">
              {t("item-kind", { kind })}
              {" · "}
              {t("share-changed", { when: sentenceWhen(changedMs) })}
            </span>
          </span>
        </label>
      ))}
    </div>
  );
}
