// Certificates that are renewed while gw runs: a changed file is read as soon as it has come to rest, and served to whoever
// connects from then on, if it is good. One that nobody renews is spoken of each day.

import type { Certified } from "../../certificates/certificate-files.ts";
import { DAY_MS, describeExpiry, expiresSoon } from "../../certificates/dates.ts";
import { certificateFilesOf, certifiedBy } from "../../certificates/read-certificates.ts";
import type { RefusedCertificate } from "../../control/status.ts";
import type { Clock, Timer } from "../../core/clock.ts";
import type { Log } from "../../core/log.ts";
import type { ConfigFollower, Reloads } from "../generations/reloads.ts";
import type { Chronicle } from "../records/chronicle.ts";
import { Changes, type LookAt } from "./changes.ts";

export type RenewalSetup = {
  clock: Clock;
  log: Log;
  look: LookAt;
  reloads: () => Pick<Reloads, "present" | "renew" | "settled" | "readCertificates">;
  chronicle: Pick<Chronicle, "noteReload">;
};

export class Renewal implements ConfigFollower {
  readonly #setup: RenewalSetup;
  readonly #changes: Changes;
  #daily: Timer | undefined;
  #isStopped = false;
  /** The last change of a file, when what it says since then cannot be served. */
  refused: RefusedCertificate | undefined;

  constructor(setup: RenewalSetup) {
    this.#setup = setup;
    const { clock, look } = setup;
    this.#changes = new Changes({ clock, look, onChange: (paths) => void this.#read(paths) });
  }

  /** A configuration has begun to hold, whose certificates are good. */
  refresh(): void {
    this.refused = undefined;
    const files = certificateFilesOf(this.#setup.reloads().present);
    if (this.#isStopped || files.length === 0) return this.#rest();
    this.#changes.watch(files);
    this.#daily ??= this.#nextDay();
  }

  stop(): void {
    this.#isStopped = true;
    this.#rest();
  }

  #rest(): void {
    this.#changes.stop();
    this.#daily?.cancel();
    this.#daily = undefined;
  }

  /** What a reload has read meanwhile is no other one. */
  async #read([file = "a file"]: readonly string[]): Promise<void> {
    const { log, clock } = this.#setup;
    const reloads = this.#setup.reloads();
    await reloads.settled();
    if (this.#isStopped) return;
    const read = reloads.readCertificates(reloads.present);
    const { problems, warnings, certificates } = read;
    const [problem] = problems;
    if (problem) {
      const { what: why, advice } = problem;
      this.refused = { file, at: new Date(clock.wall()).toISOString(), reason: why };
      log.error("a changed certificate was refused; the one before is served on", { file, why, advice });
      const refused = { outcome: "refused", generation: null, tookMs: 0, reason: why } as const;
      this.#setup.chronicle.noteReload({ ...refused, by: `a change of ${file}`, detail: advice ?? null });
      return;
    }
    const wasRefused = this.refused !== undefined;
    this.refused = undefined;
    if (isSame(read, reloads.present)) {
      if (wasRefused) log.info("the certificate that is served stands in its file again", { file });
      return;
    }
    for (const warning of warnings) log.warn(warning);
    const soonest = Math.min(...certificates.map(({ expiresAtMs }) => expiresAtMs));
    log.info("a certificate has changed", { file, until: new Date(soonest).toISOString() });
    // The reason of a refusal stands in the log already.
    await reloads.renew(`a change of ${file}`, certifiedBy(read)).catch(() => {});
  }

  #nextDay(): Timer {
    return this.#setup.clock.after(DAY_MS, () => {
      this.#daily = this.#nextDay();
      this.#tellExpiry();
    });
  }

  #tellExpiry(): void {
    const { log, clock } = this.#setup;
    const nowMs = clock.wall();
    for (const { path, expiresAtMs } of this.#setup.reloads().present.certificates ?? []) {
      if (expiresSoon(expiresAtMs, nowMs)) log.warn(describeExpiry(path, expiresAtMs, nowMs));
      else if (expiresAtMs < nowMs)
        log.error("a certificate has expired, and clients refuse it", { file: path });
    }
  }
}

function isSame(some: Certified, others: Certified): boolean {
  const of = ({ certificates = [], authorities }: Certified) => JSON.stringify([certificates, authorities]);
  return of(some) === of(others);
}
