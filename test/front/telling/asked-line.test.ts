import { expect, test } from "bun:test";
import { pathOfTarget, readAskedLine } from "../../../src/front/telling/asked-line.ts";

test.each([
  ["GET /a?b HTTP/1.1", ["GET", "/a", "HTTP/1.1"]],
  ["OPTIONS * HTTP/9.9", ["OPTIONS", "*", "HTTP/9.9"]],
  ["POST /cut", ["POST", "/cut", ""]],
  ["GET http://user:secret@h/a?b=secret HTTP/1.1", ["GET", "http://h/a", "HTTP/1.1"]],
  ["GET /a b HTTP/1.1", undefined],
  ["SSH-2.0-x client", undefined],
  ["NONSENSE", undefined],
  ["G\x01ET / HTTP/1.1", undefined],
  ["", undefined],
])("asked line: %j", (line, said) => {
  const asked = readAskedLine(line);
  expect(asked && [asked.method, pathOfTarget(asked.target), asked.protocol]).toEqual(said);
});
