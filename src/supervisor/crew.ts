// All slots of one role: started together, awaited together, replaced one by one, closed together. Before the first
// serving a failure ends the whole start; afterwards it is a line in the log, and the slot tries again by itself.
import type { Log } from "../core/log.ts";
import type { FrontStats } from "../link/messages.ts";
import type { Rest } from "./policy.ts";
import { describeJourney } from "./report.ts";
import type { Ready } from "./run.ts";
import { type Report, Slot, type SlotOwner, type SlotSetup, type SlotTools } from "./slot.ts";
import { describeEnding, type Stream } from "./spawn.ts";

/** What the crew's owner makes of it. */
export type CrewNews = {
  onReady(slot: Slot, ready: Ready): void;
  onWithdrawn(slot: Slot): void;
  onStats(slot: Slot, stats: FrontStats): void;
};

export type PrintLine = (who: string, stream: Stream, text: string) => void;

export class Crew implements SlotOwner {
  readonly slots: readonly Slot[];
  private readonly log: Log;
  private readonly allReady = Promise.withResolvers<void>();
  private readonly waiting: Set<Slot>;
  private phase: "starting" | "serving" | "leaving" = "starting";

  constructor(
    setups: readonly SlotSetup[],
    tools: SlotTools,
    private readonly print: PrintLine,
    private readonly news: CrewNews,
  ) {
    this.log = tools.log;
    this.slots = setups.map((setup, index) => new Slot(index + 1, setup, this, tools));
    this.waiting = new Set(this.slots);
  }

  get pids(): number[] {
    return this.slots.flatMap((slot) => slot.pid ?? []);
  }

  /** Resolves when every slot has been ready once; rejects with the first error. */
  start(): Promise<void> {
    for (const slot of this.slots) slot.start();
    this.checkReady();
    return this.allReady.promise;
  }

  /** Resolves when no process is left. A second call may hurry the first one: `stop` after `drain`. */
  async leave(how: "drain" | "stop"): Promise<void> {
    this.phase = "leaving";
    await Promise.all(this.slots.map((slot) => slot.leave(how)));
  }

  kill(): void {
    this.phase = "leaving";
    for (const slot of this.slots) slot.kill();
  }

  onReady(slot: Slot, ready: Ready): void {
    this.log[this.phase === "serving" ? "info" : "debug"](`${slot.setup.name} is ready`, { pid: slot.pid });
    this.news.onReady(slot, ready);
    this.waiting.delete(slot);
    this.checkReady();
  }

  onWithdrawn(slot: Slot): void {
    this.news.onWithdrawn(slot);
  }

  onReport(slot: Slot, report: Report): void {
    const { name } = slot.setup;
    const { pid } = slot;
    const isStarting = this.phase === "starting";
    if ("ending" in report) {
      this.log.error(`${name} ended`, { pid, how: describeEnding(report.ending), reason: "crash" });
      return;
    }
    if (this.phase === "leaving") return;
    const { error, journey } = report;
    const steps = describeJourney(journey);
    if (!isStarting) return this.log.error(`${name} did not start`, { pid, why: error.message, steps });
    this.log.info(`${name} did not start`, { pid, steps });
    this.phase = "leaving";
    this.allReady.reject(error);
  }

  onRest(slot: Slot, { restMs, quickDeaths, isCrashLoop }: Rest): void {
    if (this.phase === "leaving") return;
    const { name } = slot.setup;
    if (isCrashLoop) this.log.error(`${name} is in a crash loop`, { deaths: quickDeaths, nextTryMs: restMs });
    else this.log.warn(`${name} is started again`, { inMs: restMs });
  }

  onStats(slot: Slot, stats: FrontStats): void {
    this.news.onStats(slot, stats);
  }

  onLine(slot: Slot, stream: Stream, text: string): void {
    this.print(slot.setup.name, stream, text);
  }

  /** A crew of none is ready too. */
  private checkReady(): void {
    if (this.waiting.size > 0 || this.phase !== "starting") return;
    this.phase = "serving";
    this.allReady.resolve();
  }
}
