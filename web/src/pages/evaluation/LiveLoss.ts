/** The loss of a run that is still going on, or of one before it. */
export interface LiveLoss {
  name: string;
  unit: string;
  loss: readonly number[];
  /** The number of each, where only some are given. */
  step?: readonly number[] | undefined;
  /** How many trees or epochs have ended. */
  done: number;
  /** How many trees or epochs there will be, if that is known. */
  total?: number | undefined;
  running: boolean;
  /** When the run began to train, to say how long it will take. */
  secondsLeft?: number | undefined;
}
