import { expect, test } from "bun:test";
import fc from "fast-check";
import { COMMAND_NAMES, commandRow } from "../../src/control/commands.ts";
import {
  errorOf,
  errorReply,
  LineReader,
  REQUEST_LENGTH,
  readReply,
  readRequest,
} from "../../src/control/protocol.ts";
import { GwError } from "../../src/core/errors.ts";

const encode = (text: string) => new TextEncoder().encode(text);

function faultOf(line: string): string {
  try {
    readRequest(line);
  } catch (error) {
    if (error instanceof GwError) return error.message;
    throw error;
  }
  throw new Error(`was taken: ${line}`);
}

test("protocol: bytes cut anywhere give the same lines", () => {
  const lines = fc.array(
    fc.string({ unit: "grapheme" }).filter((text) => !text.includes("\n")),
    { maxLength: 8 },
  );
  fc.assert(
    fc.property(lines, fc.infiniteStream(fc.integer({ min: 1, max: 7 })), (expected, sizes) => {
      const reader = new LineReader(1_000);
      const bytes = encode(expected.map((line) => `${line}\n`).join(""));
      const found: string[] = [];
      for (let at = 0; at < bytes.length; ) {
        const size = sizes.next().value ?? 1;
        found.push(...reader.push(bytes.subarray(at, at + size)));
        at += size;
      }
      expect(found).toEqual(expected.map((line) => new TextDecoder().decode(encode(line))));
    }),
  );
});

test("protocol: a line over the limit is noticed with or without its end, and nothing after it is read", () => {
  for (const text of ["12345", "12345\nab\n"]) {
    const reader = new LineReader(4);
    expect(reader.push(encode(`ok\n${text}`))).toEqual(["ok"]);
    expect(reader.isTooLong).toBe(true);
    expect(reader.push(encode("ab\n"))).toEqual([]);
  }
});

test.each([
  [{ command: "ping" }, { command: "ping", arguments: {} }],
  [
    { command: "restart", arguments: { worker: 2 } },
    { command: "restart", arguments: { worker: 2 } },
  ],
  [
    { command: "logs", arguments: { follow: true } },
    { command: "logs", arguments: { follow: true } },
  ],
])("protocol: reads %j", (raw, request) => {
  expect(readRequest(JSON.stringify(raw))).toEqual(request as never);
});

test.each([
  ["nonsense", /^The request is not JSON: /],
  ["[1]", "A request is a JSON object, and not [1]"],
  ["null", "A request is a JSON object, and not null"],
  ["{}", 'A request names its "command"'],
  ['{"command":7}', 'A request names its "command"'],
  ['{"command":"pong"}', 'There is no control command "pong"; the nearest is "ping"'],
  ['{"command":"toString"}', 'There is no control command "toString"'],
  ['{"command":"ping","args":{}}', 'A request has "command" and "arguments", and not "args"'],
  ['{"command":"ping","arguments":[]}', '"arguments" is an object'],
  ['{"command":"ping","arguments":{"worker":1}}', 'The command "ping" takes no "worker"'],
  [
    '{"command":"restart","arguments":{"wroker":1}}',
    'The command "restart" takes no "wroker"; the nearest is "worker"',
  ],
  ['{"command":"restart","arguments":{"constructor":1}}', /takes no "constructor"/],
  [
    '{"command":"restart","arguments":{"worker":0}}',
    '"worker" of "restart" is a whole number from 1, and not 0',
  ],
  [
    '{"command":"restart","arguments":{"worker":"1"}}',
    '"worker" of "restart" is a whole number from 1, and not "1"',
  ],
  ['{"command":"stop","arguments":{"now":1}}', '"now" of "stop" is true or false, and not 1'],
])("protocol: refuses %s by name", (line, fault) => {
  expect(faultOf(line)).toMatch(fault);
});

test("protocol: any text is a request or a usage error", () => {
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.json()), (line) => {
      try {
        expect(COMMAND_NAMES).toContain(readRequest(line).command);
      } catch (error) {
        expect(error).toBeInstanceOf(GwError);
        expect((error as GwError).cause_).toBe("usage");
      }
    }),
  );
});

test("protocol: an error arrives as the error that was sent", () => {
  const sent = new GwError("server_root_taken", { pid: 7, path: "/x" }, "detail\ntext");
  const reply = readReply(JSON.stringify(errorReply(sent)));
  if (reply?.type !== "error") throw new Error("no error came");
  const got = errorOf(reply);
  expect([got.cause_, got.message, got.detail]).toEqual([sent.cause_, sent.message, sent.detail]);
});

test("protocol: a cause that is not known here still says what happened", () => {
  const got = errorOf({ type: "error", cause: "toString", facts: {}, message: "it rained" });
  expect([got.cause_, got.message]).toEqual(["command_failed", "it rained"]);
});

test.each([
  "",
  "x",
  "1",
  "null",
  "[]",
  "{}",
  '{"type":"accepted"}',
  '{"type":"error","cause":1}',
  '{"type":"hello"}',
])("protocol: %j is no reply", (line) => {
  expect(readReply(line)).toBeUndefined();
});

test("protocol: the longest request that makes sense is far below the limit", () => {
  for (const command of COMMAND_NAMES) {
    const args = Object.entries(commandRow(command).arguments).map(([name, { kind }]) => [
      name,
      kind === "switch" ? true : Number.MAX_SAFE_INTEGER,
    ]);
    expect(JSON.stringify({ command, arguments: Object.fromEntries(args) }).length).toBeLessThan(
      REQUEST_LENGTH / 10,
    );
  }
});
