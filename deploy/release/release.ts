// `npm run release`: gw for all targets, with what belongs to it, in dist/release. Two runs on one commit make the same bytes.
// Usage: bun deploy/release/release.ts [--target linux-x64 …] [--directory dist/release]
import { spawnSync } from "node:child_process";
import { chmodSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join, relative, resolve } from "node:path";
import { parseArgs } from "node:util";
import manifest from "../../package.json" with { type: "json" };
import { writeArchives } from "./archive.ts";
import { writeCommon } from "./common.ts";
import { DEBIAN_ARCHITECTURES, writeDeb } from "./deb.ts";
import { maintainerOf } from "./maintainer.ts";
import { aboutIn, type NpmPackages, writeMainPackage, writeTargetPackage } from "./npm.ts";
import { renderProvenance } from "./provenance.ts";
import { RUNTIME_PARTS } from "./runtime-parts.ts";
import { bomOfPackages, withRuntime } from "./sbom.ts";
import { renderSums, type Sum, sumOf } from "./sums.ts";
import { TARGETS, type Target } from "./targets.ts";
import { type Wheels, writePlainWheel, writeTargetWheel } from "./wheels.ts";

const ROOT = resolve(import.meta.dir, "../..");
const { values } = parseArgs({
  options: { target: { type: "string", multiple: true }, directory: { type: "string" } },
});
const directory = resolve(values.directory ?? join(ROOT, "dist/release"));
const { version } = manifest;
const maintainer = maintainerOf(manifest.author, version, git("tag", "--points-at", "HEAD").split("\n"));

function git(...words: string[]): string {
  const run = spawnSync("git", words, { cwd: ROOT, encoding: "utf8" });
  if (run.status !== 0) throw new Error(`git ${words.join(" ")}: ${run.stderr}`);
  return run.stdout.trim();
}

function chosen(): readonly Target[] {
  const names = values.target ?? TARGETS.map(({ name }) => name);
  return names.map((name) => {
    const target = TARGETS.find((one) => one.name === name);
    if (!target) throw new Error(`There is no target ${name}: ${TARGETS.map((one) => one.name).join(", ")}`);
    return target;
  });
}

const sumsOf = (paths: readonly string[]) =>
  Promise.all(paths.map((path) => sumOf(path, relative(directory, path))));

type Packages = { wheels: Wheels; npm: NpmPackages };

/** Answers the sums of the archives, of the packages and of the executable, and says how large it is. */
async function makeTarget(target: Target, date: string, { wheels, npm }: Packages): Promise<Sum[]> {
  const { name, mostBytes, needs } = target;
  const base = `gw-${version}-${name}`;
  const to = join(directory, base);
  writeCommon(to, { root: ROOT, version, date });
  const executable = join(to, "gw");
  const words = ["deploy/build.ts", "--target", `bun-${name}`, "--outfile", executable];
  const build = spawnSync(process.execPath, words, { cwd: ROOT, stdio: ["ignore", "ignore", "inherit"] });
  if (build.status !== 0) throw new Error(`gw for ${name} was not built`);
  chmodSync(executable, 0o755);
  const { size } = statSync(executable);
  if (size > mostBytes) throw new Error(`gw for ${name} has ${size} bytes, and may have ${mostBytes}`);
  const archives = await writeArchives(directory, base, join(directory, base), wheels.at);
  const licences = readFileSync(join(to, "THIRD-PARTY.md"), "utf8");
  const wheel = await writeTargetWheel(wheels, target, { executable, licences });
  const packed = await writeTargetPackage(npm, target, { executable, licences });
  const architecture = DEBIAN_ARCHITECTURES[name];
  const debs =
    architecture === undefined
      ? []
      : [await writeDeb({ ...wheels, about: { ...manifest, maintainer } }, { architecture, archive: to })];
  const sum = await sumOf(executable, `${base}/gw`);
  rmSync(to, { recursive: true });
  const sizes = archives.map((path) => `${(statSync(path).size / 1e6).toFixed(1)} MB`);
  console.log(`${name}: ${(size / 1e6).toFixed(1)} MB, packed ${sizes.join(" and ")}; needs ${needs}`);
  return [sum, ...(await sumsOf([...archives, wheel, packed, ...debs]))];
}

rmSync(directory, { recursive: true, force: true });
mkdirSync(directory, { recursive: true });
const [date = "", seconds = ""] = git("log", "-1", "--format=%cs %ct").split(" ");
const at = new Date(Number(seconds) * 1000);
const wheels: Wheels = { root: ROOT, directory, about: manifest, at };
const npm: NpmPackages = { root: ROOT, directory: join(directory, "npm"), about: aboutIn(ROOT), at };
const sums: Sum[] = await sumsOf([await writePlainWheel(wheels), await writeMainPackage(npm)]);
for (const target of chosen()) sums.push(...(await makeTarget(target, date, { wheels, npm })));

const bom = join(directory, `gw-${version}.cdx.json`);
writeFileSync(
  bom,
  `${JSON.stringify(withRuntime(bomOfPackages(ROOT), RUNTIME_PARTS, Bun.version), undefined, 2)}\n`,
);
sums.push(await sumOf(bom, `gw-${version}.cdx.json`));
writeFileSync(join(directory, "SHA256SUMS"), renderSums(sums));
const origin = {
  version,
  commit: git("rev-parse", "HEAD"),
  isClean: git("status", "--porcelain") === "",
  runtime: Bun.version,
};
writeFileSync(join(directory, `gw-${version}.provenance.json`), renderProvenance(sums, origin));
console.log(readFileSync(join(directory, "SHA256SUMS"), "utf8").trimEnd());
