// The operator's own pages for errors: of a file, or of the app. Each is asked for as if a client had come for it, once, and
// where it cannot be had the client gets gw's own page.

import type { Clock } from "../../core/clock.ts";
import { Alarm, Deadlines } from "../../core/deadlines.ts";
import { type Cause, GwError } from "../../core/errors.ts";
import type { Log } from "../../core/log.ts";
import type { FrontGroup } from "../../link/messages.ts";
import type { LineRates } from "../telling/line-rates.ts";
import { type Stage, Stages } from "../visit/stages.ts";
import { type Ending, Visit, type VisitOwner } from "../visit/visit.ts";
import { DocumentClient, type ErrorAnswer } from "./document-client.ts";
import { PendingAnswer } from "./pending-answer.ts";

/** How long a client with an error waits for it. */
const WAIT_MS = 5000;
/** Lines of the log in ten seconds. */
const LINES_MOST = 10;

export type ErrorDocumentsOptions = {
  clock: Clock;
  log: Log;
  rates: LineRates;
  groups: readonly FrontGroup[];
  /** What gives documents: files, and behind them workers. */
  stages: readonly Stage[];
  onBug: (error: GwError) => void;
};

type GroupDocuments = { paths: ReadonlyMap<number, string>; isStrict: boolean };
/** `otherwise`: sends gw's own page. */
type AskedDocument = { client: DocumentClient; pending: PendingAnswer; otherwise: () => void; alarm: Alarm };

export class ErrorDocuments implements VisitOwner {
  readonly #options: ErrorDocumentsOptions;
  readonly #groups = new Map<string, GroupDocuments>();
  readonly #stages: Stages;
  readonly #waits: Deadlines;
  readonly #asked = new Map<Visit, AskedDocument>();

  constructor(options: ErrorDocumentsOptions) {
    this.#options = options;
    this.#stages = new Stages(options.stages);
    this.#waits = new Deadlines(options.clock, WAIT_MS);
    for (const { name, settings } of options.groups) {
      const { documents = [], overrides = false } = settings.answers ?? {};
      const paths = new Map(documents.map(({ status, path }) => [status, path]));
      if (paths.size > 0) this.#groups.set(name, { paths, isStrict: overrides });
    }
  }

  /** True: the client of a visit that is over gets a document, or else `otherwise` is called, once. */
  begin(failed: Visit, answer: ErrorAnswer, otherwise: () => void): boolean {
    const { paths, isStrict } = this.#groups.get(failed.group) ?? {};
    const path = paths?.get(answer.status);
    if (path === undefined) return false;
    const pending = new PendingAnswer(failed.client);
    failed.client = pending;
    const target = failed.mount === "/" ? path : failed.mount + path;
    const client = new DocumentClient(pending, target, failed, answer, isStrict === true);
    const visit = this.#newVisit(failed, client);
    const alarm = new Alarm(() => {
      if (!pending.isUntouched) return;
      client.unusable ??= "it took too long";
      visit.refuse(new GwError("queue_timeout"));
    });
    this.#asked.set(visit, { client, pending, otherwise, alarm });
    this.#waits.touch(alarm);
    this.#stages.begin(visit);
    return true;
  }

  /** The same client at the same app. */
  #newVisit(failed: Visit, client: DocumentClient): Visit {
    const visit = new Visit(failed.id, client, this.#options.clock.now(), this);
    const { peer, host, script, group, mount, mark, tls } = failed;
    const cut = failed.cut > 0 ? mount.length : 0;
    return Object.assign(visit, { target: client.target, peer, host, script, group, mount, cut, mark, tls });
  }

  onEnd(visit: Visit, ending: Ending): void {
    const asked = this.#asked.get(visit);
    if (!asked) return;
    this.#asked.delete(visit);
    this.#waits.remove(asked.alarm);
    const { client, pending, otherwise } = asked;
    if (pending.isLost) return;
    // The document is there, or a part of it.
    if (!pending.isUntouched) return ending.kind === "answered" ? undefined : pending.cut();
    this.#tell(visit, client.unusable ?? whyNot(ending));
    pending.settle();
    otherwise();
  }

  #tell({ group, path }: Visit, why: string): void {
    const { rates, log } = this.#options;
    if (rates.allows({ cause: "error_document", group, most: LINES_MOST }))
      log.warn("an error document cannot be shown", { path, group, why });
  }

  onBug(error: GwError): void {
    this.#options.onBug(error);
  }

  abandon(cause: Cause): void {
    this.#stages.abandon(cause);
  }
}

const whyNot = (ending: Ending): string =>
  ending.kind === "refused" ? ending.error.cause_ : `it was ${ending.kind}`;
