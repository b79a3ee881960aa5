import { memo, useState } from "react";
import { Card } from "../../parts/Card";
import { Copy } from "../../parts/Copy";
import { Segments } from "../../parts/Tabs";
import { LANGUAGES } from "./samples";

const NAMES = Object.keys(LANGUAGES);

/** The request as a caller sends it, in the caller's language. */
export const SameRequest = memo(function SameRequest({ url, body }: { url: string; body: unknown }) {
  const [language, setLanguage] = useState(NAMES[0]!);
  const text = LANGUAGES[language]!({ url, body });
  return (
    <Card
      title="The same request"
      className="s12"
      padded
      actions={
        <div className="row g8 w">
          <Segments label="Language" options={NAMES.map((name) => [name, name] as const)} value={language} choose={setLanguage} />
          <span className="t12 faint">the key is never written out</span>
          <Copy text={text} label={`Copy ${language}`} />
        </div>
      }
    >
      <pre className="code wrap" tabIndex={0}>
        {text}
      </pre>
    </Card>
  );
});
