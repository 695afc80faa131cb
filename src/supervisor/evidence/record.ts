// What a file of evidence holds, and what it is called: pure. Whatever went into it, it is no larger than it may be.

import type { EvidenceFile, EvidenceRecord } from "../../control/evidence.ts";

/** So much of each list is left at most, one try after the other; with nothing left it fits in any size that may be asked for. */
const SHARES = [1, 0.5, 0.25, 0.1, 0];
const LINE_LENGTH = 1_000;
const WORD_LENGTH = 300;
/** Lines of gw's log. */
const MOST_LINES = 100;
const MOST_ROWS = 200;
const MOST_ANSWERED = 50;

const cutLine = (line: string) => (line.length <= LINE_LENGTH ? line : `${line.slice(0, LINE_LENGTH)}…`);
const cutWord = (word: string) => word.slice(0, WORD_LENGTH);

/** The text of the file, in at most so many bytes. */
export function renderEvidence(record: Omit<EvidenceRecord, "isCut">, mostBytes: number): string {
  let text = "";
  for (const share of SHARES) {
    text = `${JSON.stringify(cutTo(record, share), null, 2)}\n`;
    if (Buffer.byteLength(text) <= mostBytes) return text;
  }
  return text;
}

/** Of lines the last are left, of all else the first. */
function cutTo(record: Omit<EvidenceRecord, "isCut">, share: number): EvidenceRecord {
  const first = <T>(list: readonly T[]): T[] => list.slice(0, Math.ceil(share * MOST_ROWS));
  const firstOf = (counts: Record<string, number>) => Object.fromEntries(first(Object.entries(counts)));
  const last = (lines: readonly string[]): string[] =>
    share === 0 ? [] : lines.slice(-Math.ceil(share * MOST_LINES)).map(cutLine);
  const { requests, lost, stack, profile, objects, figures } = record;
  return {
    ...record,
    how: cutLine(record.how),
    why: record.why && cutLine(record.why),
    crash: record.crash && cutLine(record.crash),
    requests: "told" in requests ? { ...requests, told: first(requests.told) } : requests,
    answered: share === 0 ? [] : record.answered.slice(-Math.ceil(share * MOST_ANSWERED)),
    lost: { ...lost, requests: first(lost.requests) },
    lastMinute: share === 0 ? [] : record.lastMinute,
    figures: share === 0 && !("missing" in figures) ? {} : figures,
    stack: Array.isArray(stack) ? first(stack).map(cutWord) : stack,
    profile: "functions" in profile ? { ...profile, functions: firstOf(profile.functions) } : profile,
    objects: "kinds" in objects ? { ...objects, kinds: firstOf(objects.kinds) } : objects,
    lastLines: last(record.lastLines),
    log: last(record.log),
    isCut: share < 1,
  };
}

/** `20261129T135612123-memory_limit-worker-1-12345.json`: in the order in which the processes ended. */
const NAME =
  /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)(\d{3})-([a-z_]{1,32})-([A-Za-z0-9_-]{1,80})-(\d{1,10})\.json$/;

export function nameOfEvidence({
  at,
  reason,
  process: name,
  pid,
}: Pick<EvidenceRecord, "at" | "reason" | "process" | "pid">): string {
  const instant = at.replace(/[-:.Z]/g, "");
  const who = name.replace(/[^A-Za-z0-9_]+/g, "-").slice(0, 80);
  return `${instant}-${reason}-${who}-${pid ?? 0}.json`;
}

/** Undefined for a name that gw gives to none of its files. */
export function readEvidenceName(name: string): Omit<EvidenceFile, "bytes"> | undefined {
  const [, year, month, day, hour, minute, second, ms, reason = "", process = "", pid] =
    NAME.exec(name) ?? [];
  if (pid === undefined) return undefined;
  const at = `${year}-${month}-${day}T${hour}:${minute}:${second}.${ms}Z`;
  return { name, at, reason, process, pid: Number(pid) };
}
