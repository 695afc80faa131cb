// How many connections the kernel keeps for gw and for its workers, as it tells.
import { expect, setDefaultTimeout, test } from "bun:test";
import { readFileSync } from "node:fs";
import { statusOf } from "../support/control.ts";
import { startGw } from "../support/gw.ts";
import { testWith } from "../support/needs.ts";
import { makeTempDir } from "../support/temp-dir.ts";

setDefaultTimeout(60_000);

const APP = "export default { fetch: () => new Response('ok') };";
const somaxconn = Number(readFileSync("/proc/sys/net/core/somaxconn", "utf8"));

async function limitsWith(
  args: string[],
): Promise<{ fronts: unknown[]; workers: unknown[]; stderr: string }> {
  using dir = makeTempDir();
  await using gw = await startGw([dir.write("app.ts", APP), ...args]);
  const { fronts, groups } = await statusOf(gw);
  return {
    fronts: fronts.map(({ limits }) => limits.serverBacklog),
    workers: groups.flatMap(({ workers }) =>
      workers.map(({ limits }) => limits.listenBacklog ?? limits.serverBacklog),
    ),
    stderr: gw.stderr(),
  };
}

test("backlog: of the public socket and of each worker's, as asked, on every front end and worker", async () => {
  const args = ["--server-backlog", "77", "--listen-backlog", "33", "--front-ends", "2", "--processes", "2"];
  expect(await limitsWith(args)).toEqual({
    fronts: [77, 77],
    workers: [33, 33],
    stderr: expect.not.stringContaining("kernel grants"),
  });
});

test("backlog: in embedded mode the workers have the public socket", async () => {
  expect(await limitsWith(["--embedded-mode", "--server-backlog", "77"])).toMatchObject({
    fronts: [],
    workers: [77],
  });
});

const MORE_THAN_GRANTED = {
  isMet: somaxconn < 65_535,
  why: "needs net.core.somaxconn below what the option takes",
};
testWith(MORE_THAN_GRANTED)(
  "backlog: more than the kernel grants is told, and what it grants is shown",
  async () => {
    const seen = await limitsWith(["--server-backlog", String(somaxconn + 1)]);
    expect(seen.fronts).toEqual([somaxconn]);
    expect(seen.stderr).toContain(
      `serverBacklog ${somaxconn + 1} (--server-backlog) is more than the kernel grants: ${somaxconn}`,
    );
  },
);
