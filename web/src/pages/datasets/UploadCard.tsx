import { useState } from "react";
import { Check } from "../../parts/Field";
import { FilesDrop } from "../../parts/FilesDrop";
import { addFiles, useUploads } from "./uploads";
import { UploadRow } from "./UploadRow";

/** Where files are dropped, and how far each of them is. */
export function UploadCard() {
  const [header, setHeader] = useState(true);
  const items = useUploads();
  return (
    <div className="col g12">
      <FilesDrop label="Files to upload" accept=".csv,.tsv,.arff,.txt,.zip" multiple take={(files) => addFiles(files, header)}>
        <p>
          <b className="med">Drop files here</b> <span className="dim">CSV, TSV, ARFF, text or ZIP. They become datasets of this workspace.</span>
        </p>
        <Check checked={header} onChange={(event) => setHeader(event.target.checked)}>
          <span className="t12 dim">The first row has the names of columns</span>
        </Check>
      </FilesDrop>
      {items.length > 0 && (
        <section className="card" aria-label="Uploads">
          <ul className="list uploads">
            {items.map((item) => (
              <UploadRow key={item.key} item={item} />
            ))}
          </ul>
        </section>
      )}
    </div>
  );
}
