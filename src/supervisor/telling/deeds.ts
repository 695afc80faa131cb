// What is done when somebody asks for it on the status page: the same as the commands do, for who shows the token of this run. The
// token is made here, told by `gw status-token` to who may ask that, compared here, and in no other process.

import { createHash, timingSafeEqual } from "node:crypto";
import { PAUSE_MS } from "../../control/commands.ts";
import type {
  Drained,
  Paused,
  Reloaded,
  ReloadRequest,
  Restarted,
  Resumed,
  Stack,
} from "../../control/results.ts";
import type { Clock } from "../../core/clock.ts";
import { asGwError, GwError } from "../../core/errors.ts";
import type { Log } from "../../core/log.ts";
import type { DeedOutcome, DeedRequest } from "../../link/messages.ts";

const WHY = "asked for on the status page";
/** Lines about wrong tokens: somebody who tries many must not fill the log. */
const LINE_EACH_MS = 1_000;
const TOKEN_BYTES = 24;

/** `why`, `by`: what the log says of who has asked. */
export interface DeedsControls {
  restart(worker: number | undefined, onReplaced: () => void, why: string): Promise<Restarted>;
  drain(worker: number, why: string): Promise<Drained>;
  stack(worker: number): Promise<Stack>;
  pause(group: string | undefined, forMs: number): Promise<Paused>;
  resume(group: string | undefined): Promise<Resumed>;
  reload(request: ReloadRequest, onItem: () => void, by: string): Promise<Reloaded>;
}

export type DeedsSetup = { clock: Clock; log: Log; controls: DeedsControls };

export type DeedAsked = { token: string; client: string; request: DeedRequest };

export const makeToken = () =>
  crypto.getRandomValues(new Uint8Array(TOKEN_BYTES)).toBase64({ alphabet: "base64url" });

export class Deeds {
  readonly #setup: DeedsSetup;
  readonly #digest: Buffer;
  #wrong = 0;
  #toldMs = Number.NEGATIVE_INFINITY;

  constructor(setup: DeedsSetup, token: string) {
    this.#setup = setup;
    this.#digest = digestOf(token);
  }

  async act({ token, client, request }: DeedAsked): Promise<DeedOutcome> {
    if (!timingSafeEqual(digestOf(token), this.#digest)) return this.#forbid(client, request);
    const { log } = this.#setup;
    log.info(WHY, { what: request.deed, worker: request.worker, group: request.group, client });
    try {
      return { is: "done", lines: [], ...(await this.#do(request)) };
    } catch (thrown) {
      const error = asGwError(thrown);
      if (error !== thrown) log.error(error.message);
      return { is: "failed", text: error.message, lines: error.detail?.split("\n") ?? [] };
    }
  }

  #forbid(client: string, { deed }: DeedRequest): DeedOutcome {
    const { clock, log } = this.#setup;
    this.#wrong++;
    if (clock.now() - this.#toldMs >= LINE_EACH_MS) {
      this.#toldMs = clock.now();
      log.warn("the status page was shown a wrong token", { client, what: deed, times: this.#wrong });
      this.#wrong = 0;
    }
    return { is: "forbidden", text: "That is not the token of this gw", lines: [] };
  }

  async #do({ deed, worker, group }: DeedRequest): Promise<Pick<DeedOutcome, "text"> & Partial<DeedOutcome>> {
    const { controls } = this.#setup;
    switch (deed) {
      case "restart": {
        const { restarted } = await controls.restart(worker, () => {}, WHY);
        return { text: restarted === 1 ? "The worker was replaced" : `${restarted} workers were replaced` };
      }
      case "drain": {
        const { cut } = await controls.drain(slotOf(worker), WHY);
        const lost = cut.requests + cut.tunnels;
        return {
          text: `Worker ${worker} has left, and its place stays empty${lost > 0 ? `; ${lost} requests and WebSockets were cut` : ""}`,
        };
      }
      case "stack": {
        const { pid, frames } = await controls.stack(slotOf(worker));
        if (frames.length === 0)
          return { text: `Worker ${worker} (process ${pid}) runs no code: it waits for something to do` };
        return { text: `Worker ${worker} (process ${pid}) is in`, lines: frames };
      }
      case "pause": {
        const { groups } = await controls.pause(group, PAUSE_MS);
        return { text: `Requests of ${groups.join(", ")} wait now, for ${PAUSE_MS / 1000} s at most` };
      }
      case "resume": {
        const { groups } = await controls.resume(group);
        return { text: groups.length > 0 ? `Requests of ${groups.join(", ")} go on` : "Nothing was paused" };
      }
      case "reload": {
        const { generation, workers, tookMs } = await controls.reload({}, () => {}, "the status page");
        return {
          text: `Generation ${generation} serves with ${workers} workers, after ${Math.round(tookMs)} ms`,
        };
      }
    }
  }
}

function slotOf(worker: number | undefined): number {
  if (worker === undefined) throw new GwError("usage", { what: "Name a worker" });
  return worker;
}

/** Of one length, whatever was shown. */
const digestOf = (token: string) => createHash("sha256").update(token).digest();
