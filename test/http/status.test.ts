import { describe, expect, test } from "bun:test";
import { httpDate } from "../../src/http/date.ts";
import { reasonPhrase } from "../../src/http/status.ts";
import { FakeClock } from "../support/fake-clock.ts";

/** https://www.iana.org/assignments/http-status-codes, without the one that is unused and those that have gone. */
const REGISTERED = [
  "100 Continue|101 Switching Protocols|102 Processing|103 Early Hints",
  "200 OK|201 Created|202 Accepted|203 Non-Authoritative Information|204 No Content|205 Reset Content",
  "206 Partial Content|207 Multi-Status|208 Already Reported|226 IM Used",
  "300 Multiple Choices|301 Moved Permanently|302 Found|303 See Other|304 Not Modified|305 Use Proxy",
  "307 Temporary Redirect|308 Permanent Redirect",
  "400 Bad Request|401 Unauthorized|402 Payment Required|403 Forbidden|404 Not Found|405 Method Not Allowed",
  "406 Not Acceptable|407 Proxy Authentication Required|408 Request Timeout|409 Conflict|410 Gone",
  "411 Length Required|412 Precondition Failed|413 Content Too Large|414 URI Too Long",
  "415 Unsupported Media Type|416 Range Not Satisfiable|417 Expectation Failed|421 Misdirected Request",
  "422 Unprocessable Content|423 Locked|424 Failed Dependency|425 Too Early|426 Upgrade Required",
  "428 Precondition Required|429 Too Many Requests|431 Request Header Fields Too Large",
  "451 Unavailable For Legal Reasons",
  "500 Internal Server Error|501 Not Implemented|502 Bad Gateway|503 Service Unavailable|504 Gateway Timeout",
  "505 HTTP Version Not Supported|506 Variant Also Negotiates|507 Insufficient Storage|508 Loop Detected",
  "510 Not Extended|511 Network Authentication Required",
].flatMap((line) => line.split("|"));

describe("status: reason phrases", () => {
  for (const line of REGISTERED) {
    test(line, () => expect(reasonPhrase(Number(line.slice(0, 3)))).toBe(line.slice(4)));
  }

  for (const [status, phrase] of [
    [299, "Success"],
    [477, "Client Error"],
    [599, "Server Error"],
    [999, "Unknown"],
  ] as const)
    test(`${status}, which is not registered, has the word of its class`, () =>
      expect(reasonPhrase(status)).toBe(phrase));
});

describe("date", () => {
  test("the Date field is an IMF-fixdate and changes with the second", () => {
    const clock = new FakeClock();
    const date = httpDate(clock);
    expect(date()).toBe("Thu, 01 Jan 2026 00:00:00 GMT");
    clock.advance(999);
    expect(date()).toBe("Thu, 01 Jan 2026 00:00:00 GMT");
    clock.advance(1);
    expect(date()).toBe("Thu, 01 Jan 2026 00:00:01 GMT");
  });
});
