// An app that imports "gw" where there is no gw: as a package that gw print-module has filled, and by an import that may fail.
import { describe, expect, test } from "bun:test";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { renderStandIn } from "../../../src/options/render/app-module.ts";
import { makeTempDir } from "../../support/temp-dir.ts";

const APP = `
  import { metrics, on, requestInfo, sendFile } from "gw";
  const off = on("drain", () => {});
  off();
  metrics.counter("a_total").add();
  metrics.gauge("b").set(1);
  metrics.histogram("c").observe(1);
  const answer = sendFile("file.txt", { status: 201 });
  console.log(requestInfo(), answer.status, await answer.text());`;

/** As the guide has it. */
const OPTIONAL = `
  const gw = await import("gw").catch(() => undefined);
  console.log(gw?.requestInfo()?.id ?? "nobody knows");`;

const RUNTIMES = [
  ["bun", [process.execPath, "--no-install"]],
  ["node", ["node"]],
] as const;

async function run(command: readonly string[], app: string, hasModule: boolean): Promise<string> {
  using dir = makeTempDir();
  writeFileSync(join(dir.path, "app.mjs"), app);
  writeFileSync(join(dir.path, "file.txt"), "the file");
  if (hasModule) {
    mkdirSync(join(dir.path, "node_modules/gw"), { recursive: true });
    writeFileSync(join(dir.path, "node_modules/gw/index.js"), renderStandIn());
  }
  const child = Bun.spawn([...command, "app.mjs"], { cwd: dir.path, stdout: "pipe", stderr: "pipe" });
  const [out, err] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
  ]);
  return out + err;
}

describe.each(RUNTIMES)("app module without gw, under %s", (_name, command) => {
  test("the module that gw prints does no harm", async () => {
    expect(await run(command, APP, true)).toBe("undefined 201 the file\n");
  });

  test("an import that may fail needs no module", async () => {
    expect(await run(command, OPTIONAL, false)).toBe("nobody knows\n");
    expect(await run(command, OPTIONAL, true)).toBe("nobody knows\n");
  });
});
