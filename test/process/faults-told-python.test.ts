// As faults-told.test.ts, for what workers in Python do with requests.
import { expect, setDefaultTimeout } from "bun:test";
import { testWith, WITH_PYTHON } from "../support/needs.ts";
import { makeTempDir } from "../support/temp-dir.ts";
import {
  CUT,
  expectToldAlike,
  type Seen,
  type Step,
  seenOf,
  startTelling,
  walk,
} from "../support/told-places.ts";
import { PYTHON } from "../support/worker-process.ts";

setDefaultTimeout(60_000);

const APP = `
import os, time
def breaks_off():
    yield b"a" * 10
    raise RuntimeError("in the body")
def application(environ, start):
    path = environ["PATH_INFO"]
    if path == "/exit":
        os._exit(3)
    if path == "/wait":
        time.sleep(3600)
    if path == "/raise":
        raise RuntimeError("on purpose")
    start("200 OK", [("X-Large", "y" * 70000)] if path == "/header" else [("Content-Length", "100")])
    return breaks_off() if path == "/fails" else [b"short"]
`;

testWith(WITH_PYTHON)("told alike: what workers in Python do with requests", async () => {
  using dir = makeTempDir();
  const app = dir.write("app.py", APP);
  const python = ["--python", PYTHON ?? "python3"];
  await using gw = await startTelling([app, ...python, "--request-timeout", "1s", "--processes", "1"]);
  const ask = async (path: string): Promise<Seen> => {
    const answer = await fetch(new URL(path, gw.url));
    return answer.bytes().then(
      () => seenOf(answer),
      () => CUT,
    );
  };
  const steps: Step[] = [
    ["response_header_too_large", 502, () => ask("/header")],
    ["response_incomplete", 0, () => ask("/fails")],
    ["response_incomplete", 0, () => ask("/short")],
    ["request_timeout", 504, () => ask("/wait")],
  ];
  const last: Step = ["worker_died", 502, () => ask("/exit")];
  await walk(gw, steps);
  // What the app does by itself is its own, and told by its own words.
  expect(await ask("/raise")).toEqual({ status: 500, cause: undefined, id: undefined });
  await walk(gw, [last]);
  await expectToldAlike(gw, [...steps, last]);
  for (const said of [
    "failed in GET /fails",
    "answer to GET /short is 95 bytes shorter",
    "failed in GET /raise",
  ])
    await gw.until((output) => output.includes(said));
});
