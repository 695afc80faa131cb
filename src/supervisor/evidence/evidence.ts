// Evidence of processes that were ended, or have ended by themselves: begun when it is decided that one has to go, kept as a file when
// it has ended. Nothing here holds up an end: whoever decides does not wait, and the line of the end waits for the file no longer than
// KEEP_MS.

import type { EvidenceRecord, EvidenceTold, LookSeen } from "../../control/evidence.ts";
import { type Clock, instantOf, within } from "../../core/clock.ts";
import { GwError, reasonOf } from "../../core/errors.ts";
import type { Log } from "../../core/log.ts";
import type { Reason } from "../../core/reasons.ts";
import { isRecord } from "../../core/records.ts";
import { Turnstile } from "../../core/turnstile.ts";
import { VERSION } from "../../core/version.ts";
import type { Settings } from "../../options/declare/table.ts";
import type { OperatingSystem, Usage } from "../../os/operating-system.ts";
import type { Run } from "../child/run.ts";
import {
  checkEvidenceDirectory,
  type EvidencePlace,
  listEvidence,
  readEvidence,
  refusedDirectory,
  writeEvidence,
} from "./directory.ts";
import { type Condemned, type Gathered, gather, nothingGathered } from "./gathering.ts";
import { nameOfEvidence, renderEvidence } from "./record.ts";

/** How long the line of an end waits for its file. */
const KEEP_MS = 1_000;
/** How long a process that is not hurried stays for it, when it has nothing more to do. */
const STAY_MS = 2_000;
/** How long somebody who asks waits for the disk. */
const READ_MS = 5_000;
const LATE = Symbol("late");
/** Files that are being written, or wait for that; beyond that there is none. */
const MOST_WRITING = 8;

const EVIDENT: ReadonlySet<Reason> = new Set<Reason>([
  "memory_limit",
  "cpu_time_limit",
  "deadlock_timeout",
  "request_timeout",
  "crash",
]);

export type EvidenceSettings = Pick<Settings, "evidenceDirectory" | "evidenceKeep" | "evidenceSize">;

export type EvidenceTools = {
  clock: Clock;
  log: Log;
  os: Pick<OperatingSystem, "usageOf" | "reopeningPath">;
  /** Of gw. */
  uid: number;
  /** Those in force. */
  settings: () => EvidenceSettings;
  /** The last lines that gw has shown. */
  recent: () => string[];
};

/** Looks that are kept of each process, one in a second. */
const LOOKS_KEPT = 60;
const LOOK_MS = 1_000;

const UNKNOWN_OF_FRONTS = "what is on a front end is known to nobody else";

type KeptLook = Omit<LookSeen, "agoMs"> & { atMs: number };

/** What is known of an end by who writes it down. */
export type EndSeen = Pick<
  EvidenceRecord,
  | "process"
  | "role"
  | "slot"
  | "pid"
  | "reason"
  | "kind"
  | "how"
  | "why"
  | "servedMs"
  | "request"
  | "lost"
  | "answered"
  | "crash"
> & { run: Run; stack: readonly string[] | undefined };

export class Evidence {
  readonly #tools: EvidenceTools;
  readonly #write: typeof writeEvidence;
  /** A disk that stands still may hold up one thread of the runtime, and not all, which log files need as well. */
  readonly #turns = new Turnstile(1);
  readonly #gathered = new WeakMap<Run, ReturnType<typeof gather>>();
  readonly #looks = new WeakMap<Run, KeptLook[]>();
  #writing = 0;
  /** Since it was last told. */
  #lost = 0;

  constructor(tools: EvidenceTools, write = writeEvidence) {
    this.#tools = tools;
    this.#write = write;
  }

  get isKept(): boolean {
    return this.#tools.settings().evidenceDirectory !== undefined;
  }

  /** Another configuration holds: that its directory cannot be used is told now, and not at the first end. */
  refresh(): void {
    const place = this.#place();
    const check = () => (place ? checkEvidenceDirectory(place) : Promise.resolve());
    this.#turns.take(check).catch((thrown: unknown) => this.#warn(reasonOf(thrown)));
  }

  /** At a start: rejects with a GwError when there could be none. */
  async check(): Promise<void> {
    const place = this.#place();
    if (!place) return;
    const checked = checkEvidenceDirectory(place).then(() => undefined, reasonOf);
    const fault = await within(this.#tools.clock, READ_MS, checked, "the disk does not answer");
    if (fault !== undefined) throw refusedDirectory(place.path, fault);
  }

  /** How the process is just now; more often than once in a second it is no news. */
  note(run: Run, usage: Usage | undefined): void {
    const looks = this.#looks.get(run) ?? [];
    this.#looks.set(run, looks);
    const atMs = this.#tools.clock.now();
    if (atMs - (looks.at(-1)?.atMs ?? Number.NEGATIVE_INFINITY) < LOOK_MS) return;
    const { lagMs, active, heapBytes } = run.pulse;
    looks.push({ atMs, ...usage, ...(heapBytes !== undefined && { heapBytes }), lagMs, active });
    if (looks.length > LOOKS_KEPT) looks.shift();
  }

  /** It is decided that this process has to go; said again and again, the first time counts. */
  begin(condemned: Condemned): void {
    const { run, order, how } = condemned;
    if (!this.isKept || !EVIDENT.has(order.reason)) return;
    const gathered = this.#gathered.get(run) ?? gather(condemned, this.#tools);
    this.#gathered.set(run, gathered);
    const { clock } = this.#tools;
    if (how !== "kill")
      order.lastAct = async () => void (await within(clock, STAY_MS, gathered.done, undefined));
  }

  /** The process has ended: the path of its file; undefined where there is none, which is told once. Never rejects. */
  async keep(end: EndSeen): Promise<string | undefined> {
    const place = this.#place();
    if (!place || !EVIDENT.has(end.reason) || end.kind === "not_made") return undefined;
    if (this.#writing >= MOST_WRITING) return this.#noteLost("more come than can be written");
    const { clock, settings } = this.#tools;
    const { evidenceKeep: keep, evidenceSize: mostBytes } = settings();
    const record = this.#recordOf(end);
    const name = nameOfEvidence(record);
    this.#writing++;
    const text = renderEvidence(record, mostBytes);
    const written = this.#turns
      .take(() => this.#write(place, name, text, keep))
      .then(
        () => this.#noteWritten(),
        (thrown: unknown) => this.#noteLost(reasonOf(thrown)),
      )
      .finally(() => this.#writing--);
    const outcome = await within(clock, KEEP_MS, written, "late");
    if (outcome === "late") return this.#noteLost(`the disk has not taken it within ${KEEP_MS} ms`);
    return outcome && `${place.path}/${name}`;
  }

  /** Rejects with a GwError where there is none, or none of that name. */
  async tell(name: string | undefined): Promise<EvidenceTold> {
    const place = this.#place();
    if (!place) throw failure("There is no evidence: --evidence-directory is not set");
    const isList = name === undefined || name === "last";
    const files = isList ? await this.#look(place, () => listEvidence(place)) : [];
    if (name === undefined) return { directory: place.path, files };
    const wanted = name === "last" ? files.at(-1)?.name : name.slice(name.lastIndexOf("/") + 1);
    if (wanted === undefined) throw failure(`There is no evidence in ${place.path} yet`);
    const record = recordIn(await this.#look(place, () => readEvidence(place, wanted)));
    if (!record) throw failure(`${place.path}/${wanted} is not whole`);
    return { path: `${place.path}/${wanted}`, record };
  }

  /** Rejects with a GwError, also where the disk does not answer. */
  async #look<T>({ path }: EvidencePlace, act: () => Promise<T>): Promise<T> {
    const fail = (why: string) => failure(`The evidence in ${path} cannot be read: ${why}`);
    const looked = this.#turns.take(act).catch((thrown: unknown) => {
      throw fail(reasonOf(thrown));
    });
    const told = await within(this.#tools.clock, READ_MS, looked, LATE);
    if (told === LATE) throw fail("the disk does not answer");
    return told as T;
  }

  #place(): EvidencePlace | undefined {
    const { settings, uid, os } = this.#tools;
    const { evidenceDirectory: path } = settings();
    return path === undefined ? undefined : { path, uid, os };
  }

  #recordOf({ run, stack, ...end }: EndSeen): Omit<EvidenceRecord, "isCut"> {
    const { clock, recent } = this.#tools;
    const { decidedAtMs, ...found } = this.#gathered.get(run)?.found ?? whatIsLeftOf(run, end);
    const nowMs = clock.now();
    const { atMs: heardMs, lagMs, active, requests: begun } = run.pulse;
    return {
      version: VERSION,
      at: new Date(clock.wall()).toISOString(),
      decidedAt: decidedAtMs === undefined ? null : instantOf(decidedAtMs, clock),
      ...end,
      ...found,
      stack: stack ? [...stack] : found.stack,
      lastMinute: (this.#looks.get(run) ?? []).map(({ atMs, ...look }) => ({
        agoMs: Math.round(nowMs - atMs),
        ...look,
      })),
      loop: { lagMs, worstLagMs: run.worstLagMs, silentMs: Math.round(nowMs - heardMs), active, begun },
      lastLines: [...run.lastLines],
      log: recent(),
    };
  }

  #noteLost(why: string): undefined {
    if (this.#lost++ === 0) this.#warn(why);
  }

  #warn(why: string): void {
    const { log, settings } = this.#tools;
    log.warn("evidence is not kept until it can be written again", {
      directory: settings().evidenceDirectory,
      why,
    });
  }

  #noteWritten(): true {
    if (this.#lost > 0) this.#tools.log.warn("evidence is kept again", { lost: this.#lost });
    this.#lost = 0;
    return true;
  }
}

/** Of one that nobody had asked anything: what it had last said, and what the system had last told. */
function whatIsLeftOf({ usage, pulse }: Run, { role, kind }: Pick<EndSeen, "role" | "kind">): Gathered {
  const wasKilled = kind === "killed_by_gw";
  const gathered = nothingGathered(
    wasKilled ? "it was killed without being asked" : "it ended by itself, and could not be asked",
  );
  return {
    ...gathered,
    requests: { missing: role === "front" ? UNKNOWN_OF_FRONTS : "it ended by itself; see `lost`" },
    ...(usage && { usage }),
    ...(pulse.heapBytes !== undefined && { figures: { heapBytes: pulse.heapBytes } }),
  };
}

const TEXTS = ["at", "process", "reason", "kind", "how"];
const OBJECTS = ["requests", "lost", "loop", "usage", "figures", "profile", "objects"];
const LISTS = ["answered", "lastMinute", "lastLines", "log"];

const isWhole = (raw: Record<string, unknown>) =>
  TEXTS.every((name) => typeof raw[name] === "string") &&
  OBJECTS.every((name) => isRecord(raw[name])) &&
  LISTS.every((name) => Array.isArray(raw[name]));

/** It may be half written, or have been changed by somebody. */
function recordIn(text: string): EvidenceRecord | undefined {
  try {
    const raw: unknown = JSON.parse(text);
    return isRecord(raw) && isWhole(raw) ? (raw as EvidenceRecord) : undefined;
  } catch {
    return undefined;
  }
}

const failure = (what: string) => new GwError("command_failed", { what });
