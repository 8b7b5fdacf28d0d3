/** Radio groups for what a space looks like. Native radios: arrows and forms work by themselves. */
import { type ReactNode, useId } from "react";
import type { Colour } from "../api/types.ts";
import { useText } from "../text/context.tsx";
import { Swatch } from "./Field.tsx";
import styles from "./LookPicker.module.css";
import { symbolIcon, symbolNames } from "./symbols.ts";

export const colours: readonly Colour[] = [
  "haie",
  "ajonc",
  "brique",
  "pommier",
  "bruyere",
  "loire",
  "ardoise",
  "sarrasin",
];

type ChoicesProps<Value extends string> = {
  legend: string;
  values: readonly Value[];
  value: Value;
  onChange: (value: Value) => void;
  wide?: boolean;
  children: (value: Value) => ReactNode;
};

/** One choice among a few, all of them in view. */
export function Choices<Value extends string>(props: ChoicesProps<Value>) {
  const { legend, values, value, onChange, wide, children } = props;
  const name = useId();
  return (
    <fieldset className={styles.group}>
      <legend>{legend}</legend>
      <div className={styles.grid}>
        {values.map((each) => (
          <label key={each} className={wide ? `${styles.choice} ${styles.wide}` : styles.choice}>
            <input
              type="radio"
              name={name}
              value={each}
              checked={each === value}
              onChange={() => onChange(each)}
            />
            {children(each)}
          </label>
        ))}
      </div>
    </fieldset>
  );
}

type PickerProps<Value> = { value: Value; onChange: (value: Value) => void };

export function ColourPicker({ value, onChange }: PickerProps<Colour>) {
  const { t } = useText();
  return (
    <Choices legend={t("look-colour")} values={colours} value={value} onChange={onChange}>
      {(colour) => (
        <span>
          <Swatch colour={colour} />
          {t(`colour-${colour}`)}
        </span>
      )}
    </Choices>
  );
}

export function SymbolPicker({ value, onChange }: PickerProps<string>) {
  const { t } = useText();
  return (
    <Choices legend={t("look-symbol")} values={symbolNames} value={value} onChange={onChange}>
      {(symbol) => {
        const Icon = symbolIcon(symbol);
        return (
          <>
            <Icon aria-hidden="true" size={22} strokeWidth={1.9} />
            {t(`symbol-${symbol}`)}
          </>
        );
      }}
    </Choices>
  );
}
