// How much of the workers of a group is used: the time that requests have spent there, and what that is on the average of the
// last seconds. Divided by the slots as well, mod_wsgi calls it the capacity used.

type Used = { running: Iterable<{ visit: { startedAt: number } }> };
type Mark = { at: number; busyMs: number };

const SPAN_MS = 10_000;

export class BusyMeter {
  /** Of requests that are on no worker any more. */
  endedMs = 0;
  readonly #marks: Mark[] = [];

  /** With those that run now. */
  total(now: number, states: Iterable<Used>): number {
    let ms = this.endedMs;
    for (const { running } of states) for (const { visit } of running) ms += now - visit.startedAt;
    return ms;
  }

  /** How many requests were there on the average of ten seconds. `busyMs`: the total. To be asked about once a second. */
  average(now: number, busyMs: number): number {
    const marks = this.#marks;
    marks.push({ at: now, busyMs });
    while (marks.length > 2 && now - (marks[1] as Mark).at >= SPAN_MS) marks.shift();
    const first = marks[0] as Mark;
    return now > first.at ? (busyMs - first.busyMs) / (now - first.at) : 0;
  }
}
