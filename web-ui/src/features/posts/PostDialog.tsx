/** Writing or changing a post: a title and plain paragraphs. What happens then is shown on the wall. */
import { type FormEvent, useState } from "react";
import { Button } from "../../parts/Button.tsx";
import { Dialog } from "../../parts/Dialog.tsx";
import { TextArea, TextField } from "../../parts/TextField.tsx";
import { useText } from "../../text/context.tsx";
import styles from "./Wall.module.css";

export type PostText = { title: string; text: string };

type Props = {
  title: string;
  post?: PostText;
  onSave: (post: PostText) => void;
  onClose: () => void;
};

export function PostDialog({ title, post, onSave, onClose }: Props) {
  const { t } = useText();
  const [name, setName] = useState(post?.title ?? "");
  const [text, setText] = useState(post?.text ?? "");
  const submit = (event: FormEvent) => {
    event.preventDefault();
    onSave({ title: name.trim(), text: text.trim() });
    onClose();
  };
  return (
    <Dialog title={title} open onClose={onClose}>
      <form className={styles.form} onSubmit={submit}>
        <TextField
          label={t("post-title")}
          value={name}
          required
          autoComplete="off"
          onChange={(event) => setName(event.target.value)}
        />
        <TextArea
          label={t("post-text")}
          value={text}
          required
          rows={7}
          onChange={(event) => setText(event.target.value)}
        />
        <div className={styles.end}>
          <Button onClick={onClose}>{t("cancel")}</Button>
          <Button type="submit" variant="primary" disabled={!name.trim() || !text.trim()}>
            {t(post ? "save" : "post-publish")}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
