/** A menu under a named button: arrows, first letters and Escape work as on the desktop. */
import { ChevronDown, type LucideIcon } from "lucide-react";
import { Button as MenuButton } from "react-aria-components/Button";
import { Menu as AriaMenu, MenuItem, MenuTrigger } from "react-aria-components/Menu";
import { Popover } from "react-aria-components/Popover";
import { buttonClass } from "./Button.tsx";
import styles from "./Menu.module.css";

export type MenuEntry = {
  id: string;
  text: string;
  icon?: LucideIcon;
  danger?: boolean;
  onSelect: () => void;
};

type Props = {
  text: string;
  /** The full name for screen readers when the word alone would be vague in a list. */
  label?: string;
  entries: MenuEntry[];
  className?: string;
};

export function Menu({ text, label, entries, className }: Props) {
  return (
    <MenuTrigger>
      <MenuButton className={className ?? buttonClass({})} aria-label={label}>
        {text}
        <ChevronDown aria-hidden="true" size={20} strokeWidth={1.9} />
      </MenuButton>
      <Popover className={styles.popover ?? ""} placement="bottom end">
        <AriaMenu
          className={styles.menu ?? ""}
          onAction={(id) => entries.find((entry) => entry.id === id)?.onSelect()}
        >
          {entries.map(({ id, text: name, icon: Icon, danger }) => (
            <MenuItem
              key={id}
              id={id}
              textValue={name}
              className={styles.item ?? ""}
              data-danger={danger ? "" : undefined}
            >
              {Icon && <Icon aria-hidden="true" size={20} strokeWidth={1.9} />}
              {name}
            </MenuItem>
          ))}
        </AriaMenu>
      </Popover>
    </MenuTrigger>
  );
}
