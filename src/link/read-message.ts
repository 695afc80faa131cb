// What a child says, checked: a child's word is never trusted, because an app shares the process with its worker role.
// Every field of every message is looked at here, and nothing else comes through.

import {
  APP_KINDS,
  type Casualty,
  type FromChild,
  type FrontStats,
  LEAVE_REASONS,
  type Level,
  type Role,
  STEPS,
  type WorkerLoad,
} from "./messages.ts";

const ROLES: readonly Role[] = ["front", "worker"];
const LEVELS: readonly Level[] = ["error", "warn", "info", "debug"];

/** One reader for each message of a child: it takes the fields that are right, and nothing else. */
const READERS: { [T in FromChild["type"]]: (raw: Raw) => Extract<FromChild, { type: T }> | undefined } = {
  hello: (raw) =>
    isNumber(raw.protocol) && isRole(raw.role) && isNumber(raw.pid) && isText(raw.version)
      ? { type: "hello", protocol: raw.protocol, role: raw.role, pid: raw.pid, version: cut(raw.version) }
      : undefined,
  step: (raw) => (isStep(raw.step) ? { type: "step", step: raw.step } : undefined),
  ready: (raw) => ({
    type: "ready",
    ...(isKind(raw.kind) && { kind: raw.kind }),
    ...(isText(raw.url) && { url: cut(raw.url) }),
    ...(isNumber(raw.port) && { port: raw.port }),
    ...(isRecord(raw.limits) && { limits: factsOf(raw.limits) }),
    ...(isText(raw.app) && { app: cut(raw.app) }),
  }),
  failed: (raw) =>
    isText(raw.cause) && isStep(raw.step)
      ? {
          type: "failed",
          cause: cut(raw.cause),
          facts: factsOf(raw.facts),
          step: raw.step,
          ...(isText(raw.detail) && { detail: cut(raw.detail) }),
        }
      : undefined,
  heartbeat: ({ active, ageSumMs, requests }) => ({
    type: "heartbeat",
    ...(isNumber(active) && { active }),
    ...(isNumber(ageSumMs) && { ageSumMs }),
    ...(isNumber(requests) && { requests }),
  }),
  leaving: ({ reason }) => (isLeaveReason(reason) ? { type: "leaving", reason } : undefined),
  exits: ({ code }) => (isNumber(code) ? { type: "exits", code } : undefined),
  stats: (raw) => (isStats(raw.stats) ? { type: "stats", stats: statsOf(raw.stats) } : undefined),
  modules: ({ files, missing }) =>
    Array.isArray(files) && Array.isArray(missing)
      ? { type: "modules", files: files.filter(isPath), missing: missing.filter(isPath) }
      : undefined,
  pressure: ({ group, waitedMs }) =>
    isText(group) && isNumber(waitedMs) ? { type: "pressure", group, waitedMs } : undefined,
  quiet: () => ({ type: "quiet" }),
  closed: () => ({ type: "closed" }),
  steered: ({ reason }) => ({ type: "steered", ...(isText(reason) && { reason }) }),
  lost: (raw) =>
    isText(raw.socket) && isNumber(raw.pid) && isNumber(raw.count) && Array.isArray(raw.requests)
      ? {
          type: "lost",
          socket: raw.socket,
          pid: raw.pid,
          count: raw.count,
          requests: raw.requests.filter(isCasualty).map(casualtyOf),
          ...(isNumber(raw.cut) && { cut: raw.cut }),
          hasLeft: raw.hasLeft === true,
        }
      : undefined,
  cut: ({ count }) => (isNumber(count) ? { type: "cut", count } : undefined),
  log: (raw) =>
    isLevel(raw.level) && isText(raw.text)
      ? { type: "log", level: raw.level, text: cut(raw.text), fields: factsOf(raw.fields) }
      : undefined,
  drained: () => ({ type: "drained" }),
  bye: (raw) => ({ type: "bye", reason: isText(raw.reason) ? raw.reason : "" }),
};

/** A child's message, checked; undefined when it is none of ours. Extra fields are ignored. */
export function readMessage(raw: unknown): FromChild | undefined {
  if (!isRecord(raw) || !isText(raw.type) || !Object.hasOwn(READERS, raw.type)) return undefined;
  return READERS[raw.type as FromChild["type"]](raw);
}

type Raw = Record<string, unknown>;

function isStats(value: unknown): value is FrontStats {
  return (
    isRecord(value) &&
    isNumber(value.queued) &&
    isNumber(value.active) &&
    isNumber(value.requests) &&
    isRecord(value.errors) &&
    Array.isArray(value.groups) &&
    value.groups.every((group) => isRecord(group) && isText(group.name) && isNumber(group.queued)) &&
    Array.isArray(value.workers) &&
    value.workers.every(
      (w) =>
        isRecord(w) &&
        isNumber(w.slot) &&
        isNumber(w.pid) &&
        isNumber(w.active) &&
        isNumber(w.requests) &&
        isNumber(w.idleMs) &&
        (w.oldest === undefined || isCasualty(w.oldest)),
    )
  );
}

function isCasualty(value: unknown): value is Casualty {
  return (
    isRecord(value) && isText(value.id) && isText(value.method) && isText(value.path) && isNumber(value.ageMs)
  );
}

/** Nothing but the known fields: what else a child wrote must not travel on. */
function statsOf({ queued, groups, active, requests, connections, errors, workers }: FrontStats): FrontStats {
  const counts = Object.entries(errors).filter(([, count]) => isNumber(count));
  return {
    queued,
    groups: groups.map(({ name, queued: waiting }) => ({ name, queued: waiting })),
    active,
    requests,
    ...(isNumber(connections) && { connections }),
    errors: Object.fromEntries(counts),
    workers: workers.map(loadOf),
  };
}

function loadOf({ slot, pid, active, requests, streams, tunnels, idleMs, oldest }: WorkerLoad): WorkerLoad {
  return {
    slot,
    pid,
    active,
    requests,
    ...(isNumber(streams) && { streams }),
    ...(isNumber(tunnels) && { tunnels }),
    idleMs,
    ...(oldest && { oldest: casualtyOf(oldest) }),
  };
}

function casualtyOf({ id, method, path, ageMs }: Casualty): Casualty {
  return { id, method, path, ageMs };
}

/** Longer than anything that an operator reads. */
const LONGEST_TEXT = 32 * 1024;
const cut = (text: string) => text.slice(0, LONGEST_TEXT);

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null;
const isNumber = (value: unknown): value is number => typeof value === "number" && Number.isFinite(value);
/** As long as the system takes. */
const LONGEST_PATH = 4_096;
const isPath = (value: unknown): value is string => isText(value) && value.length <= LONGEST_PATH;
const isText = (value: unknown): value is string => typeof value === "string";
// Compared, never converted: String() of an object from a child runs into whatever its `toString` is.
const isOneOf =
  <T extends string>(words: readonly T[]) =>
  (value: unknown): value is T =>
    words.some((word) => word === value);
const isRole = isOneOf(ROLES);
const isLevel = isOneOf(LEVELS);
const isStep = isOneOf(STEPS);
const isLeaveReason = isOneOf(LEAVE_REASONS);
const isKind = isOneOf(APP_KINDS);

/** What is read is also kept; no message of ours has so many. */
const MOST_FACTS = 64;

function factsOf(value: unknown): Record<string, string | number> {
  if (!isRecord(value)) return {};
  return Object.fromEntries(
    Object.entries(value)
      .slice(0, MOST_FACTS)
      .filter((e): e is [string, string | number] => isText(e[1]) || isNumber(e[1])),
  );
}
