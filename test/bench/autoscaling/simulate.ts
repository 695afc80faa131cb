// A day of a deployment that is scaled by its figures, second by second: what waits, and how many pods there are. Pure. It leaves out
// chance within a second, so that what it shows is the scaling and nothing else.

/** Of one request, as measured: seconds on a worker, and of a processor. */
export type Service = { seconds: number; cpuSeconds: number };

/** `slots`: requests at once in a pod, which has one processor. */
export type Deployment = { slots: number; least: number; most: number; podSeconds: number; maxQueue: number };

/** What is known of all pods together, as an average over the time since the last look. */
export type Figures = { oldestSeconds: number; utilization: number; cpu: number };

/** How many times as many pods it takes; 1 for as many as there are. */
export type Rule = (figures: Figures) => number;

/** `arrivals`: of that second; `waitSeconds`: of who comes then. */
export type Moment = { arrivals: number; pods: number; waitSeconds: number; refused: number };

/** As the HorizontalPodAutoscaler has it when nothing else is said. What it looks at was collected a look before. */
export const LOOK_SECONDS = 15;
const TOLERANCE = 0.1;
const MOST_AT_ONCE = 4;
const DOWN_AFTER_SECONDS = 300;

export const byWait: Rule = ({ oldestSeconds }) => oldestSeconds / 0.2;
const byPlaces: Rule = ({ utilization }) => utilization / 0.7;
export const byCpu: Rule = ({ cpu }) => cpu / 0.7;
/** With several figures the autoscaler obeys the one that wants the most pods. */
export const byQueue: Rule = (figures) => Math.max(byWait(figures), byPlaces(figures));
/** The scaling of deploy/kubernetes. */
export const byAll: Rule = (figures) => Math.max(byQueue(figures), byCpu(figures));

/** How many requests one pod can do in a second. */
export function capacityOf({ seconds, cpuSeconds }: Service, { slots }: Pick<Deployment, "slots">): number {
  return Math.min(slots / seconds, 1 / cpuSeconds);
}

class Scaling {
  readonly #rule: Rule;
  readonly #limits: Deployment;
  #wanted: { at: number; pods: number }[] = [];

  constructor(rule: Rule, limits: Deployment) {
    this.#rule = rule;
    this.#limits = limits;
  }

  /** What there is to be from now on. Down it goes only to the most that was wanted in the last minutes. */
  next(at: number, pods: number, figures: Figures): number {
    const { least, most } = this.#limits;
    const times = this.#rule(figures);
    const wanted = Math.abs(times - 1) <= TOLERANCE ? pods : Math.ceil(pods * times);
    this.#wanted = [...this.#wanted, { at, pods: wanted }].filter((one) => one.at > at - DOWN_AFTER_SECONDS);
    const held = Math.max(...this.#wanted.map((one) => one.pods));
    const bounded =
      wanted >= pods ? Math.min(wanted, Math.max(2 * pods, pods + MOST_AT_ONCE)) : Math.min(pods, held);
    return Math.min(most, Math.max(least, bounded));
  }
}

export function simulate(
  arrivals: readonly number[],
  service: Service,
  deployment: Deployment,
  rule: Rule,
): Moment[] {
  const scaling = new Scaling(rule, deployment);
  const rate = capacityOf(service, deployment);
  const since: Figures[] = [];
  let collected: Figures = { oldestSeconds: 0, utilization: 0, cpu: 0 };
  let ordered = deployment.least;
  let starting: { at: number; pods: number }[] = [];
  let pods = ordered;
  let queue = 0;
  return arrivals.map((coming, at) => {
    pods += starting.filter((one) => one.at <= at).reduce((sum, one) => sum + one.pods, 0);
    starting = starting.filter((one) => one.at > at);
    const done = Math.min(queue + coming, pods * rate);
    const left = queue + coming - done;
    queue = Math.min(left, pods * deployment.maxQueue);
    const waitSeconds = queue / (pods * rate);
    const cpu = (done * service.cpuSeconds) / pods;
    const utilization = Math.min(1, (done * stretched(service, cpu)) / (pods * deployment.slots));
    since.push({ oldestSeconds: waitSeconds, utilization, cpu });
    if (at % LOOK_SECONDS === LOOK_SECONDS - 1) {
      const next = scaling.next(at, ordered, collected);
      collected = meanOf(since.splice(0));
      if (next > ordered) starting.push({ at: at + deployment.podSeconds, pods: next - ordered });
      // The youngest go first, those that are not there yet before all others.
      else if (next < ordered) [pods, starting] = [Math.min(pods, next), []];
      ordered = Math.max(next, pods);
    }
    return { arrivals: coming, pods, waitSeconds, refused: left - queue };
  });
}

/** How long a request takes where the processor is busy for this part of the time: what it computes has to share. */
function stretched({ seconds, cpuSeconds }: Service, cpu: number): number {
  return seconds - cpuSeconds + cpuSeconds / Math.max(0.02, 1 - cpu);
}

function meanOf(all: readonly Figures[]): Figures {
  const mean = (field: keyof Figures) => all.reduce((sum, one) => sum + one[field], 0) / all.length;
  return { oldestSeconds: mean("oldestSeconds"), utilization: mean("utilization"), cpu: mean("cpu") };
}

/** A day, in requests a second: a night, a rise in the morning, a peak at noon and one in the evening, and at 15:00 ten minutes of three times as many. */
export function syntheticDay(peak: number): number[] {
  return Array.from({ length: 86_400 }, (_, second) => {
    const hour = second / 3_600;
    const hill = (at: number, width: number) => Math.exp(-(((hour - at) / width) ** 2));
    const calm = 0.08 + 0.62 * hill(12.5, 3) + 0.85 * hill(20, 2.2);
    return peak * calm * (hour >= 15 && hour < 15 + 1 / 6 ? 3 : 1);
  });
}

/** Of all requests of a day: how many waited for longer than so many seconds or were refused, and what it took. */
export function sumUp(day: readonly Moment[], patienceSeconds: number) {
  const all = day.reduce((sum, { arrivals }) => sum + arrivals, 0);
  const late = day.reduce((sum, { arrivals, waitSeconds, refused }) => {
    return sum + (waitSeconds > patienceSeconds ? arrivals : Math.min(arrivals, refused));
  }, 0);
  const longest = Math.max(...day.map(({ waitSeconds }) => waitSeconds));
  const podHours = day.reduce((sum, { pods }) => sum + pods, 0) / 3_600;
  return {
    lateShare: late / all,
    longestSeconds: longest,
    podHours,
    mostPods: Math.max(...day.map(({ pods }) => pods)),
  };
}
