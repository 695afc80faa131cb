// What an intake asks of the place where more of a body waits than it holds itself. Types only.

/** Where more of a body waits than is held, until it is handed on. */
export interface BodyStore {
  /** It keeps nothing more until it is given back. */
  readonly isFull: boolean;
  /** Keeps it; false to have no more until `onStoreRoom`. */
  push(piece: Uint8Array): boolean;
  /** Gives all back, in order, and what is pushed from now on behind it. */
  play(): void;
  /** Whoever is given it takes pieces again. */
  proceed(): void;
  /** Nobody wants it. */
  release(): void;
}

export interface BodyStoreOwner {
  /** It takes pieces again. */
  onStoreRoom(): void;
  onStoreFull(): void;
  /** The next one; return false to have no more until `proceed`. */
  onStorePiece(piece: Uint8Array): boolean;
  /** All was given back, and nothing is kept any more. */
  onStoreEmpty(): void;
  /** What it has kept cannot be given back. */
  onStoreFailed(why: string): void;
}

export type OpenStore = (owner: BodyStoreOwner) => BodyStore;
