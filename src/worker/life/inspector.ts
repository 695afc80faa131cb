// The inspector of --debug-mode, by which a debugger takes hold of the worker. On loopback only: it lets whoever speaks to it run
// any code.

import * as inspector from "node:inspector";
import type { Log } from "../../core/log.ts";

const HOST = "127.0.0.1";
/** Where tools look. Another worker may have it: the one before, during a reload. */
const PORTS = [9229, 0];

export function openInspector(log: Log): void {
  for (const port of PORTS) {
    inspector.open(port, HOST);
    const url = inspector.url();
    if (url === undefined) continue;
    log.warn("the inspector listens: whoever can reach it on this machine can run code in the worker", {
      url,
    });
    return;
  }
  log.error("there is no inspector: it could not listen", { host: HOST });
}
