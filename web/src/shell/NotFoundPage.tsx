import { LinkButton } from "../parts/Button";
import { Empty } from "../parts/Empty";
import { PageHead } from "../parts/PageHead";

/** No page has this address. */
export default function NotFoundPage() {
  return (
    <div className="page">
      <PageHead title="Nothing is here" />
      <Empty title="No page has this address" actions={<LinkButton to="/">Go home</LinkButton>}>
        What stood here may have been deleted or renamed.
      </Empty>
    </div>
  );
}
