/**
 * Fields with their label, help and problem, tied together for screen readers. The label is always
 * shown above the field, except for search and composer where `labelHidden` keeps it spoken.
 */
import { ChevronDown, Eye, EyeOff, type LucideIcon, TriangleAlert } from "lucide-react";
import {
  type InputHTMLAttributes,
  type ReactNode,
  type Ref,
  type SelectHTMLAttributes,
  type TextareaHTMLAttributes,
  useId,
  useState,
} from "react";
import { useText } from "../text/context.tsx";
import styles from "./Field.module.css";

type Common = {
  label: string;
  labelHidden?: boolean;
  help?: string;
  problem?: string;
  icon?: LucideIcon;
  main?: boolean;
};

function useField({ help, problem }: Common) {
  const id = useId();
  const described = [help && `${id}-help`, problem && `${id}-problem`].filter(Boolean).join(" ");
  return { id, describedBy: described || undefined };
}

function Frame(props: Common & { id: string; children: ReactNode }) {
  const { id, label, labelHidden, help, problem, icon: Icon, main, children } = props;
  return (
    <div className={styles.field}>
      <label htmlFor={id} className={labelHidden ? "hidden-text" : styles.label}>
        {label}
      </label>
      {help && (
        <p id={`${id}-help`} className={styles.help}>
          {help}
        </p>
      )}
      <div
        className={main ? `${styles.frame} ${styles.main}` : styles.frame}
        data-problem={problem ? "" : undefined}
      >
        {Icon && <Icon aria-hidden="true" size={20} strokeWidth={1.9} />}
        {children}
      </div>
      {problem && (
        <p id={`${id}-problem`} className={styles.problem}>
          <TriangleAlert aria-hidden="true" size={20} strokeWidth={1.9} />
          {problem}
        </p>
      )}
    </div>
  );
}

type TextFieldProps = Common &
  InputHTMLAttributes<HTMLInputElement> & { ref?: Ref<HTMLInputElement> };

export function TextField(props: TextFieldProps) {
  const { label, labelHidden, help, problem, icon, main, ...rest } = props;
  const { id, describedBy } = useField(props);
  return (
    <Frame {...{ id, label, labelHidden, help, problem, icon, main }}>
      <input
        type="text"
        {...rest}
        id={id}
        className={styles.input}
        aria-describedby={describedBy}
        aria-invalid={problem ? true : undefined}
      />
    </Frame>
  );
}

/** A password can always be seen: mistakes in long words cost more than a glance. */
export function PasswordField(props: TextFieldProps) {
  const { label, labelHidden, help, problem, icon, main, ...rest } = props;
  const { t } = useText();
  const { id, describedBy } = useField(props);
  const [seen, setSeen] = useState(false);
  const Icon = seen ? EyeOff : Eye;
  return (
    <Frame {...{ id, label, labelHidden, help, problem, icon, main }}>
      <input
        {...rest}
        type={seen ? "text" : "password"}
        id={id}
        className={styles.input}
        aria-describedby={describedBy}
        aria-invalid={problem ? true : undefined}
      />
      <button
        type="button"
        className={styles.inside}
        aria-pressed={seen}
        aria-controls={id}
        onClick={() => setSeen(!seen)}
      >
        <Icon aria-hidden="true" size={20} strokeWidth={1.9} />
        {t("field-see-password")}
      </button>
    </Frame>
  );
}

type TextAreaProps = Common &
  TextareaHTMLAttributes<HTMLTextAreaElement> & { ref?: Ref<HTMLTextAreaElement> };

export function TextArea(props: TextAreaProps) {
  const { label, labelHidden, help, problem, icon, main, ...rest } = props;
  const { id, describedBy } = useField(props);
  return (
    <Frame {...{ id, label, labelHidden, help, problem, icon, main }}>
      <textarea
        {...rest}
        id={id}
        className={styles.input}
        aria-describedby={describedBy}
        aria-invalid={problem ? true : undefined}
      />
    </Frame>
  );
}

type SelectProps = Common & SelectHTMLAttributes<HTMLSelectElement>;

/** The device's own list: the best one on a phone, and the one that screen readers know. */
export function SelectField(props: SelectProps) {
  const { label, labelHidden, help, problem, icon, main, children, ...rest } = props;
  const { id, describedBy } = useField(props);
  return (
    <Frame {...{ id, label, labelHidden, help, problem, icon, main }}>
      <select {...rest} id={id} className={styles.input} aria-describedby={describedBy}>
        {children}
      </select>
      <ChevronDown aria-hidden="true" className={styles.chevron} size={20} strokeWidth={1.9} />
    </Frame>
  );
}
