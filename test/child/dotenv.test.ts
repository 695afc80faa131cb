// Files of variables, however odd, mean what they mean to Bun: each text is given to Bun itself as well.
import { describe, expect, test } from "bun:test";
import { layEnvFiles, parseDotenv } from "../../src/child/dotenv.ts";
import { makeTempDir } from "../support/temp-dir.ts";

const REAL = { REAL: "r$A", EMPTY: "", "A.B": "dotted" };

/** What Bun makes of a strong file and a weaker one. */
function seenByBun(strong: string, weak: string): Record<string, string> {
  using dir = makeTempDir();
  dir.write(".env.local", strong);
  dir.write(".env", weak);
  const told = dir.write("told.js", "console.log(JSON.stringify(process.env))");
  return JSON.parse(
    Bun.spawnSync([process.execPath, told], { cwd: dir.path, env: REAL }).stdout.toString() || "null",
  );
}

const ODD = [
  "A=1\nB = 2 \n  C=\t3\t\n",
  "A=1\r\nB=2\rC=3",
  "\uFEFFA=1\n\uFEFFB=2",
  "# all\n#A=1\nA=x#y\nB='#' # c\nC=\"a#b\"#c\nD= # nothing",
  "A=\nB=1\nC=   \nD",
  "A=\n'of the next line'\nB=2",
  "export A=1\nexport  B=2\nexport=3\nexport C\nexport\nD=4",
  "A: 1\nB:2\nC:\t3\nD:\n4\nE:",
  "A B=1\nC=2\nA\n\nE=3\n=4\n-F=5\nG.H=6\nÄ=7\nI=8",
  "A='it''s'\nB='un\nfinished\nC=\"over\ntwo lines\"\nD=`back\ntick`",
  "A='x' tail\nB=\"y\" # c\nC='a'b'c'\nD=2",
  'A="a\\nb\\rc\\td\\\\n"\nB=\'a\\nb\'\nC=a\\nb\nD="\\"q\\""\nE=\'\\\'q\'',
  "A=\"over\r\nlines\rhere\"\nB='over\r\nlines'",
  "A=1\nB=$A\nC=${A}2\nD=$A$B-$C\nE=$NONE.\nF=$LATER\nLATER=l",
  "A=${NONE:-d}\nB=${REAL:-d}\nC=${EMPTY:-d}\nD=${NONE:-${REAL:-x}}\nE=${NONE:-a}b}\nF=${NONE:-}",
  "A=\\$REAL\nB=\\\\$REAL\nC=$$\nD=$\nE=$ REAL\nF=${REAL\nG=${RE AL}\nH=${}\nI=$1\nJ='$REAL'\nK=\"${REAL}\"",
  "A=${NONE:-\\}}x\nB=${NONE:-$REAL}\nC=${REAL-x}\nD=${A.B}\nE=$A.B",
  "A=1\nA=2\nB=$A\nA=3",
  "A=$A\nB=${B:-b}\nC=a${C}c",
  "REAL=other\nA=$REAL\nEMPTY=full\nB=$EMPTY",
  "A=voilà\nB=à\nC= \u00A0x\u00A0\nD=🙂 $REAL",
  "A=1\vB=2\n\fC=3\nD=\v4\v",
  "A=\"un$REAL\nB=${NONE:-\"x\"}\nC='${NONE:-a'b}'\nD=4",
  "A=x=y\nB==\nC='=\nD= =",
  "",
  "\n\n\r\n",
  "A",
  "A=",
  "A='",
  "export ",
];

describe("the text of a file of variables", () => {
  test.each(ODD)("dotenv: %j", (text) => {
    expect(read(text, "")).toEqual(seenByBun(text, ""));
  });

  test("dotenv: a weaker file adds, and sees what the stronger one has said, but not the other way round", () => {
    for (const [strong, weak] of [
      ["A=1\nB=$W", "A=2\nW=$A\nC=$B."],
      ["X=$Y", "Y=y\nX=${X:-d}"],
      ["A='$REAL'", "B=$A"],
    ] as const)
      expect(read(strong, weak)).toEqual(seenByBun(strong, weak));
  });

  test("dotenv: defaults inside of defaults come to an end", () => {
    const deep = `A=${"${N:-".repeat(5_000)}x${"}".repeat(5_000)}`;
    expect(read(deep, "").A).toContain("x");
  });

  test("dotenv: a large file is read in the time of its size", () => {
    const lines = Array.from({ length: 20_000 }, (_, i) => `NAME_${i}="value $REAL ${i}"`);
    expect(parseDotenv(lines.join("\n"))).toHaveLength(20_000);
    expect(read("'".repeat(20_000), "")).toEqual(REAL);
  });
});

function read(strong: string, weak: string): Record<string, string> {
  return Object.fromEntries(layEnvFiles([strong, weak], new Map(Object.entries(REAL))));
}
