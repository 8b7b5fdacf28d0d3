/** Writing a message. What is typed stays with its channel until it is sent, also after a reload. */
import { Send } from "lucide-react";
import { type FormEvent, type KeyboardEvent, useState } from "react";
import { Button } from "../../parts/Button.tsx";
import { TextArea } from "../../parts/TextField.tsx";
import { useText } from "../../text/context.tsx";
import styles from "./Messages.module.css";

/** The site takes 16 KiB of a message; said before sending, not after. */
const mostBytes = 16 * 1024;
const byteLength = (text: string) => new TextEncoder().encode(text).length;

const draftKey = (channel: string) => `bocage-draft-${channel}`;

/** Kept for this tab only: on a shared machine a draft must not outlive the person's visit. */
function readDraft(channel: string): string {
  try {
    return sessionStorage.getItem(draftKey(channel)) ?? "";
  } catch {
    return "";
  }
}

function keepDraft(channel: string, text: string): void {
  try {
    if (text) sessionStorage.setItem(draftKey(channel), text);
    else sessionStorage.removeItem(draftKey(channel));
  } catch {
    // No storage: the text is still in the field.
  }
}

type Props = {
  channel: string;
  label: string;
  placeholder: string;
  onSend: (text: string) => void;
};

export function Composer({ channel, label, placeholder, onSend }: Props) {
  const { t } = useText();
  const [text, setText] = useState(() => readDraft(channel));
  const tooLong = byteLength(text) > mostBytes;
  const change = (next: string) => {
    setText(next);
    keepDraft(channel, next);
  };
  const send = () => {
    if (!text.trim() || tooLong) return;
    onSend(text.trim());
    change("");
  };
  const submit = (event: FormEvent) => {
    event.preventDefault();
    send();
  };
  // Enter sends where there is a keyboard; on a touch screen it begins a new line, as everywhere.
  const key = (event: KeyboardEvent) => {
    if (event.key !== "Enter" || event.shiftKey || event.nativeEvent.isComposing) return;
    if (matchMedia("(pointer: coarse)").matches) return;
    event.preventDefault();
    send();
  };
  return (
    <div className={styles.composer}>
      <form onSubmit={submit}>
        <TextArea
          label={label}
          labelHidden
          placeholder={placeholder}
          problem={tooLong ? t("message-too-long") : undefined}
          rows={1}
          value={text}
          onChange={(event) => change(event.target.value)}
          onKeyDown={key}
        />
        <div className={styles.composerEnd}>
          <Button type="submit" variant="primary" icon={Send} disabled={tooLong}>
            {t("send")}
          </Button>
        </div>
      </form>
    </div>
  );
}
