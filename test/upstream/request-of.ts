// The smallest request that a carrier can send.
import type { RequestHead } from "../../src/upstream/request-head.ts";

export const headOf = (method = "GET", body?: RequestHead["body"]): RequestHead => ({
  ...{ method, target: "/", host: "a", fields: [], visit: ["facts"], body },
});
