// What the control socket can ask of the supervisor, over places that are real and processes that are not.

import type { Upgraded } from "../../src/control/results.ts";
import { Tail } from "../../src/control/tail.ts";
import { ServerControls } from "../../src/supervisor/commands/controls.ts";
import { StopRequest } from "../../src/supervisor/commands/stop-request.ts";
import { Reloads } from "../../src/supervisor/generations/reloads.ts";
import { FakeClock } from "./fake-clock.ts";
import { makePool, settle } from "./fake-pool.ts";

type Options = {
  given?: Parameters<typeof makePool>[0];
  isServing?: boolean;
  /** What `gw upgrade` of this file does when its turn has come. */
  upgrade?: (file: string) => Promise<Upgraded>;
  /** Another gw has what was set by hand, until then. */
  handingOver?: Promise<unknown>;
};

export async function makeControls({
  given = {},
  isServing = true,
  upgrade = noUpgrade,
  handingOver,
}: Options = {}) {
  const made = await makePool(given);
  const stop = new StopRequest(new FakeClock());
  const load = async () => ({ ...made.config, warnings: [], switches: new Set<string>() });
  const reloads = new Reloads({
    ...made.tools,
    site: made.site,
    config: made.config,
    load,
    describe: (problems) => problems.map(({ what }) => what),
    readCertificates: () => ({ problems: [], warnings: [], certificates: [] }),
    followers: [],
  });
  const controls = new ServerControls({
    clock: made.clock,
    pid: 4711,
    startedAtMs: made.clock.now(),
    places: { main: 8000, all: [{ host: "0.0.0.0", port: 8000, isTls: false }] },
    renewal: { refused: undefined },
    serverRoot: "/run",
    site: made.site,
    reloads,
    ledger: made.ledger,
    sums: made.tools.sums,
    statusToken: "word",
    lookAtLogs: () => ({ lost: 0, lostAccess: 0, troubles: [] }),
    startedWallMs: 0,
    setLogLevel: () => ({ levels: {} as never }),
    stop,
    tail: new Tail(),
    isServing: () => isServing,
    upgrade: () => ({
      run: ({ file }) => reloads.takeTurn("gw upgrade", () => upgrade(file)),
      handingOver,
    }),
    evidence: { tell: async () => ({ directory: "/evidence", files: [] }) },
  });
  const workers = () =>
    controls.status().groups[0]?.workers.map(({ slot, pid, state }) => `${slot} ${pid} ${state}`) ?? [];
  /** Lets time pass, and whoever waits for it act. */
  const pass = async (ms: number) => {
    for (let at = 0; at < ms; at += 50) {
      made.clock.advance(Math.min(50, ms - at));
      await settle();
    }
  };
  return { ...made, stop, controls, reloads, states: workers, pass };
}

async function noUpgrade(): Promise<never> {
  throw new Error("nobody is said to take over");
}
