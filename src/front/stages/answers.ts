// What a group says of all its answers, whoever gives them, and of the requests that it has sent to another address.

import { canonicalHost, splitPort } from "../../http/hosts.ts";
import type { FrontGroup } from "../../link/messages.ts";
import type { RedirectSetup } from "../../link/setups.ts";
import { type OwnFields, ownFieldsOf } from "../visit/own-fields.ts";
import type { Stage } from "../visit/stages.ts";
import type { Visit } from "../visit/visit.ts";

/** A mistake in a redirect heals after so long; search engines take it for a lasting one all the same. */
const REMEMBERED_SECONDS = 3600;

type GroupAnswers = { own: OwnFields | undefined; redirects: RedirectSetup | undefined };

/** For visits whose group is known. No stage where no group says anything. */
export function answerStages(groups: readonly FrontGroup[]): Stage[] {
  const said = new Map<string, GroupAnswers>();
  for (const { name, settings } of groups) {
    const { answers, redirects } = settings;
    const own = answers?.fields && ownFieldsOf(answers.fields);
    if (own || redirects) said.set(name, { own, redirects });
  }
  if (said.size === 0) return [];
  return [
    (visit) => {
      const { own, redirects } = said.get(visit.group) ?? {};
      visit.own = own;
      const location = redirects && addressFor(visit, redirects);
      if (location !== undefined) visit.end({ kind: "redirected", location, forSeconds: REMEMBERED_SECONDS });
      return undefined;
    },
  ];
}

type AskedAddress = Pick<Visit, "host" | "target" | "path" | "onward" | "cut" | "mount" | "script"> & {
  peer: Pick<Visit["peer"], "scheme">;
};

/** Where the client is sent; undefined: nowhere. */
export function addressFor(
  asked: AskedAddress,
  { canonicalHost: wanted, paths }: RedirectSetup,
): string | undefined {
  const host = wanted === undefined ? asked.host : hostFor(asked.host, wanted);
  const path = pathFor(asked, paths);
  if (path !== undefined && !path.startsWith("/")) return path;
  if (host === asked.host) return path;
  return `${asked.peer.scheme}://${host}${path ?? asked.script + printable(asked.target)}`;
}

/** The same where it is the one that is wanted. A client has its own port, which may be that of something in front of gw. */
function hostFor(host: string, wanted: string): string {
  const [name, port] = splitPort(wanted);
  const [, asked] = splitPort(host);
  if (canonicalHost(host) === name && (port === "" || port === asked)) return host;
  return port !== "" || asked === "" ? wanted : `${wanted}:${asked}`;
}

function pathFor(asked: AskedAddress, paths: RedirectSetup["paths"]): string | undefined {
  const below = paths.length > 0 ? pathBelowMount(asked) : undefined;
  if (below === undefined) return undefined;
  for (const { from, to } of paths) {
    const rest = restBehind(below, from);
    if (rest !== undefined) return fill(asked, to, rest);
  }
  return undefined;
}

/** What stands where `from` has its `/*`, with the slash; empty where it has none. Undefined: it is another path. */
function restBehind(path: string, from: string): string | undefined {
  if (!from.endsWith("/*")) return path === from ? "" : undefined;
  const top = from.slice(0, -1);
  return path.startsWith(top) ? path.slice(top.length - 1) : undefined;
}

/** Never an address of another host, whatever the client has written behind the first slash. */
function fill(asked: AskedAddress, to: string, rest: string): string {
  const isPath = to.startsWith("/");
  const [whole = "", fragment] = to.split("#", 2);
  const filled = whole.endsWith("/*") ? whole.slice(0, -2) + rest : whole;
  const query = asked.target.slice(asked.path.length);
  const joined = filled.includes("?") ? filled + query.replace("?", "&") : filled + query;
  const end = fragment === undefined ? "" : `#${fragment}`;
  if (!isPath) return printable(joined) + end;
  const { script, mount } = asked;
  return printable(`${script}${mount === "/" ? "" : mount}${joined}`).replace(/^[/\\]+/, "/") + end;
}

/** Browsers leave tabs and line ends out of an address, and what stands around them moves together. */
const printable = (text: string) =>
  text.replace(/[^\x21-\x7e]/g, (odd) => `%${odd.charCodeAt(0).toString(16).padStart(2, "0").toUpperCase()}`);

/** As the group sees it, whether its workers get the mount or not. */
function pathBelowMount({ cut, mount, path, onward, target }: AskedAddress): string | undefined {
  if (cut > 0) return onward.slice(0, onward.length - (target.length - path.length));
  if (mount === "/") return path;
  return path.startsWith(`${mount}/`) ? path.slice(mount.length) : undefined;
}
