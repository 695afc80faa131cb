// What `gw why` says of requests: errors by cause, slow spells, slow requests, and what became of a single one. Pure.
import {
  type ActiveRequest,
  type RefusalRecord,
  type RefusedRequest,
  type SlowRequest,
  type SpellRecord,
  SUPERVISOR,
} from "../../control/records.ts";
import { ERRORS, isCause } from "../../core/errors.ts";
import { REQUEST_PHASES } from "../../link/requests/requests.ts";
import type { Paint } from "../terminal/output.ts";
import { counted } from "./control-answers.ts";
import { adviceFor } from "./why-advice.ts";
import { type Happening, time } from "./why-ends.ts";

/** `refused`: single ones, of which the last is named. */
export function tellRefusals(
  refusals: readonly RefusalRecord[],
  refused: readonly RefusedRequest[],
  paint: Paint,
): Happening[] {
  return refusals.map(({ cause, count, firstAt, lastAt }) => {
    const example = refused.findLast((one) => one.cause === cause && one.at <= lastAt);
    const lines = [
      `${toneOf(cause, paint)(`${counted(count, "request")} got ${cause}`)}${statusText(cause)}`,
      ...meaningOf(cause),
      ...(example ? [`  the last of them: ${describeRequest(example)}`] : []),
      ...hintOf(cause, paint),
    ];
    return { at: lastAt, ...(count > 1 && firstAt !== lastAt && { from: firstAt }), lines };
  });
}

/** What a server has done wrong stands out; clients make mistakes at their leisure. */
function toneOf(cause: string, paint: Paint): (text: string) => string {
  const status = isCause(cause) ? (ERRORS[cause] as { status?: number }).status : undefined;
  return status === undefined || status >= 500 ? paint.bad : paint.strong;
}

function statusText(cause: string): string {
  const status = isCause(cause) ? (ERRORS[cause] as { status?: number }).status : undefined;
  return status === undefined ? "" : ` (${status})`;
}

function meaningOf(cause: string): string[] {
  if (!isCause(cause)) return [];
  // What a single one had at the end of the sentence is not true of all; the line of the last of them has it.
  const message = ERRORS[cause].message.replace(/: \{\w+\}$/, "").replaceAll(/\{\w+\}/g, "…");
  return [`  ${message}.`];
}

function hintOf(cause: string, paint: Paint): string[] {
  return [`  ${paint.faint("to do:")} ${adviceFor(cause) ?? `docs/errors.md explains ${cause}`}.`];
}

const describeRequest = ({ method, path, id, client, worker, afterMs, why }: RefusedRequest) =>
  [
    `${[method || "nothing readable", path].filter(Boolean).join(" ")} (${id}) of ${client || "an unknown client"}`,
    `after ${time(afterMs)}`,
    ...(worker > 0 ? [`on worker ${worker}`] : []),
    ...(why ? [why] : []),
  ].join(", ");

const SPELLS: Readonly<
  Record<SpellRecord["kind"], { what(spell: SpellRecord): string; advice(subject: string): string }>
> = {
  queue: {
    what: ({ subject, worst }) =>
      `requests of ${subject} waited for a worker, the longest for ${time(worst)}`,
    advice: () => "more workers (--processes), or find what is slow: gw requests, --slow-requests 2s",
  },
  capacity: {
    what: ({ subject, worst }) => `the workers of ${subject} were used up to ${Math.round(worst * 100)} %`,
    advice: () =>
      "more workers (--processes) or places in each (--concurrency); each further request has to wait",
  },
  loop: {
    what: ({ subject, worst }) => `the event loop of ${subject} stood still, for ${time(worst)} at most`,
    advice: (subject) => {
      const slot = /(?:^| )worker (\d+)$/.exec(subject)?.[1];
      if (slot !== undefined)
        return `gw stack ${slot} shows where its code is while it stands; move long computations into threads`;
      // What runs no code of an app or of hooks stands only for want of time.
      if (subject === SUPERVISOR)
        return "find what kept all of gw from running: a machine that was paused or has too much to do, or a signal that stops processes";
      return /^front /.test(subject)
        ? "find what keeps the machine's processors busy; more front ends (--front-ends) share their work"
        : "move long computations into threads";
    },
  },
};

export function tellSpells(spells: readonly SpellRecord[], paint: Paint): Happening[] {
  return spells.map((spell) => {
    const { what, advice } = SPELLS[spell.kind];
    const { from, until } = spell;
    const lines = [
      `${paint.strong(what(spell))}${until === null ? ", and it goes on" : ""}`,
      `  ${paint.faint("to do:")} ${advice(spell.subject)}.`,
    ];
    return { at: until ?? from, from, lines };
  });
}

export function tellSlow(slow: readonly SlowRequest[], paint: Paint): Happening[] {
  return slow.map((request) => {
    const { at, endedAt, id, method, path, client, ageMs, worker } = request;
    const state = endedAt === null ? "is slow" : "was slow";
    const where = worker > 0 ? ` on worker ${worker}` : "";
    return {
      at: endedAt ?? at,
      lines: [
        `${paint.strong(`${method} ${path} ${state}`)}: ${time(ageMs)}${where} (${id}, of ${client})`,
        `  ${describeTimes(request)}.`,
      ],
    };
  });
}

function describeTimes({ times, others, endedAt, status, cause, phase }: SlowRequest): string {
  const { receive, queue, app, body } = times;
  const parts = [
    `${time(receive)} to come in`,
    ...(queue === null ? [] : [`${time(queue)} in the queue`]),
    ...(app === null ? [] : [`${time(app)} in the app`]),
    ...(body === null ? [] : [`${time(body)} for the answer's body`]),
  ].join(", ");
  const beside = others > 0 ? `, beside ${counted(others, "other")} on its worker` : "";
  if (endedAt === null) return `${parts}${beside}; ${REQUEST_PHASES[phase] ?? "it goes on"}`;
  return `${parts}${beside}; ${cause ?? (status > 0 ? `answered with ${status}` : "no answer")}`;
}

export function tellRefused(refused: readonly RefusedRequest[], paint: Paint): Happening[] {
  return refused.map((request) => {
    const { at, id, cause, status } = request;
    const what = status > 0 ? `was answered with ${status} ${cause}` : `was cut: ${cause}`;
    return {
      at,
      lines: [
        `request ${id} ${paint.bad(what)}`,
        ...meaningOf(cause),
        `  ${describeRequest(request)}.`,
        ...hintOf(cause, paint),
      ],
    };
  });
}

export function tellActive(active: readonly ActiveRequest[], nowText: string): Happening[] {
  return active.map(({ id, method, path, phase, ageMs, worker, client }) => ({
    at: nowText,
    lines: [
      `${method} ${path} (${id}) of ${client} is under way for ${time(ageMs)}${worker > 0 ? ` on worker ${worker}` : ""}`,
      `  ${phase}: ${REQUEST_PHASES[phase] ?? "not known here"}.`,
    ],
  }));
}
