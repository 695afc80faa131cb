import { describe, expect, test } from "bun:test";
import { faultOfHead } from "../../../src/front/stages/head-limits.ts";

const LIMITS = { lineBytes: 30, fieldBytes: 20, fields: 3 };
const HOST = ["Host", "a"];

const faultOf = (method: string, target: string, fields: readonly string[] = HOST) =>
  faultOfHead({ method, target, fields }, LIMITS);

describe("limits of a head", () => {
  for (const [what, method, target, fields, cause] of [
    ["a line as long as may be", "GET", `/${"a".repeat(16)}`, HOST, undefined],
    ["a line that is longer by one", "GET", `/${"a".repeat(17)}`, HOST, "target_too_long"],
    ["a line whose method is too long", "PROPFINDXX", `/${"a".repeat(10)}`, HOST, "target_too_long"],
    ["as many fields as may be", "GET", "/", [...HOST, "B", "", "C", ""], undefined],
    ["one field more", "GET", "/", [...HOST, "B", "", "C", "", "D", ""], "too_many_fields"],
    ["a field as large as may be", "GET", "/", [...HOST, "Name", "v".repeat(14)], undefined],
    ["a field that is larger by one", "GET", "/", [...HOST, "Name", "v".repeat(15)], "field_too_large"],
    ["a name that is too long alone", "GET", "/", [...HOST, "N".repeat(19), ""], "field_too_large"],
    ["no field at all", "GET", "/", [], undefined],
  ] as [string, string, string, string[], string | undefined][]) {
    test(what, () => {
      expect(faultOf(method, target, fields)?.cause_).toBe(cause as never);
    });
  }

  test("the client is told which field it was, as far as that is short", () => {
    const fault = faultOf("GET", "/", [...HOST, "N".repeat(500), "v"]);
    expect(fault?.message).toBe(
      `The header field ${"N".repeat(64)} is larger than the 20 bytes accepted here`,
    );
  });
});
