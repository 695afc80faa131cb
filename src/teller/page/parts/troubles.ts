// What an operator has to know first, in sentences, the gravest first. Pure.

import type { Picture } from "../../../control/picture.ts";
import { type GroupStatus, SERVER_STATES, type Status } from "../../../control/status.ts";
import { html, type Markup } from "./markup.ts";
import { age, ago, clockTime, counted, percent } from "./words.ts";

export type ShownTrouble = { tone: "bad" | "warn"; text: Markup };

const SOON_MS = 14 * 86_400_000;
const LATE_MS = 1_000;
const NEARLY_FULL = 0.9;

export function troublesOf(picture: Picture): ShownTrouble[] {
  const { status, atMs } = picture;
  const all = [
    ...ofWhole(status),
    ...ofProcesses(status),
    ...ofLogs(status),
    ...ofChanges(status, atMs),
    ...ofLoads(picture),
    ...status.groups.flatMap((group) => ofGroup(group, atMs)),
    ...ofCertificates(status, atMs),
  ];
  return all.toSorted((a, b) => Number(b.tone === "bad") - Number(a.tone === "bad"));
}

const bad = (text: Markup): ShownTrouble => ({ tone: "bad", text });
const warn = (text: Markup): ShownTrouble => ({ tone: "warn", text });

function ofWhole({ state }: Status): ShownTrouble[] {
  if (state === "serving") return [];
  const tone = state === "starting" || state === "stopping" ? warn : bad;
  return [tone(html`<b>gw is ${state}</b>: ${SERVER_STATES[state]}.`)];
}

function ofProcesses({ troubles, groups }: Status): ShownTrouble[] {
  const stalled = groups.flatMap(({ workers }) => workers.filter(({ isStalled }) => isStalled));
  return [
    ...troubles.map(({ process, deaths, isCrashLoop, pauseMs, error }) =>
      bad(
        html`<b>${process} ${isCrashLoop ? "is in a crash loop" : "does not stay"}</b>${deaths > 0 && html`, ${counted(deaths, "end")} in a row`}; the next try comes within ${age(pauseMs)}${error && html`: <code>${error}</code>`}`,
      ),
    ),
    ...(stalled.length > 0
      ? [
          warn(
            html`<b>${counted(stalled.length, "worker")} computes or hangs</b>: the event loop of worker ${stalled.map(({ slot }) => slot).join(", ")} does not turn. Its stack says where.`,
          ),
        ]
      : []),
  ];
}

function ofLogs({ logTroubles = [] }: Status): ShownTrouble[] {
  return logTroubles.map(({ file, why, lost }) =>
    bad(
      html`<b>The log at ${file} is in trouble</b>: ${why}. ${lost > 0 && html`${counted(lost, "line")} lost so far.`}`,
    ),
  );
}

function ofChanges({ refused, refusedCertificate, generation }: Status, nowMs: number): ShownTrouble[] {
  return [
    ...(refused
      ? [
          bad(
            html`<b>The last reload was refused</b> (${refused.by}, ${ago(Date.parse(refused.at), nowMs)}): ${refused.reason}. Generation ${generation} serves on.`,
          ),
        ]
      : []),
    ...(refusedCertificate
      ? [
          bad(
            html`<b>A changed certificate is not served</b>: <code>${refusedCertificate.file}</code>: ${refusedCertificate.reason}. The one before is.`,
          ),
        ]
      : []),
  ];
}

function ofLoads({ loads, status }: Picture): ShownTrouble[] {
  const isAlone = loads.length === 1;
  return loads.flatMap(({ group, slots, busy, oldestMs }) => {
    const whose = isAlone ? "" : ` of ${group}`;
    const used = slots > 0 ? busy / slots : 0;
    const queued = status.groups.find(({ name }) => name === group)?.queueLength ?? 0;
    return [
      ...(used >= NEARLY_FULL
        ? [
            warn(
              html`<b>The capacity${whose} is ${percent(used)} used</b>: ${Math.round(busy)} of ${counted(slots, "place")} are taken.`,
            ),
          ]
        : []),
      ...(oldestMs >= LATE_MS
        ? [
            warn(
              html`<b>${counted(queued, "request")}${whose} ${queued === 1 ? "waits" : "wait"} for a worker</b>, the first for ${age(oldestMs)}.`,
            ),
          ]
        : []),
    ];
  });
}

function ofGroup({ name, state, pausedUntil, poisons, drained }: GroupStatus, nowMs: number): ShownTrouble[] {
  return [
    ...(state === "paused" && pausedUntil !== null
      ? [
          warn(
            html`<b>${name} is paused</b>: its requests wait until somebody resumes it, or until ${clockTime(Date.parse(pausedUntil))}.`,
          ),
        ]
      : []),
    ...poisons.map(({ method, path, deaths, until }) =>
      bad(
        html`<b><code>${method} ${path}</code> is refused</b> for ${age(Date.parse(until) - nowMs)}: ${counted(deaths, "worker")} of ${name} ended under it.`,
      ),
    ),
    ...(drained.length > 0
      ? [
          warn(
            html`<b>Worker ${drained.join(", ")} of ${name} was drained</b> by hand, and its place stays empty until it is restarted.`,
          ),
        ]
      : []),
  ];
}

function ofCertificates({ certificates }: Status, nowMs: number): ShownTrouble[] {
  return certificates.flatMap(({ file, expiresAt }) => {
    const leftMs = Date.parse(expiresAt) - nowMs;
    if (leftMs > SOON_MS) return [];
    if (leftMs <= 0)
      return [
        bad(
          html`<b>A certificate has expired</b> ${ago(Date.parse(expiresAt), nowMs)}: <code>${file}</code>`,
        ),
      ];
    return [warn(html`<b>A certificate ends in ${age(leftMs)}</b>: <code>${file}</code>`)];
  });
}
