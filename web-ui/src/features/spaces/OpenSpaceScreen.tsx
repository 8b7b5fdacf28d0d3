/** «Ouvrir un espace»: kind, template, name, look and visibility, with the field as it will be. */

import { type FormEvent, useState } from "react";
import { ApiError } from "../../api/client.ts";
import { useMe, useRun, useView } from "../../api/context.tsx";
import type { Colour, Rows, SpaceKind, Template, Visibility } from "../../api/types.ts";
import { FieldMark, FurrowSample } from "../../land/Field.tsx";
import { Choices, ColourPicker, SymbolPicker } from "../../land/LookPicker.tsx";
import { Button } from "../../parts/Button.tsx";
import { EmptyState, Notice } from "../../parts/small.tsx";
import { SelectField, TextArea, TextField } from "../../parts/TextField.tsx";
import { useNavigate } from "../../shell/routing.tsx";
import { Screen } from "../../shell/Screen.tsx";
import { useText } from "../../text/context.tsx";
import styles from "./Form.module.css";
import { useFieldAtFault } from "./field-at-fault.ts";

const openable: readonly SpaceKind[] = ["project", "team", "practice"];
export const visibilities: readonly Visibility[] = ["open", "request", "hidden"];

export default function OpenSpaceScreen() {
  const { t } = useText();
  const me = useMe();
  return (
    <Screen title={t("spaces-open")} back={{ to: "/espaces", text: t("spaces-title") }}>
      {me.rights.openSpaces ? (
        <OpenSpaceForm />
      ) : (
        <EmptyState title={t("open-space-no-right")} text={t("open-space-no-right-why")} />
      )}
    </Screen>
  );
}

function OpenSpaceForm() {
  const { t, shown } = useText();
  const run = useRun();
  const navigate = useNavigate();
  const templates = useView<Rows<Template>>("/templates").data?.rows ?? [];
  const [kind, setKind] = useState<SpaceKind>("project");
  const [template, setTemplate] = useState("");
  const [name, setName] = useState("");
  const [description, setDescription] = useState("");
  const [colour, setColour] = useState<Colour>("haie");
  const [symbol, setSymbol] = useState("house");
  const [visibility, setVisibility] = useState<Visibility>("open");
  const [problem, setProblem] = useState<{ field?: string; text: string } | null>(null);
  const form = useFieldAtFault(problem);
  const [sending, setSending] = useState(false);
  const ofKind = templates.filter((row) => row.kind === kind);
  const chosen = ofKind.find((row) => row.id === template) ?? ofKind[0];

  const submit = async (event: FormEvent) => {
    event.preventDefault();
    if (!name.trim()) return setProblem({ field: "name", text: t("open-space-name-missing") });
    if (!chosen) return setProblem({ field: "template", text: t("open-space-template-missing") });
    setProblem(null);
    setSending(true);
    try {
      const answer = await run({
        feature: "space",
        do: "open",
        kind,
        template: chosen.id,
        name: name.trim(),
        colour,
        symbol,
        visibility,
        description: description.trim(),
      });
      navigate(answer.space ? `/espaces/${answer.space}` : "/espaces");
    } catch (error) {
      setSending(false);
      const field = error instanceof ApiError ? error.body.field : undefined;
      setProblem({ field, text: (error as Error).message });
    }
  };
  const problemOf = (field: string) => (problem?.field === field ? problem.text : undefined);
  const otherProblem =
    problem && !["name", "template", "description"].includes(problem.field ?? "");

  return (
    <form ref={form} className={styles.form} onSubmit={(event) => void submit(event)} noValidate>
      <Choices legend={t("open-space-kind")} values={openable} value={kind} onChange={setKind} wide>
        {(each) => (
          <span>
            <FurrowSample kind={each} /> {t("space-kind", { kind: each })}
            <small>{t(`kind-${each}-why`)}</small>
          </span>
        )}
      </Choices>
      <SelectField
        label={t("open-space-template")}
        help={chosen && shown(chosen.description)}
        problem={problemOf("template")}
        value={chosen?.id ?? ""}
        onChange={(event) => setTemplate(event.target.value)}
      >
        {ofKind.map((row) => (
          <option key={row.id} value={row.id}>
            {row.name}
          </option>
        ))}
      </SelectField>
      <TextField
        label={t("space-name")}
        problem={problemOf("name")}
        value={name}
        onChange={(event) => setName(event.target.value)}
        autoComplete="off"
        required
      />
      <TextArea
        label={t("space-description")}
        help={t("space-description-help")}
        problem={problemOf("description")}
        value={description}
        rows={3}
        onChange={(event) => setDescription(event.target.value)}
      />
      <ColourPicker value={colour} onChange={setColour} />
      <SymbolPicker value={symbol} onChange={setSymbol} />
      <p className={styles.preview} data-colour={colour}>
        <FieldMark look={{ colour, symbol, kind }} size={64} />
        <strong>{name.trim() || t("open-space-preview")}</strong>
      </p>
      <VisibilityChoices value={visibility} onChange={setVisibility} />
      {otherProblem && <Notice problem>{problem.text}</Notice>}
      <div className={styles.end}>
        <Button type="submit" variant="primary" widePhone disabled={sending}>
          {t("open-space-do")}
        </Button>
        {sending && <span className="meta">{t("saving-sending")}</span>}
      </div>
    </form>
  );
}

type VisibilityProps = { value: Visibility; onChange: (value: Visibility) => void };

export function VisibilityChoices({ value, onChange }: VisibilityProps) {
  const { t } = useText();
  return (
    <Choices
      legend={t("space-visibility")}
      values={visibilities}
      value={value}
      onChange={onChange}
      wide
    >
      {(each) => (
        <span>
          {t(`visibility-${each}`)}
          <small>{t(`visibility-${each}-why`)}</small>
        </span>
      )}
    </Choices>
  );
}
