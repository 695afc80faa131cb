// What is promised of HTTPS: clients of the plain port are sent there, and clients over TLS are told to come back that way.

import { splitPort, USUAL_PORTS } from "../../http/hosts.ts";
import type { Stage } from "../visit/stages.ts";

export type HttpsPromises = {
  /** Where HTTPS is spoken. */
  port: number;
  /** Of HTTP without TLS; absent where there is none. */
  plainPort?: number | undefined;
  /** Clients of that port are sent to HTTPS. */
  httpsOnly?: boolean | undefined;
  /** Strict-Transport-Security of all answers over TLS. */
  hstsPolicy?: string | undefined;
};

/** The policy is kept for each answer to come, that of an error as well. Nothing to do, and no stage, without one. */
export function hstsStage({ hstsPolicy }: HttpsPromises): Stage[] {
  if (hstsPolicy === undefined) return [];
  return [
    (visit) => {
      if (visit.client.peer.scheme === "https") visit.hsts = hstsPolicy;
      return undefined;
    },
  ];
}

/** For visits whose host is known to be one. */
export function httpsOnlyStage(promises: HttpsPromises): Stage[] {
  if (!promises.httpsOnly) return [];
  return [
    (visit) => {
      if (visit.peer.scheme === "http")
        visit.end({ kind: "redirected", location: httpsAddressOf(visit.host, visit.target, promises) });
      return undefined;
    },
  ];
}

/**
 * The same address over HTTPS. A client that has named no port, where gw's own is not 80, has come through something that
 * leads 80 to gw's port; what leads 443 to gw's other one is then taken to be there, too.
 */
export function httpsAddressOf(
  host: string,
  target: string,
  { port, plainPort }: Pick<HttpsPromises, "port" | "plainPort">,
): string {
  const [name, namedPort] = splitPort(host);
  const isLed = namedPort === "" && plainPort !== USUAL_PORTS.http;
  return `https://${name}${isLed || port === USUAL_PORTS.https ? "" : `:${port}`}${target}`;
}
