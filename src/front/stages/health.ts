// Health checks on the port of clients, at the paths that the operator has named: answered here, before anything is asked of a
// user or of an app. Without a name no path is taken from an app.

import { reasonPhrase } from "../../http/status.ts";
import type { HealthPaths } from "../../link/setups.ts";
import type { Stage } from "../visit/stages.ts";
import { ANSWERED, type Visit } from "../visit/visit.ts";

/** `isReady`: requests would be taken now. `date`: value of a Date field. */
export function healthStage(
  { health, ready }: HealthPaths,
  { isReady, date }: { isReady: () => boolean; date: () => string },
): Stage {
  return (visit) => {
    const { method } = visit.client;
    if (method !== "GET" && method !== "HEAD") return undefined;
    const { path } = visit;
    if (path === health) answer(visit, 200, "ok\n", date());
    else if (path === ready && isReady()) answer(visit, 200, "ready\n", date());
    else if (path === ready) answer(visit, 503, "not ready\n", date());
    return undefined;
  };
}

function answer(visit: Visit, status: number, body: string, date: string): void {
  const { client } = visit;
  const fields = ["Content-Type", "text/plain; charset=utf-8", "Cache-Control", "no-store", "Date", date];
  // What of a body is still to come is not waited for.
  if (client.hasBody && !client.isBodyComplete) client.refuseMore();
  visit.status = status;
  if (client.method === "HEAD") client.answerBodiless(status, reasonPhrase(status), fields, body.length);
  else {
    visit.sentBytes = body.length;
    client.answer(status, reasonPhrase(status), fields, body);
  }
  visit.end(ANSWERED);
}
