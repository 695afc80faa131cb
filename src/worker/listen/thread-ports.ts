// Listeners that the app opens in a thread. gw cannot pass requests there; what a thread opens on the port of gw's clients
// is led away from them, and the main thread is told. On other ports it shares with other workers and generations, as the
// main thread does.

import type { ServeOptions } from "../app/recognize-app.ts";
import { bindToLoopback, override } from "../serve/adapt-fetch.ts";
import type { Serve } from "../serve/binding.ts";
import { addressOf } from "./address.ts";
import { type Opening, shared, sharePorts } from "./share-ports.ts";

export type ThreadPortsOptions = {
  publicPort: number;
  environment: Record<string, string | undefined>;
  /** Something was led away from the public port. */
  onDiverted(): void;
};

/** Replaces the functions of Bun that listen, in the thread that it is called in. */
export function divideThreadPorts(
  scope: Opening & { serve: unknown },
  { publicPort, environment, onDiverted }: ThreadPortsOptions,
): void {
  const divert = ({ port }: { port: number }): ServeOptions | undefined => {
    if (port === 0 || port !== publicPort) return undefined;
    onDiverted();
    return bindToLoopback();
  };
  const serve = scope.serve as Serve;
  scope.serve = (asked: ServeOptions): unknown => {
    const diverted = divert(addressOf(asked, environment));
    return serve(diverted ? override(asked, diverted) : shared(asked, environment));
  };
  sharePorts(scope, { divert, onListen() {}, onOpened() {}, onRefused() {} });
}
