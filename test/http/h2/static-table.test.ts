import { expect, test } from "bun:test";
import { staticField, staticNumberOf } from "../../../src/http/h2/static-table.ts";

// Entries of RFC 7541 appendix A, at least one of each of its stretches.
test.each([
  [1, ":authority", ""],
  [2, ":method", "GET"],
  [3, ":method", "POST"],
  [5, ":path", "/index.html"],
  [7, ":scheme", "https"],
  [8, ":status", "200"],
  [14, ":status", "500"],
  [16, "accept-encoding", "gzip, deflate"],
  [20, "access-control-allow-origin", ""],
  [28, "content-length", ""],
  [31, "content-type", ""],
  [38, "host", ""],
  [46, "location", ""],
  [55, "set-cookie", ""],
  [58, "user-agent", ""],
  [61, "www-authenticate", ""],
])("static table: %d is %s: %s", (number, name, value) => {
  expect(staticField(number)).toEqual({ name, value });
});

test("static table: it has 61 fields", () => {
  expect([staticField(0), staticField(62)]).toEqual([undefined, undefined]);
});

test("static table: a name is said by the first number that has it, and other names by none", () => {
  expect([":method", ":status", "www-authenticate", "x-odd", "Host"].map(staticNumberOf)).toEqual([
    2, 8, 61, 0, 0,
  ]);
});
