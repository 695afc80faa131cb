// test/support/no-waiting.grit refuses waiting for a duration as `npm run lint` runs. What is let past it stands here, so that
// one more is seen by whoever reads the change.
import { expect, test } from "bun:test";
import { join } from "node:path";
import { makeTempDir } from "./temp-dir.ts";

const ROOT = join(import.meta.dir, "../..");
/** How often, in which file. */
const LET_PAST: Record<string, number> = {
  "test/process/changes.test.ts": 1,
  "test/process/faults-client.test.ts": 1,
  "test/process/front-streams.test.ts": 1,
  "test/process/front-timeouts.test.ts": 2,
  "test/process/max-clients.test.ts": 1,
  "test/process/signals.test.ts": 1,
  "test/process/stop-everyone.test.ts": 2,
  "test/process/timeouts.test.ts": 1,
  "test/process/watchdog.test.ts": 1,
  "test/slow/clients.check.ts": 1,
  "test/slow/clients/good-client.ts": 1,
  "test/slow/clients/readers.ts": 1,
  "test/slow/rolling-load.ts": 1,
  "test/support/fresh-binary.ts": 1,
  "test/support/gw.ts": 3,
  "test/support/raw-http.ts": 1,
  "test/support/stuck-program.ts": 1,
  "test/support/watch.ts": 1,
};

test("no waiting: what is let past the rule is listed, and says why", async () => {
  const found: Record<string, number> = {};
  for (const file of new Bun.Glob("test/**/*.ts").scanSync({ cwd: ROOT })) {
    const source = await Bun.file(join(ROOT, file)).text();
    const reasons = [...source.matchAll(/^ *\/\/ biome-ignore lint\/plugin: (.*)$/gm)];
    if (reasons.length > 0) found[file] = reasons.length;
  }
  expect(found).toEqual(LET_PAST);
});

test("no waiting: the rule finds a sleep and a timer, and neither words nor one turn of the loop", async () => {
  using dir = makeTempDir();
  dir.write(
    "biome.json",
    JSON.stringify({ root: true, plugins: [join(import.meta.dir, "no-waiting.grit")] }),
  );
  const source = `
    await Bun.sleep(0);
    export const words = \`await Bun.sleep(10); setTimeout(done, 10)\`;
    await Bun.sleep(300);
    await new Promise((go) => setTimeout(go, 300));
    Bun.sleepSync(5);
  `;
  dir.write("waits.ts", source);
  await using child = Bun.spawn(
    [join(ROOT, "node_modules/.bin/biome"), "lint", "--reporter=github", "waits.ts"],
    { cwd: dir.path, stdout: "pipe", stderr: "pipe" },
  );
  const said = await new Response(child.stdout).text();
  const lines = [...said.matchAll(/title=plugin[^\n]*?line=(\d+)/g)].map(([, line]) => Number(line));
  expect(lines).toEqual([4, 5, 6]);
  expect(await child.exited).not.toBe(0);
});
