import { useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { Loading } from "../../parts/Loading";
import { ErrorMessage } from "../../parts/Message";
import { readModules } from "./api";
import { Designer } from "./Designer";
import { readPalette } from "./palette";

/** `/experiments/:name`: the experiment's canvas with its latest run; at `/runs/:run/canvas` with that one. */
export default function DesignerPage({ name, run }: { name: string; run?: string }) {
  const found = useQuery({ queryKey: ["/schemas/palette.json"], queryFn: readModules, staleTime: Infinity });
  const palette = useMemo(() => found.data && readPalette(found.data), [found.data]);
  if (palette) return <Designer key={name} name={name} run={run} palette={palette} />;
  return <div className="page">{found.error ? <ErrorMessage error={found.error} /> : <Loading rows={8} />}</div>;
}
