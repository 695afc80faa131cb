// What the front ends are told to start with, from the configuration. Pure: two configurations that give the same here
// need no new front ends.
import type { Certified } from "../../certificates/certificate-files.ts";
import type { FrontGroup, FrontSettings, FrontSetup } from "../../link/messages.ts";
import type {
  AccessLogSetup,
  ListenerSetup,
  PaceSettings,
  Priority,
  RateLimit,
  StickySettings,
  TlsSetup,
  TraceSetup,
} from "../../link/setups.ts";
import { servesFiles, servesFilesOnly } from "../../options/declare/file-places.ts";
import { splitPair } from "../../options/declare/kinds/list-kinds.ts";
import { printPlace } from "../../options/declare/kinds/listen-kind.ts";
import { printRule, type RateLimitOption } from "../../options/declare/kinds/rate-limit-kind.ts";
import { sizeElsewhere, sizesBelow } from "../../options/declare/kinds/size-by-path-kind.ts";
import type { Sticky } from "../../options/declare/kinds/sticky-kind.ts";
import { type Key, type Settings, USUAL_BODY_BYTES } from "../../options/declare/table.ts";
import { isGuarded } from "../../options/groups/auth-groups.ts";
import type { PublicPlace } from "../../options/groups/places.ts";
import { type Resolved, takenHostsOf, type WorkerGroup } from "../../options/resolve/resolve.ts";
import { demandsOf } from "../../options/resolve/tls-rules.ts";
import { identityOf, schemeOf } from "../child/child-setup.ts";
import { authRuleOf } from "./auth-rule.ts";
import type { PublicPlaces } from "./places.ts";
import { statusPageOf } from "./status-page-setup.ts";

export type Config = Pick<Resolved, "settings" | "account" | "groups"> & Certified;

/** `salt`: drawn at each start of gw, for sticky sessions; it says nothing of the configuration. */
export function frontSetupOf(
  config: Config,
  places: Omit<PublicPlaces, "all"> & Partial<PublicPlaces>,
  salt = 0,
): Omit<FrontSetup, "slot"> {
  const { settings, account, groups } = config;
  const { host, defaultGroup, maxClients, frontEnds, trustProxy, trustProxyHeader } = settings;
  const { serverBacklog: backlog, maxClientsPerAddress: perAddress } = settings;
  const tls = tlsSetupOf(config, places.https);
  return {
    host,
    ...(places.main !== places.https && places.main !== 0 && { port: places.main }),
    listeners: listenersOf(places.all ?? []),
    ...(tls && { tls, ...promisesOf(settings) }),
    connections: { keepAliveMs: settings.keepAliveTimeout, headTimeoutMs: settings.headerTimeout },
    heads: {
      lineBytes: settings.limitRequestLine,
      fieldBytes: settings.limitRequestFieldSize,
      fields: settings.limitRequestFields,
    },
    backlog,
    identity: identityOf(account),
    ...(maxClients !== undefined && { maxClients: Math.max(1, Math.floor(maxClients / frontEnds)) }),
    ...(perAddress !== undefined && { maxClientsPerAddress: Math.ceil(perAddress / frontEnds) }),
    ...(defaultGroup !== undefined && { defaultGroup }),
    ...(trustProxy.length > 0 && {
      proxies: { from: [...trustProxy], headers: [...trustProxyHeader] },
    }),
    ...healthPathsOf(settings),
    ...recorderOf(settings),
    ...statusPageOf(config),
    ...(settings.accessLog && { accessLog: accessLogOf(settings) }),
    ...tracesOf(settings),
    ...(settings.proxyProtocol && { prefaceTimeoutMs: settings.handshakeTimeout }),
    groups: groups.filter(({ kind }) => kind === "app").map((group) => frontGroupOf(group, salt)),
  };
}

function recorderOf({ recorderDirectory: directory, ...settings }: Settings): Pick<FrontSetup, "recorder"> {
  const { recorderKeep: keep, recorderBody: bodyBytes } = settings;
  return directory === undefined ? {} : { recorder: { directory, keep, bodyBytes } };
}

function healthPathsOf({ healthPath: health, readyPath: ready }: Settings): Pick<FrontSetup, "healthPaths"> {
  if (health === undefined && ready === undefined) return {};
  return {
    healthPaths: { ...(health !== undefined && { health }), ...(ready !== undefined && { ready }) },
  };
}

function accessLogOf({ accessLogFormat, accessLogSample, accessLogExclude }: Settings): AccessLogSetup {
  return { format: accessLogFormat, sample: accessLogSample, exclude: [...accessLogExclude] };
}

/** What is recorded where a collector is named, and nothing is said of how much. */
const USUAL_SAMPLE = 0.01;

function tracesOf(settings: Settings): { traces?: TraceSetup } {
  const { traceSample, trustTrace, otlpEndpoint, otlpSignals, serverTiming: timing } = settings;
  const isTold = otlpEndpoint !== undefined && otlpSignals.includes("traces");
  const sample = traceSample ?? (isTold ? USUAL_SAMPLE : undefined);
  if (sample === undefined && timing !== "all") return {};
  return { traces: { ...(sample !== undefined && { sample }), timing, trust: [...trustTrace], isTold } };
}

/** Behind stdin, stdout and stderr; in the order in which a child is given them. */
export const FIRST_INHERITED = 3;

function listenersOf(places: readonly PublicPlace[]): ListenerSetup[] {
  let inherited = FIRST_INHERITED;
  return places.map((place) => {
    const { isTls } = place;
    if (place.descriptor !== undefined) return { descriptor: inherited++, name: printPlace(place), isTls };
    if ("unix" in place) throw new Error(`nobody has opened ${printPlace(place)}`);
    return { host: place.host, port: place.port, isTls };
  });
}

/** What a front needs to speak TLS; undefined without HTTPS. */
export function tlsSetupOf(
  { settings, certificates = [], authorities }: Config,
  port: number | undefined,
): TlsSetup | undefined {
  if (port === undefined) return undefined;
  return {
    port,
    certificates: certificates.map(({ names, certificate, key }) => ({ names, certificate, key })),
    minVersion: settings.sslMinProtocol,
    ciphers: settings.sslCipherList,
    http2: settings.http2,
    handshakeTimeoutMs: settings.handshakeTimeout,
    ...(authorities && { client: { ...authorities } }),
  };
}

function promisesOf({ httpsOnly, hstsPolicy }: Settings): Pick<FrontSetup, "httpsOnly" | "hstsPolicy"> {
  return { ...(httpsOnly && { httpsOnly }), ...(hstsPolicy !== undefined && { hstsPolicy }) };
}

/** How many there are, and with how much patience the supervisor treats them. */
const HOW_KEPT = [
  "frontEnds",
  "startupTimeout",
  "deadlockTimeout",
  "gracefulTimeout",
  "shutdownTimeout",
] as const satisfies readonly Key[];

/** Whether fronts that were started for one of these serve the other as well; with other certificates they do not. */
export function needsSameFronts(a: Config, b: Config): boolean {
  const told = (config: Config) => {
    const { settings } = config;
    const setup = frontSetupOf(config, { main: settings.port, https: settings.httpsPort });
    return JSON.stringify([HOW_KEPT.map((key) => settings[key]), setup]);
  };
  return told(a) === told(b);
}

function frontGroupOf({ name, settings, isMounted }: WorkerGroup, salt: number): FrontGroup {
  const { stripMount, mount } = settings;
  return {
    name,
    ...(isMounted && { mount }),
    stripMount,
    hosts: takenHostsOf(settings).map((host) => host.toLowerCase()),
    routes: settings.route.map(splitRoute),
    settings: frontSettingsOf(settings, salt),
    ...certificatesAskedBy(settings),
    ...(settings.rateLimit.length > 0 && { rates: settings.rateLimit.map(rateLimitOf) }),
    ...(isGuarded(settings) && { auth: authRuleOf(name, settings) }),
  };
}

function rateLimitOf(rule: RateLimitOption): RateLimit {
  const { path, ...rate } = rule;
  return { text: printRule(rule), ...rate, ...(path !== undefined && { path }) };
}

/** Where authorities are named and nothing else is said, each request needs a certificate. */
function certificatesAskedBy(settings: Settings): Pick<FrontGroup, "certificates"> {
  const { sslCaCertificateFile, sslVerifyClient, sslEnvironment: tellsApp } = settings;
  const isAsked = sslCaCertificateFile !== undefined;
  if (!isAsked && !tellsApp) return {};
  const items = isAsked && sslVerifyClient.length === 0 ? ["require"] : sslVerifyClient;
  return { certificates: { rules: demandsOf(items), tellsApp } };
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
    ...orderOf(settings),
    connectTimeoutMs: settings.connectTimeout,
    socketTimeoutMs: settings.socketTimeout,
    pace: paceOf(settings),
    requestTimeoutMs: settings.requestTimeout,
    ...(settings.slowRequests > 0 && { slowRequestsMs: settings.slowRequests }),
    ignoreActivity: [...settings.ignoreActivity],
    retryRequests: settings.retryRequests,
    ...bodyLimitsOf(settings),
    headerBufferBytes: settings.headerBufferSize,
    ...filesOf(settings),
    ...redirectsOf(settings),
    ...answersOf(settings),
    ...(settings.enableSendfile && { takesFiles: true }),
    ...(settings.sticky && { sticky: stickyOf(settings.sticky, settings, salt) }),
    ...(min < max && { scaleUpWaitMs: settings.scaleUpWait }),
  };
}

function bodyLimitsOf({
  limitRequestBody: sizes,
}: Settings): Pick<FrontSettings, "limitRequestBodyBytes" | "bodyLimits"> {
  const bodyLimits = sizesBelow(sizes).map(({ path, bytes }) => ({ path, bytes }));
  return {
    limitRequestBodyBytes: sizeElsewhere(sizes, USUAL_BODY_BYTES),
    ...(bodyLimits.length > 0 && { bodyLimits }),
  };
}

function orderOf({ queuePolicy, queueLateAfter, priority }: Settings): Pick<FrontSettings, "order"> {
  if (queuePolicy === "fifo" && priority.length === 0) return {};
  const priorities = priority
    .map(splitPair)
    .map(({ left: path, right }) => ({ path, priority: asPriority(right) }));
  return {
    order: {
      ...(queuePolicy === "lifo-when-late" && { newestFirstMs: queueLateAfter }),
      ...(priorities.length > 0 && { priorities }),
    },
  };
}

/** The table of options lets nothing else through. */
const asPriority = (word: string): Priority => (word === "high" || word === "low" ? word : "normal");

function paceOf(settings: Settings): PaceSettings {
  const { bodyTimeout: timeoutMs, bodyMaxTimeout: maxTimeoutMs, bodyMinRate: minRate } = settings;
  return {
    body: { timeoutMs, maxTimeoutMs, minRate },
    answer: { timeoutMs: settings.responseSocketTimeout, minRate: settings.responseMinRate },
    spoolBytes: Math.floor(settings.responseSpoolSize / Math.max(1, settings.frontEnds)),
    bodySpoolBytes: Math.floor(settings.requestSpoolSize / Math.max(1, settings.frontEnds)),
  };
}

function filesOf(settings: Settings): Pick<FrontSettings, "files"> {
  const { documentRoot, urlAlias, mimeTypes } = settings;
  if (!servesFiles(settings)) return {};
  const files = {
    ...(documentRoot !== undefined && { root: documentRoot }),
    aliases: urlAlias.map(splitPair).map(({ left: url, right: path }) => ({ url, path })),
    index: [...settings.directoryIndex],
    listing: settings.directoryListing,
    followsLinks: settings.followSymlinks,
    ...(mimeTypes !== undefined && { mimeTypes }),
    caching: settings.cacheControl
      .map(splitPair)
      .map(({ left: pattern, right: value }) => ({ pattern, value })),
    ...(settings.spaFallback !== undefined && { fallback: settings.spaFallback }),
    isWhole: servesFilesOnly(settings),
    sendfile: settings.enableSendfile,
  };
  return { files };
}

function redirectsOf({ canonicalHost, redirect }: Settings): Pick<FrontSettings, "redirects"> {
  if (canonicalHost === undefined && redirect.length === 0) return {};
  const paths = redirect.map(splitPair).map(({ left: from, right: to }) => ({ from, to }));
  return { redirects: { ...(canonicalHost !== undefined && { canonicalHost }), paths } };
}

function answersOf(settings: Settings): Pick<FrontSettings, "answers"> {
  const { responseHeader, serverHeader, compressResponses, compressTypes, mapHeadToGet } = settings;
  const fields = responseHeader.map(splitPair).flatMap(({ left, right }) => [left, right]);
  if (serverHeader) fields.push("Server", "gw");
  const documents = settings.errorDocument
    .map(splitPair)
    .map(({ left, right: path }) => ({ status: Number(left), path }));
  const answers = {
    ...(fields.length > 0 && { fields }),
    ...(compressResponses && { compressedTypes: [...compressTypes] }),
    ...(documents.length > 0 && { documents }),
    ...(settings.errorOverride && { overrides: true }),
    // Only from its body is it known whether an answer is compressed, and how.
    ...((mapHeadToGet === "on" || (mapHeadToGet === "auto" && compressResponses)) && { mapsHead: true }),
  };
  return Object.keys(answers).length > 0 ? { answers } : {};
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
