// Reads what the other gw says. It may be of another version, so that what is not there is nothing, and what is not
// understood is undefined. Pure.

import type { Records } from "../../control/records.ts";
import { isRecord } from "../../core/records.ts";
import type { Sample } from "../../link/figures.ts";
import type { PublicPlace } from "../../options/groups/places.ts";
import type { Estate, FromNew, FromOld, Inheritance } from "./messages.ts";

const TEXT_LENGTH = 64 * 1024;

export function readFromNew(raw: unknown): FromNew | undefined {
  if (!isRecord(raw)) return undefined;
  const { type, protocol, version, message, detail, id, workers, reason, pauses } = raw;
  switch (type) {
    case "hello":
      return isCount(protocol) && isText(version) ? { type, protocol, version } : undefined;
    case "refused":
      return isText(message) ? { type, message, ...(isText(detail) && { detail }) } : undefined;
    case "bound":
    case "closed":
      return isCount(id) ? { type, id } : undefined;
    case "ready":
      return isCount(workers) ? { type, workers } : undefined;
    case "steered":
    case "proved":
      return isCount(id) ? { type, id, ...(isText(reason) && { reason }) } : undefined;
    case "paused": {
      const all = listOf(pauses, readPause);
      return all && { type, pauses: all };
    }
    case "taken":
    case "stop":
      return { type };
    default:
      return undefined;
  }
}

export function readFromOld(raw: unknown): FromOld | undefined {
  if (!isRecord(raw)) return undefined;
  const { type, id, listeners, order } = raw;
  switch (type) {
    case "inherit": {
      const inheritance = readInheritance(raw.inheritance);
      return inheritance && { type, inheritance };
    }
    case "steer":
      return isCount(id) ? { type, id, listeners: countsIn(listeners) } : undefined;
    case "prove":
      return isCount(id) ? { type, id } : undefined;
    case "take":
      return { type, estate: readEstate(raw.estate) };
    case "alone":
      return { type, order: countsIn(order) };
    case "counted":
      return { type, samples: samplesIn(raw.samples), restarts: numbersIn(raw.restarts) };
    case "main":
    case "released":
      return { type };
    default:
      return undefined;
  }
}

function readInheritance(raw: unknown): Inheritance | undefined {
  if (!isRecord(raw)) return undefined;
  const {
    version,
    pid,
    serverRoot,
    generation,
    salt,
    statusToken,
    main,
    https,
    handed,
    rates,
    program,
    rootPid,
    cwd,
  } = raw;
  const places = listOf(raw.places, readPlace);
  if (!isText(version) || !isText(serverRoot) || !isText(statusToken) || !places) return undefined;
  if (!isCount(pid) || !isCount(generation) || !isCount(salt) || !isCount(main)) return undefined;
  if (!isCount(handed) || !isCount(program) || !isCount(rootPid)) return undefined;
  return {
    ...{ version, pid, serverRoot, generation, salt, statusToken, places, main, handed, program, rootPid },
    ...(isCount(https) && { https }),
    ...(isText(cwd) && { cwd }),
    ...(isCount(rates) && { rates }),
    asked: textsIn(raw.asked),
    guarded: listOf(raw.guarded, readGuarded) ?? [],
    groups: listOf(raw.groups, readGroup) ?? [],
  };
}

function readPlace(raw: unknown): PublicPlace | undefined {
  if (!isRecord(raw)) return undefined;
  const { unix, host, port, isTls, descriptor } = raw;
  const common = { isTls: isTls === true, ...(isCount(descriptor) && { descriptor }) };
  if (isText(unix)) return { unix, ...common };
  return isText(host) && isCount(port) ? { host, port, ...common } : undefined;
}

function readGuarded(raw: unknown): Inheritance["guarded"][number] | undefined {
  if (!isRecord(raw) || !isCount(raw.port)) return undefined;
  const addresses = textsIn(raw.addresses).filter((text) => /^(?:[0-9a-f]{8}|[0-9a-f]{32})$/.test(text));
  return { port: raw.port, addresses };
}

function readGroup(raw: unknown): Inheritance["groups"][number] | undefined {
  if (!isRecord(raw)) return undefined;
  const { name, min, max, wanted } = raw;
  return isText(name) && isCount(min) && isCount(max) && isCount(wanted)
    ? { name, min, max, wanted }
    : undefined;
}

function readEstate(raw: unknown): Estate {
  const { samples, restarts, records, pauses } = isRecord(raw) ? raw : {};
  return {
    samples: samplesIn(samples),
    restarts: numbersIn(restarts),
    records: recordsIn(records),
    pauses: listOf(pauses, readPause) ?? [],
  };
}

function readPause(raw: unknown): Estate["pauses"][number] | undefined {
  if (!isRecord(raw)) return undefined;
  const { group, forMs } = raw;
  return isText(group) && typeof forMs === "number" && forMs >= 0 ? { group, forMs } : undefined;
}

/** What each record says is shown, and decides nothing: its writer is gw itself. */
function recordsIn(raw: unknown): Records {
  const of = (name: keyof Records) => {
    const all = isRecord(raw) && Array.isArray(raw[name]) ? raw[name] : [];
    return all.filter(isRecord) as never;
  };
  return {
    ends: of("ends"),
    reloads: of("reloads"),
    refusals: of("refusals"),
    refused: of("refused"),
    slow: of("slow"),
    spells: of("spells"),
  };
}

/** Those that the table of metrics does not know are left out by whoever adds them up. */
function samplesIn(raw: unknown): Sample[] {
  return (Array.isArray(raw) ? raw : []).filter(
    (one): one is Sample =>
      isRecord(one) &&
      isText(one.metric) &&
      Array.isArray(one.labels) &&
      one.labels.every(isText) &&
      isValue(one.value),
  );
}

const isValue = (raw: unknown): boolean =>
  typeof raw === "number" ||
  (isRecord(raw) &&
    Array.isArray(raw.counts) &&
    raw.counts.every((one) => typeof one === "number") &&
    typeof raw.sumMs === "number");

const isText = (raw: unknown): raw is string => typeof raw === "string" && raw.length <= TEXT_LENGTH;
const isCount = (raw: unknown): raw is number =>
  typeof raw === "number" && Number.isSafeInteger(raw) && raw >= 0;
const textsIn = (raw: unknown): string[] => (Array.isArray(raw) ? raw.filter(isText) : []);
const countsIn = (raw: unknown): number[] => (Array.isArray(raw) ? raw.filter(isCount) : []);

function numbersIn(raw: unknown): Record<string, number> {
  const entries = isRecord(raw) ? Object.entries(raw) : [];
  return Object.fromEntries(entries.filter((entry): entry is [string, number] => isCount(entry[1])));
}

/** Undefined where one of them is not understood. */
function listOf<T>(raw: unknown, read: (one: unknown) => T | undefined): T[] | undefined {
  if (!Array.isArray(raw)) return undefined;
  const all = raw.map(read);
  return all.every((one) => one !== undefined) ? (all as T[]) : undefined;
}
