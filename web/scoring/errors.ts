/** A model, or a part of one, that this package does not score; the message says why. The web service scores it. */
export class NotScoredHere extends Error {
  override name = "NotScoredHere";
}

/** A graph that the interpreter does not know; the rest of the model is read, so that `loadWith` may score it. */
export class GraphNotScoredHere extends NotScoredHere {
  override name = "GraphNotScoredHere";
}

/** A file that is no intact trained model. */
export class BadModelFile extends Error {
  override name = "BadModelFile";
}

/** A cell that cannot be read as its column's type, in the words of the web service. */
export class CellError extends Error {
  override name = "CellError";

  constructor(
    readonly row: number,
    readonly column: string,
    message: string,
  ) {
    super(message);
  }
}
