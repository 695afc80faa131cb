// The units for systemd that the pages show, and the one that gw writes, as systemd itself judges them.
import { expect } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { renderUnit } from "../../src/cli/setup/setup-texts.ts";
import { describeWith, ON_LINUX, testWith, WITH_SYSTEMD_ANALYZE } from "../support/needs.ts";
import { makeTempDir } from "../support/temp-dir.ts";

const DOCS = join(import.meta.dir, "../../docs");

/** Blocks of a page that begin with `# NAME.service` or `# NAME.socket`, by that name. */
function unitsIn(page: string): Record<string, string> {
  const text = readFileSync(join(DOCS, page), "utf8");
  const block = (/^(?: {4}# \S+\.(?:service|socket)\n(?:(?: {4}.*)?\n)+)/m.exec(text)?.[0] ?? "").replace(
    /^ {4}/gm,
    "",
  );
  const parts = block.split(/^# (\S+\.(?:service|socket))\n/m).slice(1);
  return Object.fromEntries(parts.flatMap((name, at) => (at % 2 === 0 ? [[name, parts[at + 1] ?? ""]] : [])));
}

/** What systemd says of them, with programs in place of those that are not there. */
function judge(units: Record<string, string>): string {
  using dir = makeTempDir();
  const paths = Object.entries(units).map(([name, text]) =>
    dir.write(
      name,
      text.replace(/^(Exec\w+=)(?:"[^"]*"|\S+)/gm, "$1/bin/true").replace(/^User=.*/m, "User=root"),
    ),
  );
  const { stderr, exitCode } = Bun.spawnSync(["systemd-analyze", "verify", ...paths], {
    stdout: "ignore",
    stderr: "pipe",
  });
  // It tells of other units of this machine as well.
  const own = stderr
    .toString()
    .split("\n")
    .filter((line) => paths.some((path) => line.includes(path.split("/").at(-1) ?? "")));
  return [...own, ...(exitCode === 0 || own.length > 0 ? [] : [`exit code ${exitCode}: ${stderr}`])].join(
    "\n",
  );
}

describeWith(ON_LINUX)("units", () => {
  testWith(WITH_SYSTEMD_ANALYZE)("units: those of socket activation on the page", () => {
    const units = unitsIn("sockets.md");
    expect(Object.keys(units)).toEqual(["shop.socket", "shop.service"]);
    expect(judge(units)).toBe("");
  });

  testWith(WITH_SYSTEMD_ANALYZE)("units: the one that setup-server writes", () => {
    expect(
      judge({
        "gw-test.service": renderUnit({ serverRoot: "/srv/gw", app: "/srv/shop/app.ts", user: "root" }),
      }),
    ).toBe("");
  });

  testWith(WITH_SYSTEMD_ANALYZE)("units: those in deploy/systemd, and how exposed the service is", () => {
    const deploy = join(import.meta.dir, "../../deploy/systemd");
    const text = (name: string) =>
      readFileSync(join(deploy, name), "utf8").replace(/^Documentation=.*\n/m, "");
    const system = text("gw.service");
    const withPorts = `${system}\n${text("low-ports.conf")}`;
    expect(judge({ "gw.service": system })).toBe("");
    expect(judge({ "gw-user.service": text("gw-user.service") })).toBe("");
    expect(judge({ "gw.service": withPorts })).toBe("");
    using dir = makeTempDir();
    const path = dir.write("gw.service", system);
    const words = ["security", "--offline=true", "--threshold=30", path];
    expect(Bun.spawnSync(["systemd-analyze", ...words]).exitCode).toBe(0);
  });

  testWith(WITH_SYSTEMD_ANALYZE)("units: a word that systemd does not know is told", () => {
    expect(judge({ "gw-test.service": "[Service]\nExecStart=x\nTyp=notify\n" })).toContain("Unknown key");
  });
});
