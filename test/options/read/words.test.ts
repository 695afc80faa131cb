import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { type FlagRow, type LineForm, readLine } from "../../../src/options/read/words.ts";

const FLAGS: readonly FlagRow[] = [
  { name: "json", spellings: ["--json", "-j"], takes: "nothing" },
  { name: "loud", spellings: ["--loud"], takes: "perhaps one", none: "false" },
  { name: "port", spellings: ["--port", "--door"], takes: "one", accepts: "a number" },
  { name: "file", spellings: ["--file"], takes: "one", addsUp: true, none: "false" },
  { name: "word", spellings: ["--word"], takes: "one", addsUp: true, isVerbatim: true },
  { name: "pair", spellings: ["--pair"], takes: "two", placeholder: "A B" },
];
const FORM: LineForm = { flags: FLAGS, command: "gw try", advice: "look it up" };

const read = (words: string, form = FORM) => readLine(words.split(" ").filter(Boolean), form);

describe("words: what is understood", () => {
  test.each<[string, string[]]>([
    ["", []],
    ["--json", ["json=true"]],
    ["-j a", ["json=true", "?=a"]],
    ["--loud", ["loud=true"]],
    ["--loud=no", ["loud=no"]],
    ["--no-loud", ["loud=false"]],
    ["--port 1", ["port=1"]],
    ["--door=1", ["port=1"]],
    ["--port -1", ["port=-1"]],
    ["--port=--json", ["port=--json"]],
    ["--port=", ["port="]],
    ["--file a --file=b", ["file=a", "file=b"]],
    ["--no-file", ["file=false"]],
    ["--word --json --word --", ["word=--json", "word=--"]],
    ["--word --help", ["word=--help"]],
    ["--pair a b", ["pair=a=b"]],
    ["--pair a=b c", ["pair=a=b", "?=c"]],
    ["a - b", ["?=a", "?=-", "?=b"]],
  ])("words: %j", (words, expected) => {
    const { given, problems, rest, asksForHelp } = read(words);
    expect(given.map(({ name = "?", text }) => `${name}=${text}`)).toEqual(expected);
    expect({ problems, rest, asksForHelp }).toEqual({ problems: [], rest: undefined, asksForHelp: false });
  });

  test("words: the first one without a flag is for the place, the others are nobody's", () => {
    const { given } = read("a --json b", { ...FORM, place: "app" });
    expect(given.map(({ name }) => name)).toEqual(["app", "json", undefined]);
  });

  test("words: what follows -- is no flag", () => {
    expect(read("--json -- --port --help --")).toMatchObject({
      rest: ["--port", "--help", "--"],
      asksForHelp: false,
      problems: [],
    });
  });

  test.each(["--help", "-h", "--jsn --help", "--help --help", "a -h --port"])(
    "words: %j asks for help",
    (words) => {
      expect(read(words).asksForHelp).toBe(true);
    },
  );
});

describe("words: what is refused", () => {
  test.each<[string, string[]]>([
    ["--jsn", ['gw try does not take "--jsn" / The nearest is --json']],
    ["--xyzzy", ['gw try does not take "--xyzzy" / look it up']],
    ["-p 80", ['gw try does not take "-p" / The nearest is --port']],
    ["--prot 80", ['gw try does not take "--prot" / The nearest is --port']],
    ["--pairs a b", ['gw try does not take "--pairs" / The nearest is --pair']],
    ["-jj", ['gw try does not take "-jj" / The nearest is -j']],
    ["--json=yes", ['"--json" takes no value, but "yes" was given']],
    ["-j=", ['"-j" takes no value, but "" was given']],
    ["--help=x", ['"--help" takes no value, but "x" was given']],
    ["--no-json", ['"--no-json" does not exist, because --json is off unless it is given']],
    ["--no-port", ['"--no-port" does not exist, because --port takes a value']],
    ["--no-help", ['gw try does not take "--no-help" / The nearest is --help']],
    ["--no-loud=1", ['"--no-loud" takes no value, but "1" was given']],
    ["--port", ['"--port" has no value']],
    ["--port --json", ['"--port" has no value']],
    ["--port -j", ['"--port" has no value']],
    ["--port -- 1", ['"--port" has no value']],
    ["--pair a", ['"--pair" takes two words, and only "a" was given / Write it as --pair A B']],
    ["--json -j", ['--json was given 2 times, as "--json" and "-j" / Give it once']],
    ["--port 1 --door=2", ['--port was given 2 times, as "1" and "2" / Give it once']],
    ["--loud --no-loud", ['--loud was given 2 times, as "--loud" and "--no-loud" / Give it once']],
    ["--file a --no-file", ['--file was given 2 times, as "a" and "--no-file" / Give one of them']],
    ["--a-a-a-a --port", ['gw try does not take "--a-a-a-a" / look it up', '"--port" has no value']],
  ])("words: %j", (words, expected) => {
    expect(read(words).problems.map(({ what, advice }) => (advice ? `${what} / ${advice}` : what))).toEqual(
      expected,
    );
  });

  test("words: of what is given too often the first one counts", () => {
    const { given } = read("--port 1 --json --port 2 --file a --no-file --file b");
    expect(given.map(({ name, text }) => `${name}=${text}`)).toEqual(["port=1", "json=true", "file=a"]);
  });

  test("words: an unknown flag of a line that is nobody's own is an option that does not exist", () => {
    expect(read("--jsn", { flags: FLAGS, advice: "" }).problems[0]?.what).toBe('There is no option "--jsn"');
  });
});

test("words: whatever is typed, each word is a flag, a value, loose, behind --, or a problem", () => {
  const typed = fc.constantFrom(
    "--json",
    "-j",
    "--port",
    "--port=1",
    "--pair",
    "--word",
    "--no-file",
    "--",
    "-",
    "a",
    "-x",
    "=",
    "",
  );
  fc.assert(
    fc.property(fc.array(fc.oneof(typed, fc.string()), { maxLength: 12 }), (words) => {
      const { given, rest = [], problems, asksForHelp } = readLine(words, FORM);
      const known = new Set(FLAGS.map(({ name }) => name));
      expect(given.every(({ name }) => name === undefined || known.has(name))).toBe(true);
      expect(rest).toEqual(words.slice(words.length - rest.length));
      const isSilent = given.length + rest.length + problems.length === 0 && !asksForHelp;
      expect(isSilent).toBe(words.length === 0 || words.join() === "--");
    }),
  );
});
