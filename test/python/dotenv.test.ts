// Files of variables mean in Python what they mean for apps in TypeScript, however odd they are.
import { expect } from "bun:test";
import { join } from "node:path";
import fc from "fast-check";
import { layEnvFiles, parseDotenv } from "../../src/child/dotenv.ts";
import { testWith, WITH_PYTHON } from "../support/needs.ts";
import { PYTHON, ROOT } from "../support/worker-process.ts";

const ASKED = `import importlib.util, json, sys
spec = importlib.util.spec_from_file_location("w", ${JSON.stringify(join(ROOT, "python/worker.py"))})
sys.dont_write_bytecode = True
worker = importlib.util.module_from_spec(spec); spec.loader.exec_module(worker)
cases = json.load(sys.stdin)
print(json.dumps([[worker.parse_env(text), worker.lay_env([text, weaker], {"REAL": "r$A"})] for text, weaker in cases]))`;

const PIECES = [
  "A",
  "B",
  "REAL",
  "=",
  ": ",
  "export ",
  " ",
  "\t",
  "\n",
  "\r\n",
  "#",
  "'",
  '"',
  "`",
  "\\",
  "\\n",
  "$",
  "${",
  "}",
  ":-",
  "ä",
  "x",
];

testWith(WITH_PYTHON)("python: files of variables are read as for TypeScript", async () => {
  const text = fc.array(fc.constantFrom(...PIECES), { maxLength: 24 }).map((pieces) => pieces.join(""));
  const cases = fc.sample(fc.tuple(text, text), 3_000);
  const run = Bun.spawn([PYTHON as string, "-c", ASKED], {
    stdin: new Blob([JSON.stringify(cases)]),
    stdout: "pipe",
  });
  const said = (await new Response(run.stdout).json()) as [unknown, unknown][];
  for (const [at, [strong, weak]] of cases.entries()) {
    const expected = [
      parseDotenv(strong),
      Object.fromEntries(layEnvFiles([strong, weak], new Map([["REAL", "r$A"]]))),
    ];
    expect([strong, weak, said[at]]).toEqual([strong, weak, expected as never]);
  }
});
