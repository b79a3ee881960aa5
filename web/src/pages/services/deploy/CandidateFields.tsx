import { useState } from "react";
import { Select } from "../../../parts/Field";
import { useVersions } from "../ModelsCard";
import type { Endpoint } from "../shapes";
import { NewModel } from "../update/NewModel";
import type { Picked } from "./candidate";

interface CandidateProps {
  endpoint: Endpoint;
  picked: Picked;
  pick: (picked: Picked) => void;
}

/** Which models a candidate answers with: for one resource or several; the others stay those of the endpoint. */
export function CandidateFields({ endpoint, picked, pick }: CandidateProps) {
  const names = endpoint.Resources.map(({ Name }) => Name);
  const [resource, setResource] = useState(names[0] ?? "");
  const versions = useVersions(names)[resource] ?? [];
  const inUse = endpoint.Resources.find(({ Name }) => Name === resource)?.Model ?? "";
  return (
    <>
      {names.length > 1 && <Select label="Resource" options={names} hint="Resources without a model of their own keep the endpoint's" value={resource} onChange={(event) => setResource(event.target.value)} />}
      <NewModel resource={resource} versions={versions} inUse={inUse} picked={picked[resource]} pick={(choice) => pick({ ...picked, [resource]: choice })} />
    </>
  );
}
