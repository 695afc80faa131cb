// One request and its answer, as they passed: heads, and the beginning of each body.

import { fieldValue } from "../../http/fields.ts";
import { reasonPhrase } from "../../http/status.ts";
import type { Visit } from "../visit/visit.ts";
import { redactBody, redactFields, redactTarget } from "./redact.ts";

/** The beginning of a body, and how long it was. */
export class BodyStart {
  bytes = 0;
  readonly #most: number;
  readonly #kept: Uint8Array[] = [];
  #keptBytes = 0;

  constructor(most: number) {
    this.#most = most;
  }

  /** The piece is copied: its memory may be somebody else's soon. */
  add(piece: Uint8Array): void {
    this.bytes += piece.length;
    const room = this.#most - this.#keptBytes;
    if (room <= 0 || piece.length === 0) return;
    // `slice` of a Buffer is none.
    const kept = new Uint8Array(piece.subarray(0, room));
    this.#kept.push(kept);
    this.#keptBytes += kept.length;
  }

  /** As text where it is one, else in base64. */
  read(mediaType: string, coding: string): object {
    const { bytes } = this;
    if (this.#keptBytes === 0) return { bytes };
    const kept = Buffer.concat(this.#kept);
    const isCut = bytes > kept.length;
    const text = coding === "" ? textOf(kept, isCut) : undefined;
    const content =
      text === undefined ? { base64: kept.toString("base64") } : { text: redactBody(text, mediaType) };
    return { bytes, ...content, ...(isCut && { isCut }) };
  }
}

/** Longest end of a character that is cut through. */
const PART_OF_CHARACTER = 3;

function textOf(bytes: Uint8Array, isCut: boolean): string | undefined {
  const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
  for (let less = 0; less <= (isCut ? PART_OF_CHARACTER : 0); less++) {
    try {
      return decoder.decode(bytes.subarray(0, bytes.length - less));
    } catch {
      // A character may end behind what was kept.
    }
  }
  return undefined;
}

export class Recording {
  readonly asked: BodyStart;
  readonly answered: BodyStart;
  status = 0;
  reason = "";
  fields: readonly string[] = [];

  constructor(bodyBytes: number) {
    this.asked = new BodyStart(bodyBytes);
    this.answered = new BodyStart(bodyBytes);
  }

  noteHead(status: number, reason: string, fields: readonly string[]): void {
    // Where an app says none the client gets that of the standard.
    Object.assign(this, { status, reason: reason || reasonPhrase(status), fields });
  }

  /** `wallMs`: when it came, since 1970; `tookMs`: until it was over. */
  read(visit: Visit, wallMs: number, tookMs: number): object {
    const { client, peer, id, group, slot, cause, ending, queuedMs } = visit;
    return {
      "@timestamp": new Date(wallMs).toISOString(),
      id,
      client: peer.address,
      scheme: peer.scheme,
      ...(group !== "" && { group }),
      ...(slot > 0 && { worker: slot }),
      queueMs: round(queuedMs),
      totalMs: round(tookMs),
      ...(cause !== undefined && { cause }),
      ...(ending?.kind === "client gone" && { cause: "client_gone" }),
      request: {
        method: client.method,
        target: redactTarget(client.target),
        protocol: client.protocol,
        fields: redactFields(client.fields),
        body: readBody(this.asked, client.fields),
      },
      answer: {
        status: this.status,
        reason: this.reason,
        fields: redactFields(this.fields),
        body: readBody(this.answered, this.fields),
      },
    };
  }
}

const round = (ms: number) => Math.round(ms * 10) / 10;

function readBody(body: BodyStart, fields: readonly string[]): object {
  const field = (name: string) => fieldValue(fields, name) ?? "";
  return body.read(field("content-type").toLowerCase(), field("content-encoding"));
}
