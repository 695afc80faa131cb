import { expect, test } from "bun:test";
import { existsSync, readFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { INSIDE, TESTED_ELSEWHERE } from "./tested-elsewhere.ts";

const ROOT = resolve(import.meta.dir, "..");
const FILE_LINES = 300;
const FUNCTION_LINES = 40;
/** Tables are as long as what they list. */
const TABLES = [
  "src/core/errors.ts",
  "src/options/declare/table.ts",
  "src/cli/commands.ts",
  "src/control/commands.ts",
  "src/link/messages.ts",
];

type Source = { path: string; text: string; lines: string[]; imports: string[] };

const sources = await readSources();
const ranks = readRanks(await Bun.file(join(ROOT, "docs/architecture.md")).text());

async function readSources(): Promise<Source[]> {
  const found: Source[] = [];
  for (const folder of ["src", "ffi"]) {
    for await (const name of new Bun.Glob("**/*.ts").scan({ cwd: join(ROOT, folder) })) {
      const path = `${folder}/${name}`;
      const text = await Bun.file(join(ROOT, path)).text();
      found.push({ path, text, lines: text.split("\n"), imports: importsOf(text) });
    }
  }
  return found.sort((a, b) => a.path.localeCompare(b.path));
}

function importsOf(text: string): string[] {
  const code = text.replace(/^\s*(\/\/|\*|\/\*).*$/gm, "");
  return [...code.matchAll(/(?:\bfrom\s+|\bimport\s*\(\s*|^import\s+)"([^"]+)"/gm)].map(
    (match) => match[1] ?? "",
  );
}

function readRanks(page: string): Map<string, number> {
  const rows = [...page.matchAll(/^\| (\d)\s+\| (.+?)\s*\|$/gm)];
  return new Map(
    rows.flatMap(([, rank, folders]) =>
      (folders ?? "").split(/\s+/).map((f) => [f.replaceAll("`", ""), Number(rank)] as const),
    ),
  );
}

const folderOf = (path: string) =>
  path === "src/main.ts" ? "main" : path.startsWith("ffi/") ? "ffi" : (path.split("/")[1] ?? "");

function localImports(source: Source): string[] {
  return source.imports
    .filter((name) => name.startsWith("."))
    .map((name) => relative(ROOT, resolve(ROOT, dirname(source.path), name)));
}

const outside = (allowed: (path: string) => boolean, pattern: RegExp) =>
  sources
    .filter((source) => !allowed(source.path) && pattern.test(withoutComments(source.text)))
    .map((source) => source.path);

const withoutComments = (text: string) =>
  text.replace(/^\s*(\/\/|\*|\/\*).*$/gm, "").replace(/ \/\/ .*$/gm, "");

test("architecture: the page ranks every folder", () => {
  expect(
    [...new Set(sources.map((source) => folderOf(source.path)))].filter((folder) => !ranks.has(folder)),
  ).toEqual([]);
});

test("architecture: imports point to a lower rank or stay in their folder", () => {
  const wrong: string[] = [];
  for (const source of sources) {
    const from = folderOf(source.path);
    for (const target of localImports(source)) {
      // Texts that are carried along: programs of other languages.
      if (target === "package.json" || target.startsWith("python/")) continue;
      const to = folderOf(target);
      if (from !== to && (ranks.get(to) ?? 9) >= (ranks.get(from) ?? 0))
        wrong.push(`${source.path} → ${target}`);
    }
  }
  expect(wrong).toEqual([]);
});

/** Roles that are processes of their own, and the folders whose code runs in another process. */
const STRANGERS: Readonly<Record<string, readonly string[]>> = {
  front: ["worker", "auth", "teller", "exporter", "notifier", "supervisor", "cli"],
  worker: ["front", "auth", "teller", "exporter", "notifier", "supervisor", "cli"],
  auth: ["front", "worker", "teller", "exporter", "notifier", "supervisor", "cli"],
  teller: ["front", "worker", "auth", "exporter", "notifier", "supervisor", "cli"],
  exporter: ["front", "worker", "auth", "teller", "notifier", "supervisor", "cli"],
  notifier: ["front", "worker", "auth", "teller", "exporter", "supervisor", "cli"],
  supervisor: ["front", "worker", "auth", "teller", "exporter", "notifier", "child", "cli"],
  control: ["front", "worker", "auth", "teller", "exporter", "notifier", "child", "supervisor", "cli"],
  cli: ["front", "worker", "auth", "teller", "exporter", "notifier", "child", "supervisor"],
};
/** Of `control`: what the one end is made of, the other does not know. */
const ENDS: readonly (readonly [folder: string, files: readonly string[]])[] = [
  ["cli", ["server", "caller"]],
  ["supervisor", ["client", "instances", "roots"]],
];
/** It becomes the supervisor, in the same process. */
const STARTER = "src/cli/start/";

test("architecture: processes know each other only by what they say", () => {
  const crossings = sources.flatMap(({ path, ...source }) =>
    localImports({ path, ...source })
      .filter((target) => STRANGERS[folderOf(path)]?.includes(folderOf(target)))
      .filter((target) => !(path.startsWith(STARTER) && folderOf(target) === "supervisor"))
      .map((target) => `${path} → ${target}`),
  );
  expect(crossings).toEqual([]);
  const insides = ENDS.flatMap(([folder, files]) =>
    sources
      .filter(({ path }) => folderOf(path) === folder)
      .flatMap((source) =>
        localImports(source)
          .filter((target) => files.some((file) => target === `src/control/${file}.ts`))
          .map((target) => `${source.path} → ${target}`),
      ),
  );
  expect(insides).toEqual([]);
});

/** The folder of a file below src, with its room, which may have rooms of its own: `front/door/h1`. */
const roomOf = (path: string) => dirname(path).replace(/^src\//, "");

test("architecture: the page has a sentence for each room, and for no other", async () => {
  const page = await Bun.file(join(ROOT, "docs/architecture.md")).text();
  const told = [...page.matchAll(/^\| `([\w-]+(?:\/[\w-]+)+)` \|/gm)].map(([, room]) => room as string);
  const rooms = new Set(sources.map(({ path }) => roomOf(path)).filter((room) => room.includes("/")));
  expect(told.toSorted()).toEqual([...rooms].filter((room) => !room.startsWith("ffi")).toSorted());
});

test("architecture: rooms of a folder import each other in one direction only", () => {
  const arrows = new Map<string, Set<string>>();
  for (const source of sources) {
    const from = roomOf(source.path);
    for (const target of localImports(source)) {
      const to = roomOf(target);
      if (from === to || !from.includes("/") || from.split("/")[0] !== to.split("/")[0] || !to.includes("/"))
        continue;
      arrows.set(from, (arrows.get(from) ?? new Set()).add(to));
    }
  }
  const reaches = (from: string, to: string, seen = new Set<string>()): boolean =>
    [...(arrows.get(from) ?? [])].some(
      (next) => next === to || (!seen.has(next) && reaches(next, to, seen.add(next))),
    );
  expect([...arrows.keys()].filter((room) => reaches(room, room))).toEqual([]);
});

test("architecture: no room has more files than one can look over", () => {
  const counts = Map.groupBy(sources, ({ path }) => roomOf(path));
  const full = [...counts].filter(([, files]) => files.length > 15);
  expect(full.map(([room, files]) => `${room}: ${files.length}`)).toEqual([]);
});

test("architecture: only a door knows a protocol of clients", () => {
  const strangers = sources.filter(
    ({ path }) =>
      path.startsWith("src/front/") &&
      !/^src\/front\/door\/\w+\//.test(path) &&
      // It is a client of the front's own doors.
      !path.startsWith("src/front/warming"),
  );
  const knowing = strangers.filter((source) =>
    localImports(source).some((target) => target.startsWith("src/front/door/h1/")),
  );
  expect(knowing.map(({ path }) => path)).toEqual(["src/front/main.ts"]);
  const words = /HTTP\/[123]|\bhttp10\b|"(?:connection|transfer-encoding|keep-alive)"/i;
  const speaking = strangers.filter(({ text }) => words.test(withoutComments(text)));
  expect(speaking.map(({ path }) => path)).toEqual([]);
});

test("architecture: no cycles", () => {
  const graph = new Map(sources.map((source) => [source.path, localImports(source)]));
  const state = new Map<string, "open" | "done">();
  const cycles: string[] = [];
  const visit = (path: string, trail: string[]) => {
    if (state.get(path) === "done") return;
    if (state.get(path) === "open")
      return void cycles.push([...trail.slice(trail.indexOf(path)), path].join(" → "));
    state.set(path, "open");
    for (const next of graph.get(path) ?? []) visit(next, [...trail, path]);
    state.set(path, "done");
  };
  for (const path of graph.keys()) visit(path, []);
  expect(cycles).toEqual([]);
});

test("architecture: files and functions fit a reader's eye", () => {
  const long: string[] = [];
  for (const { path, lines } of sources) {
    if (TABLES.includes(path)) continue;
    if (lines.length > FILE_LINES) long.push(`${path}: ${lines.length} lines`);
    for (const [name, length] of functionLengths(lines))
      if (length > FUNCTION_LINES) long.push(`${path}: ${name}: ${length} lines`);
  }
  expect(long).toEqual([]);
});

/** Rough, on formatted code: a line that opens a function's body, up to the closing brace of the same indent. */
function functionLengths(lines: string[]): [string, number][] {
  const found: [string, number][] = [];
  const opening =
    /^(\s*)(?!(?:if|for|while|switch|return|else|do|try|catch|class|export class|const \w+ = \{)\b)(.*(?:\)|=>)(?:: [^=]+)?) \{$/;
  lines.forEach((line, start) => {
    const match = opening.exec(line);
    if (!match) return;
    const close = lines.findIndex((other, at) => at > start && other.startsWith(`${match[1]}}`));
    if (close > 0) found.push([(match[2] ?? "").trim().slice(0, 60), close - start + 1]);
  });
  return found;
}

test("architecture: every file says what lives in it", () => {
  expect(sources.filter((source) => !source.text.startsWith("//")).map((source) => source.path)).toEqual([]);
});

test("architecture: only one file reads time", () => {
  expect(
    outside((path) => path === "src/core/clock.ts", /performance\.now\(|Date\.now\(|new Date\(\)/),
  ).toEqual([]);
});

test("architecture: only the exporter knows OpenTelemetry", () => {
  expect(outside((path) => path.startsWith("src/exporter/"), /"@opentelemetry\//)).toEqual([]);
});

test("architecture: citty and libc each have one home", () => {
  expect(
    outside((path) => path.startsWith("src/cli/") || path === "src/options/render/render.ts", /from "citty"/),
  ).toEqual([]);
  expect(outside((path) => path.startsWith("ffi/"), /"bun:ffi"/)).toEqual([]);
});

test("architecture: only os reads /proc, and only os and ffi ask which system this is", () => {
  expect(outside((path) => path.startsWith("src/os/"), /\/proc\b/)).toEqual([]);
  // A version tells what it was built for.
  const mayAsk = (path: string) => /^(src\/os|ffi)\//.test(path) || path === "src/core/version.ts";
  expect(outside(mayAsk, /\bprocess\.platform\b|\bplatform\(|\bplatform\b.*"node:os"/)).toEqual([]);
});

test("architecture: only the entries of the roles touch process", () => {
  const allowed = (path: string) =>
    [
      "src/main.ts",
      "src/front/main.ts",
      "src/worker/main.ts",
      "src/auth/main.ts",
      "src/teller/main.ts",
      "src/exporter/main.ts",
      "src/notifier/main.ts",
      "src/worker/thread.ts",
      "src/core/version.ts",
    ].includes(path) ||
    path.startsWith("src/cli/") ||
    path.startsWith("src/child/") ||
    path.startsWith("src/os/") ||
    path.startsWith("ffi/");
  expect(outside(allowed, /(?<!")\bprocess\.(?!execPath\b|ts";)/)).toEqual([]);
});

const mirrored = sources.filter(({ path }) => path.startsWith("src/")).map(({ path }) => path.slice(4, -3));
const elsewhere = Object.values(TESTED_ELSEWHERE).flatMap((files) => Object.entries(files));
const testOf = (name: string) => join(ROOT, "test", `${name}.test.ts`);

/** Whether loading a file loads the other one as well. */
function leadsTo(from: string, to: string, seen = new Set<string>()): boolean {
  if (from === to) return true;
  if (seen.has(from) || !existsSync(from)) return false;
  seen.add(from);
  const near = importsOf(readFileSync(from, "utf8")).filter((name) => name.startsWith("."));
  return near.some((name) => leadsTo(resolve(dirname(from), name), to, seen));
}

test("architecture: each source has its test at the same place, or a line in test/tested-elsewhere.ts", () => {
  const listed = new Set(elsewhere.map(([source]) => source));
  const alone = mirrored.filter((source) => !existsSync(testOf(source)) && !listed.has(source));
  expect(alone).toEqual([]);
});

test("architecture: each line of test/tested-elsewhere.ts is of a source without a mirror, and names a test", () => {
  const wrong = elsewhere.filter(
    ([source, by]) => !mirrored.includes(source) || existsSync(testOf(source)) || !existsSync(testOf(by)),
  );
  expect(wrong).toEqual([]);
});

test("architecture: the inside of what is tested elsewhere is loaded by that test", () => {
  const apart = Object.entries(TESTED_ELSEWHERE[INSIDE] ?? {}).filter(
    ([source, by]) => !leadsTo(testOf(by), join(ROOT, "src", `${source}.ts`)),
  );
  expect(apart).toEqual([]);
});
