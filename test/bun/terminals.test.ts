// What `gw top` relies on: a terminal is given back whatever ends the process, and is told of its size.
import { expect, setDefaultTimeout, test } from "bun:test";
import { eventually } from "../support/gw.ts";
import { Screen } from "../support/screen.ts";
import { makeTempDir } from "../support/temp-dir.ts";

setDefaultTimeout(30_000);

const SOURCE = `
  import { writeSync } from "node:fs";
  const say = (text) => writeSync(1, text + "\\n");
  process.stdin.setRawMode(true);
  process.stdin.resume();
  writeSync(1, "\\x1b[?1049h\\x1b[?25l");
  process.on("exit", () => {
    process.stdin.setRawMode(false);
    writeSync(1, "\\x1b[?25h\\x1b[?1049l");
  });
  process.stdout.on("resize", () => say("size " + process.stdout.columns + "x" + process.stdout.rows));
  process.stdin.on("data", (bytes) => {
    if (String(bytes) === "t") throw new Error("from a key");
    if (String(bytes) === "r") void Promise.reject(new Error("from a promise"));
    if (String(bytes) === "e") process.exit(7);
  });
  say("ready");
`;

async function open() {
  const dir = makeTempDir();
  const screen = new Screen([process.execPath, dir.write("app.ts", SOURCE)]);
  await eventually(() => screen.written.includes("ready"), "it has the terminal");
  return {
    screen,
    async [Symbol.asyncDispose]() {
      await screen[Symbol.asyncDispose]();
      dir[Symbol.dispose]();
    },
  };
}

test.each([
  ["an exit", "e", 7],
  ["an error that nobody catches", "t", 1],
  ["a rejection that nobody handles", "r", 1],
])("terminals: after %s the handler of exit has given it back", async (_name, key, code) => {
  await using opened = await open();
  const { screen } = opened;
  expect(screen.isAsBefore).toBe(false);
  screen.type(key);
  expect(await screen.exited).toBe(code);
  expect(screen.isAsBefore).toBe(true);
});

test("terminals: another size is told at once", async () => {
  await using opened = await open();
  opened.screen.resize(100, 30);
  await eventually(() => opened.screen.written.includes("size 100x30"), "the size is known");
});
