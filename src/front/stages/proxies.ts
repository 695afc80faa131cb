// Puts what trusted proxies say of a client in the place of what the connection shows, which is the last proxy.

import { BlockList, isIPv6 } from "node:net";
import { UNIX_CLIENT } from "../../core/addresses.ts";
import { GwError } from "../../core/errors.ts";
import {
  createForwardingReader,
  type Forwarding,
  ForwardingProblem,
  type ProxyWord,
} from "../../http/forwarding.ts";
import { splitPort, USUAL_PORTS } from "../../http/hosts.ts";
import type { ProxyTrust } from "../../link/setups.ts";
import type { ClientPeer } from "../door/client.ts";
import type { Stage } from "../visit/stages.ts";

/** Peers judged and remembered: proxies are few, and come with each request. */
const REMEMBERED_MOST = 1024;

/** Fills in the visit's peer, host, fields and script. */
export function proxyStage({ from, headers }: ProxyTrust): Stage {
  const read = createForwardingReader(createTrust(from), headers);
  return (visit) => {
    const { told, fields } = readOrRefuse(() => read(visit.fields, visit.client.peer.address));
    visit.fields = fields;
    if (told.address !== undefined || told.scheme !== undefined || told.localPort !== undefined)
      visit.peer = peerOf(visit.peer, told);
    if (told.host !== undefined) visit.host = hostOf(told.host, told);
    visit.script = told.script ?? "";
    return undefined;
  };
}

function readOrRefuse(read: () => Forwarding): Forwarding {
  try {
    return read();
  } catch (problem) {
    if (!(problem instanceof ForwardingProblem)) throw problem;
    throw new GwError("malformed_request", { reason: `the proxy in front of gw sent ${problem.message}` });
  }
}

function peerOf(seen: ClientPeer, { address, port, scheme, localPort }: ProxyWord): ClientPeer {
  const { local } = seen;
  return {
    address: address ?? seen.address,
    // The port that is seen is the proxy's.
    port: address === undefined ? seen.port : (port ?? 0),
    local: local && localPort !== undefined ? { address: local.address, port: localPort } : local,
    scheme: scheme ?? seen.scheme,
  };
}

/** A host that a proxy names without its port is the one at the port that it names besides. */
function hostOf(host: string, { localPort, scheme = "http" }: ProxyWord): string {
  const isWhole = localPort === undefined || localPort === USUAL_PORTS[scheme] || splitPort(host)[1] !== "";
  return isWhole ? host : `${host}:${localPort}`;
}

/** Among networks: whoever comes by a UNIX socket. */
const UNIX = "unix";

/** Whether an address is within one of these networks, each `ADDRESS` or `ADDRESS/BITS`, or `unix` for UNIX sockets. */
export function createTrust(networks: readonly string[]): (address: string) => boolean {
  const list = new BlockList();
  const trustsUnix = networks.includes(UNIX);
  for (const network of networks) if (network !== UNIX) addNetwork(list, network);
  const remembered = new Map<string, boolean>();
  return (address) => {
    if (address === UNIX_CLIENT) return trustsUnix;
    // It is not known, so that it may be anybody's.
    if (address === "") return false;
    const known = remembered.get(address);
    if (known !== undefined) return known;
    const isTrusted = list.check(address, isIPv6(address) ? "ipv6" : "ipv4");
    // Clients that are no proxies come from anywhere.
    if (remembered.size >= REMEMBERED_MOST) remembered.clear();
    remembered.set(address, isTrusted);
    return isTrusted;
  };
}

function addNetwork(list: BlockList, network: string): void {
  const [address = "", bits] = network.split("/");
  const family = isIPv6(address) ? "ipv6" : "ipv4";
  if (bits === undefined) list.addAddress(address, family);
  else list.addSubnet(address, Number(bits), family);
}
