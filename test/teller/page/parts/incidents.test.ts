import { expect, test } from "bun:test";
import { ERRORS } from "../../../../src/core/errors.ts";
import { REASONS, type Reason } from "../../../../src/core/reasons.ts";
import { renderIncidents } from "../../../../src/teller/page/parts/incidents.ts";
import { END, NO_RECORDS, picture } from "../../../support/picture.ts";

const at = new Date(0).toISOString();

test("incidents: whatever word the log has for an error or an end, the page has it, too", () => {
  for (const cause of Object.keys(ERRORS)) {
    const refusals = [{ cause, count: 2, firstAt: at, lastAt: at }];
    const { text } = renderIncidents(picture({ records: { ...NO_RECORDS, refusals } }));
    expect(text).toContain(`<code>${cause}</code>`);
  }
  for (const reason of Object.keys(REASONS) as Reason[]) {
    const { text } = renderIncidents(picture({ records: { ...NO_RECORDS, ends: [{ ...END, reason }] } }));
    expect(text).toContain(`>${reason}</code>`);
  }
});

test("incidents: an end whose evidence was kept says how to see it, and not where it is", () => {
  const evidence = "/var/lib/gw/evidence/20261129T135612123-crash-worker-1-42.json";
  const { text } = renderIncidents(picture({ records: { ...NO_RECORDS, ends: [{ ...END, evidence }] } }));
  expect(text).toContain("gw evidence 20261129T135612123-crash-worker-1-42.json");
  expect(text).not.toContain("/var/lib");
});
