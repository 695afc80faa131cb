// The packages for npm: `gw`, which has the command, the types and what `import … from "gw"` finds without gw, and one package
// with the executable for each target. npm installs the one that fits the machine, by its `os`, `cpu` and `libc`.

import { chmodSync, cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gzip, packTar } from "./archive.ts";
import { TARGETS, type Target } from "./targets.ts";

/** That of the packages with executables. `deploy/npm/gw` knows it too. */
const SCOPE = "@gw";

type Manifest = { name: string; version: string; [key: string]: unknown };

/** What all of them say of themselves, from gw's own package.json. */
export type About = { version: string; description: string; license: string };

export type NpmPackages = {
  /** The checkout, with its rendered pages. */
  root: string;
  /** Where the packages are put. */
  directory: string;
  about: About;
  /** The time that all files get. */
  at: Date;
  /** Of zlib; the smallest files when absent. */
  level?: number;
};

export const packageOf = ({ name }: Pick<Target, "name">): string => `${SCOPE}/${name}`;

/** From names in the checkout to names in the package `gw`. */
const FILES = [
  ["deploy/npm/gw", "bin/gw"],
  ["docs/gw-module.d.ts", "gw-module.d.ts"],
  ["docs/gw-config.d.ts", "gw-config.d.ts"],
  ["docs/gw.schema.json", "gw.schema.json"],
  ["src/options/render/without-gw.cjs", "without-gw.cjs"],
  ["README.md", "README.md"],
  ["CHANGELOG.md", "CHANGELOG.md"],
  ["LICENSE", "LICENSE"],
] as const;

export function mainManifest(about: About): Manifest {
  return {
    name: "gw",
    ...about,
    bin: { gw: "bin/gw" },
    exports: {
      ".": { types: "./gw-module.d.ts", default: "./without-gw.cjs" },
      "./config": { types: "./gw-config.d.ts" },
      "./gw.schema.json": "./gw.schema.json",
      "./package.json": "./package.json",
    },
    optionalDependencies: Object.fromEntries(TARGETS.map((target) => [packageOf(target), about.version])),
    // In an archive nothing can be executed.
    preferUnplugged: true,
  };
}

export function targetManifest(target: Pick<Target, "name">, about: About): Manifest {
  const [os, cpu, libc] = target.name.split("-");
  return {
    name: packageOf(target),
    ...about,
    description: `gw for ${target.name}: what the package gw installs`,
    os: [os],
    cpu: [cpu],
    ...(os === "linux" && { libc: [libc ?? "glibc"] }),
    preferUnplugged: true,
  };
}

/** Answers its path. */
export function writeMainPackage(packages: NpmPackages): Promise<string> {
  return write(packages, mainManifest(packages.about), (to) => {
    mkdirSync(join(to, "bin"));
    for (const [from, name] of FILES) cpSync(join(packages.root, from), join(to, name));
  });
}

/** `executable`: that of the target. `licences`: the text of THIRD-PARTY.md. Answers its path. */
export function writeTargetPackage(
  packages: NpmPackages,
  target: Pick<Target, "name">,
  { executable, licences }: { executable: string; licences: string },
): Promise<string> {
  return write(packages, targetManifest(target, packages.about), (to) => {
    cpSync(executable, join(to, "gw"));
    chmodSync(join(to, "gw"), 0o755);
    cpSync(join(packages.root, "LICENSE"), join(to, "LICENSE"));
    writeFileSync(join(to, "THIRD-PARTY.md"), licences);
  });
}

async function write(
  { directory, at, level }: NpmPackages,
  manifest: Manifest,
  fill: (to: string) => void,
): Promise<string> {
  const base = `${manifest.name.replace("@", "").replace("/", "-")}-${manifest.version}`;
  const to = join(directory, base);
  mkdirSync(to, { recursive: true });
  fill(to);
  writeFileSync(join(to, "package.json"), `${JSON.stringify(manifest, undefined, 2)}\n`);
  const path = join(directory, `${base}.tgz`);
  writeFileSync(path, gzip(await packTar(to, "package", at), level));
  rmSync(to, { recursive: true });
  return path;
}

/** Of gw's own package.json. */
export function aboutIn(root: string): About {
  const { version, description, license } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
  return { version, description, license };
}
