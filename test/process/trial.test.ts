// A new version that is tried out on a share of the requests before it serves: on the real executable, with two front ends.
import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { control, obey, statusOf, textOf } from "../support/control.ts";
import { eventually, type Gw, startGw } from "../support/gw.ts";
import { makeTempDir } from "../support/temp-dir.ts";

setDefaultTimeout(60_000);

const answering = (text: string, first = "") =>
  `export default { fetch(request) { ${first} return new Response(${JSON.stringify(text)}); } };`;

/** How fast the machine is decides nothing here. */
const AT_ANY_PACE = ["--slower", "10000"];
const trialOf = async (gw: Gw) => (await statusOf(gw)).trial;
const beginsTrial = (gw: Gw) => eventually(async () => (await trialOf(gw)) !== null, "the trial has begun");

/** Asks until told to stop, a few at a time; what each answer was. */
function askAway(url: string) {
  const answers: string[] = [];
  let isOver = false;
  const one = async () => {
    while (!isOver) {
      const answer = await fetch(url);
      const text = await answer.text();
      answers.push(answer.ok ? text : String(answer.status));
    }
  };
  const all = Promise.all([one(), one(), one(), one()]);
  const stop = async () => {
    isOver = true;
    await all;
    return Map.groupBy(answers, (answer) => answer);
  };
  return { answers, stop };
}

describe("trial", () => {
  test("one that does well gets its share, then all; nothing is lost, and both sides are told beside each other", async () => {
    using dir = makeTempDir();
    await using gw = await startGw([
      dir.write("app.ts", answering("old")),
      "--processes",
      "2",
      "--front-ends",
      "2",
    ]);
    dir.write("app.ts", answering("new"));
    const load = askAway(gw.url);
    const watched = control(gw, "reload", "--percent", "20", "--watch", "10m", ...AT_ANY_PACE);
    await eventually(async () => ((await trialOf(gw))?.new.requests ?? 0) > 20, "the new one has answered");
    const { generations, trial } = await statusOf(gw);
    expect(generations.map(({ number, state }) => [number, state])).toEqual([
      [2, "trial"],
      [1, "serving"],
    ]);
    expect(await obey(gw, "status")).toMatch(
      /generation 2 is tried out with 20 % of the requests for another \d/,
    );
    expect(await obey(gw, "metrics")).toMatch(/gw_trial_requests\{side="new"\} [1-9]/);
    const { old, new: fresh } = trial ?? { old: { requests: 0 }, new: { requests: 0 } };
    expect(fresh.requests / (old.requests + fresh.requests)).toBeWithin(0.05, 0.4);
    await obey(gw, "rollback");
    expect((await watched).code).toBe(1);
    const { code, stdout } = await control(gw, "reload", "--percent", "20", "--watch", "1s", ...AT_ANY_PACE);
    const told = /the new one: \d+ requests?, 0 failed.*\nthe old one: .*\ngeneration 3 serves/;
    expect([code, stdout]).toEqual([0, expect.stringMatching(told)]);
    expect(await textOf(gw.url)).toBe("new");
    expect([...(await load.stop()).keys()].toSorted()).toEqual(["new", "old"]);
    expect(await trialOf(gw)).toBeNull();
  });

  test("one that fails goes again, with the reason; what clients got of it is all that they see", async () => {
    using dir = makeTempDir();
    await using gw = await startGw([dir.write("app.ts", answering("old"))]);
    dir.write(
      "app.ts",
      answering("new", `if (request.method === "GET") return new Response("no", { status: 503 });`),
    );
    const load = askAway(gw.url);
    const { code, stderr } = await control(gw, "reload", "--percent", "10", "--watch", "10m");
    const answers = await load.stop();
    expect(code).toBe(1);
    expect(stderr).toMatch(
      /Generation 2 was tried out and has gone, and generation 1 serves on: \d+ of \d+ requests failed on it \(100 %\)/,
    );
    expect([...answers.keys()].toSorted()).toEqual(["503", "old"]);
    for (let i = 0; i < 50; i++) expect(await textOf(gw.url)).toBe("old");
    expect((await statusOf(gw)).refused).toMatchObject({ generation: 2, by: "gw reload" });
    await gw.until(/a generation has left generation=2/);
  });

  test("one whose worker ends goes at once; a request that it had is a 502 and no more", async () => {
    using dir = makeTempDir();
    await using gw = await startGw([dir.write("app.ts", answering("old"))]);
    dir.write("app.ts", answering("new", "process.exit(3);"));
    const load = askAway(gw.url);
    const { code, stderr } = await control(gw, "reload", "--percent", "50", "--watch", "10m");
    const answers = await load.stop();
    expect([code, stderr]).toEqual([1, expect.stringContaining("a worker of it ended: ")]);
    expect([...answers.keys()].toSorted()).toEqual(["502", "old"]);
    expect(await textOf(gw.url)).toBe("old");
  });

  test("with --sticky a client is on one side as long as the trial lasts", async () => {
    using dir = makeTempDir();
    await using gw = await startGw([dir.write("app.ts", answering("old")), "--sticky", "header=x-client"]);
    dir.write("app.ts", answering("new"));
    const reload = control(gw, "reload", "--percent", "50", "--watch", "10m");
    await beginsTrial(gw);
    const sides = await Promise.all(
      Array.from({ length: 40 }, async (_, client) => {
        const ask = () => textOf(gw.url, { headers: { "x-client": `client-${client}` } });
        return new Set([await ask(), await ask(), await ask()]);
      }),
    );
    expect(sides.every(({ size }) => size === 1)).toBe(true);
    expect(new Set(sides.flatMap((side) => [...side]))).toEqual(new Set(["old", "new"]));
    await obey(gw, "rollback");
    expect((await reload).code).toBe(1);
  });

  test("meanwhile nothing else is changed; gw rollback ends it, and a newer reload takes its place", async () => {
    using dir = makeTempDir();
    await using gw = await startGw([dir.write("app.ts", answering("old"))]);
    const first = control(gw, "reload", "--percent", "5", "--watch", "10m");
    await beginsTrial(gw);
    expect((await control(gw, "scale", "2")).stderr).toMatch(
      /Generation 2 is tried out for another \d+ s.*gw rollback ends that/,
    );
    expect(await obey(gw, "rollback")).toMatch(/^generation 1 serves/);
    expect((await first).stderr).toContain("gw rollback was typed");
    const second = control(gw, "reload", "--percent", "5", "--watch", "10m");
    await beginsTrial(gw);
    dir.write("app.ts", answering("newest"));
    expect(await obey(gw, "reload")).toMatch(/^generation 4 serves/);
    expect((await second).stdout).toMatch(/generation 4 serves/);
    expect(await textOf(gw.url)).toBe("newest");
  });

  test("what cannot be tried out is refused by name, and the old one serves on", async () => {
    using dir = makeTempDir();
    const app = dir.write("app.ts", answering("old"));
    dir.write("gw.config.json", JSON.stringify({ app: "app.ts" }));
    await using gw = await startGw(["--config", `${dir.path}/gw.config.json`]);
    dir.write("gw.config.json", JSON.stringify({ app: "app.ts", requestTimeout: "5s" }));
    expect((await control(gw, "reload", "--percent", "5")).stderr).toContain("reload without --percent");
    expect(await textOf(gw.url)).toBe("old");
    expect((await control(gw, "reload", "--watch", "5s")).stderr).toContain(
      '"--watch" means nothing without "--percent"',
    );
    await using embedded = await startGw([app, "--embedded-mode"]);
    expect((await control(embedded, "reload", "--percent", "5")).stderr).toContain(
      "reload without --percent",
    );
  });
});
