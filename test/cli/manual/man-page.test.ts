// The manual page: all commands and options are in it, and who formats such pages finds no fault.
import { describe, expect, test } from "bun:test";
import { COMMANDS } from "../../../src/cli/commands.ts";
import { renderManPage } from "../../../src/cli/manual/man-page.ts";
import { flagOf } from "../../../src/options/declare/names.ts";
import { KEYS } from "../../../src/options/declare/table.ts";
import { testWith, WITH_MANDOC } from "../../support/needs.ts";

const PAGE = renderManPage(COMMANDS, "1.2.3", "2026-11-09");

describe("manual page", () => {
  test("has every command and every option", () => {
    const plain = PAGE.replaceAll("\\-", "-");
    const terms = plain.split("\n").filter((line) => line.startsWith(".It "));
    for (const { name, isHidden } of COMMANDS)
      expect([name, terms.some((term) => term.startsWith(`.It Li "gw ${name}`))]).toEqual([name, !isHidden]);
    for (const key of KEYS)
      expect([key, terms.some((term) => term.includes(flagOf(key)))]).toEqual([key, true]);
    expect(PAGE.split("\n")[0]).toBe(".Dd November 9, 2026");
  });

  testWith(WITH_MANDOC)("is formatted without a complaint", async () => {
    const mandoc = Bun.spawn(["mandoc", "-T", "lint", "-W", "style"], {
      stdin: Buffer.from(PAGE),
      stdout: "pipe",
    });
    expect(await new Response(mandoc.stdout).text()).toBe("");
  });
});
