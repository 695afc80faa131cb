// --debug-mode on the real gw: a debugger stops the app at a line, looks into it and lets it go on, while its client waits.
import { expect, setDefaultTimeout, test } from "bun:test";
import { statusOf, workersOf } from "../support/control.ts";
import { runGw, startGw } from "../support/gw.ts";
import { makePublicDir } from "../support/temp-dir.ts";

setDefaultTimeout(60_000);

const APP = `export default {
  fetch(request) {
    const answer = "the answer";
    return new Response(answer);
  },
};
`;
/** Counted from 0. */
const LINE_OF_RETURN = 3;

type Answer = {
  id?: number;
  method?: string;
  params?: Record<string, unknown>;
  result?: Record<string, unknown>;
};

/** A debugger, by the protocol of Chrome. */
async function connect(url: string) {
  const socket = new WebSocket(url);
  const waiting = new Set<{ matches(answer: Answer): boolean; resolve(answer: Answer): void }>();
  socket.onmessage = ({ data }) => {
    const answer = JSON.parse(String(data)) as Answer;
    for (const one of waiting)
      if (one.matches(answer)) {
        waiting.delete(one);
        one.resolve(answer);
      }
  };
  await new Promise((resolve, reject) => {
    socket.onopen = resolve;
    socket.onerror = reject;
  });
  let count = 0;
  const hear = (matches: (answer: Answer) => boolean) =>
    new Promise<Answer>((resolve) => waiting.add({ matches, resolve }));
  return {
    hear: (method: string) => hear((answer) => answer.method === method),
    ask(method: string, params: object = {}) {
      const id = ++count;
      const answer = hear((one) => one.id === id);
      socket.send(JSON.stringify({ id, method, params }));
      return answer;
    },
    [Symbol.dispose]: () => socket.close(),
  };
}

test("debug mode: a debugger stops the app at a line, sees its values and lets it go on", async () => {
  const dir = makePublicDir();
  await using gw = await startGw([dir.write("app.mjs", APP), "--debug-mode"]);
  const output = await gw.until(/the inspector listens: .* url=ws:/);
  const url = /url=(ws:\S+)/.exec(output)?.[1] ?? "";
  expect(new URL(url).hostname).toBe("127.0.0.1");
  expect(workersOf(await statusOf(gw))).toHaveLength(1);
  using chrome = await connect(url);
  await chrome.ask("Runtime.enable");
  await chrome.ask("Debugger.enable");
  const where = { urlRegex: ".*/app\\.mjs", lineNumber: LINE_OF_RETURN };
  await chrome.ask("Debugger.setBreakpointByUrl", where);
  const paused = chrome.hear("Debugger.paused");
  const answer = fetch(gw.url);
  const [frame] = ((await paused).params?.callFrames ?? []) as {
    callFrameId: string;
    functionName: string;
  }[];
  expect(frame?.functionName).toBe("fetch");
  const look = { callFrameId: frame?.callFrameId, expression: "answer" };
  expect((await chrome.ask("Debugger.evaluateOnCallFrame", look)).result).toMatchObject({
    result: { value: "the answer" },
  });
  expect(Bun.peek.status(answer)).toBe("pending");
  await chrome.ask("Debugger.resume");
  expect(await (await answer).text()).toBe("the answer");
  dir[Symbol.dispose]();
});

test("debug mode: no limit of time is left, and several workers are refused by name", async () => {
  const shown = await runGw(["show-config", "--debug-mode", "--request-timeout", "7s"]);
  expect(shown.stdout).toMatch(/^requestTimeout +7s/m);
  expect(shown.stdout).toMatch(/^deadlockTimeout +24h/m);
  const refused = await runGw(["start-server", "--debug-mode", "--processes", "2", "--port", "0"]);
  expect([refused.code, refused.stderr]).toEqual([
    78,
    expect.stringContaining("debugMode has one worker, and processes says that there are more"),
  ]);
});
