// What real shells offer behind words of gw, with the scripts that gw prints.
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { COMMANDS } from "../../../src/cli/commands.ts";
import { type CommandWords, commandWords } from "../../../src/cli/manual/command-words.ts";
import { renderCompletions } from "../../../src/cli/manual/completions.ts";
import { namesOf } from "../../../src/options/declare/names.ts";
import { KEYS } from "../../../src/options/declare/table.ts";
import { testWith, WITH_BASH, WITH_FISH, WITH_ZSH } from "../../support/needs.ts";
import { makeTempDir, type TempDir } from "../../support/temp-dir.ts";

const WORDS = commandWords(COMMANDS);

/** A line as typed so far, and some of what is to be offered; empty: nothing. */
const CASES: readonly (readonly [line: string, offered: readonly string[], not?: string])[] = [
  ["gw st", ["stack", "start-server", "status", "stop"], "reload"],
  ["gw start-server --log-lev", ["--log-level"]],
  ["gw start-server --log-level ", ["error", "warn", "info", "debug"]],
  ["gw setup-server --ssl-certificate-file one", ["one.pem"], "--port"],
  ["gw start-server on", ["one.pem"]],
  ["gw start-server --url-alias /x on", ["one.pem"]],
  ["gw start-server --no-acc", ["--no-access-log"]],
  ["gw start-server app.ts -- on", ["one.pem"]],
  ["gw start-server --port ", [], "one.pem"],
  ["gw scale --", ["--port", "--server-root"], "--log-level"],
  ["gw completions ", ["bash", "fish", "zsh"]],
  ["gw help rel", ["reload"]],
  ["gw log-level de", ["debug"]],
];

let dir: TempDir;
beforeAll(() => {
  dir = makeTempDir();
  dir.write("one.pem", "");
  dir.write("gw.bash", renderCompletions("bash", COMMANDS));
  dir.write("gw.fish", renderCompletions("fish", COMMANDS));
  dir.write("_gw", renderCompletions("zsh", COMMANDS));
});
afterAll(() => dir[Symbol.dispose]());

async function run(...command: string[]): Promise<string> {
  const env = { ...process.env, HOME: dir.path, TERM: "xterm" };
  const shell = Bun.spawn(command, {
    cwd: dir.path,
    env,
    stdout: "pipe",
    stderr: "inherit",
    timeout: 30_000,
  });
  const text = await new Response(shell.stdout).text();
  expect(await shell.exited).toBe(0);
  return text;
}

function expectOffered(given: string[], [line, offered, not]: (typeof CASES)[number]): void {
  expect({ line, given }).toEqual({ line, given: expect.arrayContaining([...offered]) });
  if (offered.length === 0) expect({ line, given }).toEqual({ line, given: [] });
  if (not !== undefined) expect(given).not.toContain(not);
}

describe("completions", () => {
  test("every spelling of every option is offered, and nothing twice", () => {
    const start = WORDS.find(({ name }) => name === "start-server") as CommandWords;
    const spellings = start.flags.flatMap((flag) => flag.spellings);
    expect(spellings.filter((one, at) => spellings.indexOf(one) !== at)).toEqual([]);
    expect(spellings.length).toBeGreaterThan(KEYS.flatMap(namesOf).length);
  });

  testWith(WITH_BASH)("bash offers them, behind = too", async () => {
    const script = `source gw.bash; while IFS= read -r line; do read -ra COMP_WORDS <<<"$line"; [[ $line == *" " ]] && COMP_WORDS+=("")
      COMP_CWORD=$(( \${#COMP_WORDS[@]} - 1 )); _gw; echo "\${COMPREPLY[*]}"; done`;
    const lines = [...CASES.map(([line]) => line), "gw start-server --log-level = wa"];
    dir.write("lines", `${lines.join("\n")}\n`);
    const told = (await run("bash", "-c", `${script} < lines`))
      .split("\n")
      .map((text) => text.split(" ").filter(Boolean));
    for (const [at, one] of CASES.entries()) expectOffered(told[at] ?? [], one);
    expect(told[CASES.length]).toEqual(["warn"]);
  });

  testWith(WITH_FISH)("fish offers them", async () => {
    for (const one of CASES) {
      const text = await run("fish", "--no-config", "-c", `source gw.fish; complete -C '${one[0]}'`);
      expectOffered(
        text
          .split("\n")
          .filter(Boolean)
          .map((line) => line.split("\t")[0] ?? ""),
        one,
      );
    }
  });

  testWith(WITH_ZSH)("zsh takes the script, and lists them", async () => {
    // A terminal of its own, as completion runs nowhere else.
    const script = `zmodload zsh/zpty; zpty -b z zsh -f -i; zpty -w z 'PS1=; fpath=($PWD $fpath); autoload -U compinit; compinit -u; echo REA""DY'
      zpty -r -m z line '*READY*'; zpty -w -n z "$1"$'\\t\\t'; zpty -r -m z line "*$2*"; print -r -- "$line"`;
    for (const [line, offered] of CASES) {
      const last = offered.at(-1);
      if (last !== undefined) expect(await run("zsh", "-f", "-c", script, "zsh", line, last)).toContain(last);
    }
  });
});
