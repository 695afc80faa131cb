// What the front ends are told to start with, from the configuration. Pure: two configurations that give the same here
// need no new front ends.
import type { FrontGroup, FrontSettings, FrontSetup, StickySettings } from "../../link/messages.ts";
import type { Sticky } from "../../options/declare/sticky-kind.ts";
import type { Key, Settings } from "../../options/declare/table.ts";
import type { Resolved, WorkerGroup } from "../../options/resolve/resolve.ts";
import { identityOf, schemeOf } from "../child/child-setup.ts";

export type Config = Pick<Resolved, "settings" | "account" | "groups">;

/** `salt`: of this run of gw, for sticky sessions; it says nothing of the configuration. */
export function frontSetupOf(
  { settings, account, groups }: Config,
  port: number,
  salt = 0,
): Omit<FrontSetup, "slot"> {
  const {
    host,
    defaultGroup,
    maxClients,
    frontEnds,
    serverBacklog: backlog,
    trustProxy,
    trustProxyHeader,
  } = settings;
  return {
    host,
    port,
    backlog,
    identity: identityOf(account),
    ...(maxClients !== undefined && { maxClients: Math.max(1, Math.floor(maxClients / frontEnds)) }),
    ...(defaultGroup !== undefined && { defaultGroup }),
    ...(trustProxy.length > 0 && {
      proxies: { from: [...trustProxy], headers: [...trustProxyHeader] },
    }),
    groups: groups.filter(({ kind }) => kind === "app").map((group) => frontGroupOf(group, salt)),
  };
}

/** How many there are, and with how much patience the supervisor treats them. */
const HOW_KEPT = [
  "frontEnds",
  "startupTimeout",
  "deadlockTimeout",
  "gracefulTimeout",
  "shutdownTimeout",
] as const satisfies readonly Key[];

/** Whether fronts that were started for one of these serve the other as well. */
export function needsSameFronts(a: Config, b: Config): boolean {
  const told = (config: Config) =>
    JSON.stringify([HOW_KEPT.map((key) => config.settings[key]), frontSetupOf(config, config.settings.port)]);
  return told(a) === told(b);
}

function frontGroupOf({ name, settings, isMounted }: WorkerGroup, salt: number): FrontGroup {
  const { serverName, serverAlias, stripMount, mount } = settings;
  const names = [...(serverName === undefined ? [] : [serverName]), ...serverAlias];
  return {
    name,
    ...(isMounted && { mount }),
    stripMount,
    hosts: names.map((host) => host.toLowerCase()),
    routes: settings.route.map(splitRoute),
    settings: frontSettingsOf(settings, salt),
  };
}

function splitRoute(item: string): FrontGroup["routes"][number] {
  const at = item.lastIndexOf("=");
  return { pattern: item.slice(0, at), group: item.slice(at + 1) };
}

function frontSettingsOf(settings: Settings, salt: number): FrontSettings {
  const { min, max } = settings.processes;
  return {
    queueTimeoutMs: settings.queueTimeout,
    maxQueue: settings.maxQueue,
    connectTimeoutMs: settings.connectTimeout,
    socketTimeoutMs: settings.socketTimeout,
    requestTimeoutMs: settings.requestTimeout,
    ignoreActivity: [...settings.ignoreActivity],
    retryRequests: settings.retryRequests,
    limitRequestBodyBytes: settings.limitRequestBody,
    headerBufferBytes: settings.headerBufferSize,
    ...(settings.sticky && { sticky: stickyOf(settings.sticky, settings, salt) }),
    ...(min < max && { scaleUpWaitMs: settings.scaleUpWait }),
  };
}

function stickyOf(
  sticky: Sticky,
  { stickyOverflow: overflow, setenv }: Settings,
  salt: number,
): StickySettings {
  const how = { overflow, salt };
  if (sticky.by !== "cookie") return { ...sticky, ...how };
  return { ...sticky, ...how, secure: schemeOf(setenv) === "https" };
}
