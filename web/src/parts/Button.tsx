import type { ButtonHTMLAttributes, ReactNode } from "react";
import { Link } from "wouter";
import { Icon, type IconName } from "./Icon";

interface Look {
  /** `main`: one filled button a page. `quiet`: in rows. `danger` deletes; `destroy` only inside the confirmation. */
  kind?: "plain" | "main" | "quiet" | "danger" | "destroy";
  size?: "s" | "m";
  icon?: IconName;
}

const KINDS = { plain: "", main: " pri", quiet: " quiet", danger: " danger", destroy: " danger solid" };

function look({ kind = "plain", size = "m" }: Look, iconOnly: boolean): string {
  return `b${KINDS[kind]}${iconOnly ? " icon" : ""}${size === "s" ? " sm" : ""}`;
}

interface ButtonProps extends Look, ButtonHTMLAttributes<HTMLButtonElement> {
  /** Something is under way: the button keeps its width and takes no press; `children` may count. */
  busy?: boolean;
}

/** A button with a verb that says what happens. Where it is off, say why beside it. */
export function Button({ kind, size, icon, busy = false, children, className = "", ...rest }: ButtonProps) {
  return (
    <button
      type="button"
      {...rest}
      className={`${look({ ...(kind && { kind }), ...(size && { size }) }, children === undefined)} ${className}`.trim()}
      aria-busy={busy || undefined}
      onClick={busy ? undefined : rest.onClick}
    >
      {(busy || icon) && <Icon name={busy ? "running" : (icon as IconName)} />}
      {children}
    </button>
  );
}

interface IconButtonProps extends ButtonProps {
  icon: IconName;
  /** What it does, for its tooltip and for screen readers. */
  label: string;
}

/** A button of one icon. */
export function IconButton({ label, ...rest }: Omit<IconButtonProps, "children">) {
  return <Button aria-label={label} title={label} {...rest} />;
}

interface LinkButtonProps extends Look {
  /** A path below /studio. */
  to: string;
  children: ReactNode;
  /** An icon after the words: "all of these". */
  after?: IconName;
}

/** A link that looks like a button. */
export function LinkButton({ to, icon, after, children, ...rest }: LinkButtonProps) {
  return (
    <Link href={to} className={look(rest, false)}>
      {icon && <Icon name={icon} />}
      {children}
      {after && <Icon name={after} size="s" />}
    </Link>
  );
}
