// The package for Debian and what comes from it: gw with its manual page and completions, the service with a user of its own, and
// configuration that dpkg knows to be the operator's.

import { createHash } from "node:crypto";
import { chmodSync, cpSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { gzip, packTar } from "./archive.ts";

/** By the name of the target. musl and macOS have package managers of their own. */
export const DEBIAN_ARCHITECTURES: Readonly<Record<string, string>> = {
  "linux-x64": "amd64",
  "linux-arm64": "arm64",
};

/** `maintainer`: as in `Ann <ann@example.org>`. */
export type AboutDeb = { version: string; description: string; maintainer: string };

export type DebPackages = {
  /** The checkout. */
  root: string;
  /** Where the package is put. */
  directory: string;
  about: AboutDeb;
  at: Date;
  /** Of zlib; the smallest file when absent. */
  level?: number;
};

/** `archive`: the directory that the archive of the target is made of. */
export type DebContent = { architecture: string; archive: string };

const CONFFILES = ["/etc/gw/gw.config.json", "/etc/logrotate.d/gw"];
const SCRIPTS = ["postinst", "prerm", "postrm"];
const PLAIN = 0o644;
const EXECUTABLE = 0o755;
const DOC = "usr/share/doc/gw";

/** What comes from the archive as it is. */
const FROM_ARCHIVE = [
  ["gw", "usr/bin/gw"],
  ["completions/gw.bash", "usr/share/bash-completion/completions/gw"],
  ["completions/_gw", "usr/share/zsh/vendor-completions/_gw"],
  ["completions/gw.fish", "usr/share/fish/vendor_completions.d/gw.fish"],
  ["deploy/systemd/gw.logrotate", "etc/logrotate.d/gw"],
  ["README.md", `${DOC}/README.md`],
] as const;

/** So that the guide is at hand, and links within it lead somewhere. */
const FOLDERS = ["docs", "examples", "deploy"] as const;

/** What stands there packed. */
const PACKED = [
  ["gw.1", "usr/share/man/man1/gw.1.gz"],
  ["CHANGELOG.md", `${DOC}/CHANGELOG.md.gz`],
  ["THIRD-PARTY.md", `${DOC}/THIRD-PARTY.md.gz`],
] as const;

/** `1.2.0-rc.1` comes before 1.2.0 there when it is 1.2.0~rc.1. */
export const debianVersion = (version: string): string => version.replace("-", "~");

/** Answers its path. */
export async function writeDeb(deb: DebPackages, content: DebContent): Promise<string> {
  const { directory, about, at, level } = deb;
  const base = `gw_${debianVersion(about.version)}_${content.architecture}`;
  const work = join(directory, base);
  const [data, control] = [join(work, "data"), join(work, "control")];
  fillData(deb, content.archive, data);
  fillControl(deb, content.architecture, { data, control });
  const path = join(directory, `${base}.deb`);
  const members = [
    ["debian-binary", Buffer.from("2.0\n")],
    ["control.tar.gz", gzip(await packTar(control, ".", at), level)],
    ["data.tar.gz", gzip(await packTar(data, ".", at), level)],
  ] as const;
  writeFileSync(path, archiveOf(members, at));
  rmSync(work, { recursive: true });
  return path;
}

function fillData({ root, about, at }: DebPackages, archive: string, data: string): void {
  const put = (path: string, content: string | Buffer) => {
    mkdirSync(dirname(join(data, path)), { recursive: true });
    writeFileSync(join(data, path), content);
  };
  const text = (path: string) => readFileSync(path, "utf8");
  const folders = FOLDERS.flatMap((folder) =>
    filesIn(join(archive, folder)).map((name) => [`${folder}/${name}`, `${DOC}/${folder}/${name}`] as const),
  );
  for (const [from, to] of [...FROM_ARCHIVE, ...folders]) {
    mkdirSync(dirname(join(data, to)), { recursive: true });
    cpSync(join(archive, from), join(data, to));
    chmodSync(join(data, to), to === "usr/bin/gw" ? EXECUTABLE : PLAIN);
  }
  put("etc/gw/gw.config.json", text(join(root, "deploy/debian/gw.config.jsonc")));
  put("usr/lib/systemd/system/gw.service", unitOf(text(join(archive, "deploy/systemd/gw.service"))));
  for (const [from, to] of PACKED) put(to, gzip(Buffer.from(text(join(archive, from)))));
  put("usr/share/lintian/overrides/gw", text(join(root, "deploy/debian/lintian-overrides")));
  put(`${DOC}/copyright`, text(join(root, "deploy/debian/copyright")));
  put(`${DOC}/changelog.gz`, gzip(Buffer.from(renderChangelog(about, at))));
}

/** In the form that Debian's tools read; what has changed stands in CHANGELOG.md beside it. */
function renderChangelog({ version, maintainer }: AboutDeb, at: Date): string {
  const time = at.toUTCString().replace("GMT", "+0000");
  const lines = [
    `gw (${debianVersion(version)}) unstable; urgency=medium`,
    "  * What is new: CHANGELOG.md.gz.",
  ];
  return `${[...lines, ` -- ${maintainer}  ${time}`].join("\n\n")}\n`;
}

/** The service as the sources have it, for the user that the package makes, and gw where packages put it. */
export function unitOf(text: string): string {
  return text
    .replace(
      /^# gw as a service[\s\S]*?enable --now gw\n/,
      "# gw as a service of the system: systemctl enable --now gw\n",
    )
    .replaceAll("/usr/local/bin/gw", "/usr/bin/gw")
    .replace("DynamicUser=yes", "User=gw\nGroup=gw");
}

function fillControl(
  { root, about }: DebPackages,
  architecture: string,
  { data, control }: { data: string; control: string },
): void {
  mkdirSync(control, { recursive: true });
  const contents = filesIn(data).map((path) => ({ path, bytes: readFileSync(join(data, path)) }));
  const size = contents.reduce((sum, { bytes }) => sum + Math.ceil(bytes.length / 1024), 0);
  const sums = contents.map(
    ({ path, bytes }) => `${createHash("md5").update(bytes).digest("hex")}  ${path}\n`,
  );
  const write = (name: string, text: string) => writeFileSync(join(control, name), text);
  write("control", renderControl(about, architecture, size));
  write("md5sums", sums.join(""));
  write("conffiles", CONFFILES.map((path) => `${path}\n`).join(""));
  for (const name of SCRIPTS) {
    cpSync(join(root, "deploy/debian", name), join(control, name));
    chmodSync(join(control, name), EXECUTABLE);
  }
}

/** By their paths below it, in order. */
function filesIn(directory: string): string[] {
  return readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(directory, join(entry.parentPath, entry.name)))
    .toSorted();
}

function renderControl(
  { version, description, maintainer }: AboutDeb,
  architecture: string,
  size: number,
): string {
  const fields = [
    ["Package", "gw"],
    ["Version", debianVersion(version)],
    ["Architecture", architecture],
    ["Maintainer", maintainer],
    ["Installed-Size", String(size)],
    ["Depends", "libc6 (>= 2.17), adduser, init-system-helpers (>= 1.54)"],
    ["Suggests", "logrotate"],
    ["Section", "httpd"],
    ["Priority", "optional"],
    ["Description", description.replace(/^An? /, "")],
  ];
  const more = [
    "gw runs an app in supervised worker processes, behind a front end that",
    "has all connections of clients, a queue and its limits. The service gw",
    "is there and is not started: name the app in /etc/gw/gw.config.json.",
  ];
  return `${[...fields.map(([name, text]) => `${name}: ${text}`), ...more.map((line) => ` ${line}`)].join("\n")}\n`;
}

/** The archive of ar(5) that a package is. */
function archiveOf(members: readonly (readonly [string, Buffer])[], at: Date): Buffer {
  const seconds = Math.floor(at.getTime() / 1000);
  const parts = members.flatMap(([name, bytes]) => {
    const fields = [
      name.padEnd(16),
      String(seconds).padEnd(12),
      "0".padEnd(6),
      "0".padEnd(6),
      "100644".padEnd(8),
    ];
    const head = `${fields.join("")}${String(bytes.length).padEnd(10)}\`\n`;
    return [Buffer.from(head), bytes, Buffer.from(bytes.length % 2 === 1 ? "\n" : "")];
  });
  return Buffer.concat([Buffer.from("!<arch>\n"), ...parts]);
}
