import { expect, test } from "bun:test";
import type { Records } from "../../../src/control/records.ts";
import { type RecordsWanted, selectRecords } from "../../../src/supervisor/records/select.ts";
import { ENDED, REFUSED, SLOW } from "../../support/records.ts";

const at = (minute: number) => `2026-11-29T02:0${minute}:00.000Z`;
const RECORDS: Records = {
  ends: [
    { ...ENDED, at: at(1), lostIds: ["r-1", "r-2"] },
    { ...ENDED, at: at(2), process: "front 1", role: "front" },
    {
      ...ENDED,
      at: at(3),
      process: "api worker 2",
      slot: 2,
      request: { id: "r-3", method: "GET", path: "/", ageMs: 1 },
    },
  ],
  reloads: [
    { at: at(4), by: "gw reload", outcome: "serves", generation: 2, tookMs: 1, reason: null, detail: null },
  ],
  refusals: [{ cause: "queue_full", count: 3, firstAt: at(1), lastAt: at(5) }],
  refused: [{ ...REFUSED, at: at(5), id: "r-5", worker: 2 }],
  slow: [{ ...SLOW, id: "r-6", endedAt: null, worker: 1 }],
  spells: [{ kind: "loop", subject: "api worker 2", from: at(1), until: at(2), worst: 3 }],
};

const counts = (wanted: RecordsWanted) =>
  Object.fromEntries(
    Object.entries(selectRecords(RECORDS, wanted)).map(([name, list]) => [name, list.length]),
  );

test.each<[string, RecordsWanted, object]>([
  ["everything", {}, { ends: 3, reloads: 1, refusals: 1, refused: 1, slow: 1, spells: 1 }],
  [
    "what went on since then, also what began before",
    { since: at(4) },
    { ends: 0, reloads: 1, refusals: 1, refused: 1, slow: 1, spells: 0 },
  ],
  [
    "a worker, which is no front end of that number",
    { slot: 1 },
    { ends: 1, reloads: 0, refusals: 0, refused: 0, slow: 1, spells: 0 },
  ],
  ["a worker of a group", { slot: 2 }, { ends: 1, reloads: 0, refusals: 0, refused: 1, slow: 0, spells: 1 }],
  [
    "a request that ended with a worker",
    { request: "r-2" },
    { ends: 1, reloads: 0, refusals: 0, refused: 0, slow: 0, spells: 0 },
  ],
  [
    "the longest on a worker that was to go",
    { request: "r-3" },
    { ends: 1, reloads: 0, refusals: 0, refused: 0, slow: 0, spells: 0 },
  ],
  [
    "a request that was refused",
    { request: "r-5" },
    { ends: 0, reloads: 0, refusals: 0, refused: 1, slow: 0, spells: 0 },
  ],
  ["nobody", { request: "r-9" }, { ends: 0, reloads: 0, refusals: 0, refused: 0, slow: 0, spells: 0 }],
])("records: asked for %s", (_name, wanted, expected) => expect(counts(wanted)).toEqual(expected as never));
