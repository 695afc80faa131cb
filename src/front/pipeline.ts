// The way of a request through the front: the list of all its stages, in order, and the one place in which every visit
// ends, whoever ended it, where it is counted and its client is told.

import type { Clock } from "../core/clock.ts";
import { type Cause, GwError } from "../core/errors.ts";
import type { Log } from "../core/log.ts";
import { httpDate } from "../http/date.ts";
import { createIds } from "../http/request-ids.ts";
import type { Sample } from "../link/figures.ts";
import type { FrontGroup, FrontStats } from "../link/messages.ts";
import type { HeadLimits, HealthPaths, ProxyTrust, StatusPageSetup } from "../link/setups.ts";
import { Deliveries, type DeliveryOwner } from "./answer/delivery.ts";
import { certificateStages } from "./auth/client-certificates.ts";
import { Guards } from "./auth/guards.ts";
import type { Client } from "./door/client.ts";
import type { DoorListener, Refusal, RefusalAnswer } from "./door/door.ts";
import { Groups, type GroupsOwner } from "./groups.ts";
import type { Rates } from "./rates/rates.ts";
import type { Recorder } from "./recorder/recorder.ts";
import { ErrorDocuments } from "./replacing/error-documents.ts";
import { answerStages } from "./stages/answers.ts";
import { appAnswerStages } from "./stages/app-answers.ts";
import { compressionStages } from "./stages/compression.ts";
import { Files } from "./stages/files.ts";
import { healthStage } from "./stages/health.ts";
import { type HttpsPromises, hstsStage, httpsOnlyStage } from "./stages/https.ts";
import { admitBody, checkHead } from "./stages/limits.ts";
import { PoisonFilter } from "./stages/poison-filter.ts";
import { proxyStage } from "./stages/proxies.ts";
import { Reception } from "./stages/reception.ts";
import { STATUS_PAGE_GROUP, statusPageStage } from "./stages/status-page.ts";
import type { AccessLog } from "./telling/access-log.ts";
import type { LineRates } from "./telling/line-rates.ts";
import { Refuser } from "./telling/refuse.ts";
import { Telling, type TellingOptions } from "./telling/telling.ts";
import { type Stage, Stages } from "./visit/stages.ts";
import { type Ending, Visit, type VisitOwner } from "./visit/visit.ts";

export type PipelineOptions = {
  clock: Clock;
  log: Log;
  rates: LineRates;
  groups: readonly FrontGroup[];
  /** Takes requests for hosts that no group names. */
  defaultGroup?: string | undefined;
  defaultHost: string;
  heads: HeadLimits;
  /** Absent where clients may ask as often as they like. */
  requestRates?: Pick<Rates, "early" | "late"> | undefined;
  /** Absent where no TLS is spoken. */
  https?: HttpsPromises | undefined;
  random: () => number;
  /** See the groups. */
  isRunning: (pid: number) => boolean;
  owner: PipelineOwner;
  /** Whom to believe what they say of clients. */
  proxies?: ProxyTrust | undefined;
  healthPaths?: HealthPaths | undefined;
  /** Gives each request its trace; absent where none are kept. */
  traces?: Stage | undefined;
  /** Absent where nobody is told of what is recorded. */
  spans?: TellingOptions["spans"];
  statusPage?: StatusPageSetup | undefined;
  /** Absent where none is kept. */
  accessLog?: AccessLog | undefined;
  /** Absent where whole requests are not kept. */
  recorder?: Recorder | undefined;
  /** Asked whether a request may be run, before its body is waited for. */
  guards?: readonly Stage[];
};

/** Whom a pipeline tells of what it cannot see to itself. */
export interface PipelineOwner extends GroupsOwner {
  /** The number of visits under way reached zero. */
  onQuiet(): void;
}

export class Pipeline implements DoorListener, VisitOwner, DeliveryOwner {
  readonly groups: Groups;
  readonly poisons = new PoisonFilter();
  readonly auth: Guards;
  readonly #options: PipelineOptions;
  readonly #reception = new Reception();
  readonly #files: Files | undefined;
  readonly #stages: Stages;
  readonly #documents: ErrorDocuments;
  readonly #refuser: Refuser;
  readonly #deliveries = new Deliveries(this);
  readonly #newId: () => string;
  readonly #date: () => string;
  readonly #telling: Telling;
  #requests = 0;

  constructor(options: PipelineOptions) {
    this.#options = options;
    const { clock, log, rates, groups, defaultGroup, isRunning, owner } = options;
    const date = httpDate(clock);
    this.#date = date;
    this.#newId = createIds(options.random, clock);
    this.#telling = new Telling({ ...options, clock, log, rates, groups });
    this.#documents = new ErrorDocuments({
      clock,
      log,
      rates,
      groups,
      stages: [(visit) => this.#files?.serve(visit), (visit) => this.groups.of(visit).dispatch.admit(visit)],
      onBug: (error) => owner.onBug(error),
    });
    this.#refuser = new Refuser({
      log,
      documents: this.#documents,
      rates,
      date,
      tellsGroup: groups.length > 1,
      newId: this.#newId,
      now: () => clock.now(),
      telling: this.#telling,
    });
    this.groups = new Groups({
      clock,
      log,
      groups: options.statusPage ? [...groups, STATUS_PAGE_GROUP] : groups,
      defaultGroup,
      date,
      isRunning,
      owner,
    });
    this.auth = new Guards({ clock, groups, onLeft: (report) => owner.onLost(report) });
    this.#files = this.#newFiles(date);
    this.#stages = new Stages(this.#listStages());
  }

  #newFiles(date: () => string): Files | undefined {
    const groups = [...this.groups].flatMap(({ name, settings: { files }, silence, pace }) =>
      files ? [{ name, files, silence, pace }] : [],
    );
    return groups.length > 0 ? new Files({ clock: this.#options.clock, date, groups }) : undefined;
  }

  /** To be called as the user that the front stays, before the first request. Throws a GwError for the operator. */
  openFiles(): void {
    this.#files?.open();
    this.#options.recorder?.open();
  }

  /** Every stage of a request, in order. The last one hands it to a worker's relay, or to the queue. */
  #listStages(): readonly Stage[] {
    const {
      traces,
      heads,
      requestRates,
      proxies,
      https,
      healthPaths,
      statusPage,
      guards = [],
    } = this.#options;
    const groups = this.groups;
    const files = this.#files;
    return [
      ...(traces ? [traces] : []),
      ...(https ? hstsStage(https) : []),
      (visit) => checkHead(visit, this.#options.defaultHost, heads),
      ...(proxies ? [proxyStage(proxies)] : []),
      ...(healthPaths ? [this.#healthStage(healthPaths)] : []),
      ...(https ? httpsOnlyStage(https) : []),
      ...(statusPage ? [statusPageStage(statusPage, proxies)] : []),
      (visit) => groups.route(visit),
      ...answerStages(this.#options.groups),
      (visit) => groups.mark(visit),
      ...(requestRates?.early ?? []),
      ...certificateStages(this.#options.groups, this.#options.clock),
      (visit) => this.poisons.check(visit),
      (visit) => this.#admitBody(visit),
      ...this.auth.stages,
      ...(requestRates?.late ?? []),
      ...guards,
      ...compressionStages(this.#options.groups),
      ...(files ? [(visit: Visit) => files.serve(visit)] : []),
      ...appAnswerStages(this.#options.groups),
      (visit) => this.#reception.gather(visit, groups.of(visit)),
      // Its body may have taken a while.
      (visit) => this.poisons.check(visit),
      (visit) => groups.of(visit).dispatch.admit(visit),
    ];
  }

  #admitBody(visit: Visit): undefined {
    const { bodyLimitFor, pace } = this.groups.of(visit);
    return visit.client.hasBody ? admitBody(visit, bodyLimitFor(visit.path), pace) : undefined;
  }

  #healthStage(paths: HealthPaths): Stage {
    return healthStage(paths, { isReady: () => this.groups.takeRequests, date: this.#date });
  }

  get active(): number {
    return this.#telling.active;
  }

  get telling(): Pick<Telling, "list" | "takeNotable"> {
    return this.#telling;
  }

  get stats(): FrontStats {
    const { queued, groups, workers } = this.groups.stats;
    return {
      queued,
      groups,
      active: this.#telling.active,
      requests: this.#requests,
      errors: this.#telling.errors,
      workers: [...workers, ...this.auth.loads],
    };
  }

  /** All that was counted since the start. */
  get figures(): Sample[] {
    return [...this.#telling.read(), ...this.groups.figures, ...(this.#files?.figures ?? [])];
  }

  /** Ends all that is under way. */
  abandon(): void {
    this.#stages.abandon("shutting_down");
    this.#documents.abandon("shutting_down");
    this.#reception.abandon("shutting_down");
    this.#files?.abandon("shutting_down");
    for (const { dispatch } of this.groups) dispatch.abandon();
    this.#deliveries.abandon("shutting_down");
  }

  /** A request has arrived. */
  onClient(client: Client): void {
    this.#requests++;
    const { recorder, clock } = this.#options;
    const recorded = recorder?.wrap(client);
    const visit = new Visit(this.#newId(), recorded ?? client, clock.now(), this);
    if (recorded) recorder?.follow(visit, recorded);
    this.#telling.begin(visit);
    this.#stages.begin(visit);
  }

  /** Something came that is no request. */
  onRefusal(refusal: Refusal): RefusalAnswer | undefined {
    return this.#refuser.refuseUnread(refusal);
  }

  /** Nothing is left to do for the visit, but its client may have yet to take some of the answer. */
  onEnd(visit: Visit, ending: Ending): void {
    const { overridden } = visit;
    try {
      if (overridden) this.#override(visit, overridden, ending);
      else if (ending.kind === "refused") this.#refuser.refuse(visit, ending.error);
      else if (ending.kind === "redirected")
        this.#refuser.redirect(visit, ending.location, ending.forSeconds);
    } finally {
      if (visit.trace) visit.trace.doneAt = this.#options.clock.now();
      const pace = visit.client.isTaking ? this.groups.paceOf(visit) : undefined;
      if (pace) this.#deliveries.add(visit, pace);
      else this.#leave(visit);
    }
  }

  /** However it has ended: what was still to come of the app's answer was for nobody. */
  #override(visit: Visit, overridden: NonNullable<Visit["overridden"]>, ending: Ending): void {
    visit.client = overridden.client;
    if (ending.kind !== "client gone") this.#refuser.override(visit, overridden);
  }

  onDelivered(visit: Visit, cause: Cause | undefined): void {
    // Whom a cut waits for was told why before, and so was everybody else.
    if (cause && visit.isCut) visit.client.cut();
    else if (cause) this.#refuser.refuse(visit, new GwError(cause));
    this.#leave(visit);
  }

  onBug(thrown: unknown): void {
    this.#options.owner.onBug(thrown);
  }

  #leave(visit: Visit): void {
    this.#telling.tell(visit);
    if (this.#telling.active === 0) this.#options.owner.onQuiet();
  }
}
