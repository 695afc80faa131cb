// A program that changes its user itself.
import { expect, test } from "bun:test";
import { afterUserChanges } from "../../../src/worker/life/user-changes.ts";

test("user changes: each is made as before, and something is done after it, also when it was refused", () => {
  const did: string[] = [];
  const program = {
    setuid: (id: number) => void did.push(`setuid ${id}`),
    setgid() {
      throw new Error("EPERM");
    },
  };
  afterUserChanges(program, () => did.push("after"));
  program.setuid(65_534);
  expect(() => program.setgid()).toThrow("EPERM");
  expect(did).toEqual(["setuid 65534", "after", "after"]);
  expect([program.setuid.name, Object.keys(program)]).toEqual(["setuid", ["setuid", "setgid"]]);
});
