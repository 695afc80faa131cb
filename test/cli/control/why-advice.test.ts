import { describe, expect, test } from "bun:test";
import { adviceFor } from "../../../src/cli/control/why-advice.ts";
import { type Cause, ERRORS, type ErrorRow } from "../../../src/core/errors.ts";
import { flagOf, spellings } from "../../../src/options/declare/names.ts";

const rows = Object.entries(ERRORS) as [Cause, ErrorRow][];
const causes = rows.filter(([, { status }]) => status !== undefined).map(([cause]) => cause);
const flags = spellings(flagOf);

describe("why advice", () => {
  test.each(causes)("what to do about %s names options that there are", (cause) => {
    const advice = adviceFor(cause) ?? "";
    expect(advice).not.toBe("");
    expect(advice).not.toEndWith(".");
    for (const [flag] of advice.matchAll(/--[a-z0-9-]+/g)) expect(flags.has(flag)).toBeTrue();
  });

  test("there is none for what is no error of a request", () => {
    for (const word of ["port_taken", "toString", "unheard_of"]) expect(adviceFor(word)).toBeUndefined();
  });
});
