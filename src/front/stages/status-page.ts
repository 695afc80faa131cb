// Who is shown the status page: clients of this machine, and those that the operator has named. Its requests go the way of all
// others, to the process that renders it. Whoever is not shown it is told so, and the log says why: a path that answers some
// and looks like the app's to others would be found out by nobody but a stranger.

import { BlockList, isIPv6 } from "node:net";
import { GwError } from "../../core/errors.ts";
import { FORWARDING_SUBJECTS } from "../../core/requests/forwarding-headers.ts";
import { canonicalHost, isOwnName } from "../../http/hosts.ts";
import type { FrontGroup } from "../../link/messages.ts";
import { STATUS_GROUP } from "../../link/messages.ts";
import type { ProxyTrust, StatusPageSetup } from "../../link/setups.ts";
import type { Stage } from "../visit/stages.ts";
import type { Visit } from "../visit/visit.ts";
import { createTrust } from "./proxies.ts";

/** Its requests take milliseconds; a page that does not come is not worth a wait. */
const PATIENCE_MS = 10_000;
const MOST_WAITING = 64;
/** Forms with a word or two. */
const BODY_BYTES = 16_384;

/** Reached by the stage below and by no route. */
export const STATUS_PAGE_GROUP: FrontGroup = {
  name: STATUS_GROUP,
  stripMount: false,
  hosts: [],
  routes: [],
  settings: {
    queueTimeoutMs: PATIENCE_MS,
    maxQueue: MOST_WAITING,
    connectTimeoutMs: PATIENCE_MS,
    socketTimeoutMs: 6 * PATIENCE_MS,
    requestTimeoutMs: 6 * PATIENCE_MS,
    retryRequests: "unsent",
    limitRequestBodyBytes: BODY_BYTES,
    headerBufferBytes: 32_768,
    ignoreActivity: [],
  },
};

/** Before the route, which leaves a visit alone that knows its group. */
export function statusPageStage(
  { path, allow, hosts }: StatusPageSetup,
  proxies: ProxyTrust | undefined,
): Stage {
  const judge = createJudge({ allow, hosts, proxies });
  return (visit) => {
    if (!visit.target.startsWith(path) || (visit.path !== path && visit.path !== `${path}/`))
      return undefined;
    const why = judge(visit);
    if (why !== undefined) throw new GwError("status_forbidden", {}, why);
    visit.group = STATUS_GROUP;
    return undefined;
  };
}

type Terms = Pick<StatusPageSetup, "allow" | "hosts"> & { proxies: ProxyTrust | undefined };

/** Answers why a request is not shown the page; undefined for one that is. */
function createJudge({ allow, hosts, proxies }: Terms): (visit: Visit) => string | undefined {
  const isAllowed = createTrust(allow);
  const isTrusted = createTrust(proxies?.from ?? []);
  const tellsClient = new Set(
    proxies?.headers.filter((name) => FORWARDING_SUBJECTS.get(name)?.includes("client")),
  );
  const names = new Set(hosts.map(canonicalHost));
  return (visit) => {
    const { fields, peer } = visit.client;
    const isExplained = isTrusted(peer.address) && namesOf(fields).some((name) => tellsClient.has(name));
    const forwarding = isExplained ? undefined : namesOf(fields).find(isForwarding);
    if (forwarding !== undefined)
      return `it has come through a proxy that trustProxy does not explain (${forwarding})`;
    const { address } = visit.peer;
    if (isAllowed(address)) return undefined;
    if (!isLoopback(address)) return "its address is in none of the networks of serverStatusAllow";
    // Proxies that do not say for whom they ask speak the oldest protocol besides, unless they were told otherwise; browsers do not.
    if (visit.client.mayOmitHost)
      return `it is of this machine, but speaks ${visit.client.protocol} as proxies do`;
    // A page of somebody else's, whose name leads to this machine, would read it in its operator's browser.
    if (!isOwnName(canonicalHost(visit.host), names))
      return `it is of this machine, but calls it ${visit.host}`;
    return undefined;
  };
}

function namesOf(fields: readonly string[]): string[] {
  return fields.flatMap((field, at) => (at % 2 === 0 ? field.toLowerCase() : []));
}

/** Any header by which proxies tell of clients, also such as gw believes nobody. */
function isForwarding(name: string): boolean {
  return (
    name === "via" || name.startsWith("x-forwarded") || FORWARDING_SUBJECTS.has(name) || OTHERS.has(name)
  );
}

const OTHERS: ReadonlySet<string> = new Set([
  "true-client-ip",
  "cf-connecting-ip",
  "cf-ray",
  "x-cluster-client-ip",
  "x-original-host",
  "x-original-forwarded-for",
  "x-envoy-external-address",
  "fastly-client-ip",
  "client-ip",
]);

const LOOPBACK = new BlockList();
LOOPBACK.addSubnet("127.0.0.0", 8, "ipv4");
LOOPBACK.addAddress("::1", "ipv6");

/** Whoever comes by a UNIX socket is most often a proxy. */
function isLoopback(address: string): boolean {
  return LOOPBACK.check(address, isIPv6(address) ? "ipv6" : "ipv4");
}
