// gw password on the binary: what it writes, what it tells in its exit code, what a terminal shows.
import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { chmodSync, existsSync, readFileSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { judgePasswordWords, passwordWordsOf } from "../../../src/cli/password/password-words.ts";
import { readPasswordFile } from "../../../src/credentials/password-file.ts";
import { bounded, gwCommand } from "../../support/gw.ts";
import { makeTempDir } from "../../support/temp-dir.ts";

setDefaultTimeout(60_000);

function run(input: string | Uint8Array, ...words: string[]) {
  const stdin = Buffer.from(input as string);
  const { exitCode, stdout, stderr } = Bun.spawnSync([...gwCommand(), "password", ...words], { stdin });
  return { exitCode, out: stdout.toString(), err: stderr.toString() };
}

describe("password", () => {
  test("password: set, verified, set anew, deleted", () => {
    using dir = makeTempDir();
    const file = join(dir.path, "users");
    expect(run("hare\n", file, "alice")).toEqual({ exitCode: 0, out: `added alice to ${file}\n`, err: "" });
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(readFileSync(file, "utf8")).toMatch(/^alice:\$argon2id\$v=19\$m=19456,t=2,p=1\$[^\n]+\n$/);
    expect(run("hare", file, "alice", "--verify")).toEqual({
      exitCode: 0,
      out: "the password of alice is right\n",
      err: "",
    });
    const wrong = run("hare \n", file, "alice", "--verify");
    expect(wrong).toEqual({ exitCode: 1, out: "", err: "the password of alice is wrong\n" });
    expect(run("x", file, "bob", "--verify")).toMatchObject({
      exitCode: 1,
      err: `there is no user "bob" in ${file}\n`,
    });

    const anew = run("tortoise\r\n", file, "alice", "--algorithm", "bcrypt");
    expect(anew).toEqual({ exitCode: 0, out: `set the password of alice in ${file}\n`, err: "" });
    expect(readFileSync(file, "utf8")).toMatch(/^alice:\$2b\$10\$[^\n]+\n$/);
    expect(run("tortoise", file, "alice", "--verify").exitCode).toBe(0);

    expect(run("", file, "bob", "--delete")).toMatchObject({
      exitCode: 1,
      err: `there is no user "bob" in ${file}\n`,
    });
    expect(run("", file, "alice", "--delete")).toMatchObject({
      exitCode: 0,
      out: `took alice out of ${file}\n`,
    });
    expect(readFileSync(file, "utf8")).toBe("");
  });

  test.each([
    ["nothing", "", "The password is empty"],
    ["an empty line", "\n", "The password is empty"],
    ["two lines", "hare\ntortoise\n", "Standard input has more than one line"],
    [
      "a file that was meant for something else",
      "x".repeat(100_000),
      "Standard input has more than one line",
    ],
    ["a control character", "ha\0re\n", "The password holds a control character"],
    ["Latin-1", Uint8Array.from([0xe9, 0x0a]), "No password can be read from standard input"],
  ])("password: %s on standard input is no password", (_, input, what) => {
    using dir = makeTempDir();
    const file = join(dir.path, "users");
    const { exitCode, err } = run(input, file, "alice");
    expect([exitCode, err]).toEqual([64, expect.stringContaining(`error: ${what}`)]);
    expect(err).toContain("Nothing was changed");
    expect(existsSync(file)).toBe(false);
  });

  test("password: what a server would refuse in the file is warned of, and refused where something is verified", () => {
    using dir = makeTempDir();
    const file = dir.write("users", "old:$apr1$mEsDnCqM$xMIG6oxkGtK5gb2mKqXGK1\n");
    chmodSync(file, 0o600);
    const added = run("hare", file, "alice");
    expect([added.exitCode, added.err]).toEqual([
      0,
      `warning: Line 1 of "${file}" has the password of "old" as apr1, which can be guessed too fast\n`,
    ]);
    expect(readFileSync(file, "utf8")).toStartWith("old:$apr1$mEsDnCqM$xMIG6oxkGtK5gb2mKqXGK1\nalice:");
    const verified = run("hare", file, "alice", "--verify");
    expect([verified.exitCode, verified.err]).toEqual([
      78,
      expect.stringContaining(`Set it anew: gw password ${file} old`),
    ]);
    expect(run("", file, "old", "--delete").err).toBe("");
    expect(run("hare", file, "alice", "--verify").exitCode).toBe(0);
  });

  test("password: a file in another encoding is left alone", () => {
    using dir = makeTempDir();
    const file = join(dir.path, "users");
    const bytes = Buffer.from("j\xe9:x\n", "latin1");
    writeFileSync(file, bytes);
    expect(run("hare", file, "alice")).toMatchObject({
      exitCode: 64,
      err: expect.stringContaining(`"${file}" is not UTF-8`),
    });
    expect(readFileSync(file)).toEqual(bytes);
  });

  test("password: nobody is asked for what cannot be written", () => {
    using dir = makeTempDir();
    const file = dir.write("file", "");
    for (const path of [join(file, "users"), join(dir.path, "none/users"), dir.path]) {
      const { exitCode, err } = run("", path, "alice");
      expect([exitCode, err]).toEqual([64, expect.stringContaining(`"${path}" cannot be changed: `)]);
    }
  });

  test("password: of many who add a user at once none is lost", async () => {
    using dir = makeTempDir();
    const file = join(dir.path, "users");
    const names = Array.from({ length: 8 }, (_, i) => `user${i}`);
    const all = names.map((name) =>
      Bun.spawn([...gwCommand(), "password", file, name], {
        stdin: Buffer.from("hare"),
        stdout: "ignore",
        stderr: "inherit",
      }),
    );
    expect(await Promise.all(all.map(({ exited }) => exited))).toEqual(names.map(() => 0));
    expect([...readPasswordFile({ path: file }).hashes.keys()].toSorted()).toEqual(names);
  });
});

/** ECHO of termios(3), the same on Linux, macOS and the BSDs. */
const ECHO = 0o10;

class Screen implements AsyncDisposable {
  shown = "";
  readonly #look: (() => void)[] = [];
  readonly child: Bun.Subprocess;

  constructor(...words: string[]) {
    const data = (_: unknown, bytes: Uint8Array) => {
      this.shown += Buffer.from(bytes).toString();
      for (const look of this.#look) look();
    };
    this.child = Bun.spawn([...gwCommand(), "password", ...words], { terminal: { data } });
  }

  get terminal() {
    return this.child.terminal as Bun.Terminal;
  }

  get isEchoing(): boolean {
    return (this.terminal.localFlags & ECHO) !== 0;
  }

  /** Waits until the text is shown, and types the keys then. */
  async answer(text: string, keys: string | Uint8Array<ArrayBuffer>): Promise<void> {
    const seen = new Promise<void>((resolve) => {
      const look = () => {
        if (this.shown.includes(text)) resolve();
      };
      this.#look.push(look);
      look();
    });
    await bounded(seen, 20_000, () => new Error(`waited in vain for ${text}:\n${this.shown}`));
    this.terminal.write(keys);
  }

  async [Symbol.asyncDispose]() {
    this.child.kill("SIGKILL");
    await this.child.exited;
    this.terminal.close();
  }
}

describe("password on a terminal", () => {
  test("password: a terminal is asked twice, and shows nothing of it", async () => {
    using dir = makeTempDir();
    const file = join(dir.path, "users");
    await using screen = new Screen(file, "alice");
    await screen.answer("New password for alice: ", "harx\x7fe\r");
    await screen.answer("The same again: ", "hare\r");
    expect([await screen.child.exited, screen.isEchoing]).toEqual([0, true]);
    expect(screen.shown).toContain(`added alice to ${file}`);
    expect(screen.shown).not.toContain("har");
    expect(run("hare", file, "alice", "--verify").exitCode).toBe(0);
    await using asked = new Screen(file, "alice", "--verify");
    await asked.answer("Password for alice: ", "hare\r");
    expect(await asked.child.exited).toBe(0);
    expect(asked.shown).not.toContain("hare");
  });

  test("password: two that differ are none", async () => {
    using dir = makeTempDir();
    const file = join(dir.path, "users");
    await using screen = new Screen(file, "alice");
    // Both at once, as they are pasted.
    await screen.answer("New password for alice: ", "hare\rtortoise\r");
    expect(await screen.child.exited).toBe(64);
    expect(screen.shown).toContain("The two passwords differ");
    expect(existsSync(file)).toBe(false);
  });

  test("password: what a terminal sends in another encoding is no password", async () => {
    using dir = makeTempDir();
    await using screen = new Screen(join(dir.path, "users"), "alice");
    await screen.answer("New password for alice: ", Uint8Array.from([0xe9, 0x0d]));
    expect(await screen.child.exited).toBe(64);
    expect(screen.shown).toContain("What was typed is not UTF-8");
  });

  test("password: Ctrl-C ends it, and the terminal is as before", async () => {
    using dir = makeTempDir();
    const file = join(dir.path, "users");
    await using screen = new Screen(file, "alice");
    await screen.answer("New password for alice: ", "ha");
    expect(screen.isEchoing).toBe(false);
    screen.terminal.write("\x03");
    expect([await screen.child.exited, screen.isEchoing, existsSync(file)]).toEqual([130, true, false]);
  });

  test.each(["SIGTERM", "SIGHUP", "SIGINT"] as const)(
    "password: after %s the terminal is as before",
    async (signal) => {
      using dir = makeTempDir();
      await using screen = new Screen(join(dir.path, "users"), "alice");
      await screen.answer("New password for alice: ", "ha");
      expect(screen.isEchoing).toBe(false);
      screen.child.kill(signal);
      await screen.child.exited;
      expect([screen.child.signalCode, screen.isEchoing]).toEqual([signal, true]);
    },
  );
});

test("password: the commands in docs/auth.md do what they say", () => {
  using dir = makeTempDir();
  const page = readFileSync(join(import.meta.dir, "../../../docs/auth.md"), "utf8");
  const commands = [...page.matchAll(/^ {4}(.*gw password .*)$/gm)].map(([, command = ""]) => command);
  expect(commands.length).toBeGreaterThanOrEqual(5);
  const [gw = ""] = gwCommand();
  symlinkSync(gw, join(dir.path, "gw"));
  const env = { ...process.env, PATH: `${dir.path}:${process.env.PATH}`, SECRET: "tortoise" };
  for (const command of commands.filter((one) => !one.includes("to do:"))) {
    const { exitCode } = Bun.spawnSync(["sh", "-c", command], {
      cwd: dir.path,
      env,
      stdin: Buffer.from("hare\n"),
    });
    expect([command, exitCode]).toEqual([command, 0]);
  }
  expect([...readPasswordFile({ path: join(dir.path, "users") }).hashes.keys()]).toEqual(["alice", "carol"]);
});

test("password: one thing at a time", () => {
  const words = new Map<string, string | boolean>([
    ["file", "users"],
    ["user", "alice"],
  ]);
  expect(judgePasswordWords(words)).toEqual([]);
  expect(passwordWordsOf(words)).toEqual({
    file: "users",
    user: "alice",
    task: "set",
    algorithm: "argon2id",
    asJson: false,
  });
  expect(passwordWordsOf(new Map([...words, ["algorithm", "bcrypt"]])).algorithm).toBe("bcrypt");
  expect(judgePasswordWords(new Map([...words, ["verify", true], ["algorithm", "bcrypt"]]))[0]?.what).toBe(
    '"--verify" and "--algorithm" cannot be given together',
  );
  for (const user of ["a:b", "#alice", "", " alice", "a\nb", "x".repeat(256)])
    expect(run("x", "users", user)).toMatchObject({
      exitCode: 64,
      err: expect.stringContaining("USER cannot be"),
    });
});
