import { readArchive } from "./archive";
import type { EncoderDocument } from "./encoder";
import { BadModelFile, NotScoredHere } from "./errors";
import type { Manifest } from "./scores";

/** What scoring needs of a model. */
export interface ModelParts {
  manifest: Manifest;
  encoder: EncoderDocument;
  graph: Uint8Array;
}

const SCORER = "PSCORER1";
const SCORER_FORMAT = 1;
const VERSIONS = [2, 3];

/** The parts of a trained model file (`.ilearner`), or of a scorer file, which `…/endpoints/{endpoint}/model` gives out. */
export async function readParts(content: Uint8Array): Promise<ModelParts> {
  const start = new TextDecoder("latin1").decode(content.subarray(0, SCORER.length));
  return start === SCORER ? readScorer(content) : readModelFile(content);
}

function readScorer(content: Uint8Array): ModelParts {
  const view = new DataView(content.buffer, content.byteOffset, content.byteLength);
  const at = SCORER.length + 4;
  const length = content.length < at ? 0 : view.getUint32(SCORER.length, true);
  if (length === 0 || at + length > content.length) throw new BadModelFile("The scorer file is cut off.");
  const header = parse(content.subarray(at, at + length), "The header") as ScorerHeader;
  if (header.format !== SCORER_FORMAT) throw new NotScoredHere(`The scorer file has format ${header.format}.`);
  const { task, label, labels, scored, encoder } = header;
  return {
    manifest: { task, label, labels, outputs: scored, learner: header.resource },
    encoder,
    graph: content.subarray(at + length),
  };
}

interface ScorerHeader extends Pick<Manifest, "task" | "label" | "labels"> {
  format: number;
  resource: string;
  scored: Manifest["outputs"];
  encoder: EncoderDocument;
}

async function readModelFile(content: Uint8Array): Promise<ModelParts> {
  const members = await readArchive(content);
  const manifest = parse(member(members, "manifest.json"), "manifest.json") as Manifest & FileManifest;
  if (!VERSIONS.includes(manifest.formatVersion)) {
    throw new NotScoredHere(`The model file has version ${manifest.formatVersion}, not ${VERSIONS.join(" or ")}.`);
  }
  if (manifest.runtime !== "onnx") {
    throw new NotScoredHere(`${manifest.learner} is scored by scikit-learn, which runs in the web service only.`);
  }
  const encoder = parse(member(members, "encoder.json"), "encoder.json") as EncoderDocument;
  return { manifest, encoder, graph: member(members, "model.onnx") };
}

interface FileManifest {
  formatVersion: number;
  runtime: string;
}

function member(members: Map<string, Uint8Array>, name: string): Uint8Array {
  const content = members.get(name);
  if (!content) throw new BadModelFile(`The model file has no ${name}.`);
  return content;
}

function parse(content: Uint8Array, name: string): unknown {
  try {
    return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(content));
  } catch {
    throw new BadModelFile(`${name} of the model is damaged.`);
  }
}
