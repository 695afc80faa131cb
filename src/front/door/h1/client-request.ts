// What a client has asked, as the runtime tells it.

import { CONNECTION_UPGRADE, HAS_UPGRADE } from "./native.ts";

export type ClientRequest = {
  method: string;
  target: string;
  bits: number;
  hasBody: boolean;
  isHttp10: boolean;
  /** What came in one read with the head of an upgrade request. */
  early: Uint8Array | undefined;
};

/** The bits of a request for another protocol. */
export const UPGRADE = HAS_UPGRADE | CONNECTION_UPGRADE;
