/**
 * The button, and a link that looks like one. Always a word; the icon stands beside it.
 * A native element: the browser gives keyboard, touch and form behaviour.
 */
import type { LucideIcon } from "lucide-react";
import type { ButtonHTMLAttributes, ComponentProps, ReactNode, Ref } from "react";
import { Link } from "../shell/routing.tsx";
import styles from "./Button.module.css";

export type ButtonLook = {
  variant?: "plain" | "primary" | "quiet" | "danger";
  /** The 52 px, full width button of sign-in and of a phone. */
  main?: boolean;
  /** Full width on a phone only. */
  widePhone?: boolean;
  /** Chosen among several (a filter): the look, and aria-pressed. */
  chosen?: boolean;
  icon?: LucideIcon;
  children: ReactNode;
};

export function buttonClass({ variant = "plain", main, widePhone }: Partial<ButtonLook>): string {
  return [
    styles.button,
    variant !== "plain" && styles[variant],
    main && styles.main,
    widePhone && styles.widePhone,
  ]
    .filter(Boolean)
    .join(" ");
}

type Props = ButtonLook &
  ButtonHTMLAttributes<HTMLButtonElement> & { ref?: Ref<HTMLButtonElement> };

export function Button(props: Props) {
  const { variant, main, widePhone, chosen, icon: Icon, children, ...rest } = props;
  return (
    <button
      type="button"
      {...rest}
      className={buttonClass({ variant, main, widePhone })}
      data-chosen={chosen ? "" : undefined}
      aria-pressed={chosen}
    >
      {Icon && <Icon aria-hidden="true" size={20} strokeWidth={1.9} />}
      {children}
    </button>
  );
}

type LinkProps = ButtonLook & ComponentProps<typeof Link>;

/** A link that leads somewhere and weighs as much as a button. */
export function ButtonLink(props: LinkProps) {
  const { variant, main, widePhone, chosen: _chosen, icon: Icon, children, ...rest } = props;
  return (
    <Link {...rest} className={buttonClass({ variant, main, widePhone })}>
      {Icon && <Icon aria-hidden="true" size={20} strokeWidth={1.9} />}
      {children}
    </Link>
  );
}
