import { describe, expect, test } from "bun:test";
import { readCommandLine } from "../../../src/options/read/flags.ts";

const valuesOf = (argv: string[]) => readCommandLine(argv).values.map(({ key, text }) => `${key}=${text}`);
const problemsOf = (argv: string[]) =>
  readCommandLine(argv).problems.map(({ what, advice }) => `${what}${advice ? ` / ${advice}` : ""}`);

describe("what is understood", () => {
  test.each([
    [["--port", "80"], ["port=80"]],
    [["--port=80"], ["port=80"]],
    [["--host="], ["host="]],
    [["--home=a=b"], ["home=a=b"]],
    [["--threads", "5"], ["concurrency=5"]],
    [["--embedded-mode"], ["embeddedMode=true"]],
    [["--no-embedded-mode"], ["embeddedMode=false"]],
    [["--no-env-file"], ["envFile=false"]],
    [
      ["--env-file", "a", "--env-file=b"],
      ["envFile=a", "envFile=b"],
    ],
    [["--embedded-mode=no"], ["embeddedMode=no"]],
    [
      ["app.ts", "--port", "80"],
      ["app=app.ts", "port=80"],
    ],
    [
      ["--embedded-mode", "app.ts"],
      ["embeddedMode=true", "app=app.ts"],
    ],
    [["--service-script", "mail", "mail.ts"], ["serviceScript=mail=mail.ts"]],
    [["--service-script=mail=mail.ts"], ["serviceScript=mail=mail.ts"]],
    [
      ["--service-script", "mail=mail.ts", "app.ts"],
      ["serviceScript=mail=mail.ts", "app=app.ts"],
    ],
    [
      ["--service-script", "a", "a.ts", "--service-script", "b", "-", "app.ts"],
      ["serviceScript=a=a.ts", "serviceScript=b=-", "app=app.ts"],
    ],
    [
      ["a.ts", "--", "--port", "x y", "", "--"],
      ["app=a.ts", "appArgument=--port", "appArgument=x y", "appArgument=", "appArgument=--"],
    ],
    [["--", "b.ts"], ["appArgument=b.ts"]],
    [
      ["--app-argument", "--watch", "--app-argument=", "a.ts"],
      ["appArgument=--watch", "appArgument=", "app=a.ts"],
    ],
    [
      ["--service-argument", "mail", "--queue", "--service-argument=mail=a=b"],
      ["serviceArgument=mail=--queue", "serviceArgument=mail=a=b"],
    ],
    [["--app", "-"], ["app=-"]],
  ])("flags: %j", (argv, expected) => {
    expect([valuesOf(argv), problemsOf(argv)]).toEqual([expected, []]);
  });
});

describe("what is refused", () => {
  test.each([
    [["--prot", "80"], ['There is no option "--prot" / The nearest is --port']],
    [["--prot=80"], ['There is no option "--prot" / The nearest is --port']],
    [["-p", "80"], ['There is no option "-p" / The nearest is --port']],
    [
      ["--xyzzy-xyzzy"],
      ['There is no option "--xyzzy-xyzzy" / Run the command with --help to see all options'],
    ],
    [["--port"], ['"--port" has no value']],
    [["--port", "--host", "::"], ['"--port" has no value']],
    [["--service-script"], ['"--service-script" has no value']],
    [
      ["--service-script", "mail"],
      [
        '"--service-script" takes two words, and only "mail" was given / Write it as --service-script NAME FILE',
      ],
    ],
    [
      ["--service-script", "mail", "--port", "80"],
      [
        '"--service-script" takes two words, and only "mail" was given / Write it as --service-script NAME FILE',
      ],
    ],
    [
      ["--servce-script", "mail", "mail.ts", "app.ts"],
      ['There is no option "--servce-script" / The nearest is --service-script'],
    ],
    [["--no-port"], ['"--no-port" does not exist, because --port takes a value']],
    [["--help=x"], ['"--help" takes no value, but "x" was given']],
    [
      ["--env-file", "a", "--no-env-file"],
      ['--env-file was given 2 times, as "a" and "--no-env-file" / Give one of them'],
    ],
    [["--no-embedded-mode=1"], ['"--no-embedded-mode" takes no value, but "1" was given']],
    [["--port", "1", "--port=2"], ['--port was given 2 times, as "1" and "2" / Give it once']],
    [
      ["--threads", "1", "--concurrency", "2"],
      ['--concurrency was given 2 times, as "1" and "2" / Give it once'],
    ],
    [
      ["a.ts", "b.ts"],
      [
        '"b.ts" is one word too many / One app is served at a time, and that is "a.ts"; the value of an option follows its name',
      ],
    ],
    [["a.ts", "--app", "b.ts"], ['--app was given 2 times, as "a.ts" and "b.ts" / Give it once']],
  ])("flags: %j", (argv, expected) => {
    expect(problemsOf(argv)).toEqual(expected);
  });

  test("flags: an unknown option takes its value along, so that one mistake is one problem", () => {
    expect(problemsOf(["app.ts", "--prot", "80"])).toHaveLength(1);
  });

  test("flags: all problems are told at once", () => {
    expect(problemsOf(["--a-a-a-a", "--b-b-b-b", "--port"])).toHaveLength(3);
  });
});

test("flags: a command's own switches are told apart from options", () => {
  const { switches, values, problems } = readCommandLine(["--json", "app.ts"], ["json"]);
  expect([[...switches], values.length, problems]).toEqual([["json"], 1, []]);
});
