import { useEffect, useState } from "react";

const WAIT_MS = 300;

/** Grey bars after 300 ms, so that fast answers do not flicker; the room is taken at once. */
export function Loading({ rows = 4 }: { rows?: number }) {
  const [late, setLate] = useState(false);
  useEffect(() => {
    const timer = setTimeout(() => setLate(true), WAIT_MS);
    return () => clearTimeout(timer);
  }, []);
  return (
    <div className={`loading${late ? " late" : ""}`} aria-busy="true">
      <span className="sr" role="status">
        {late ? "Loading" : ""}
      </span>
      {Array.from({ length: rows }, (_, row) => (
        <div key={row} className={`sk sk${(row % 3) + 1}`} />
      ))}
    </div>
  );
}
