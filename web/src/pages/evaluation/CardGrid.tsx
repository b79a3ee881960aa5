import { Children, type ReactNode } from "react";
import { spans } from "./layout";
import { useColumns } from "./useColumns";

/** Cards in rows without holes. */
export function CardGrid({ children }: { children: ReactNode }) {
  const columns = useColumns();
  const cards = Children.toArray(children);
  const widths = spans(cards.length, columns);
  return (
    <div className="cards" style={{ gridTemplateColumns: `repeat(${columns}, minmax(0, 1fr))` }}>
      {cards.map((card, place) => (
        <div key={place} style={{ gridColumn: `span ${widths[place]}` }}>
          {card}
        </div>
      ))}
    </div>
  );
}
