// The file of users, as it is at the start and as it changes.
import { describe, expect, test } from "bun:test";
import { renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { UserFile } from "../../src/auth/user-file.ts";
import { systemClock } from "../../src/core/clock.ts";
import { PasswordTurns } from "../../src/credentials/turns.ts";
import { captureLog } from "../support/capture-log.ts";
import { FakeClock } from "../support/fake-clock.ts";
import { makeTempDir } from "../support/temp-dir.ts";

const hash = (password: string) => Bun.password.hashSync(password, { algorithm: "bcrypt", cost: 4 });
const [ANN, OTHER] = [`ann:${hash("right")}\n`, `ann:${hash("other")}\n`];

function start(text: string) {
  const temp = makeTempDir();
  const path = join(temp.path, "users");
  const replace = (next: string) => {
    writeFileSync(`${path}.new`, next);
    renameSync(`${path}.new`, path);
  };
  replace(text);
  const clock = new FakeClock();
  const { log, lines } = captureLog();
  const random = (bytes: number) => new Uint8Array(bytes);
  const turns = new PasswordTurns({ clock: systemClock, atOnce: 2, waitMs: 60_000 });
  const open = () => new UserFile(path, { clock, log, random, turns });
  return { path, replace, clock, lines, open, [Symbol.dispose]: () => temp[Symbol.dispose]() };
}

describe("user file", () => {
  test("user file: the right password, a wrong one, and nobody", async () => {
    using given = start(ANN);
    const users = given.open();
    expect(
      await Promise.all([users.check("ann", "right"), users.check("ann", "x"), users.check("bob", "right")]),
    ).toEqual([true, false, false]);
  });

  test("user file: another version is taken up after a second", async () => {
    using given = start(ANN);
    const users = given.open();
    given.replace(OTHER);
    expect(await users.check("ann", "right")).toBe(true);
    given.clock.advance(1_000);
    expect(await Promise.all([users.check("ann", "right"), users.check("ann", "other")])).toEqual([
      false,
      true,
    ]);
  });

  test("user file: one with something wrong in it changes nothing, and is told of once", async () => {
    using given = start(ANN);
    const users = given.open();
    given.replace("ann:plain\n");
    for (let times = 0; times < 3; times++) {
      given.clock.advance(1_000);
      expect(await users.check("ann", "right")).toBe(true);
    }
    expect(given.lines.filter(({ text }) => text.includes("is not taken up")).length).toBe(1);
  });

  test("user file: one that has gone changes nothing", async () => {
    using given = start(ANN);
    const users = given.open();
    rmSync(given.path);
    given.clock.advance(1_000);
    expect(await users.check("ann", "right")).toBe(true);
  });

  test("user file: without a good one there is nothing to start with", () => {
    using given = start("ann:plain\n");
    expect(given.open).toThrow("cannot be used: Line 1 of");
  });
});
