// Which files an app is made of, as its worker tells them to a supervisor that watches for changes.
import { describe, expect, test } from "bun:test";
import { mkdirSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import type { FromChild } from "../../src/link/messages.ts";
import { makeTempDir, type TempDir } from "../support/temp-dir.ts";
import { APPS, ask, startWorker, type WorkerProcess } from "../support/worker-process.ts";

const TELLING = { setup: { tellsModules: true } };

type Modules = Extract<FromChild, { type: "modules" }>;
const told = (worker: WorkerProcess) =>
  worker.messages().filter((message): message is Modules => message.type === "modules");

function relative({ files }: Modules, root: string): string[] {
  return files.map((file) => file.replace(`${root}/`, "")).sort();
}

/** Answers the directory's path. */
function writeFiles(temp: TempDir, files: Record<string, string>): string {
  for (const [name, text] of Object.entries(files)) temp.write(name, text);
  return temp.path;
}

describe("modules", () => {
  test("modules: an app's files are told before ready, of every kind of module, and not what it reads itself", async () => {
    await using worker = startWorker("modules/app.ts", TELLING);
    await worker.heard("ready");
    expect(worker.messages().findIndex(({ type }) => type === "modules")).toBeLessThan(
      worker.messages().findIndex(({ type }) => type === "ready"),
    );
    const [first] = told(worker);
    expect(relative(first as Modules, join(APPS, "modules"))).toEqual([
      "app.ts",
      "data.json",
      "note.txt",
      "old.cjs",
    ]);
    expect(first?.missing).toEqual([]);
  });

  test("modules: what is imported later is told when it has come in", async () => {
    await using worker = startWorker("modules/app.ts", TELLING);
    await worker.heard("ready");
    expect((await ask(worker, "/lazy")).body).toBe("lazy");
    await worker.heardAlso(() => told(worker).length === 2);
    expect(relative(told(worker)[1] as Modules, join(APPS, "modules"))).toContain("lazy.ts");
  });

  test("modules: packages are not told, and nothing at all unless it was asked for", async () => {
    await using express = startWorker("express-export.ts", TELLING);
    await using silent = startWorker("express-export.ts");
    await Promise.all([express.heard("ready"), silent.heard("ready")]);
    expect(told(express).map((message) => relative(message, APPS))).toEqual([["express-export.ts"]]);
    expect(told(silent)).toEqual([]);
  });

  test("modules: a syntax error two files away names the whole graph, before the failure is told", async () => {
    using temp = makeTempDir();
    const root = writeFiles(temp, {
      "app.ts": 'import "./good.ts";\nimport "./middle.ts";\nexport default () => new Response();',
      "good.ts": "export {};",
      "middle.ts": 'import "./bad.ts";\nimport "./after.ts";',
      "bad.ts": 'import "./below.ts";\nexport const x = (;',
      "after.ts": "export {};",
      "below.ts": "export {};",
    });
    await using worker = startWorker(join(root, "app.ts"), TELLING);
    await worker.exited;
    const types = worker.messages().map(({ type }) => type);
    expect(types.slice(-2)).toEqual(["modules", "failed"]);
    expect(relative(told(worker)[0] as Modules, root)).toEqual([
      "after.ts",
      "app.ts",
      "bad.ts",
      "below.ts",
      "good.ts",
      "middle.ts",
    ]);
  });

  test("modules: an import that leads nowhere is told as the places where its file would be found", async () => {
    using temp = makeTempDir();
    const root = writeFiles(temp, { "app.ts": 'import { a } from "./lib/part";\nexport default a;' });
    await using worker = startWorker(join(root, "app.ts"), TELLING);
    expect((await worker.heard("failed")).cause).toBe("app_load_failed");
    const [{ missing, files } = { missing: [], files: [] }] = told(worker);
    expect(files).toEqual([join(root, "app.ts")]);
    for (const place of ["lib/part", "lib/part.ts", "lib/part.json", "lib/part/index.tsx"])
      expect(missing).toContain(join(root, place));
  });

  test("modules: what a throwing app had loaded, and where the error came from, is told", async () => {
    using temp = makeTempDir();
    const root = writeFiles(temp, {
      "app.ts": 'const name = "./hidden.ts";\nawait import(name);\nexport default 1;',
      "hidden.ts": 'import { fail } from "./fails.ts";\nfail();',
      "fails.ts": 'export function fail() {\n  throw new Error("no");\n}',
    });
    await using worker = startWorker(join(root, "app.ts"), TELLING);
    await worker.heard("failed");
    expect(relative(told(worker)[0] as Modules, root)).toEqual(["app.ts", "fails.ts", "hidden.ts"]);
  });

  test("modules: neither a long list nor the failure after it is lost with the process", async () => {
    using temp = makeTempDir();
    const names = Array.from({ length: 1_500 }, (_, index) => `${"m".repeat(200)}${index}.ts`);
    const root = writeFiles(temp, Object.fromEntries(names.map((name) => [name, "export {};"])));
    // Nothing keeps the process alive when it finds that nothing is served.
    temp.write("app.ts", names.map((name) => `import "./${name}";`).join("\n"));
    await using worker = startWorker(join(root, "app.ts"), TELLING);
    expect((await worker.heard("failed")).cause).toBe("app_exports_nothing");
    expect(told(worker).at(-1)?.files).toHaveLength(1_501);
    expect(await worker.exited).toBe(3);
  });

  test("modules: an app that is not there is itself what is missing", async () => {
    using temp = makeTempDir();
    const path = join(temp.path, "app.ts");
    await using worker = startWorker(path, { ...TELLING, cwd: temp.path });
    expect((await worker.heard("failed")).cause).toBe("app_not_found");
    expect(told(worker)).toEqual([{ type: "modules", files: [], missing: [path] }]);
  });

  test("modules: an app that cannot be served is told with its files too", async () => {
    await using worker = startWorker("exports-nothing.ts", TELLING);
    expect((await worker.heard("failed")).cause).toBe("app_exports_nothing");
    expect(told(worker).map((message) => relative(message, APPS))).toEqual([["exports-nothing.ts"]]);
  });

  test("modules: an app behind a link runs where the link led, and says so", async () => {
    using temp = makeTempDir();
    mkdirSync(join(temp.path, "release-1"));
    temp.write("release-1/app.ts", 'if (import.meta.main) Bun.serve({ fetch: () => new Response("main") });');
    symlinkSync("release-1", join(temp.path, "current"));
    await using worker = startWorker(join(temp.path, "current/app.ts"), TELLING);
    const app = join(temp.path, "release-1/app.ts");
    expect(await worker.heard("ready")).toMatchObject({ kind: "listening program", app });
    expect(told(worker)).toEqual([{ type: "modules", files: [app], missing: [] }]);
    expect((await ask(worker, "/")).body).toBe("main");
  });
});
