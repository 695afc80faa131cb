import { expect, test } from "bun:test";
import { interimHead, switchHead } from "../../../../src/front/door/http1/answer-head.ts";

test.each([
  ["", "Switching Protocols"],
  ["Go on", "Go on"],
])("a switch is to WebSocket, with the reason %j", (reason, said) => {
  expect(switchHead(reason, ["Sec-WebSocket-Accept", "x", "A", "1"])).toBe(
    `HTTP/1.1 101 ${said}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Accept: x\r\nA: 1\r\n\r\n`,
  );
});

test.each([
  [103, "", "Early Hints"],
  [103, "Soon", "Soon"],
  [199, "", "Informational"],
])("an answer before the answer: %d, with the reason %j", (status, reason, said) => {
  expect(interimHead(status, reason, ["Link", "</a>"])).toBe(
    `HTTP/1.1 ${status} ${said}\r\nLink: </a>\r\n\r\n`,
  );
  expect(interimHead(status, reason, [])).toBe(`HTTP/1.1 ${status} ${said}\r\n\r\n`);
});
