// Who waits for the end of this very process: nobody may be made believe that gw has ended.
import { expect, test } from "bun:test";
import { type Descent, whyBound } from "../../../src/supervisor/upgrade/waiter.ts";

const descent = (given: Partial<Descent>): Descent => ({
  pid: 50,
  parent: 1,
  parentName: "systemd",
  parentAtStart: 1,
  session: 1,
  parentSession: 1,
  hasManager: true,
  ...given,
});

const cases: [string, Partial<Descent>, boolean, RegExp | undefined][] = [
  ["a service manager that is told", {}, false, undefined],
  ["that of a user", { parent: 700, parentAtStart: 700 }, false, undefined],
  ["a manager that is told nothing", { hasManager: false }, false, /process 1 \(systemd\) has started gw/],
  ["a shim of npm", { parent: 40, parentAtStart: 40, parentName: "node" }, false, /process 40 \(node\)/],
  ["an init of a container", { parentName: "tini", hasManager: false }, false, /process 1 \(tini\)/],
  ["nobody: its starter has gone", { parent: 1, parentAtStart: 40, hasManager: false }, false, undefined],
  ["nobody: its starter had gone before gw looked", { session: 40, hasManager: false }, false, undefined],
  [
    "whoever has made it the first of a session",
    { session: 50, hasManager: false },
    false,
    /process 1 \(systemd\)/,
  ],
  [
    "its parent, where the system does not tell of sessions",
    { session: 40, parentSession: undefined, hasManager: false },
    false,
    /process 1 \(systemd\)/,
  ],
  [
    "a starter of whom the operator says that it does no harm",
    { parent: 40, parentAtStart: 40, parentName: "bash" },
    true,
    undefined,
  ],
  [
    "a container, for process 1, whatever the operator says",
    { pid: 1, parent: 0, parentAtStart: 0 },
    true,
    /gw is process 1/,
  ],
  [
    "one without a name",
    { parent: 40, parentAtStart: 40, parentName: undefined },
    false,
    /process 40 has started/,
  ],
];

test.each(cases)("upgrade waiter: %s", (_, given, mayLeave, says) => {
  const why = whyBound(descent(given), mayLeave);
  if (says) expect(why).toMatch(says);
  else expect(why).toBeUndefined();
});
