// What a front end says of single requests, checked as every word of a child. Pure.

import { isCause } from "../../core/errors.ts";
import { isRecord } from "../../core/records.ts";
import { countOf, cutPath, cutWord, isNumber, isOneOf, isText } from "../bounded.ts";
import type { Casualty, FromChild, Unawaited } from "../messages.ts";
import {
  type ActiveTold,
  MOST_ACTIVE_TOLD,
  MOST_NOTABLE,
  type PhaseTimes,
  REQUEST_PHASES,
  type RefusedTold,
  type RequestPhase,
  type SlowTold,
} from "./requests.ts";

type Raw = Record<string, unknown>;

/** So long is no request under way. */
const LONGEST_MS = 10 * 365 * 86_400_000;

const isPhase = isOneOf(Object.keys(REQUEST_PHASES) as RequestPhase[]);
const timeOf = (ms: number) => Math.min(countOf(ms), LONGEST_MS);

export function isCasualty(value: unknown): value is Casualty {
  return (
    isRecord(value) && isText(value.id) && isText(value.method) && isText(value.path) && isNumber(value.ageMs)
  );
}

export function casualtyOf({ id, method, path, ageMs, cause }: Casualty): Casualty {
  const named = { id: cutWord(id), method: cutWord(method), path: cutPath(path), ageMs };
  return { ...named, ...(isText(cause) && { cause: cutWord(cause) }) };
}

export function unawaitedOf(raw: unknown): Unawaited[] {
  if (!isCasualty(raw)) return [];
  const { overMs } = raw as Raw & Casualty;
  return isNumber(overMs) ? [{ ...casualtyOf(raw), overMs: timeOf(overMs) }] : [];
}

export function readRequests({
  id,
  requests,
  total,
}: Raw): Extract<FromChild, { type: "requests" }> | undefined {
  if (!isNumber(id) || !isNumber(total) || !Array.isArray(requests)) return undefined;
  const told = requests.slice(0, MOST_ACTIVE_TOLD).flatMap(activeOf);
  return { type: "requests", id, requests: told, total: countOf(total) };
}

export function readNotable({ refused, slow }: Raw): Extract<FromChild, { type: "notable" }> | undefined {
  if (!Array.isArray(refused) || !Array.isArray(slow)) return undefined;
  return {
    type: "notable",
    refused: refused.slice(0, MOST_NOTABLE).flatMap(refusedOf),
    slow: slow.slice(0, MOST_NOTABLE).flatMap(slowOf),
  };
}

function knownOf(raw: unknown): Omit<ActiveTold, "phase">[] {
  if (!isCasualty(raw)) return [];
  const { client, group, worker } = raw as Raw & Casualty;
  if (!isText(client) || !isText(group) || !isNumber(worker)) return [];
  const { ageMs, cause: _, ...named } = casualtyOf(raw);
  return [
    {
      ...named,
      ageMs: timeOf(ageMs),
      client: cutWord(client),
      group: cutWord(group),
      worker: countOf(worker),
    },
  ];
}

function activeOf(raw: unknown): ActiveTold[] {
  return knownOf(raw).flatMap((known) => {
    const { phase } = raw as Raw;
    return isPhase(phase) ? [{ ...known, phase }] : [];
  });
}

function refusedOf(raw: unknown): RefusedTold[] {
  return knownOf(raw).flatMap((known) => {
    const { cause, status, agoMs, why } = raw as Raw;
    if (!isText(cause) || !isCause(cause) || !isNumber(status) || !isNumber(agoMs)) return [];
    const told = { ...known, cause, status: countOf(status), agoMs: timeOf(agoMs) };
    return [{ ...told, ...(isText(why) && { why: cutWord(why) }) }];
  });
}

function slowOf(raw: unknown): SlowTold[] {
  return activeOf(raw).flatMap((active) => {
    const { times, isOver, status, cause, others } = raw as Raw;
    if (!isRecord(times) || !isNumber(status) || !isNumber(others)) return [];
    const told = { ...active, times: timesOf(times), isOver: isOver === true, status: countOf(status) };
    return [{ ...told, ...(isText(cause) && { cause: cutWord(cause) }), others: countOf(others) }];
  });
}

function timesOf({ receive, queue, app, body }: Raw): PhaseTimes {
  const time = (said: unknown) => (isNumber(said) ? timeOf(said) : null);
  return { receive: time(receive) ?? 0, queue: time(queue), app: time(app), body: time(body) };
}
