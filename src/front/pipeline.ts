// The way of a request through the front, in order, and the one place that turns an error into an answer.
//   client → limits → dispatch (queue) → relay → worker

import type { Clock } from "../core/clock.ts";
import { Alarm, Deadlines } from "../core/deadlines.ts";
import { type Cause, GwError, reasonOf } from "../core/errors.ts";
import type { Log } from "../core/log.ts";
import { httpDate } from "../http/date.ts";
import type { Backend, FrontSettings, FrontStats } from "../link/messages.ts";
import type { LostReport } from "./backends.ts";
import type { Client } from "./client.ts";
import { Dispatch } from "./dispatch.ts";
import type { Refusal } from "./engine.ts";
import { checkLimits } from "./limits.ts";
import { errorOfRefusal, isServerOptions, serverOptionsAnswer } from "./parser-refusal.ts";
import { Refuser } from "./refuse.ts";
import { createIds, Visit } from "./visit.ts";

export type PipelineOptions = {
  clock: Clock;
  log: Log;
  settings: FrontSettings;
  defaultHost: string;
  random: () => number;
  /** The number of visits under way reached zero. */
  onQuiet: () => void;
  onLost: (report: LostReport) => void;
};

export class Pipeline {
  readonly #options: PipelineOptions;
  readonly #dispatch: Dispatch;
  readonly #refuser: Refuser;
  readonly #silence: Deadlines;
  readonly #newId: () => string;
  readonly #errors: Partial<Record<Cause, number>> = {};
  #active = 0;
  #requests = 0;
  /** No connection outlives its present answer. */
  isClosing = false;

  constructor(options: PipelineOptions) {
    this.#options = options;
    const { clock, log, settings } = options;
    const date = httpDate(clock);
    const isClosing = () => this.isClosing;
    this.#newId = createIds(options.random, clock);
    this.#silence = new Deadlines(clock, settings.socketTimeoutMs);
    this.#refuser = new Refuser({
      log,
      date,
      isClosing,
      newId: this.#newId,
      now: () => clock.now(),
      count: (cause) => {
        this.#errors[cause] = (this.#errors[cause] ?? 0) + 1;
      },
    });
    this.#dispatch = new Dispatch({
      clock,
      settings,
      silence: this.#silence,
      date,
      isClosing,
      onError: (visit, error) => this.#refuser.refuse(visit, error),
      onDone: () => this.#done(),
      onLost: options.onLost,
    });
  }

  get active(): number {
    return this.#active;
  }

  get stats(): FrontStats {
    return {
      queued: this.#dispatch.queue.length,
      groups: [],
      active: this.#active,
      requests: this.#requests,
      errors: { ...this.#errors },
      workers: this.#dispatch.loads,
    };
  }

  setBackends(backends: Backend[]): void {
    this.#dispatch.setBackends(backends);
  }

  condemn(socket: string, cause: Cause): void {
    this.#dispatch.condemn(socket, cause);
  }

  /** Ends all that is under way, with this cause. */
  abandon(cause: Cause): void {
    this.#dispatch.abandon(cause);
  }

  close(): void {
    this.#dispatch.close();
  }

  /** A request has arrived. */
  readonly onClient = (client: Client): void => {
    this.#active++;
    this.#requests++;
    const visit = new Visit(this.#newId(), client, this.#options.clock.now());
    this.#guard(visit, () => {
      checkLimits(visit, {
        bodyBytes: this.#options.settings.limitRequestBodyBytes,
        defaultHost: this.#options.defaultHost,
      });
      if (!visit.intake) return this.#dispatch.admit(visit);
      this.#receive(visit, visit.intake);
    });
  };

  /** Something came that is no request; returns the bytes of the answer. */
  readonly onRefusal = (refusal: Refusal): string | undefined => {
    if (isServerOptions(refusal)) return serverOptionsAnswer(httpDate(this.#options.clock)());
    return this.#refuser.refuseUnread(refusal, errorOfRefusal(refusal));
  };

  /** Waits for a small body, so that a slow client holds no worker, and then admits the visit. */
  #receive(visit: Visit, intake: NonNullable<Visit["intake"]>): void {
    const silence = new Alarm(() => fail(new GwError("request_timeout_client")));
    const fail = (error: GwError) => {
      this.#silence.remove(silence);
      visit.client.listener = undefined;
      intake.stop();
      this.#refuser.refuse(visit, error);
      this.#done();
    };
    intake.onTooLarge = () =>
      fail(new GwError("request_body_too_large", { limit: this.#options.settings.limitRequestBodyBytes }));
    intake.onProgress = () => this.#silence.touch(silence);
    const onGone = () => {
      this.#silence.remove(silence);
      intake.stop();
      this.#done();
    };
    visit.client.listener = { onGone, onWritable() {} };
    this.#silence.touch(silence);
    intake.whenReady(() => {
      this.#silence.remove(silence);
      intake.onProgress = undefined;
      this.#guard(visit, () => this.#dispatch.admit(visit));
    });
  }

  #guard(visit: Visit, act: () => void): void {
    try {
      act();
    } catch (thrown) {
      const error =
        thrown instanceof GwError ? thrown : new GwError("bug", { what: reasonOf(thrown) }, stackOf(thrown));
      visit.client.listener = undefined;
      visit.intake?.stop();
      this.#refuser.refuse(visit, error);
      this.#done();
    }
  }

  #done(): void {
    this.#active--;
    if (this.#active === 0) this.#options.onQuiet();
  }
}

const stackOf = (thrown: unknown) => (thrown instanceof Error ? thrown.stack : undefined);
