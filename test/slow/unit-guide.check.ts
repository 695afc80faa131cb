// What the guide says of the unit, typed word for word by root beside an unpacked archive, on a machine with a real systemd that has never
// seen gw. Part of `npm run test:systemd`.
import { afterAll, beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import { copyFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { packTar } from "../../deploy/release/archive.ts";
import { writeCommon } from "../../deploy/release/common.ts";
import manifest from "../../package.json" with { type: "json" };
import { freePort } from "../support/free-port.ts";
import { freshBinary } from "../support/fresh-binary.ts";
import { guideBlock } from "../support/guide-block.ts";
import { AS_ROOT, describeWith } from "../support/needs.ts";
import { makeTempDir } from "../support/temp-dir.ts";
import { bootMachine, type Machine, WITH_NSPAWN } from "./systemd-machine.ts";

setDefaultTimeout(180_000);

const ROOT = join(import.meta.dir, "../..");

describeWith(AS_ROOT, WITH_NSPAWN)("the unit, by the guide", () => {
  let machine: Machine;
  const port = freePort();

  beforeAll(async () => {
    using dir = makeTempDir();
    const { version } = manifest;
    const archive = join(dir.path, "archive");
    writeCommon(archive, { root: ROOT, version, date: "2026-11-29" });
    copyFileSync(freshBinary(), join(archive, "gw"));
    const tar = join(dir.path, "gw.tar");
    writeFileSync(tar, await packTar(archive, `gw-${version}-linux-x64`, new Date(1_700_000_000_000)));
    machine = await bootMachine({
      "/root/gw.tar": { copyOf: tar },
      "/root/app.ts": 'export default { fetch: () => new Response("by the guide\\n") };',
    });
    expect(machine.inside(["tar", "-C", "/root", "-xf", "/root/gw.tar"]).code).toBe(0);
  });
  afterAll(() => machine[Symbol.asyncDispose]());

  /** The port is that of a test. */
  const type = (first: string) => {
    const script = guideBlock("deploy.md", first).replaceAll("8000", String(port));
    const { code, text } = machine.inside(["bash", "-ec", `cd /root\n${script}`]);
    expect([script, code, code === 0 ? "" : text]).toEqual([script, 0, ""]);
    return text;
  };

  test("from the archive to an app that is served, and started at boot", () => {
    expect(type("install -m 0755 gw-")).toMatch(/^by the guide$/m);
    expect(machine.systemctl("is-enabled", "gw").text).toBe("enabled");
  });

  test("and then, after a change, what looks at it", () => {
    const told = type("systemctl reload gw");
    expect(told).toContain(`serving http://127.0.0.1:${port}/`);
    expect(told).toContain("generation 2: serving");
    // The journal.
    expect(told).toContain("the new generation serves generation=2");
  });
});
