// The wheels for Python: `gw`, with the package for Django, for each target with its executable besides, which installers put among the
// programs of the environment; and one for any platform, for whoever has the executable from elsewhere.

import { createHash } from "node:crypto";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { ZipFile } from "yazl";
import type { Target } from "./targets.ts";

const DISTRIBUTION = "gw";
const PACKAGE = "gw_django";
const SUMMARY = "An application server for Python (WSGI), TypeScript and JavaScript in one file";
const ANY = "any";
const DEFLATE_LEVEL = 9;
const PLAIN = 0o100644;
const EXECUTABLE = 0o100755;

export type Wheels = {
  /** The checkout. */
  root: string;
  /** Where the wheels are put. */
  directory: string;
  about: { version: string; license: string };
  /** Its day is that of all files. */
  at: Date;
  /** Of zlib; the smallest files when absent. */
  level?: number;
};

type Entry = { name: string; content: Buffer | string; mode?: number };

/** With the executable of a target. `licences`: the text of THIRD-PARTY.md. Answers the wheel's path. */
export function writeTargetWheel(
  wheels: Wheels,
  { wheel }: Pick<Target, "wheel">,
  { executable, licences }: { executable: string; licences: string },
): Promise<string> {
  const base = baseOf(wheels);
  return write(wheels, wheel, [
    { name: `${base}.data/scripts/gw`, content: readFileSync(executable), mode: EXECUTABLE },
    { name: `${base}.dist-info/THIRD-PARTY.md`, content: licences },
  ]);
}

/** Without an executable. Answers the wheel's path. */
export const writePlainWheel = (wheels: Wheels): Promise<string> => write(wheels, ANY, []);

/** A version as Python's installers compare it: `1.2.0-rc.1` is `1.2.0rc1` there. */
export function pythonVersion(version: string): string {
  const [, numbers, stage, count] = /^(\d+\.\d+\.\d+)(?:-(alpha|beta|rc)\.(\d+))?$/.exec(version) ?? [];
  if (numbers === undefined)
    throw new Error(`Python knows no version like ${version}: 1.2.3, or 1.2.3-rc.1 (alpha, beta, rc)`);
  return stage === undefined ? numbers : `${numbers}${stage === "rc" ? "rc" : stage[0]}${count}`;
}

const baseOf = ({ about }: Wheels) => `${DISTRIBUTION}-${pythonVersion(about.version)}`;

async function write(wheels: Wheels, platform: string, more: readonly Entry[]): Promise<string> {
  const base = baseOf(wheels);
  const information = `${base}.dist-info`;
  const entries: Entry[] = [
    ...packageOf(wheels.root),
    ...more,
    { name: `${information}/LICENSE`, content: readFileSync(join(wheels.root, "LICENSE")) },
    { name: `${information}/METADATA`, content: renderMetadata(wheels) },
    { name: `${information}/WHEEL`, content: renderTags(wheels, platform) },
  ];
  const record = { name: `${information}/RECORD`, content: renderRecord(entries, `${information}/RECORD`) };
  const path = join(wheels.directory, `${base}-py3-none-${platform}.whl`);
  writeFileSync(path, await zip([...entries, record], wheels));
  return path;
}

/** In an order of our own: that of a directory is the file system's. */
function packageOf(root: string): Entry[] {
  const names = readdirSync(join(root, "python", PACKAGE), { recursive: true, encoding: "utf8" });
  const modules = names.filter((name) => name.endsWith(".py")).toSorted();
  return modules.map((name) => ({
    name: `${PACKAGE}/${name}`,
    content: readFileSync(join(root, "python", PACKAGE, name)),
  }));
}

function renderMetadata({ root, about }: Wheels): string {
  const fields = [
    ["Metadata-Version", "2.1"],
    ["Name", DISTRIBUTION],
    ["Version", pythonVersion(about.version)],
    ["Summary", SUMMARY],
    ["License", about.license],
    ["Requires-Python", ">=3.9"],
    ["Description-Content-Type", "text/markdown"],
  ];
  const text = readFileSync(join(root, "python/README.md"), "utf8");
  return `${fields.map(([name, value]) => `${name}: ${value}\n`).join("")}\n${text}`;
}

function renderTags({ about }: Wheels, platform: string): string {
  const isPure = platform === ANY;
  return `Wheel-Version: 1.0\nGenerator: gw ${about.version}\nRoot-Is-Purelib: ${isPure}\nTag: py3-none-${platform}\n`;
}

/** No name needs quotes. */
function renderRecord(entries: readonly Entry[], own: string): string {
  const lines = entries.map(({ name, content }) => {
    const hash = createHash("sha256").update(content).digest("base64url");
    return `${name},sha256=${hash},${Buffer.byteLength(content)}\n`;
  });
  return `${lines.join("")}${own},,\n`;
}

async function zip(entries: readonly Entry[], { at, level = DEFLATE_LEVEL }: Wheels): Promise<Buffer> {
  const file = new ZipFile();
  // Times in such files are local ones, and where the machine stands is not to show: noon of that day is the same everywhere.
  const mtime = new Date(at.getUTCFullYear(), at.getUTCMonth(), at.getUTCDate(), 12);
  for (const { name, content, mode = PLAIN } of entries)
    file.addBuffer(Buffer.from(content), name, {
      mtime,
      mode,
      compressionLevel: level,
      forceDosTimestamp: true,
    });
  file.end();
  const pieces: Buffer[] = [];
  for await (const piece of file.outputStream) pieces.push(piece as Buffer);
  return Buffer.concat(pieces);
}
