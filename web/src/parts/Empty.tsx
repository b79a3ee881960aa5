import type { ReactNode } from "react";

/** Nothing here yet: what to do first, with its button. */
export function Empty({ title, children, actions }: { title: string; children?: ReactNode; actions?: ReactNode }) {
  return (
    <div className="empty">
      <svg className="art" viewBox="0 0 56 56" aria-hidden="true">
        <path d="M12 46h32M28 46V26" />
        <path d="M28 32c0-8-5-12-14-12 0 8 5 13 14 12zM28 26c0-9 5-14 15-14 0 10-6 15-15 14z" />
      </svg>
      <h2>{title}</h2>
      {children && <p>{children}</p>}
      {actions && <div className="row w">{actions}</div>}
    </div>
  );
}
