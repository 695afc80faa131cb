// What is on the page, as a person or a screen reader finds it.
import { describe, expect, test } from "bun:test";
import type { Picture } from "../../../src/control/picture.ts";
import { readView } from "../../../src/teller/page/parts/view.ts";
import { renderSections } from "../../../src/teller/page/sections.ts";
import { openPage } from "../../support/page.ts";
import { activeRequest, history, NO_RECORDS, NOW_MS, picture, workerStatus } from "../../support/picture.ts";

function open(told: Picture, query = "") {
  const sections = renderSections(told, readView(new URLSearchParams(query)));
  return openPage(
    `<main>${sections.map(({ id, content }) => `<section id="${id}">${content.text}</section>`).join("")}</main>`,
  );
}

const texts = (root: { document: Document }, selector: string) =>
  [...root.document.querySelectorAll(selector)].map((one) =>
    (one.textContent ?? "").replace(/\s+/g, " ").trim(),
  );

/** Rows of a table, their cells with spaces between them. */
const rows = (root: { document: Document }, selector: string) =>
  [...root.document.querySelectorAll(selector)].map((row) =>
    [...row.children].map((cell) => (cell.textContent ?? "").replace(/\s+/g, " ").trim()).join(" "),
  );

describe("overview", () => {
  test("says how gw is, and of each graph what it shows", async () => {
    await using page = open(picture());
    expect(page.text("#s-summary")).toContain(
      "serving http://localhost:8000/ up 1 min 5 s generation 1 gw 1.2.3",
    );
    expect(texts(page, ".tile h3")).toEqual(["Capacity used", "In the queue", "Requests", "Latency"]);
    expect(page.text(".tile .now")).toBe("30%");
    const labels = [...page.document.querySelectorAll(".tile svg")].map((svg) =>
      svg.getAttribute("aria-label"),
    );
    expect(labels[0]).toBe("Capacity used in the last ten minutes: now 30 %, at most 80 %");
    expect(labels[3]).toMatch(/^Latency in the last ten minutes: median .*p95 .*p99/);
    expect(texts(page, ".minutes tbody tr").length).toBeGreaterThanOrEqual(10);
  });

  test("a gw that has just been started has no figures yet, and none that is not a number", async () => {
    const told = picture({ history: history(0), records: NO_RECORDS, requests: 0, usages: [] });
    told.status.restarts = {};
    await using page = open(told);
    expect(page.document.body.innerHTML).not.toMatch(/NaN|undefined|Infinity/);
    expect(page.text("#s-tiles")).toContain("no request has ended yet");
    expect(page.text("#s-incidents")).toContain("No process has ended since the start.");
    expect(page.text("#s-requests")).toContain("None just now.");
  });

  test("workers: what each is at", async () => {
    await using page = open(picture());
    const [first = ""] = rows(page, ".workers tbody tr");
    expect(first).toBe(
      "worker 1 pid 5001 ready gen 1 3 / 10 1,204 10 % 61 MB 1 ms 1 h 5 min crash 2 min ago",
    );
    expect(page.document.querySelector(".workers [aria-sort]")?.textContent).toBe("Worker");
  });

  test("workers: sorted by what is asked for, the largest first; filtered by what is typed", async () => {
    await using sorted = open(picture(), "sort=cpu");
    expect(texts(sorted, ".workers tbody th a")).toEqual(["worker 4", "worker 3", "worker 2", "worker 1"]);
    await using filtered = open(picture(), "q=worker+3");
    expect(texts(filtered, ".workers tbody th a")).toEqual(["worker 3"]);
    await using none = open(picture(), "q=nothing");
    expect(none.text(".workers tbody")).toBe("No worker matches");
  });

  test("two hundred workers have a map besides, and a thousand requests are a link away", async () => {
    const told = picture({ workers: 200, requests: 1_000 });
    told.status.groups[0]?.workers.splice(7, 1, workerStatus(8, { isStalled: true }));
    await using page = open(told);
    expect(texts(page, ".map a").length).toBe(200);
    expect(page.document.querySelector(".map")?.getAttribute("aria-hidden")).toBe("true");
    expect(texts(page, ".map .cell-bad")).toEqual(["8"]);
    expect(texts(page, "#scroll-requests tbody tr").length).toBe(25);
    expect(page.text("#s-requests .note")).toBe("Show all 1,000");
    await using long = open(told, "all");
    expect(texts(long, "#scroll-requests tbody tr").length).toBe(1_000);
  });

  test("requests: where each is; and what clients send is text", async () => {
    const told = picture({ requests: 0 });
    told.active = { requests: [activeRequest(1, { path: "/<img src=x onerror=alert(1)>" })], total: 3 };
    await using page = open(told);
    expect(page.document.querySelector("img")).toBeNull();
    expect(rows(page, "#scroll-requests tbody tr")).toEqual([
      "20 s GET /<img src=x onerror=alert(1)> app 1 192.0.2.7 default t8-1",
    ]);
    expect(page.text("#s-requests .note")).toBe("2 younger ones are not listed.");
  });

  test("slow ones, errors by cause, ends with their reason, spells and reloads", async () => {
    await using page = open(picture());
    expect(page.text("#s-requests .facts li")).toMatch(
      /^POST \/report took 5.1 s on worker 2 beside 3 others: receive 1 ms, queue 1.9 s, app 3.1 s, body 99 ms; answered 200/,
    );
    const all = page.text("#s-incidents");
    expect(all).toContain("12 × queue_full last 30 s ago, first 5 min ago");
    expect(all).toContain("worker 1: crash 2 min ago, exit code 1, had served 1 min 5 s");
    expect(all).toContain("On it: GET /<b>cart, for 412 ms");
    expect(all).toContain("Requests of default waited, up to 1.9 s for 50 s");
    expect(all).toContain("gw reload: refused 1 min ago");
  });

  test("embedded mode: what nobody knows is left out", async () => {
    const unknown = { capacity: null, queued: null, oldestMs: null, errors: null, latency: null };
    const points = [{ atMs: NOW_MS, requests: 12, ...unknown }];
    await using page = open(picture({ hasFronts: false, history: { stepMs: 5_000, points } }));
    expect(page.text("#s-requests")).toBe("");
    const told = page.text("#s-tiles");
    expect(told).toContain("in embedded mode nobody measures it");
    expect(told).toContain("in embedded mode nobody bounds them");
    expect(told).toContain("in embedded mode nobody knows their statuses");
    expect(told).not.toMatch(/none answered with 5xx|nobody has had to wait|up to 0|\b0%/);
    expect(rows(page, "#s-tiles tbody tr")).toEqual(["12:00 – – – 12 – – – –"]);
  });

  test("several groups have a table of their own", async () => {
    const told = picture();
    const [group] = told.status.groups;
    if (!group) throw new Error("there is a group");
    told.status.groups.push({
      ...group,
      name: "service:mail",
      kind: "service",
      mount: null,
      workers: [workerStatus(9)],
    });
    await using page = open(told);
    expect(rows(page, "#s-groups tbody tr")).toEqual([
      "default / serving 12 / 40 0 4 of 4",
      "service:mail nobody: a service serving – – 1 of 4",
    ]);
    expect(texts(page, ".workers thead th")[1]).toBe("Group");
  });
});

describe("one worker", () => {
  test("all that is known, and what can be done", async () => {
    await using page = open(picture(), "worker=1");
    expect(page.text("h2")).toBe("Worker 1");
    expect(page.text(".facts-of")).toContain("Requests now3 of 10");
    expect(texts(page, ".deeds a")).toEqual(["Restart …", "Drain …", "Stack …"]);
    expect(page.text(".facts")).toContain("crash");
  });

  test("one that there is not", async () => {
    await using page = open(picture(), "worker=77");
    expect(page.text("#s-worker p")).toBe("There is no worker with this number now.");
  });
});
