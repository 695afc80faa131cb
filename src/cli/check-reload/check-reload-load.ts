// One run of gw check-reload: clients that ask without end, and a reload now and then, until enough of both was done.
import { type Clock, pause } from "../../core/clock.ts";
import { asGwError } from "../../core/errors.ts";
import { fieldLines } from "../../http/fields.ts";
import type { Sessions } from "../../upstream/h2/sessions.ts";
import type { ResponseHead } from "../../upstream/response-head.ts";
import {
  connectLoad,
  LoadClient,
  type LoadTarget,
  type LoadWay,
  type TcpTarget,
} from "./check-reload-client.ts";
import {
  type FailureKind,
  provesNothing,
  type ReloadOutcome,
  Tally,
  Timeline,
} from "./check-reload-figures.ts";
import { LoadStreams, openSessions } from "./check-reload-streams.ts";
import type { LoadPlan } from "./check-reload-words.ts";

export type LoadSetup = {
  target: LoadTarget;
  /** Of the Host field. */
  host: string;
  path: string;
  /** Over HTTP/2, instead of HTTP/1.1. */
  overHttp2?: boolean;
  plan: LoadPlan;
  clock: Clock;
  /** Rejects when it was refused. */
  reload(): Promise<unknown>;
  onReload(outcome: ReloadOutcome, number: number): void;
  /** Ends the run early; what was measured until then is told. */
  signal: AbortSignal;
};

export type LoadResult = {
  tally: Tally;
  reloads: ReloadOutcome[];
  tookMs: number;
  cutShort: string | null;
};

/** Reloads that are refused one after the other: the next would be as well. */
const MOST_REFUSED = 3;
/** Nothing is to be learned from more. */
const MOST_FAILURES = 1_000;
/** Clients that share a connection of HTTP/2. */
const SHARING = 8;
const FIELDS = ["User-Agent", "gw-check-reload", "Accept", "*/*"];
const LOOK_MS = 20;
const SWEEP_MS = 1_000;

/** `n`: the client's number. */
type OpenWay = (client: LoadClient, isKept: boolean, n: number) => LoadWay;

export async function runLoad(setup: LoadSetup): Promise<LoadResult> {
  return new LoadRun(setup).run();
}

class LoadRun {
  readonly #setup: LoadSetup;
  readonly #tally = new Tally();
  readonly #timeline = new Timeline();
  readonly #reloads: ReloadOutcome[] = [];
  readonly #beganMs: number;
  readonly #ending = new AbortController();
  readonly #clients: LoadClient[];
  #cutShort: string | null = null;
  #isAsking = true;

  constructor(setup: LoadSetup) {
    this.#setup = setup;
    this.#beganMs = setup.clock.now();
    const { concurrency } = setup.plan;
    // Requests that wait in the queue of a listener that closes are lost with new connections only.
    const fresh = Math.round(concurrency / 4);
    const { overHttp2, target } = setup;
    const isHttp2 = overHttp2 && "port" in target;
    const open = isHttp2 ? this.#streamOpener(target, fresh) : this.#connectionOpener();
    this.#clients = Array.from({ length: concurrency }, (_, n) =>
      this.#makeClient(n >= fresh, (client) => open(client, n >= fresh, n)),
    );
  }

  async run(): Promise<LoadResult> {
    const { plan, clock, signal } = this.#setup;
    const onSignal = () => this.#cut("it was interrupted");
    signal.addEventListener("abort", onSignal, { once: true });
    if (signal.aborted) onSignal();
    const limit = clock.after(plan.mostMs, () => this.#cut(`${plan.mostMs / 1_000} s were over`));
    const stopSweeping = this.#sweep();
    for (const client of this.#clients) client.ask();
    await this.#measure();
    await this.#finish();
    stopSweeping();
    limit.cancel();
    signal.removeEventListener("abort", onSignal);
    const tookMs = clock.now() - this.#beganMs;
    return { tally: this.#tally, reloads: this.#reloads, tookMs, cutShort: this.#cutShort };
  }

  async #measure(): Promise<void> {
    const { plan } = this.#setup;
    await this.#wait(plan.warmUpMs);
    if (provesNothing(this.#tally)) return this.#cut("no request reached the app");
    this.#timeline.become("steady");
    await this.#wait(plan.steadyMs);
    this.#timeline.become("between");
    for (let number = 1; number <= plan.times && !this.#isCut; number++) {
      // Spread over all requests, so that the last of them meet a gw that reloads as well.
      await this.#untilRequests((plan.requests * (number - 1)) / plan.times);
      if (!this.#isCut) await this.#reloadOnce(number);
      await this.#wait(plan.settleMs + plan.calmMs);
    }
    await this.#untilRequests(plan.requests);
  }

  async #reloadOnce(number: number): Promise<void> {
    const { clock, plan, onReload, reload } = this.#setup;
    const sentMs = clock.now();
    this.#timeline.reloadBegins();
    const failure = await Promise.race([reload().then(() => undefined, asGwError), this.#ended()]);
    this.#timeline.reloadEnds(clock.now() + plan.settleMs);
    if (this.#isCut) return;
    const outcome = {
      tookMs: clock.now() - sentMs,
      error: failure?.message ?? null,
      detail: failure?.detail ?? null,
    };
    this.#reloads.push(outcome);
    onReload(outcome, number);
    const isGone = failure?.cause_ === "control_unreachable" || failure?.cause_ === "control_lost";
    if (failure && isGone) this.#cut(failure.message);
    else if (this.#reloads.slice(-MOST_REFUSED).filter(({ error }) => error !== null).length === MOST_REFUSED)
      this.#cut(`${MOST_REFUSED} reloads were refused one after the other`);
  }

  /** Those under way are answered still, unless it is to end at once. */
  async #finish(): Promise<void> {
    this.#isAsking = false;
    const done = Promise.all(this.#clients.map((client) => client.done));
    await Promise.race([done, this.#ended()]);
    for (const client of this.#clients) client.stop();
  }

  #connectionOpener(): OpenWay {
    const { target, host, path } = this.#setup;
    const heads = new Map<string, ResponseHead>();
    const requestOf = (close: string) => {
      const text = `GET ${path} HTTP/1.1\r\nHost: ${host}\r\n${fieldLines(FIELDS)}${close}\r\n`;
      return { bytes: new TextEncoder().encode(text), heads };
    };
    const [kept, single] = [requestOf(""), requestOf("Connection: close\r\n")];
    return (client, isKept) => connectLoad(client, target, isKept ? kept : single);
  }

  /** Those who keep their connections share them. */
  #streamOpener(target: TcpTarget, fresh: number): OpenWay {
    const { host, path, plan } = this.#setup;
    const head = { method: "GET", target: path, host, fields: FIELDS, visit: [], body: undefined };
    const groups = Math.ceil((plan.concurrency - fresh) / SHARING);
    const shared: Sessions[] = Array.from({ length: groups }, () => openSessions(target));
    return (client, isKept, n) =>
      new LoadStreams(client, head, target, isKept ? shared[n % groups] : undefined);
  }

  #makeClient(isKept: boolean, open: (client: LoadClient) => LoadWay): LoadClient {
    const { clock } = this.#setup;
    return new LoadClient({
      open,
      isKept,
      clock,
      onAnswer: ({ status, isByGw }, startedMs, nowMs) =>
        this.#tally.answered(this.#timeline.phaseOf(startedMs), status, nowMs - startedMs, isByGw),
      onFailure: (kind, what, startedMs) => this.#noteFailure(kind, what, startedMs, isKept),
      goesOn: () => this.#isAsking,
    });
  }

  #noteFailure(kind: FailureKind, text: string, startedMs: number, isKept: boolean): void {
    const atMs = this.#setup.clock.now() - this.#beganMs;
    this.#tally.failedWith({ kind, atMs, phase: this.#timeline.phaseOf(startedMs), isKept, text });
    if (this.#tally.failed >= MOST_FAILURES) this.#cut(`${MOST_FAILURES} requests have failed`);
  }

  #sweep(): () => void {
    const { clock, plan } = this.#setup;
    const look = () => {
      for (const client of this.#clients) client.endIfOlder(plan.requestTimeoutMs, clock.now());
      timer = clock.after(SWEEP_MS, look);
    };
    let timer = clock.after(SWEEP_MS, look);
    return () => timer.cancel();
  }

  async #untilRequests(count: number): Promise<void> {
    while (this.#tally.requests < count && !this.#isCut) await this.#wait(LOOK_MS);
  }

  #wait(ms: number): Promise<void> {
    return pause(this.#setup.clock, ms, this.#ending.signal);
  }

  #ended(): Promise<undefined> {
    const { signal } = this.#ending;
    return new Promise((resolve) => {
      if (signal.aborted) resolve(undefined);
      signal.addEventListener("abort", () => resolve(undefined), { once: true });
    });
  }

  get #isCut(): boolean {
    return this.#cutShort !== null;
  }

  #cut(why: string): void {
    this.#cutShort ??= why;
    this.#isAsking = false;
    this.#ending.abort();
  }
}
