import { expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { isInstalled } from "../../deploy/install.mjs";

type Entry = Record<string, unknown>;

const MANIFEST = JSON.stringify({ dependencies: { a: "1.0.0" }, devDependencies: { b: "^2.0.0" } });
const LOCKED: Record<string, Entry> = {
  "node_modules/a": { version: "1.0.0", integrity: "sha512-a", cpu: ["x64"] },
  "node_modules/a/node_modules/b": { version: "1.9.0", integrity: "sha512-old" },
  "node_modules/b": { version: "2.1.0", integrity: "sha512-b" },
  "node_modules/b-darwin": { version: "2.1.0", integrity: "sha512-d", optional: true },
};

function lock(packages: Record<string, Entry>): string {
  const root = { name: "gw", dependencies: { a: "1.0.0" }, devDependencies: { b: "^2.0.0" } };
  return JSON.stringify({ packages: { "": root, ...packages } });
}

/** As npm leaves node_modules/.package-lock.json here: without the root, and without what is for other platforms. */
function present(change: (packages: Record<string, Entry>) => void = () => {}): string {
  const packages = structuredClone(LOCKED);
  delete packages["node_modules/b-darwin"];
  change(packages);
  return JSON.stringify({ packages });
}

test("install: what the lock file names is there", () => {
  expect(isInstalled(lock(LOCKED), present(), MANIFEST)).toBe(true);
});

test.each<[string, (packages: Record<string, Entry>) => void]>([
  ["another version", (packages) => Object.assign(packages["node_modules/b"] ?? {}, { version: "2.0.0" })],
  [
    "another content",
    (packages) => Object.assign(packages["node_modules/b"] ?? {}, { integrity: "sha512-x" }),
  ],
  ["too little", (packages) => delete packages["node_modules/a/node_modules/b"]],
  ["too much", (packages) => Object.assign(packages, { "node_modules/c": { version: "1.0.0" } })],
  [
    "a link in place of a package",
    (packages) => Object.assign(packages["node_modules/a"] ?? {}, { link: true }),
  ],
])("install: %s is not it", (_, change) => {
  expect(isInstalled(lock(LOCKED), present(change), MANIFEST)).toBe(false);
});

test.each([
  ["nothing is installed", lock(LOCKED), undefined, MANIFEST],
  ["there is no lock file", undefined, present(), MANIFEST],
  ["package.json asks for another version", lock(LOCKED), present(), MANIFEST.replace("1.0.0", "1.1.0")],
  [
    "package.json asks for one more",
    lock(LOCKED),
    present(),
    MANIFEST.replace("{", '{"optionalDependencies":{"z":"1"},'),
  ],
])("install: npm is asked when %s", (_, wanted, installed, manifest) => {
  expect(isInstalled(wanted, installed, manifest)).toBe(false);
});

test("install: the lock file belongs to package.json, so that `npm ci` takes it", () => {
  const read = (name: string) => readFileSync(`${import.meta.dir}/../../${name}`, "utf8");
  const { "": _, ...packages } = JSON.parse(read("package-lock.json")).packages;
  const installed = JSON.stringify({ packages });
  expect(isInstalled(read("package-lock.json"), installed, read("package.json"))).toBe(true);
});
