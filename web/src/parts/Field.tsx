import { type InputHTMLAttributes, type ReactNode, type SelectHTMLAttributes, type TextareaHTMLAttributes, useId } from "react";
import { Icon, type IconName } from "./Icon";

interface Around {
  label: string;
  /** Hide the label from sight where the place says it already. */
  labelHidden?: boolean;
  /** What is accepted, in small letters below. */
  hint?: ReactNode;
  /** What is wrong: the range and what was typed. */
  error?: string | undefined;
  size?: "s" | "m";
}

interface Parts {
  id: string;
  className: string;
  "aria-invalid"?: true;
  "aria-describedby"?: string;
}

function Labelled({ label, labelHidden, hint, error, size, children }: Around & { children: (parts: Parts) => ReactNode }) {
  const id = useId();
  const below = error ? `${id}e` : hint ? `${id}h` : undefined;
  const parts: Parts = {
    id,
    className: `in${size === "s" ? " sm" : ""}${error ? " bad" : ""}`,
    ...(error && { "aria-invalid": true }),
    ...(below && { "aria-describedby": below }),
  };
  return (
    <div className="f">
      <label htmlFor={id} className={labelHidden ? "sr" : undefined}>
        {label}
      </label>
      {children(parts)}
      {error ? (
        <span className="err" id={`${id}e`}>
          <Icon name="failed" size="s" />
          {error}
        </span>
      ) : (
        hint && (
          <span className="hint" id={`${id}h`}>
            {hint}
          </span>
        )
      )}
    </div>
  );
}

type Own<T> = Omit<T, "size" | "className" | "id">;

/** A text, number or file field with its label above and its range or error below. */
export function Field({
  label,
  labelHidden,
  hint,
  error,
  size,
  icon,
  unit,
  ...input
}: Around & Own<InputHTMLAttributes<HTMLInputElement>> & { icon?: IconName; unit?: string }) {
  return (
    <Labelled {...around({ label, labelHidden, hint, error, size })}>
      {(parts) => (
        <div className={icon ? "inw" : "inw bare"}>
          {icon && <Icon name={icon} />}
          <input autoComplete="off" spellCheck={false} {...input} {...parts} />
          {unit && <span className="unit">{unit}</span>}
        </div>
      )}
    </Labelled>
  );
}

/** Text of several lines. */
export function TextField({
  label,
  labelHidden,
  hint,
  error,
  ...area
}: Around & Own<TextareaHTMLAttributes<HTMLTextAreaElement>>) {
  return (
    <Labelled {...around({ label, labelHidden, hint, error })}>
      {(parts) => <textarea spellCheck={false} rows={4} {...area} {...parts} className={`${parts.className} area`} />}
    </Labelled>
  );
}

/** A choice of a few; `options` are values, or pairs of a value and what is shown. */
export function Select({
  label,
  labelHidden,
  hint,
  error,
  size,
  options,
  ...select
}: Around & Own<SelectHTMLAttributes<HTMLSelectElement>> & { options: readonly (string | readonly [string, string])[] }) {
  return (
    <Labelled {...around({ label, labelHidden, hint, error, size })}>
      {(parts) => (
        <select {...select} {...parts}>
          {options.map((option) => {
            const [value, shown] = typeof option === "string" ? [option, option] : option;
            return (
              <option key={value} value={value}>
                {shown}
              </option>
            );
          })}
        </select>
      )}
    </Labelled>
  );
}

/** Without the keys that are undefined, which exact optional properties do not take. */
function around(given: { [K in keyof Around]: Around[K] | undefined }): Around {
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)) as unknown as Around;
}

interface TickProps extends Own<InputHTMLAttributes<HTMLInputElement>> {
  children: ReactNode;
}

/** A box to tick. */
export function Check({ children, ...input }: TickProps) {
  return (
    <label className="row g6">
      <input type="checkbox" {...input} className="box" />
      {children}
    </label>
  );
}

/** A switch that acts at once. */
export function Switch({ children, ...input }: TickProps) {
  return (
    <label className="row g6">
      <input type="checkbox" role="switch" {...input} className="switch" />
      {children}
    </label>
  );
}

/** One of several. */
export function Radio({ children, ...input }: TickProps) {
  return (
    <label className="row g6">
      <input type="radio" {...input} className="radio" />
      {children}
    </label>
  );
}
