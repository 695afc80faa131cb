// Installs what package-lock.json says, when something else is installed. Runs before everything, so on Node and npm alone.
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

/**
 * Whether node_modules holds what the lock file names. Packages for other platforms may be missing.
 * @param {string | undefined} wanted text of package-lock.json
 * @param {string | undefined} present text of node_modules/.package-lock.json, which npm writes when it has finished
 * @param {string | undefined} manifest text of package.json
 */
export function isInstalled(wanted, present, manifest) {
  if (wanted === undefined || present === undefined || manifest === undefined) return false;
  const { "": root = {}, ...locked } = JSON.parse(wanted).packages ?? {};
  // A lock file that does not belong to the manifest is told by npm, in its own words.
  const asked = JSON.parse(manifest);
  for (const kind of ["dependencies", "devDependencies", "optionalDependencies"]) {
    if (!isSame(asked[kind] ?? {}, root[kind] ?? {})) return false;
  }
  const installed = JSON.parse(present).packages ?? {};
  const names = new Set([...Object.keys(locked), ...Object.keys(installed)]);
  return [...names].every((name) =>
    name in installed
      ? isSame(version(installed[name]), version(locked[name]))
      : locked[name].optional === true,
  );
}

/** What makes two installed packages one. */
function version(entry) {
  return { version: entry?.version, integrity: entry?.integrity, link: entry?.link };
}

function isSame(some, others) {
  const names = new Set([...Object.keys(some), ...Object.keys(others)]);
  return [...names].every((name) => some[name] === others[name]);
}

function read(name) {
  try {
    return readFileSync(new URL(`../${name}`, import.meta.url), "utf8");
  } catch {
    return undefined;
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  if (
    !isInstalled(read("package-lock.json"), read("node_modules/.package-lock.json"), read("package.json"))
  ) {
    const { status } = spawnSync("npm", ["ci", "--no-audit", "--no-fund"], {
      cwd: fileURLToPath(new URL("..", import.meta.url)),
      stdio: "inherit",
      shell: process.platform === "win32",
    });
    process.exitCode = status ?? 1;
  }
}
