// What a child says, checked: a child's word is never trusted, because an app shares the process with its worker role.
// Every field of every message is looked at here, and nothing else comes through.

import type { Level } from "../core/log.ts";
import { isRecord } from "../core/records.ts";
import { readAppMetrics } from "./apps/app-metrics.ts";
import {
  countOf,
  cutPath,
  cutText,
  cutWord,
  isNumber,
  isOneOf,
  isPath,
  isText,
  MOST_LISTED,
} from "./bounded.ts";
import { BOUNDS_MS, type Distribution, type Exemplar, type Sample } from "./figures.ts";
import {
  APP_KINDS,
  DEEDS,
  type DeedRequest,
  type FromChild,
  LEAVE_REASONS,
  ROLES,
  STACK_WRITINGS,
  STEPS,
  SUBJECTS,
} from "./messages.ts";
import { readStats } from "./read-stats.ts";
import { casualtyOf, isCasualty, readNotable, readRequests, unawaitedOf } from "./requests/read-requests.ts";
import { SPANS_CHARACTERS } from "./traces/spans.ts";

const LEVELS: readonly Level[] = ["error", "warn", "info", "debug"];

/** One reader for each message of a child: it takes the fields that are right, and nothing else. */
const READERS: {
  [T in FromChild["type"]]: (raw: RawMessage) => Extract<FromChild, { type: T }> | undefined;
} = {
  hello: (raw) =>
    isNumber(raw.protocol) && isRole(raw.role) && isNumber(raw.pid) && isText(raw.version)
      ? { type: "hello", protocol: raw.protocol, role: raw.role, pid: raw.pid, version: cutWord(raw.version) }
      : undefined,
  step: (raw) => (isStep(raw.step) ? { type: "step", step: raw.step } : undefined),
  ready: (raw) => ({
    type: "ready",
    ...(isKind(raw.kind) && { kind: raw.kind }),
    ...(isText(raw.url) && { url: cutPath(raw.url) }),
    ...(isNumber(raw.port) && { port: raw.port }),
    ...(isRecord(raw.limits) && { limits: factsOf(raw.limits) }),
    ...(raw.http2 === true && { http2: true }),
    ...(raw.saysContinue === true && { saysContinue: true }),
    ...(isText(raw.app) && { app: cutPath(raw.app) }),
  }),
  failed: (raw) =>
    isText(raw.cause) && isStep(raw.step)
      ? {
          type: "failed",
          cause: cutWord(raw.cause),
          facts: factsOf(raw.facts),
          step: raw.step,
          ...(isText(raw.detail) && { detail: cutText(raw.detail) }),
        }
      : undefined,
  awaits: ({ cause, facts }) => ({
    type: "awaits",
    ...(isText(cause) && { cause: cutWord(cause), facts: factsOf(facts) }),
  }),
  heartbeat: ({ lagMs, active, ageSumMs, requests, heapBytes }) => ({
    type: "heartbeat",
    ...(isNumber(lagMs) && { lagMs: countOf(lagMs) }),
    ...(isNumber(active) && { active: countOf(active) }),
    ...(isNumber(ageSumMs) && { ageSumMs: countOf(ageSumMs) }),
    ...(isNumber(requests) && { requests: countOf(requests) }),
    ...(isNumber(heapBytes) && { heapBytes: countOf(heapBytes) }),
  }),
  leaving: ({ reason }) => (isLeaveReason(reason) ? { type: "leaving", reason } : undefined),
  traceable: ({ mark, writing }) =>
    isText(mark) && /^[0-9a-f]{32}$/.test(mark)
      ? { type: "traceable", mark, ...(isStackWriting(writing) && { writing }) }
      : undefined,
  exits: ({ code }) => (isNumber(code) ? { type: "exits", code } : undefined),
  stats: (raw) => {
    const stats = readStats(raw.stats);
    return stats && { type: "stats", stats };
  },
  figures: ({ samples }) =>
    Array.isArray(samples)
      ? { type: "figures", samples: samples.slice(0, MOST_LISTED).flatMap(sampleOf) }
      : undefined,
  modules: ({ files, missing }) =>
    Array.isArray(files) && Array.isArray(missing)
      ? { type: "modules", files: pathsOf(files), missing: pathsOf(missing) }
      : undefined,
  examined: ({ id, bytes, reason, figures, total, counts }) =>
    isNumber(id)
      ? {
          type: "examined",
          id,
          ...(isNumber(bytes) && { bytes: countOf(bytes) }),
          ...(isText(reason) && { reason: cutPath(reason) }),
          ...(isRecord(figures) && { figures: numbersOf(figures) }),
          ...(isNumber(total) && { total: countOf(total) }),
          ...(Array.isArray(counts) && { counts: counts.slice(0, MOST_COUNTS).flatMap(countedOf) }),
        }
      : undefined,
  counted: (raw) => {
    const metrics = readAppMetrics(raw.metrics);
    return metrics && { type: "counted", metrics };
  },
  pressure: ({ group, waitedMs, newest }) =>
    isText(group) && isNumber(waitedMs)
      ? { type: "pressure", group: cutWord(group), waitedMs, ...(isPath(newest) && { newest }) }
      : undefined,
  ask: ({ id, about }) => (isNumber(id) && isSubject(about) ? { type: "ask", id, about } : undefined),
  act: ({ id, token, client, request }) => {
    const asked = deedOf(request);
    return isNumber(id) && isText(token) && isText(client) && asked
      ? { type: "act", id, token: cutWord(token), client: cutWord(client), request: asked }
      : undefined;
  },
  spans: ({ text, count }) =>
    isText(text) && text.length <= SPANS_CHARACTERS && isNumber(count)
      ? { type: "spans", text, count: countOf(count) }
      : undefined,
  taken: ({ id }) => (isNumber(id) ? { type: "taken", id } : undefined),
  quiet: () => ({ type: "quiet" }),
  closed: () => ({ type: "closed" }),
  steered: ({ id, reason }) =>
    isNumber(id) ? { type: "steered", id, ...(isText(reason) && { reason: cutPath(reason) }) } : undefined,
  lost: (raw) =>
    isText(raw.socket) && isNumber(raw.pid) && isNumber(raw.count) && Array.isArray(raw.requests)
      ? {
          type: "lost",
          socket: cutPath(raw.socket),
          pid: raw.pid,
          count: raw.count,
          requests: raw.requests.slice(0, MOST_CASUALTIES).filter(isCasualty).map(casualtyOf),
          ...(Array.isArray(raw.unawaited) && {
            unawaited: raw.unawaited.slice(0, MOST_CASUALTIES).flatMap(unawaitedOf),
          }),
          ...(isNumber(raw.tunnels) && { tunnels: raw.tunnels }),
          ...(isNumber(raw.cut) && { cut: raw.cut }),
          ...(raw.hasAnswered === true && { hasAnswered: true }),
          ...(raw.isUnclear === true && { isUnclear: true }),
          hasLeft: raw.hasLeft === true,
        }
      : undefined,
  requests: readRequests,
  notable: readNotable,
  cut: ({ count }) => (isNumber(count) ? { type: "cut", count } : undefined),
  log: (raw) =>
    isLevel(raw.level) && isText(raw.text)
      ? { type: "log", level: raw.level, text: cutText(raw.text), fields: factsOf(raw.fields) }
      : undefined,
  drained: () => ({ type: "drained" }),
  bye: (raw) => ({ type: "bye", reason: isText(raw.reason) ? cutPath(raw.reason) : "" }),
};

/** A child's message, checked; undefined when it is none of ours. Extra fields are ignored. */
export function readMessage(raw: unknown): FromChild | undefined {
  if (!isRecord(raw) || !isText(raw.type) || !Object.hasOwn(READERS, raw.type)) return undefined;
  return READERS[raw.type as FromChild["type"]](raw);
}

type RawMessage = Record<string, unknown>;

/** What is counted never goes below nothing. */
function sampleOf(raw: unknown): Sample[] {
  if (!isRecord(raw) || !isText(raw.metric) || !Array.isArray(raw.labels) || !raw.labels.every(isText))
    return [];
  const value = isNumber(raw.value) ? countOf(raw.value) : distributionOf(raw.value);
  const labels = raw.labels.slice(0, MOST_LABELS).map(cutWord);
  return value === undefined ? [] : [{ metric: cutWord(raw.metric), labels, value }];
}

function distributionOf(raw: unknown): Distribution | undefined {
  if (!isRecord(raw) || !isNumber(raw.sumMs) || !Array.isArray(raw.counts)) return undefined;
  if (raw.counts.length !== BOUNDS_MS.length + 1 || !raw.counts.every(isNumber)) return undefined;
  const exemplars = Array.isArray(raw.exemplars) ? raw.exemplars.filter(isExemplar).map(exemplarOf) : [];
  return {
    counts: raw.counts.map(countOf),
    sumMs: countOf(raw.sumMs),
    ...(exemplars.length > 0 && { exemplars: exemplars.slice(0, raw.counts.length) }),
  };
}

function isExemplar(value: unknown): value is Exemplar {
  return (
    isRecord(value) &&
    isNumber(value.bucket) &&
    isText(value.traceId) &&
    /^[0-9a-f]{32}$/.test(value.traceId) &&
    isNumber(value.ms) &&
    isNumber(value.wallMs)
  );
}

const exemplarOf = ({ bucket, traceId, ms, wallMs }: Exemplar): Exemplar => ({ bucket, traceId, ms, wallMs });

function deedOf(raw: unknown): DeedRequest | undefined {
  if (!isRecord(raw) || !isDeed(raw.deed)) return undefined;
  const { deed, worker, group } = raw;
  return { deed, ...(isNumber(worker) && { worker }), ...(isText(group) && { group: cutWord(group) }) };
}

/** Requests that ended together; a front names fewer. */
const MOST_CASUALTIES = 64;
/** Files of an app; what is more is not watched. */
const MOST_PATHS = 20_000;
const MOST_FACTS = 64;
const MOST_LABELS = 8;

const isRole = isOneOf(ROLES);
const isLevel = isOneOf(LEVELS);
const isStep = isOneOf(STEPS);
const isStackWriting = isOneOf(STACK_WRITINGS);
const isLeaveReason = isOneOf(LEAVE_REASONS);
const isKind = isOneOf(APP_KINDS);
const isSubject = isOneOf(SUBJECTS);
const isDeed = isOneOf(DEEDS);

/** Functions, or kinds of objects. */
const MOST_COUNTS = 64;

function countedOf(raw: unknown): [string, number][] {
  const [name, count] = Array.isArray(raw) ? raw : [];
  return isText(name) && isNumber(count) ? [[cutWord(name), countOf(count)]] : [];
}

const numbersOf = (raw: Record<string, unknown>) =>
  Object.fromEntries(
    Object.entries(factsOf(raw)).filter((fact): fact is [string, number] => isNumber(fact[1])),
  );

const pathsOf = (paths: unknown[]) => paths.slice(0, MOST_PATHS).filter(isPath);

function factsOf(value: unknown): Record<string, string | number> {
  if (!isRecord(value)) return {};
  return Object.fromEntries(
    Object.entries(value)
      .slice(0, MOST_FACTS)
      .filter((e): e is [string, string | number] => isText(e[1]) || isNumber(e[1]))
      .map(([name, fact]) => [cutWord(name), isText(fact) ? cutPath(fact) : fact]),
  );
}
