import { Fragment, type ReactNode, useEffect } from "react";
import { Link } from "wouter";
import { Icon } from "./Icon";

interface PageHeadProps {
  title: string;
  /** The one sentence that says how things stand. */
  sub?: ReactNode;
  /** Where the page lies: names with their paths below /studio. */
  crumbs?: readonly (readonly [string, string])[];
  state?: ReactNode;
  actions?: ReactNode;
}

/** The head of every page; it also names the browser's tab. */
export function PageHead({ title, sub, crumbs = [], state, actions }: PageHeadProps) {
  useEffect(() => {
    document.title = `${title} · Perennial Studio`;
  }, [title]);
  return (
    <div className="head">
      <div className="grow">
        {crumbs.length > 0 && (
          <nav className="crumb" aria-label="Where you are">
            {crumbs.map(([name, to], place) => (
              <Fragment key={to}>
                {place > 0 && <Icon name="right" size="s" />}
                <Link href={to} className="cut">
                  {name}
                </Link>
              </Fragment>
            ))}
          </nav>
        )}
        <div className="row g12">
          <h1 className="cut" title={title}>
            {title}
          </h1>
          {state}
        </div>
        {sub && <p className="sub">{sub}</p>}
      </div>
      {actions && <div className="acts">{actions}</div>}
    </div>
  );
}
