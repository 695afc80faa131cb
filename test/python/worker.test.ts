// What is written in Python, piece by piece: test_worker.py and test_gw_django.py, by the interpreter that there is.
import { expect } from "bun:test";
import { testWith, WITH_PYTHON } from "../support/needs.ts";
import { PYTHON } from "../support/worker-process.ts";

testWith(WITH_PYTHON)("python: the worker's own tests pass", async () => {
  const command = [
    PYTHON as string,
    "-W",
    "error::ResourceWarning",
    "-m",
    "unittest",
    "discover",
    "-s",
    import.meta.dir,
  ];
  const run = Bun.spawn(command, { stdio: ["ignore", "pipe", "pipe"] });
  const text = await new Response(run.stderr).text();
  expect([await run.exited, /^Ran (\d+) tests/m.exec(text)?.[0], text.includes("FAILED")]).toEqual([
    0,
    expect.stringMatching(/^Ran [3-9]\d/) as never,
    false,
  ]);
});
