// Puts an app where it can be started: its folder copied out of the repository, installed and built, once for each
// version of what is written here.
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import type { PublishedApp } from "./catalogue-types.ts";

const SOURCES = join(import.meta.dir, "apps");
const WITHIN_MS = 10 * 60_000;

/** Outside of the repository, so that no app finds gw's own packages. */
const CACHE = join(process.env.XDG_CACHE_HOME ?? join(homedir(), ".cache"), "gw-published-apps");

/** No app tells anybody about itself, and none asks for news. */
const QUIET: Record<string, string> = {
  ASTRO_TELEMETRY_DISABLED: "1",
  DISABLE_TELEMETRY: "1",
  DO_NOT_TRACK: "1",
  NEXT_TELEMETRY_DISABLED: "1",
  NO_UPDATE_NOTIFIER: "1",
};

/** Of the environment of the run, what a login shell would have, and no more: npm's own variables are no part of it. */
export function cleanEnvironment(given: Record<string, string> = {}): Record<string, string> {
  const { PATH = "", LANG = "C.UTF-8" } = process.env;
  mkdirSync(join(CACHE, "home"), { recursive: true });
  return { PATH, LANG, HOME: join(CACHE, "home"), NO_COLOR: "1", ...QUIET, ...given };
}

const sourceOf = (app: PublishedApp) => join(SOURCES, app.folder ?? app.name);

/** The folder of the app, installed and built. Rejects with the end of the output when a step fails. */
export async function install(app: PublishedApp, say: (what: string) => void): Promise<string> {
  const folder = join(CACHE, app.name);
  const mark = join(folder, ".made-from");
  const key = fingerprint(app);
  if (existsSync(mark) && readFileSync(mark, "utf8") === key) return folder;
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(CACHE, { recursive: true, mode: 0o700 });
  cpSync(sourceOf(app), folder, { recursive: true });
  const commands = [
    ["npm", "install", "--no-audit", "--no-fund", "--no-update-notifier"],
    ...(app.build ?? []),
  ];
  for (const command of commands) {
    say(command.join(" "));
    await runToEnd(command, folder);
  }
  writeFileSync(mark, key);
  return folder;
}

/** As new: what a run before has changed. */
export function renewState(app: PublishedApp, folder: string): void {
  for (const name of app.state ?? []) {
    rmSync(join(folder, name), { recursive: true, force: true });
    if (existsSync(join(sourceOf(app), name)))
      cpSync(join(sourceOf(app), name), join(folder, name), { recursive: true });
  }
}

export function installedVersion(app: PublishedApp, folder: string): string {
  const { version } = JSON.parse(
    readFileSync(join(folder, "node_modules", app.package, "package.json"), "utf8"),
  );
  return String(version);
}

function fingerprint(app: PublishedApp): string {
  const source = sourceOf(app);
  const files = readdirSync(source, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => join(parentPath, name))
    .sort();
  const hash = new Bun.CryptoHasher("sha256").update(JSON.stringify(app.build ?? []));
  for (const file of files) hash.update(file.slice(source.length)).update(readFileSync(file));
  return hash.digest("hex");
}

async function runToEnd(command: string[], cwd: string): Promise<void> {
  const env = { ...process.env, ...QUIET };
  const child = Bun.spawn(command, {
    cwd,
    env,
    stdin: "ignore",
    stdout: "pipe",
    stderr: "pipe",
    timeout: WITHIN_MS,
  });
  const [code, ...output] = await Promise.all([
    child.exited,
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
  ]);
  if (code !== 0)
    throw new Error(`${command.join(" ")} ended with ${code}:\n${output.join("").slice(-4000)}`);
}
