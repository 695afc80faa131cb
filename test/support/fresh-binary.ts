// dist/gw as its sources are now. Whoever asks for it first after an edit builds it, for all test processes that run
// beside this one: the others wait. A failed build ends the test with what the compiler said.
import { spawnSync } from "node:child_process";
import {
  closeSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeSync,
} from "node:fs";
import { dirname, join, resolve } from "node:path";

const ROOT = resolve(import.meta.dir, "../..");
/** What the build reads. The hidden lock file tells when other packages were installed. */
const SOURCES = [
  "src",
  "ffi",
  "python/worker.py",
  "deploy/build.ts",
  "package.json",
  "tsconfig.json",
  "node_modules/.package-lock.json",
];
const LOOK_EVERY_MS = 20;
const BUILT_WITHIN_MS = 60_000;

type Product = { file: string; sources: string[]; build(): void };

/** The path of dist/gw, which is not older than anything it is made of. */
export function freshBinary(): string {
  return fresh({ file: `${ROOT}/dist/gw`, sources: SOURCES.map((name) => `${ROOT}/${name}`), build });
}

/** Builds the file, once, when it is missing or older than a source. Returns its path. */
export function fresh(product: Product): string {
  const { file } = product;
  const until = performance.now() + BUILT_WITHIN_MS;
  while (isOld(product)) {
    const lock = takeLock(`${file}.lock`);
    if (lock === undefined) {
      if (performance.now() > until)
        throw new Error(`${file} is not built: another process holds ${file}.lock`);
      // biome-ignore lint/plugin: between two looks at the condition
      Bun.sleepSync(LOOK_EVERY_MS);
      continue;
    }
    try {
      // Whoever held the lock before may have built it between the look and the lock.
      if (isOld(product)) product.build();
      return file;
    } finally {
      lock.release();
    }
  }
  return file;
}

function isOld({ file, sources }: Product): boolean {
  const built = statSync(file, { throwIfNoEntry: false })?.mtimeMs;
  return built === undefined || sources.some((source) => newestIn(source) >= built);
}

/** In milliseconds since 1970, of a file, or of a directory and all in it: what was taken away changes its directory. */
function newestIn(path: string): number {
  const found = statSync(path, { throwIfNoEntry: false });
  if (!found) return 0;
  if (!found.isDirectory()) return found.mtimeMs;
  return readdirSync(path).reduce(
    (newest, name) => Math.max(newest, newestIn(join(path, name))),
    found.mtimeMs,
  );
}

/** Undefined while another living process has it. What a dead one has left is taken over. */
function takeLock(path: string): { release(): void } | undefined {
  try {
    mkdirSync(dirname(path), { recursive: true });
    const handle = openSync(path, "wx");
    writeSync(handle, String(process.pid));
    closeSync(handle);
    return { release: () => rmSync(path, { force: true }) };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
  }
  // Two who take over at once may both build. Each puts a whole file in place by one rename, so nothing breaks.
  if (!isHeld(path)) rmSync(path, { force: true });
  return undefined;
}

function isHeld(path: string): boolean {
  try {
    const owner = readFileSync(path, "utf8");
    // It is empty for the moment between its making and its writing.
    if (owner === "") return Date.now() - statSync(path).mtimeMs < 1_000;
    process.kill(Number(owner), 0);
    return true;
  } catch (error) {
    // Somebody else's process lives; no such process does not; a file that is gone was given back just now.
    return (error as NodeJS.ErrnoException).code !== "ESRCH";
  }
}

function build(): void {
  const made = spawnSync(`${ROOT}/node_modules/.bin/bun`, ["deploy/build.ts"], {
    cwd: ROOT,
    encoding: "utf8",
  });
  if (made.error) throw made.error;
  if (made.status !== 0) {
    throw new Error(
      `dist/gw is older than its sources, and they do not build:\n${made.stderr}${made.stdout}`,
    );
  }
}
