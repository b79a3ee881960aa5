import { Icon } from "./Icon";

interface Link {
  BaseLocation?: string | null;
  RelativeLocation?: string | null;
  SasBlobToken?: string | null;
}

/** What a job wrote, each with a link that downloads it. */
export function Downloads({ of }: { of: Readonly<Record<string, Link>> | null | undefined }) {
  return Object.entries(of ?? {}).map(([name, { BaseLocation, RelativeLocation, SasBlobToken }]) => (
    <a key={name} className="b sm" href={`${BaseLocation ?? ""}${RelativeLocation ?? ""}${SasBlobToken ?? ""}`} download title={`${name}: ${RelativeLocation ?? ""}`}>
      <Icon name="get" />
      <span className="cut">{`Download ${name}`}</span>
    </a>
  ));
}
