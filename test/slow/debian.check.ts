// The package for Debian under a real systemd, as its operator has it: installed, enabled, served, reloaded, exchanged for a new version,
// removed, purged. Part of `npm run test:systemd`.
import { afterAll, beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import { copyFileSync } from "node:fs";
import { join } from "node:path";
import { writeCommon } from "../../deploy/release/common.ts";
import { writeDeb } from "../../deploy/release/deb.ts";
import manifest from "../../package.json" with { type: "json" };
import { freePort } from "../support/free-port.ts";
import { freshBinary } from "../support/fresh-binary.ts";
import { eventually } from "../support/gw.ts";
import { AS_ROOT, describeWith, type Need, ON_X64_LINUX } from "../support/needs.ts";
import { makeTempDir } from "../support/temp-dir.ts";
import { bootMachine, type Machine, WITH_NSPAWN } from "./systemd-machine.ts";

setDefaultTimeout(180_000);

const ROOT = join(import.meta.dir, "../..");
const WITH_DPKG: Need = { isMet: Bun.which("dpkg") !== null, why: "needs dpkg" };
const VERSIONS = ["1.0.0", "1.1.0"] as const;
const APP = (version: string) =>
  `export default { fetch: () => new Response("${version} " + process.getuid()) };`;

/** One package for each version, with the same executable inside. */
async function writePackages(to: string): Promise<void> {
  using dir = makeTempDir();
  const archive = join(dir.path, "archive");
  writeCommon(archive, { root: ROOT, version: VERSIONS[0], date: "2026-11-29" });
  copyFileSync(freshBinary(), join(archive, "gw"));
  for (const version of VERSIONS) {
    const about = { version, description: manifest.description, maintainer: manifest.author };
    const deb = { root: ROOT, directory: dir.path, about, at: new Date(1_700_000_000_000), level: 1 };
    copyFileSync(await writeDeb(deb, { architecture: "amd64", archive }), join(to, `${version}.deb`));
  }
}

describeWith(
  AS_ROOT,
  ON_X64_LINUX,
  WITH_NSPAWN,
  WITH_DPKG,
)("debian and systemd", () => {
  let machine: Machine;
  const port = freePort();
  const url = `http://127.0.0.1:${port}/`;

  beforeAll(async () => {
    using dir = makeTempDir();
    await writePackages(dir.path);
    const packages = VERSIONS.map((version) => {
      return [`/root/${version}.deb`, { copyOf: join(dir.path, `${version}.deb`) }] as const;
    });
    machine = await bootMachine({
      ...Object.fromEntries(packages),
      "/srv/app.ts": APP("one"),
      // Where this machine is an image for containers, it forbids its packages to start and stop services; one that boots does not.
      "/usr/sbin/policy-rc.d": "#!/bin/sh\n",
    });
  });
  afterAll(() => machine[Symbol.asyncDispose]());

  const get = async () => await (await fetch(url)).text();
  /** Ends with all that was said where it does not end well. */
  const obey = (...command: string[]) => {
    const { code, text } = machine.inside(command);
    expect([command.join(" "), code, code === 0 ? "" : text]).toEqual([command.join(" "), 0, ""]);
    return text;
  };
  /** What has come or was changed since the packages were there. */
  const left = () =>
    obey("find", "/etc", "/usr", "/var", "/run", "-xdev", "-newer", "/root/1.0.0.deb", "-path", "*gw*");
  const isThere = (path: string) => machine.inside(["test", "-e", path]).code === 0;

  test("an installation starts nothing; enabled, it serves as the user gw", async () => {
    obey("dpkg", "-i", "/root/1.0.0.deb");
    expect(machine.systemctl("is-enabled", "gw").text).toBe("disabled");
    expect(machine.property("ActiveState")).toBe("inactive");
    machine.write("/etc/gw/gw.config.json", JSON.stringify({ app: "/srv/app.ts", host: "127.0.0.1", port }));
    obey("systemctl", "enable", "--now", "gw");
    expect(await get()).toBe(`one ${obey("id", "-u", "gw")}`);
  });

  test("a reload takes up a new app, and keeps the process", async () => {
    const before = machine.property("MainPID");
    machine.write("/srv/app.ts", APP("two"));
    obey("systemctl", "reload", "gw");
    expect(await get()).toStartWith("two ");
    expect(machine.property("MainPID")).toBe(before);
  });

  test("a new version is started in the place of the old one, with the configuration that was edited", async () => {
    const before = machine.property("MainPID");
    obey("env", "DEBIAN_FRONTEND=noninteractive", "dpkg", "-i", "--force-confold", "/root/1.1.0.deb");
    expect(obey("dpkg-query", "-W", "-f", "${Version}", "gw")).toBe("1.1.0");
    expect(machine.property("MainPID")).not.toBe(before);
    expect([machine.property("ActiveState"), machine.property("UnitFileState")]).toEqual([
      "active",
      "enabled",
    ]);
    expect(await get()).toStartWith("two ");
  });

  test("a removal stops it and leaves what was edited; a purge leaves nothing", async () => {
    obey("dpkg", "-r", "gw");
    await expect(fetch(url)).rejects.toThrow();
    expect(["/usr/bin/gw", "/etc/gw/gw.config.json"].map(isThere)).toEqual([false, true]);
    expect(left()).toContain("/etc/gw/gw.config.json");
    obey("dpkg", "-P", "gw");
    await eventually(() => machine.systemctl("status", "gw").code === 4, "systemd knows no gw");
    expect(left()).toBe("");
    expect(machine.inside(["getent", "passwd", "gw"]).code).toBe(2);
    expect(machine.inside(["getent", "group", "gw"]).code).toBe(2);
  });
});
