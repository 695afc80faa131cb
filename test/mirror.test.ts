// The tests mirror the sources: src/a/b.ts is tested by test/a/b.test.ts. What is not stands here, with the test that would
// fail if it were wrong; a line goes when its mirror comes. Most lines are older than this rule: a new file has a mirror.
import { expect, test } from "bun:test";
import { existsSync, readFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";

const ROOT = resolve(import.meta.dir, "..");

/** Sources by the reason why they have no mirror, each with its test, as below src/ and test/, without their endings. */
const TESTED_ELSEWHERE: Record<string, Record<string, string>> = {
  "types, or words that others look up": {
    "control/results": "supervisor/commands/controls",
    "core/loadable": "bun/unloadable",
    "core/reasons": "faults",
    "core/signals": "process/worker-signals",
    "front/door/client": "front/ownership",
    "front/door/door": "front/door/h1/contract",
    "front/door/h1/native": "front/door/h1/h1-client",
    "link/runtime-names": "supervisor/root/runtime-dir",
    "link/setups": "worker/life/limits",
    "options/declare/socket-paths": "options/declare/rules",
    "supervisor/host/system": "supervisor/root/run-dir",
    "upstream/exchange": "upstream/connection",
    "upstream/h2/static-table": "upstream/h2/header-block",
  },
  "where a role begins: it is run as a process": {
    "cli/be-runtime": "process/programs",
    "cli/config/config-role": "cli/root",
    "cli/control/control": "process/control",
    "cli/start/start": "process/startup",
    "cli/start/start-server": "process/startup",
    "front/listeners": "process/backlog",
    "front/main": "process/front-drain",
    main: "process/startup",
    "worker/main": "worker/life",
    "worker/serve-app": "worker/service",
    "worker/thread": "process/shutdown-code",
  },
  "it changes the process that it runs in: it is run in one of its own": {
    "child/channel": "process/leftovers",
    "child/parent-tie": "process/leftovers",
    "cli/check-reload/check-reload": "process/check-reload",
    "cli/config/config-file": "cli/root",
    "cli/config/inspect": "cli/root",
    "cli/doctor/doctor-probe": "cli/doctor/doctor",
    "core/version": "cli/root",
    "front/door/descriptors": "process/max-clients",
    "worker/app/env-files": "process/env-files",
    "worker/app/legacy-decorators": "process/decorators",
    "worker/app/preload": "process/startup",
    "worker/life/blocking-output": "process/output-pipes",
    "worker/life/exit-call": "worker/life",
    "worker/life/hide-channel": "worker/life",
    "worker/life/ready": "worker/life",
    "worker/life/threads": "worker/life/runtime",
    "worker/listen/begun-listens": "worker/listen/listeners",
    "worker/listen/capture-listen": "worker/listen/listeners",
    "worker/listen/held": "worker/listen/listeners",
    "worker/listen/http2-servers": "worker/listen/listeners",
    "worker/listen/node-listens": "worker/listen/listeners",
    "worker/listen/open-ports": "worker/listen/listeners",
    "worker/listen/open-servers": "worker/listen/listeners",
    "worker/listen/raw-listens": "worker/listen/listeners",
    "worker/listen/server-face": "worker/listen/listeners",
    "worker/listen/share-ports": "worker/listen/listeners",
    "worker/listen/thread-ports": "process/further-ports",
    "worker/serve/adapt-fetch": "worker/serve/client-view",
    "worker/serve/adapt-node": "worker/serve/client-view",
    "worker/serve/challenges": "process/challenges",
    "worker/serve/client-socket": "worker/serve/client-view",
    "worker/serve/binding": "worker/serve/client-view",
  },
  "the inside of what is tested there, which nobody else uses": {
    "cli/check-reload/check-reload-client": "cli/check-reload/check-reload-load",
    "cli/control/control-generations": "cli/control/control-status",
    "cli/control/control-groups": "cli/control/control-status",
    "cli/control/control-table": "cli/control/control-status",
    "cli/read-command": "cli/commands",
    "cli/setup/setup-config": "cli/setup/setup-server",
    "cli/setup/setup-texts": "cli/setup/setup-server",
    "cli/terminal/gwctl": "cli/setup/setup-server",
    "control/client": "control/server",
    "control/roots": "control/instances",
    "core/start-time": "supervisor/host/proc",
    "front/dispatch/demand": "front/dispatch/dispatch",
    "front/dispatch/onward": "front/dispatch/dispatch",
    "front/dispatch/relay": "front/ownership",
    "front/dispatch/tunnel": "front/ownership",
    "front/door/h1/answer-head": "front/door/h1/h1-client",
    "front/door/h1/client-request": "front/stages/limits",
    "front/door/h1/engine": "front/door/h1/contract",
    "front/groups": "front/ownership",
    "front/pipeline": "front/ownership",
    "front/stages/reception": "front/ownership",
    "front/visit/endings": "front/ownership",
    "front/warming-clients": "front/warming",
    "http/date": "http/status",
    "link/read-message": "link/messages",
    "options/declare/problems": "options/resolve/resolve",
    "options/read/accounts": "options/resolve/identity",
    "options/read/env-files": "options/resolve/resolve",
    "options/read/file-layer": "options/resolve/resolve",
    "options/read/inputs": "options/resolve/resolve",
    "options/read/layers": "options/resolve/resolve",
    "options/read/values": "options/resolve/resolve",
    "options/render/render-page": "options/render/render",
    "options/resolve/defaults": "options/resolve/resolve",
    "supervisor/child/last-words": "supervisor/child/slot",
    "supervisor/child/pipes": "supervisor/child/slot",
    "supervisor/child/run": "supervisor/child/slot",
    "supervisor/child/slot-setup": "supervisor/child/slot",
    "supervisor/child/spawn": "supervisor/child/slot",
    "supervisor/child/wish": "supervisor/child/slot",
    "supervisor/commands/survey": "supervisor/commands/controls",
    "supervisor/crew/crew": "supervisor/crew/recycling",
    "supervisor/crew/ledger": "supervisor/crew/recycling",
    "supervisor/crew/place": "supervisor/crew/recycling",
    "supervisor/fronts/fronts": "supervisor/supervisor",
    "supervisor/fronts/public-port": "supervisor/host/listeners",
    "supervisor/generations/generation": "supervisor/generations/reloads",
    "supervisor/generations/room": "supervisor/generations/reloads",
    "supervisor/generations/site": "supervisor/generations/reloads",
    "supervisor/groups/worker-pool": "supervisor/crew/recycling",
    "supervisor/host/port": "supervisor/supervisor",
    "supervisor/root/socket-dirs": "supervisor/root/run-dir",
    "supervisor/root/worker-sockets": "supervisor/supervisor",
    "upstream/h2/blocks": "upstream/h2/session",
    "upstream/h2/outbox": "upstream/h2/session",
    "upstream/h2/peer": "upstream/h2/session",
    "upstream/h2/sender": "upstream/h2/session",
    "upstream/h2/sessions": "upstream/h2/session",
    "upstream/h2/stream": "upstream/h2/session",
    "upstream/connection-pool": "upstream/connection",
    "upstream/upstream": "front/dispatch/backends",
    "worker/listen/address": "worker/listen/choose-app",
  },
};

const INSIDE = "the inside of what is tested there, which nobody else uses";
const lines = Object.values(TESTED_ELSEWHERE).flatMap((files) => Object.entries(files));
const sources = [...new Bun.Glob("**/*.ts").scanSync({ cwd: `${ROOT}/src` })].map((name) =>
  name.slice(0, -3),
);
const testOf = (name: string) => `${ROOT}/test/${name}.test.ts`;

/** Whether loading a file loads the other one as well. */
function leadsTo(from: string, to: string, seen = new Set<string>()): boolean {
  if (from === to) return true;
  if (seen.has(from) || !existsSync(from)) return false;
  seen.add(from);
  const imports = readFileSync(from, "utf8").matchAll(/^(?:import|export|\}) .*from "(\.[^"]*\.ts)";$/gm);
  return [...imports].some(([, name = ""]) => leadsTo(join(dirname(from), name), to, seen));
}

test("mirror: each source has its test at the same place, or a line that names the one that tests it", () => {
  const listed = new Set(lines.map(([source]) => source));
  const alone = sources.filter((source) => !existsSync(testOf(source)) && !listed.has(source));
  expect(alone.toSorted()).toEqual([]);
});

test("mirror: each line is of a source that has no mirror, and names a test that is there", () => {
  const wrong = lines.filter(
    ([source, tested]) =>
      !sources.includes(source) || existsSync(testOf(source)) || !existsSync(testOf(tested)),
  );
  expect(wrong).toEqual([]);
});

test("mirror: what is said to be tested with another one is run by that test", () => {
  const apart = Object.entries(TESTED_ELSEWHERE[INSIDE] ?? {}).filter(
    ([source, tested]) => !leadsTo(testOf(tested), `${ROOT}/src/${source}.ts`),
  );
  expect(apart).toEqual([]);
});
