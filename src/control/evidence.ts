// What is kept of a process that was ended, or has ended by itself: one file of JSON each. Types only; supervisor/evidence fills them
// in and bounds them, `gw evidence` shows them.

import type { EndingKind, Reason } from "../core/reasons.ts";
import type { Role } from "../link/messages.ts";
import type { ActiveTold } from "../link/requests/requests.ts";
import type { EndRecord, RefusedRequest, RequestNamed } from "./records.ts";

/** What could not be had, and why not: a sentence without its full stop. */
export type Missing = { missing: string };

/** The oldest first, not all of many; never their queries. `total`: how many there were. */
export type RequestsSeen = { total: number; told: ActiveTold[] };

/** Where the processor time went: how many of the samples met each function, the most frequent first. */
export type ProfileSeen = { forMs: number; samples: number; functions: Record<string, number> };

/** What is on the heap: how many objects of each kind, the most frequent first; and how many in all. */
export type ObjectsSeen = { total: number; kinds: Record<string, number> };

/** A look at the process, one in a second. Undefined where nobody knew. */
export type LookSeen = {
  /** Before the end. */
  agoMs: number;
  rssBytes?: number;
  cpuMs?: number;
  heapBytes?: number;
  lagMs: number;
  active: number;
};

/** Times in milliseconds, sizes in bytes, instants in wall time, ISO 8601. */
export type EvidenceRecord = {
  /** Of gw. */
  version: string;
  /** When the process had ended. */
  at: string;
  /** When it was decided that it had to go, which is when it was looked at; null where nobody had decided that. */
  decidedAt: string | null;
  process: string;
  role: Role;
  slot: number;
  pid: number | null;
  reason: Reason;
  kind: EndingKind;
  how: string;
  why: string | null;
  servedMs: number | null;
  /** On the process, when it was decided. */
  requests: RequestsSeen | Missing;
  /** The longest on it, as the line of the end names it; absent where nobody's was, and in files of an earlier gw. */
  request?: NonNullable<EndRecord["request"]>;
  /** That gw had answered in the place of the app, in the life of the process: the app may have been still at them. The newest last. */
  answered: RefusedRequest[];
  /** That got no answer, or half of one, from the app. */
  lost: { count: number; requests: RequestNamed[] };
  /** The process's own last word of its event loop, and how long before that instant it had come. */
  loop: { lagMs: number; worstLagMs: number; silentMs: number; active: number; begun: number };
  /** As the system tells. */
  usage: { rssBytes: number; cpuMs: number } | Missing;
  /** Its last minute, the newest at the end. */
  lastMinute: LookSeen[];
  /** As the process tells: memory by its uses, and what its collector has. */
  figures: Record<string, number> | Missing;
  /** The innermost frame first; none where the loop waited. */
  stack: string[] | Missing;
  profile: ProfileSeen | Missing;
  objects: ObjectsSeen | Missing;
  /** First line of the report of a crashed runtime. */
  crash: string | null;
  /** Last lines of its standard error. */
  lastLines: string[];
  /** Last lines of gw's whole log, with what the apps print. */
  log: string[];
  /** Lists were cut for the sake of the file's size. */
  isCut: boolean;
};

/** What the name of a file tells of it, and its size. */
export type EvidenceFile = {
  name: string;
  at: string;
  process: string;
  pid: number;
  reason: string;
  bytes: number;
};

/** With a name: that file. Else all of them, the oldest first. */
export type EvidenceTold =
  | { directory: string; files: EvidenceFile[] }
  | { path: string; record: EvidenceRecord };
