// A visit that has left HTTP. Types only.

/** What the connection of a visit has become, when that was switched to another protocol. Counts the bytes of both sides. */
export type Switched = {
  readonly isOver: boolean;
  readonly received: number;
  readonly sent: number;
  /** Runs once, when both sides are closed. */
  onOver: (() => void) | undefined;
};
