// The package for Debian: what is in it, as dpkg reads it.
import { describe, expect, test } from "bun:test";
import { chmodSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { writeCommon } from "../../../deploy/release/common.ts";
import { debianVersion, unitOf, writeDeb } from "../../../deploy/release/deb.ts";
import { describeWith, type Need } from "../../support/needs.ts";
import { makeTempDir } from "../../support/temp-dir.ts";

const ROOT = join(import.meta.dir, "../../..");
const WITH_DPKG: Need = { isMet: Bun.which("dpkg-deb") !== null, why: "needs dpkg-deb" };

const dpkgDeb = (...words: string[]) => {
  const { exitCode, stdout, stderr } = Bun.spawnSync(["dpkg-deb", ...words]);
  expect([exitCode, stderr.toString()]).toEqual([0, ""]);
  return stdout.toString();
};

describeWith(WITH_DPKG)("deb", () => {
  test("dpkg reads it: files of root, configuration and scripts; the same bytes each time", async () => {
    using dir = makeTempDir();
    const archive = join(dir.path, "archive");
    writeCommon(archive, { root: ROOT, version: "1.2.0-rc.1", date: "2026-11-29" });
    chmodSync(dir.write("archive/gw", "#!/bin/sh\n"), 0o755);
    const about = {
      version: "1.2.0-rc.1",
      description: "An application server",
      maintainer: "Ann <ann@example.org>",
    };
    const deb = { root: ROOT, directory: dir.path, about, at: new Date(1_700_000_000_000), level: 1 };
    const write = () => writeDeb(deb, { architecture: "amd64", archive });
    const path = await write();
    const bytes = readFileSync(path);
    expect(readFileSync(await write()).equals(bytes)).toBe(true);
    expect(path).toBe(join(dir.path, "gw_1.2.0~rc.1_amd64.deb"));

    const fields = dpkgDeb("--field", path);
    expect(fields).toContain("Version: 1.2.0~rc.1\nArchitecture: amd64\nMaintainer: Ann <ann@example.org>\n");
    const listed = dpkgDeb("--contents", path).trim().split("\n");
    expect(listed.filter((line) => !line.includes(" 2023-11-14 "))).toEqual([]);
    for (const line of listed) expect(line).toMatch(/^(?:d|-)rw[x-]r-[x-]r-[x-] 0\/0 /);
    const files = listed.map((line) => line.replace(/^.* \.\//, "/")).filter((name) => !name.endsWith("/"));
    const guide = /^\/usr\/share\/doc\/gw\/(?:docs|examples|deploy)\//;
    for (const name of ["docs/start.md", "examples/hello/app.ts", "deploy/kubernetes/base/service.yaml"])
      expect(files).toContain(`/usr/share/doc/gw/${name}`);
    expect(files.filter((name) => !guide.test(name)).toSorted()).toEqual([
      "/etc/gw/gw.config.json",
      "/etc/logrotate.d/gw",
      "/usr/bin/gw",
      "/usr/lib/systemd/system/gw.service",
      "/usr/share/bash-completion/completions/gw",
      "/usr/share/doc/gw/CHANGELOG.md.gz",
      "/usr/share/doc/gw/README.md",
      "/usr/share/doc/gw/THIRD-PARTY.md.gz",
      "/usr/share/doc/gw/changelog.gz",
      "/usr/share/doc/gw/copyright",
      "/usr/share/fish/vendor_completions.d/gw.fish",
      "/usr/share/lintian/overrides/gw",
      "/usr/share/man/man1/gw.1.gz",
      "/usr/share/zsh/vendor-completions/_gw",
    ]);
    expect(listed.find((line) => line.endsWith("/usr/bin/gw"))).toStartWith("-rwxr-xr-x");
    const conffiles = dpkgDeb("--info", path, "conffiles").trim().split("\n");
    expect(conffiles).toEqual(files.filter((name) => name.startsWith("/etc/")));
    expect(dpkgDeb("--info", path, "md5sums").trim().split("\n").length).toBe(files.length);
    for (const name of ["postinst", "prerm", "postrm"]) {
      const script = dir.write(name, dpkgDeb("--info", path, name));
      expect(Bun.spawnSync(["sh", "-n", script]).exitCode).toBe(0);
    }
  });
});

describe("deb", () => {
  test("versions that come before another one are written as Debian compares them", () => {
    expect(["1.0.0", "1.0.0-beta.2"].map(debianVersion)).toEqual(["1.0.0", "1.0.0~beta.2"]);
  });

  test("its service is that of deploy/systemd, with the user of the package and gw in its place", () => {
    const unit = unitOf(readFileSync(join(ROOT, "deploy/systemd/gw.service"), "utf8"));
    expect(unit).toStartWith(
      "# gw as a service of the system: systemctl enable --now gw\n# The app can write",
    );
    expect(unit).toContain("\nUser=gw\nGroup=gw\n");
    expect(unit).toContain("ExecStart=/usr/bin/gw start-server --config /etc/gw/gw.config.json");
    expect(unit).not.toMatch(/DynamicUser|\/usr\/local/);
  });
});
