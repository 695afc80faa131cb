import { expect, test } from "bun:test";
import fc from "fast-check";
import {
  type ArgumentRow,
  COMMAND_NAMES,
  type CommandName,
  commandRow,
  faultOfAll,
  rangeOf,
} from "../../src/control/commands.ts";
import { errorOf, errorReply, REQUEST_LENGTH, readReply, readRequest } from "../../src/control/protocol.ts";
import { GwError } from "../../src/core/errors.ts";

function faultOf(line: string): string {
  try {
    readRequest(line);
  } catch (error) {
    if (error instanceof GwError) return error.message;
    throw error;
  }
  throw new Error(`was taken: ${line}`);
}

test.each([
  [{ command: "ping" }, { command: "ping", arguments: {} }],
  [
    { command: "restart", arguments: { worker: 2 } },
    { command: "restart", arguments: { worker: 2 } },
  ],
  [
    { command: "restart", arguments: { front: false, worker: 2 } },
    { command: "restart", arguments: { front: false, worker: 2 } },
  ],
  [
    { command: "scale", arguments: { group: "api", count: 0 } },
    { command: "scale", arguments: { group: "api", count: 0 } },
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
  ['{"command":"scale"}', 'The command "scale" needs "count"'],
  ['{"command":"scale","arguments":{"group":"api"}}', 'The command "scale" needs "count"'],
  [
    '{"command":"scale","arguments":{"count":1025}}',
    '"count" of "scale" is a whole number from 0 to 1024, and not 1025',
  ],
  [
    '{"command":"scale","arguments":{"count":1,"group":"a b"}}',
    '"group" of "scale" is the name of a group, and not "a b"',
  ],
  ['{"command":"drain","arguments":{}}', 'The command "drain" needs "worker"'],
  [
    '{"command":"pause","arguments":{"for":3600001}}',
    '"for" of "pause" is a whole number of milliseconds from 1 to 3600000, and not 3600001',
  ],
  ['{"command":"pause","arguments":{"for":1.5}}', /"for" of "pause" is a whole number/],
  ['{"command":"reload","arguments":{"wait":"yes"}}', '"wait" of "reload" is true or false, and not "yes"'],
  [
    '{"command":"upgrade","arguments":{"file":"gw"}}',
    '"file" of "upgrade" is the absolute path of a file, and not "gw"',
  ],
  [
    '{"command":"restart","arguments":{"front":true,"worker":1}}',
    'The command "restart" takes "front" or "worker", and not both',
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

const rows = (command: CommandName): Record<string, ArgumentRow> => commandRow(command).arguments;

/** Values that this argument takes. */
function valuesOf(row: ArgumentRow): fc.Arbitrary<unknown> {
  if (row.kind === "switch") return fc.boolean();
  if (row.kind === "word") return fc.constantFrom(...(row.words ?? []));
  if (row.kind === "file") return fc.stringMatching(/^\/[a-z/]{0,20}$/);
  if (row.kind === "record") return fc.stringMatching(/^(?:[a-z /]{0,9}\/)?[A-Za-z0-9._-]{1,20}$/);
  if (row.kind === "subject") return fc.stringMatching(/^[a-z0-9-]{1,20}$/);
  return row.kind === "group" ? fc.stringMatching(/^[A-Za-z][A-Za-z0-9_-]{0,9}$/) : fc.integer(rangeOf(row));
}

const requests = fc.constantFrom(...COMMAND_NAMES).chain((command: CommandName) => {
  const entries = Object.entries(rows(command));
  const requiredKeys = entries.flatMap(([name, { isRequired }]) => (isRequired ? [name] : []));
  const values = Object.fromEntries(entries.map(([name, row]) => [name, valuesOf(row)]));
  return fc.record({ command: fc.constant(command), arguments: fc.record(values, { requiredKeys }) });
});

test("protocol: what the rows allow is taken as it was sent, and what they exclude is not", () => {
  fc.assert(
    fc.property(requests, (request) => {
      const line = JSON.stringify(request);
      if (faultOfAll(rows(request.command), request.arguments)) faultOf(line);
      else expect(readRequest(line)).toEqual(JSON.parse(line));
    }),
  );
});

test("protocol: of what the rows allow, no single value can be exchanged for one of another kind", () => {
  const strangers = fc.constantFrom<unknown>(null, -1, 0.5, 1e300, "", " ", "a b", "1x", [], {});
  fc.assert(
    fc.property(requests, strangers, fc.nat(), (request, stranger, at) => {
      const names = Object.keys(request.arguments);
      const name = names[at % names.length];
      fc.pre(name !== undefined);
      // An id of a request, or a file, may well be called "1x".
      const { kind } = rows(request.command)[name as string] ?? {};
      fc.pre((kind !== "subject" && kind !== "record") || stranger !== "1x");
      faultOf(
        JSON.stringify({ ...request, arguments: { ...request.arguments, [name as string]: stranger } }),
      );
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
    const longest = { switch: true, group: `service:${"g".repeat(64)}` } as Record<string, unknown>;
    const args = Object.entries(commandRow(command).arguments).map(([name, { kind }]) => [
      name,
      longest[kind] ?? Number.MAX_SAFE_INTEGER,
    ]);
    expect(JSON.stringify({ command, arguments: Object.fromEntries(args) }).length).toBeLessThan(
      REQUEST_LENGTH / 10,
    );
  }
});
