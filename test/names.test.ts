// Holds what documents and comments name against what is there: files, tests, options, commands, scripts, functions. A name
// that leads nowhere misleads whoever comes after us.
import { describe, expect, test } from "bun:test";
import { existsSync, readFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { COMMANDS } from "../src/cli/commands.ts";
import { termOf } from "../src/cli/terminal/words.ts";
import { REASONS } from "../src/core/reasons.ts";
import { METRICS } from "../src/metrics/table.ts";
import { flagOf, spellings, VARIABLE_PREFIX, variableOf } from "../src/options/declare/names.ts";
import { KEYS } from "../src/options/declare/table.ts";

const ROOT = resolve(import.meta.dir, "..");
const read = (path: string) => readFileSync(join(ROOT, path), "utf8");
const list = (pattern: string) => [...new Bun.Glob(pattern).scanSync({ cwd: ROOT })].toSorted();

type Source = { path: string; comments: string; code: string };
type Text = { path: string; text: string };

const sources: Source[] = list("{src,ffi,deploy,docs,test}/**/*.{ts,c}").map((path) => ({
  path,
  ...split(read(path)),
}));
const pages: Text[] = [...list("docs/*.md"), "README.md", "CONTRIBUTING.md", "test/requests/README.md"].map(
  (path) => ({ path, text: read(path) }),
);
const comments: Text[] = sources
  .filter(({ path }) => /^(src|ffi)\//.test(path))
  .map(({ path, comments: text }) => ({ path, text }));
const texts = [...pages, ...comments];

/** By lines: what follows `//`, and what stands in a block. */
function split(text: string): { comments: string; code: string } {
  const said: string[] = [];
  const code: string[] = [];
  for (const line of text.split("\n")) {
    const at = /^\s*(\/\/|\*|\/\*)/.test(line) ? 0 : line.indexOf(" // ");
    said.push(at < 0 ? "" : line.slice(at));
    code.push(at < 0 ? line : line.slice(0, at));
  }
  return { comments: said.join("\n"), code: code.join("\n") };
}

/** All that `pattern` finds and that is not there, with where it stands. */
function lies(
  where: readonly Text[],
  pattern: RegExp,
  isThere: (name: string, path: string) => boolean,
): string[] {
  return where.flatMap(({ path, text }) =>
    [...text.matchAll(pattern)]
      .map(([whole, name = whole]) => name)
      .filter((name) => !isThere(name, path))
      .map((name) => `${path}: ${name}`),
  );
}

const FOLDERS =
  "core|ffi|options|link|http|upstream|worker|control|front|supervisor|cli|bun|process|support|slow|requests|bench";
const ENDINGS = ["", ".ts", ".test.ts", ".check.ts", ".http"];

/** `supervisor/crew/watch` and `src/supervisor/crew/watch.ts` are the same file; `process/crash` is a test. */
const isFile = (name: string) =>
  ["", "src/", "test/"].some((folder) =>
    ENDINGS.some((ending) => existsSync(join(ROOT, folder + name + ending))),
  );

describe("names", () => {
  test("files with their folder are there", () => {
    const named = new RegExp(
      `(?<![\\w./-])((?:src/|test/)?(?:${FOLDERS})/[\\w-]+(?:/[\\w.-]*\\w)*(?:\\.(?:ts|md|c))?)(?![\\w/*-])`,
      "g",
    );
    expect(lies(texts, named, isFile)).toEqual([]);
  });

  test("files without their folder stand beside, or somewhere in the sources", () => {
    const isThere = (name: string, path: string) =>
      existsSync(join(ROOT, dirname(path), name)) ||
      list(`{src,ffi,test,deploy,examples}/**/${name}`).length > 0;
    const EXAMPLES = ["gw-config.d.ts", "greet.ts", "shop.ts", "later.ts", "ports.ts"];
    const found = lies(texts, /(?<![\w/.*-])([\w-]+\.ts)\b/g, isThere);
    expect(found.filter((lie) => !EXAMPLES.some((name) => lie.endsWith(` ${name}`)))).toEqual([]);
  });

  test("links lead to a file, and to a heading of it", () => {
    const isThere = (link: string, path: string) => {
      const [file = "", anchor] = link.split("#");
      const target = file === "" ? path : join(dirname(path), file);
      if (!existsSync(join(ROOT, target))) return false;
      return anchor === undefined || headingsOf(read(target)).includes(anchor);
    };
    expect(lies(pages, /\]\(((?!https?:)[^)\s]+)\)/g, isThere)).toEqual([]);
  });

  test("options are of a command of gw, or of a tool that is named here", () => {
    const switches = COMMANDS.flatMap((command) => command.words.map(termOf));
    const ours = new Set(
      [...spellings(flagOf).keys(), ...switches].flatMap((said) => said.match(/--[a-z][a-z0-9-]*/g) ?? []),
    );
    const ofTools = [
      // Of PM2, Passenger and node, on the pages for who comes from there.
      ...["--max-memory-restart", "--app-type", "--startup-file", "--max-pool-size", "--show", "--require"],
      "--ignore-missing",
      "--read-only",
      "--tmpfs",
      "--time",
      "--help",
      "--env-file",
      "--watch",
      "--queue",
      "--save-dev",
      "--save-exact",
      "--write",
      "--cpu-prof-md",
      "--no-",
      // Of the benchmark, as it reads them itself.
      ...[...read("test/bench/run.ts").matchAll(/^ {4}(\w+): \{ type:/gm)].map(([, name]) => `--${name}`),
      // Of Django and pip.
      ...["--settings", "--skip-checks", "--find-links"],
      // Of helm.
      "--set",
      // Of curl, certbot and lego.
      "--cacert",
      ...["--webroot", "--deploy-hook", "--email", "--domains", "--http", "--renew-hook"],
    ];
    const isThere = (flag: string) =>
      ours.has(flag) || ours.has(flag.replace(/^--no-/, "--")) || ofTools.includes(flag);
    // There, the words of other programs are shown.
    const about = texts.filter(({ path }) => !/^docs\/(?:apps|frameworks)\.md$/.test(path));
    expect(lies(about, /(?<![\w-])--[a-z][a-z0-9-]*/g, isThere)).toEqual([]);
  });

  test("variables are of an option", () => {
    const known = new Set(spellings(variableOf).keys());
    const isThere = (name: string) => known.has(name) || sources.some(({ code }) => code.includes(name));
    expect(lies(texts, new RegExp(`\\b${VARIABLE_PREFIX}[A-Z_]*[A-Z]\\b`, "g"), isThere)).toEqual([]);
  });

  test("commands of gw, and scripts of npm, can be given", () => {
    const commands = new Set<string>([...COMMANDS.map(({ name }) => name), "help"]);
    expect(
      lies(texts, /(?:`|^ {4}(?:\$ )?|\.\/)gw ([a-z][a-z0-9-]*)/gm, (name) => commands.has(name)),
    ).toEqual([]);
    const { scripts } = JSON.parse(read("package.json")) as { scripts: object };
    expect(lies(texts, /npm run ([\w:]+)/g, (name) => Object.hasOwn(scripts, name))).toEqual([]);
  });

  test("each script of npm is told of to whoever contributes, and each slow check is run by one", () => {
    const { scripts } = JSON.parse(read("package.json")) as { scripts: Record<string, string> };
    const told = new Set(
      [...read("CONTRIBUTING.md").matchAll(/npm (?:run )?([\w:]+)/g)].map(([, name = ""]) => name),
    );
    // npm runs these itself, before those they belong to.
    const own = Object.keys(scripts).filter((name) => !/^pre/.test(name));
    expect(own.filter((name) => !told.has(name))).toEqual([]);
    const run = [...Object.values(scripts), read("test/browser/run")].join("\n");
    expect(list("test/**/*.check.ts").filter((path) => !run.includes(path))).toEqual([]);
  });

  test("names of code stand in the code, and where a file is said, in that file", () => {
    const words = new Set(sources.flatMap(({ code }) => code.match(/[A-Za-z_$][\w$]*/g) ?? []));
    // Pages for operators and authors of apps also name what is in the frameworks of those.
    const ABOUT_CODE = ["docs/architecture.md", "docs/bun.md", "CONTRIBUTING.md"];
    const ours = [...pages.filter(({ path }) => ABOUT_CODE.includes(path)), ...comments];
    const isWord = (name: string) => words.has(name) || name.startsWith(VARIABLE_PREFIX);
    expect(lies(ours, /`([A-Za-z_$]*(?:[a-z][A-Z]|[A-Z]_[A-Z])\w*)(?:\(\))?`/g, isWord)).toEqual([]);
    const isSaid = (name: string) => words.has(name) || name === "eBPF";
    expect(lies(ours, /(?<![\w.$`/'"-])([a-z]+[A-Z]\w*)(?![\w/'"-])/g, isSaid)).toEqual([]);
    const within = lies(texts, /(`[\w$]+` (?:in|of) `[\w/-]+\.ts`)/g, (said) => {
      const [name = "", , file = ""] = said.split(/`(?: (in|of) )?`?/).filter(Boolean);
      return ["", "src/"].some(
        (folder) => existsSync(join(ROOT, folder + file)) && read(folder + file).includes(name),
      );
    });
    expect(within).toEqual([]);
  });

  test("a type has a name for itself in all of the sources, whether it is exported or not", () => {
    const declared = sources
      .filter(({ path }) => /^(src|ffi)\//.test(path))
      .flatMap(({ path, code }) =>
        [
          ...code.matchAll(
            /^\s*(?:export )?(?:abstract )?(?:type|interface|class|enum) ([A-Z]\w*)(?!.*,$)/gm,
          ),
        ].map(([, name = ""]) => ({ name, path })),
      );
    expect(declared.length).toBeGreaterThan(500);
    const twice = [...Map.groupBy(declared, ({ name }) => name)].filter(([, places]) => places.length > 1);
    expect(twice.map(([name, places]) => [name, ...places.map(({ path }) => path)].join(" "))).toEqual([]);
  });

  test("each probe of docs/bun.md is a file of test/bun", () => {
    const probes = [...read("docs/bun.md").matchAll(/^\| [^|]+ \| ([^|]+) \|/gm)]
      .flatMap(([, cell = ""]) => cell.split(", "))
      .map((cell) => /^\[?([\w-]+)\]?/.exec(cell.trim())?.[1] ?? "")
      .filter((name) => name !== "Probe" && !/^-+$/.test(name));
    expect(probes.length).toBeGreaterThan(30);
    expect(probes.filter((name) => !existsSync(join(ROOT, `test/bun/${name}.test.ts`)))).toEqual([]);
  });

  test("each row of the tables is used: an option nobody reads, or a figure nobody counts, would be an empty promise", () => {
    const tables = ["src/options/declare/table.ts", "src/metrics/table.ts", "src/core/reasons.ts"];
    const program = sources.filter(({ path }) => /^(src|ffi)\//.test(path) && !tables.includes(path));
    const words = new Set(program.flatMap(({ code }) => code.match(/\w+/g) ?? []));
    const rows = [...KEYS, ...Object.keys(METRICS), ...Object.keys(REASONS)];
    expect(rows.length).toBeGreaterThan(250);
    expect(rows.filter((name) => !words.has(name))).toEqual([]);
  });

  test("a name that leads nowhere is found, whatever its kind", () => {
    const page = [{ path: "docs/x.md", text: "`worker/identity`, --fly-high, see noSuchThing" }];
    expect(lies(page, /([a-z]+\/[a-z]+)/g, isFile)).toEqual(["docs/x.md: worker/identity"]);
    expect(isFile("supervisor/crew/watch") && isFile("process/crash") && isFile("src/front/main.ts")).toBe(
      true,
    );
  });
});

/** As they are linked to: lower case, blanks as dashes, no punctuation. */
function headingsOf(text: string): string[] {
  return [...text.matchAll(/^#+ (.+)$/gm)].map(([, title = ""]) =>
    title
      .toLowerCase()
      .replace(/[^\w\- ]/g, "")
      .replaceAll(" ", "-"),
  );
}
