// Groups whose requests wait because gw pause was typed. Each pause ends by itself: one that is forgotten must not keep the
// clients waiting for ever.
import type { Clock, Timer } from "../core/clock.ts";
import type { Log } from "../core/log.ts";

type Pause = { untilMs: number; timer: Timer };

export class Pauses {
  private readonly byGroup = new Map<string, Pause>();
  private isClosed = false;

  /** `tell` hands the list of paused groups to the fronts. */
  constructor(
    private readonly clock: Clock,
    private readonly log: Log,
    private readonly tell: (groups: readonly string[]) => void,
  ) {}

  get groups(): readonly string[] {
    return [...this.byGroup.keys()];
  }

  /** Instant at which the pause of a group ends; undefined when there is none. */
  endOf(group: string): number | undefined {
    return this.byGroup.get(group)?.untilMs;
  }

  begin(groups: readonly string[], forMs: number): void {
    for (const group of groups) {
      this.byGroup.get(group)?.timer.cancel();
      const timer = this.clock.after(forMs, () => {
        this.log.warn("a pause is over by itself", { group, afterMs: forMs });
        this.end([group]);
      });
      this.byGroup.set(group, { untilMs: this.clock.now() + forMs, timer });
    }
    this.tell(this.groups);
  }

  /** Those that were paused. */
  end(groups: readonly string[]): string[] {
    if (this.isClosed) return [];
    const ended = groups.filter((group) => this.byGroup.has(group));
    for (const group of ended) {
      this.byGroup.get(group)?.timer.cancel();
      this.byGroup.delete(group);
    }
    if (ended.length > 0) this.tell(this.groups);
    return ended;
  }

  /** gw is to stop: the fronts refuse what a pause holds, and none of it runs while whatever it was for is under way. */
  close(): void {
    this.isClosed = true;
    for (const { timer } of this.byGroup.values()) timer.cancel();
  }
}
