/** The ten named buttons. One stop of the Tab key; arrows go from button to button. */
import {
  Bold,
  Heading,
  Italic,
  Link as LinkIcon,
  List,
  ListChecks,
  ListOrdered,
  type LucideIcon,
  Quote,
  Redo2,
  Undo2,
} from "lucide-react";
import { type FormEvent, type KeyboardEvent, useRef, useState, useSyncExternalStore } from "react";
import type { EditorHandle, ToolbarState } from "../../editor/index.ts";
import { Button } from "../../parts/Button.tsx";
import { Dialog } from "../../parts/Dialog.tsx";
import { TextField } from "../../parts/TextField.tsx";
import { useText } from "../../text/context.tsx";
import styles from "./Toolbar.module.css";

type Tool = {
  name: string;
  icon: LucideIcon;
  on?: (state: ToolbarState) => boolean;
  off?: (state: ToolbarState) => boolean;
  run: (commands: EditorHandle["commands"]) => void;
};

const tools: readonly Tool[] = [
  { name: "undo", icon: Undo2, off: (state) => !state.canUndo, run: (c) => c.undo() },
  { name: "redo", icon: Redo2, off: (state) => !state.canRedo, run: (c) => c.redo() },
  { name: "heading", icon: Heading, on: (s) => s.block === "heading", run: (c) => c.heading(1) },
  { name: "bold", icon: Bold, on: (state) => state.strong, run: (c) => c.bold() },
  { name: "italic", icon: Italic, on: (state) => state.em, run: (c) => c.italic() },
  { name: "list", icon: List, on: (s) => s.block === "bullet", run: (c) => c.bulletList() },
  {
    name: "numbers",
    icon: ListOrdered,
    on: (s) => s.block === "ordered",
    run: (c) => c.orderedList(),
  },
  { name: "todo", icon: ListChecks, on: (s) => s.block === "todo", run: (c) => c.todoList() },
  { name: "quote", icon: Quote, on: (s) => s.block === "quote", run: (c) => c.quote() },
];

/** The address as the editor accepts it, or null. */
export type CheckLink = (href: string) => string | null;

type Props = { handle: EditorHandle; checkLink: CheckLink };

export function Toolbar({ handle, checkLink }: Props) {
  const { t } = useText();
  const state = useSyncExternalStore(handle.subscribe, handle.state);
  const [linking, setLinking] = useState(false);
  const [stop, setStop] = useState(0);
  const bar = useRef<HTMLDivElement>(null);

  const move = (event: KeyboardEvent) => {
    const steps: Record<string, number> = { ArrowLeft: -1, ArrowRight: 1 };
    const step = steps[event.key];
    if (step === undefined) return;
    event.preventDefault();
    const buttons = bar.current?.querySelectorAll("button");
    if (!buttons) return;
    const next = (stop + step + buttons.length) % buttons.length;
    setStop(next);
    buttons[next]?.focus();
  };
  const link: Tool = {
    name: "link",
    icon: LinkIcon,
    on: (now) => now.link !== null,
    run: () => setLinking(true),
  };
  return (
    <>
      <div
        ref={bar}
        role="toolbar"
        aria-label={t("toolbar-label")}
        className={styles.bar}
        onKeyDown={move}
      >
        {[...tools, link].map((tool, index) => {
          const Icon = tool.icon;
          const off = tool.off?.(state) ?? false;
          return (
            <button
              key={tool.name}
              type="button"
              className={styles.tool}
              tabIndex={index === stop ? 0 : -1}
              aria-pressed={tool.on?.(state)}
              // Still reachable: a button that vanishes from the keyboard's way is worse.
              aria-disabled={off || undefined}
              onFocus={() => setStop(index)}
              // The text keeps its selection.
              onMouseDown={(event) => event.preventDefault()}
              onClick={() => !off && tool.run(handle.commands)}
            >
              <Icon aria-hidden="true" size={21} strokeWidth={1.9} />
              {t(`tool-${tool.name}`)}
            </button>
          );
        })}
      </div>
      {linking && (
        <LinkDialog
          href={state.link}
          checkLink={checkLink}
          onClose={() => setLinking(false)}
          onSet={(href) => handle.commands.link(href)}
        />
      )}
    </>
  );
}

type LinkProps = {
  href: string | null;
  checkLink: CheckLink;
  onSet: (href: string | null) => void;
  onClose: () => void;
};

function LinkDialog({ href, checkLink, onSet, onClose }: LinkProps) {
  const { t } = useText();
  const [address, setAddress] = useState(href ?? "");
  const [problem, setProblem] = useState("");
  const submit = (event: FormEvent) => {
    event.preventDefault();
    const safe = checkLink(address.trim());
    if (safe === null) return setProblem(t("link-bad"));
    onClose();
    onSet(safe);
  };
  return (
    <Dialog title={t("link-title")} open onClose={onClose}>
      <form className={styles.form} onSubmit={submit} noValidate>
        <TextField
          label={t("link-address")}
          help={t("link-address-help")}
          problem={problem || undefined}
          inputMode="url"
          value={address}
          onChange={(event) => setAddress(event.target.value)}
        />
        <div className={styles.end}>
          {href !== null && (
            <Button
              onClick={() => {
                onClose();
                onSet(null);
              }}
            >
              {t("link-remove")}
            </Button>
          )}
          <Button type="submit" variant="primary">
            {t("link-set")}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
