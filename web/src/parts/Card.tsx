import { type ReactNode, useId } from "react";
import { Icon, type IconName } from "./Icon";

interface CardProps {
  title: string;
  /** A few words beside the title. */
  note?: ReactNode;
  /** At the right of the head. */
  actions?: ReactNode;
  footer?: ReactNode;
  icon?: IconName;
  className?: string;
  /** Space around the content; tables and lists take the whole width. */
  padded?: boolean;
  children: ReactNode;
}

/** A flat card with a hairline; never a card in a card. */
export function Card({ title, note, actions, footer, icon, className = "", padded = false, children }: CardProps) {
  const id = useId();
  return (
    <section className={`card ${className}`} aria-labelledby={id}>
      <header>
        {icon && <Icon name={icon} />}
        <h2 id={id}>{title}</h2>
        {note !== undefined && <p>{note}</p>}
        {actions && <div className="end">{actions}</div>}
      </header>
      {padded ? <div className="cpad">{children}</div> : children}
      {footer && <footer>{footer}</footer>}
    </section>
  );
}
