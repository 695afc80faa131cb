import { expect, test } from "bun:test";
import type { FromChild } from "../../src/link/messages.ts";
import { Supervisor } from "../../src/teller/supervisor.ts";
import { FakeClock } from "../support/fake-clock.ts";

function setUp() {
  const clock = new FakeClock();
  const said: Extract<FromChild, { type: "ask" | "act" }>[] = [];
  return { clock, said, supervisor: new Supervisor(clock, (message) => said.push(message)) };
}

test("supervisor: each subject is asked about apart, and an answer goes to who has asked", async () => {
  const { said, supervisor } = setUp();
  const asked = [supervisor.ask("figures"), supervisor.ask("configuration"), supervisor.ask("figures")];
  expect(said.map((one) => (one.type === "ask" ? [one.id, one.about] : []))).toEqual([
    [1, "figures"],
    [1, "configuration"],
  ]);
  supervisor.hear({ type: "told", id: 1, about: "configuration", answer: ["options"] });
  supervisor.hear({ type: "told", id: 1, about: "figures", answer: { state: "serving" } });
  expect(await Promise.all(asked as Promise<unknown>[])).toEqual([
    { state: "serving" },
    ["options"],
    { state: "serving" },
  ]);
});

test("supervisor: a deed ends with its outcome, and one that takes long is said to go on", async () => {
  const { clock, said, supervisor } = setUp();
  const first = supervisor.act("word", "::1", { deed: "reload" });
  const second = supervisor.act("word", "::1", { deed: "restart", worker: 1 });
  expect(said).toEqual([
    { type: "act", id: 1, token: "word", client: "::1", request: { deed: "reload" } },
    { type: "act", id: 2, token: "word", client: "::1", request: { deed: "restart", worker: 1 } },
  ]);
  supervisor.hear({ type: "acted", id: 2, outcome: { is: "failed", text: "no", lines: [] } });
  expect(await second).toMatchObject({ is: "failed" });
  clock.advance(30_000);
  expect((await first).text).toContain("goes on");
  supervisor.hear({ type: "acted", id: 1, outcome: { is: "done", text: "late", lines: [] } });
});
