// A server of node:http whose requests come as the runtime has them. node:http knows the options that Bun.serve has no names for
// (limits, refusals as events); only its own dispatch, which builds streams for each request, is replaced.

import type { Server } from "node:http";
import type { NativeDispatch } from "./native.ts";

/** What node:http has made of the server. `stop`: no more connections are accepted, and those that are there go on. */
export type NativeServer = { stop(): Promise<void> };

export type NativeListening = { port: number; native: NativeServer };

/** Resolves when it listens; rejects with the system's error. */
export function listenNatively(
  server: Server,
  { host, port }: { host: string; port: number },
  dispatch: NativeDispatch,
): Promise<NativeListening> {
  const { promise, resolve, reject } = Promise.withResolvers<NativeListening>();
  server.once("error", reject);
  let native: NativeServer = { stop: async () => {} };
  const serve = Bun.serve;
  try {
    Bun.serve = ((options: object) => {
      const made = serve({ ...options, reusePort: true, onNodeHTTPRequest: dispatch } as never);
      native = made;
      return made;
    }) as typeof Bun.serve;
    server.listen(port, host, () => {
      const address = server.address();
      resolve({ native, port: typeof address === "object" && address ? address.port : port });
    });
  } finally {
    Bun.serve = serve;
  }
  return promise;
}
