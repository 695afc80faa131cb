// What a front counts of its requests. All series that there can be are known beforehand: groups, methods of a list, classes of
// a status, causes of a table. So nothing that clients send makes another one.

import type { Cause } from "../../core/errors.ts";
import type { Distribution, Sample } from "../../link/figures.ts";
import { STATUS_GROUP } from "../../link/messages.ts";
import type { Metric } from "../../metrics/table.ts";
import type { Visit } from "../visit/visit.ts";
import { Durations } from "./durations.ts";

/** Any other one is `_OTHER`, as OpenTelemetry has it. */
const METHODS = ["GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PATCH", "CONNECT", "TRACE", "_OTHER"];
const OTHER = METHODS.length - 1;
const METHOD_NUMBERS: ReadonlyMap<string, number> = new Map(METHODS.map((method, at) => [method, at]));
/** Of an answer that never began: its client had left, or it was cut. */
const CLASSES = ["none", "1xx", "2xx", "3xx", "4xx", "5xx"];

const PHASES = ["receive", "connect", "app", "body"] as const;

/** What is counted for one group; of no group are those that were refused before it was known. */
class GroupFigures {
  readonly name: string;
  readonly requests: (Durations | undefined)[] = Array(METHODS.length * CLASSES.length).fill(undefined);
  readonly queue = new Durations();
  readonly phases = {
    receive: new Durations(),
    connect: new Durations(),
    app: new Durations(),
    body: new Durations(),
  };
  bytesIn = 0;
  bytesOut = 0;
  retries = 0;
  given = 0;
  gone = 0;

  constructor(name: string) {
    this.name = name;
  }

  observe(visit: Visit, now: number): void {
    const durations = this.#requestsOf(visit);
    const ms = now - visit.arrivedAt;
    durations.observe(ms);
    if (visit.trace?.isSampled) durations.mark(ms, visit.trace.traceId, now);
    this.bytesIn += visit.intake?.received ?? 0;
    this.bytesOut += visit.sentBytes;
    if (visit.ending?.kind === "client gone") this.gone++;
    if (visit.admittedAt > 0) this.#observePhases(visit, now);
  }

  #requestsOf({ client, status }: Visit): Durations {
    const method = METHOD_NUMBERS.get(client.method) ?? OTHER;
    const at = method * CLASSES.length + Math.min(5, Math.floor(status / 100));
    const known = this.requests[at];
    if (known) return known;
    const made = new Durations();
    this.requests[at] = made;
    return made;
  }

  #observePhases(visit: Visit, now: number): void {
    const { arrivedAt, admittedAt, startedAt, connectedAt, headAt, queuedMs, attempts } = visit;
    const { receive, connect, app, body } = this.phases;
    receive.observe(admittedAt - arrivedAt);
    this.queue.observe(queuedMs);
    if (attempts === 0) return;
    this.given += attempts;
    this.retries += attempts - 1;
    const begunAt = connectedAt > 0 ? connectedAt : startedAt;
    connect.observe(begunAt - startedAt);
    if (headAt === 0) return;
    app.observe(Math.max(0, headAt - begunAt));
    body.observe(Math.max(0, now - headAt));
  }

  read(now: number, wallMs: number): Sample[] {
    const { name } = this;
    return [
      ...this.requests.flatMap((durations, at) =>
        durations ? [requestsSample(name, at, durations.read(now, wallMs))] : [],
      ),
      ...times("gw_queue_seconds", [name], this.queue),
      ...PHASES.flatMap((phase) => times("gw_request_phase_seconds", [name, phase], this.phases[phase])),
      // What is of no group came to no worker.
      ...(name === "" ? [] : this.#readCounters()),
    ];
  }

  #readCounters(): Sample[] {
    const { name, bytesIn, bytesOut, retries, given, gone } = this;
    return [
      count("gw_request_body_bytes_total", [name], bytesIn),
      count("gw_response_body_bytes_total", [name], bytesOut),
      count("gw_retries_total", [name], retries),
      count("gw_worker_requests_total", [name], given),
      count("gw_clients_gone_total", [name], gone),
    ];
  }
}

function requestsSample(group: string, at: number, value: Distribution): Sample {
  const method = METHODS[Math.floor(at / CLASSES.length)] as string;
  const status = CLASSES[at % CLASSES.length] as string;
  const metric = "http_server_request_duration_seconds" satisfies Metric;
  return { metric, labels: [group, method, status], value };
}

const times = (metric: Metric, labels: string[], durations: Durations): Sample[] =>
  durations.isEmpty ? [] : [{ metric, labels, value: durations.read() }];

const count = (metric: Metric, labels: string[], value: number): Sample => ({ metric, labels, value });

export class Figures {
  readonly #groups: ReadonlyMap<string, GroupFigures>;
  readonly #only: GroupFigures | undefined;
  readonly #none = new GroupFigures("");
  readonly #errors = new Map<Cause, number>();

  constructor(groups: readonly string[]) {
    const all = groups.map((name) => new GroupFigures(name));
    this.#groups = new Map(all.map((group) => [group.name, group]));
    this.#only = all.length === 1 ? all[0] : undefined;
  }

  /** It is over, and so is what its client had yet to take. */
  observe(visit: Visit, now: number): void {
    const only = this.#only;
    const group = only?.name === visit.group ? only : this.#groups.get(visit.group);
    if (group) group.observe(visit, now);
    // Whoever looks at the figures is not among them: an open page is one request for hours.
    else if (visit.group !== STATUS_GROUP) this.#none.observe(visit, now);
  }

  countError(cause: Cause): void {
    this.#errors.set(cause, (this.#errors.get(cause) ?? 0) + 1);
  }

  /** How often each cause was answered, or cut. */
  get errors(): Record<string, number> {
    return Object.fromEntries(this.#errors);
  }

  /** All series since the start of this front. `now` and `wallMs` are the same instant. */
  read(now = 0, wallMs = 0): Sample[] {
    const groups = [...this.#groups.values(), this.#none];
    const errors = [...this.#errors].map(([cause, value]) => count("gw_errors_total", [cause], value));
    return [...groups.flatMap((group) => group.read(now, wallMs)), ...errors];
  }
}
