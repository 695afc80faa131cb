// reload-on-changes on the real gw: what is saved is served, whichever file it was in, and what is broken is shown.
import { afterAll, beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import { linkSync, mkdirSync, renameSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { statusOf, textOf } from "../support/control.ts";
import { eventually, type Gw, startGw } from "../support/gw.ts";
import { makeTempDir, type TempDir } from "../support/temp-dir.ts";

setDefaultTimeout(60_000);

const answering = (text: string) => `export default { fetch: () => new Response(${JSON.stringify(text)}) };`;

const answers = (gw: Gw, text: string) =>
  eventually(async () => (await textOf(gw.url)) === text, `it answers ${text}`, 20_000);

function startIn(dir: TempDir, config: object): Promise<Gw> {
  dir.write("gw.config.json", JSON.stringify({ app: "app.ts", reloadOnChanges: true, ...config }));
  return startGw(["--config", join(dir.path, "gw.config.json")]);
}

/**
 * Another gw that looks at a file of its own. Once it has taken up two changes, one after the other, whoever looked as often
 * would have taken up what came before them.
 */
async function startWitness() {
  const dir = makeTempDir();
  dir.write("app.ts", answering("0"));
  const gw = await startIn(dir, {});
  let seen = 0;
  return {
    async sees() {
      for (const until = seen + 2; seen < until; ) {
        dir.write("app.ts", answering(String(++seen)));
        await answers(gw, String(seen));
      }
    },
    async [Symbol.asyncDispose]() {
      await gw[Symbol.asyncDispose]();
      dir[Symbol.dispose]();
    },
  };
}

let witness: Awaited<ReturnType<typeof startWitness>>;
beforeAll(async () => {
  witness = await startWitness();
});
afterAll(() => witness[Symbol.asyncDispose]());

test("changes: of the entry, of its modules, of the configuration and of what is named are taken up", async () => {
  using dir = makeTempDir();
  dir.write("part.ts", `export const part = "part 1";`);
  dir.write("late.ts", `export const late = "late 1";`);
  dir.write("data.txt", "data 1");
  const app = (word: string) => `
    import { readFileSync } from "node:fs"; import { part } from "./part.ts";
    const data = readFileSync("data.txt", "utf8");
    export default { async fetch() { const { late } = await import("./late.ts");
      return new Response([${JSON.stringify(word)}, part, late, data, process.env.COLOR].join(",")); } };`;
  dir.write("app.ts", app("app 1"));
  const config = { trackChanges: ["data.txt"], setenv: ["COLOR=red"] };
  await using gw = await startIn(dir, config);
  await answers(gw, "app 1,part 1,late 1,data 1,red");
  dir.write("app.ts", app("app 2"));
  await answers(gw, "app 2,part 1,late 1,data 1,red");
  dir.write("part.ts", `export const part = "part 2";`);
  await answers(gw, "app 2,part 2,late 1,data 1,red");
  dir.write("late.ts", `export const late = "late 2";`);
  await answers(gw, "app 2,part 2,late 2,data 1,red");
  dir.write("data.txt", "data 2");
  await answers(gw, "app 2,part 2,late 2,data 2,red");
  renameSync(dir.write("part.new", `export const part = "part 3";`), join(dir.path, "part.ts"));
  await answers(gw, "app 2,part 3,late 2,data 2,red");
  dir.write(
    "gw.config.json",
    JSON.stringify({ app: "app.ts", reloadOnChanges: true, ...config, setenv: ["COLOR=blue"] }),
  );
  await answers(gw, "app 2,part 3,late 2,data 2,blue");
  const { generation } = await statusOf(gw);
  expect(generation).toBe(7);
  dir.write("gw.config.json", JSON.stringify({ app: "app.ts" }));
  await eventually(async () => (await statusOf(gw)).generation === 8, "it is switched off");
  dir.write("app.ts", app("unseen"));
  await witness.sees();
  expect((await statusOf(gw)).generation).toBe(8);
});

test("changes: before any app has been loaded, files that are as they were change nothing", async () => {
  using dir = makeTempDir();
  dir.write("app.ts", answering("one"));
  await using gw = await startIn(dir, { processes: "0..1" });
  await witness.sees();
  expect((await statusOf(gw)).generation).toBe(1);
  await answers(gw, "one");
  dir.write("app.ts", answering("two"));
  await answers(gw, "two");
});

test("changes: a broken one is shown and the last good one serves, until it is mended", async () => {
  using dir = makeTempDir();
  dir.write("app.ts", answering("good"));
  await using gw = await startIn(dir, {});
  dir.write("app.ts", "export default {");
  await gw.until(/app\.ts:1/);
  await gw.until(/a new generation was refused/);
  expect(await textOf(gw.url)).toBe("good");
  dir.write(
    "app.ts",
    `import { text } from "./text.ts"; export default { fetch: () => new Response(text) };`,
  );
  await gw.until((output) => output.split("a new generation was refused").length === 3);
  expect(await textOf(gw.url)).toBe("good");
  dir.write("text.ts", `export const text = "mended";`);
  await answers(gw, "mended");
  expect((await statusOf(gw)).refused).toBeNull();
});

test("changes: twenty within two seconds end in the last version, and then nothing happens", async () => {
  using dir = makeTempDir();
  dir.write("app.ts", answering("first"));
  await using gw = await startIn(dir, {});
  for (let n = 1; n <= 20; n++) {
    dir.write("app.ts", answering(`save ${n}`));
    // biome-ignore lint/plugin: the stimulus itself; somebody saves ten times a second
    await Bun.sleep(90);
  }
  await answers(gw, "save 20");
  const { generation } = await statusOf(gw);
  await witness.sees();
  expect((await statusOf(gw)).generation).toBe(generation);
});

/** As `ln -sfn` does it. */
function relink(target: string, path: string): void {
  symlinkSync(target, `${path}.new`);
  renameSync(`${path}.new`, path);
}

test("changes: a link to the app that leads elsewhere is followed, also where the file is the same one", async () => {
  using dir = makeTempDir();
  for (const release of ["r1", "r2", "r3"]) {
    mkdirSync(join(dir.path, release));
    dir.write(`${release}/part.ts`, `export const part = "${release}";`);
  }
  const app = `import { part } from "./part.ts"; export default { fetch: () => new Response(part) };`;
  dir.write("r1/app.ts", app);
  for (const release of ["r2", "r3"])
    linkSync(join(dir.path, "r1/app.ts"), join(dir.path, release, "app.ts"));
  const [current, link] = [join(dir.path, "current"), join(dir.path, "app.ts")];
  relink("r1", current);
  relink("current/app.ts", link);
  await using gw = await startIn(dir, {});
  await answers(gw, "r1");
  relink("r2", current);
  await answers(gw, "r2");
  relink("r3/app.ts", link);
  await answers(gw, "r3");
});

test("changes: of what a gw.config.ts imports, also while it cannot be loaded", async () => {
  using dir = makeTempDir();
  dir.write("app.ts", `export default { fetch: () => new Response(process.env.WORD) };`);
  const words = (word: string) => `export const word: string = ${JSON.stringify(word)};`;
  dir.write("words.ts", words("one"));
  const config = dir.write(
    "gw.config.ts",
    `import { word } from "./words";
    export default { app: "app.ts", reloadOnChanges: true, setenv: ["WORD=" + word] };`,
  );
  await using gw = await startGw(["--config", config]);
  const refused = async (count: number) => {
    await gw.until((output) => output.split("the configuration was refused").length === count + 1);
    return (await statusOf(gw)).refused?.reason ?? "";
  };
  await answers(gw, "one");
  dir.write("words.ts", words("two"));
  await answers(gw, "two");
  dir.write("words.ts", "export const word = ;");
  expect(await refused(1)).toMatch(/gw\.config\.ts" could not be loaded: .*\/words\.ts:1:\d+/);
  dir.write("words.ts", `import { far } from "./far"; export const word: string = far;`);
  expect(await refused(2)).toMatch(/words\.ts imports "\.\/far", and there is no such file/);
  dir.write("far.ts", `export const far = ""; throw new Error("boom");`);
  expect(await refused(3)).toMatch(/boom \(.*\/far\.ts:1:\d+/);
  dir.write("far.ts", `export const far = ""; process.exit(3);`);
  expect(await refused(4)).toContain("it ended its process with exit code 3");
  dir.write("far.ts", `export const far = "three";`);
  await answers(gw, "three");
  expect((await statusOf(gw)).refused).toBeNull();
});
