/** «Réglages» of a space, for its managers: name, look, visibility, sections. */
import { type FormEvent, useState } from "react";
import { ApiError } from "../../api/client.ts";
import { useRun } from "../../api/context.tsx";
import type { Section, SpaceDetail } from "../../api/types.ts";
import { FieldMark } from "../../land/Field.tsx";
import { ColourPicker, SymbolPicker } from "../../land/LookPicker.tsx";
import { Button } from "../../parts/Button.tsx";
import { EmptyState, Notice } from "../../parts/small.tsx";
import { TextArea, TextField } from "../../parts/TextField.tsx";
import { useToast } from "../../parts/Toast.tsx";
import { useSpaceDetail } from "../../shell/space.ts";
import { useText } from "../../text/context.tsx";
import { Archive } from "./Archive.tsx";
import { Closing } from "./Closing.tsx";
import styles from "./Form.module.css";
import { useFieldAtFault } from "./field-at-fault.ts";
import { VisibilityChoices } from "./OpenSpaceScreen.tsx";

const sections: readonly Section[] = ["wall", "pages", "messages"];

export default function SettingsTab() {
  const { t } = useText();
  const detail = useSpaceDetail();
  if (!detail) return null;
  if (detail.me !== "manager") {
    return <EmptyState title={t("settings-managers")} text={t("settings-managers-why")} />;
  }
  return (
    <>
      {!detail.closed && <SettingsForm detail={detail} />}
      <Archive space={detail.row.id} />
      <Closing detail={detail} />
    </>
  );
}

function SettingsForm({ detail }: { detail: SpaceDetail }) {
  const { t } = useText();
  const run = useRun();
  const toast = useToast();
  const { row } = detail;
  const [name, setName] = useState(row.name);
  const [description, setDescription] = useState(row.description);
  const [colour, setColour] = useState(row.colour);
  const [symbol, setSymbol] = useState(row.symbol);
  const [visibility, setVisibility] = useState(row.visibility);
  const [shownSections, setSections] = useState(detail.sections);
  const [problem, setProblem] = useState<{ field?: string; text: string } | null>(null);
  const form = useFieldAtFault(problem);

  // Only what was changed is sent: two managers may change two things at the same time.
  const changes = {
    ...(name.trim() !== row.name && { name: name.trim() }),
    ...(description.trim() !== row.description && { description: description.trim() }),
    ...(colour !== row.colour && { colour }),
    ...(symbol !== row.symbol && { symbol }),
    ...(visibility !== row.visibility && { visibility }),
    ...(shownSections.join() !== detail.sections.join() && { sections: shownSections }),
  };
  const changed = Object.keys(changes).length > 0;

  const submit = async (event: FormEvent) => {
    event.preventDefault();
    if (!name.trim()) return setProblem({ field: "name", text: t("open-space-name-missing") });
    setProblem(null);
    try {
      await run({ feature: "space", do: "change", space: row.id, ...changes });
      toast({ text: t("settings-saved") });
    } catch (error) {
      const field = error instanceof ApiError ? error.body.field : undefined;
      setProblem({ field, text: (error as Error).message });
    }
  };
  const toggle = (section: Section) =>
    setSections((now) =>
      sections.filter((each) => (each === section ? !now.includes(each) : now.includes(each))),
    );

  return (
    <form ref={form} className={styles.form} onSubmit={(event) => void submit(event)} noValidate>
      <h2>{t("tab-settings")}</h2>
      <TextField
        label={t("space-name")}
        problem={problem?.field === "name" ? problem.text : undefined}
        value={name}
        onChange={(event) => setName(event.target.value)}
        autoComplete="off"
      />
      <TextArea
        label={t("space-description")}
        help={t("space-description-help")}
        value={description}
        rows={3}
        onChange={(event) => setDescription(event.target.value)}
      />
      <ColourPicker value={colour} onChange={setColour} />
      <SymbolPicker value={symbol} onChange={setSymbol} />
      <p className={styles.preview} data-colour={colour}>
        <FieldMark look={{ colour, symbol, kind: row.kind }} size={64} />
        <strong>{name.trim() || t("open-space-preview")}</strong>
      </p>
      <VisibilityChoices value={visibility} onChange={setVisibility} />
      <fieldset style={{ border: 0, margin: 0, padding: 0 }}>
        <legend className="strong">{t("settings-sections")}</legend>
        {sections.map((section) => (
          <label key={section} className={styles.check}>
            <input
              type="checkbox"
              checked={shownSections.includes(section)}
              onChange={() => toggle(section)}
            />
            {t(`section-${section}`)}
          </label>
        ))}
      </fieldset>
      {problem && problem.field !== "name" && <Notice problem>{problem.text}</Notice>}
      <div className={styles.end}>
        <Button type="submit" variant="primary" widePhone disabled={!changed}>
          {t("settings-save")}
        </Button>
        {!changed && <span className="meta">{t("settings-unchanged")}</span>}
      </div>
    </form>
  );
}
