import { expect, test } from "bun:test";
import fc from "fast-check";
import { encodeProgram, type Instruction, steeringProgram } from "../../ffi/steering.ts";

const hex = (numbers: number[]) =>
  Buffer.from(encodeProgram(steeringProgram(numbers)).program).toString("hex");

test("steering: one listener is one instruction: ret 1", () => {
  expect(hex([1])).toBe("0600000001000000");
  expect(encodeProgram(steeringProgram([1])).length).toBe(1);
});

test("steering: of several, a random number chooses in a table", () => {
  expect(hex([2, 5, 3])).toBe(
    [
      "2000000038f0ffff", // ld  a random number
      "9400000003000000", // mod 3
      "1500000100000000", // jeq 0, or skip one
      "0600000002000000", // ret 2
      "1500000101000000", // jeq 1, or skip one
      "0600000005000000", // ret 5
      "0600000003000000", // ret 3
    ].join(""),
  );
});

/** Runs the program as the kernel does. */
function run(program: Instruction[], random: number): number {
  let value = 0;
  for (let at = 0; at < program.length; at++) {
    const { code, jumpTrue, jumpFalse, value: operand } = program[at] as Instruction;
    if (code === 0x20) value = random;
    else if (code === 0x94) value %= operand;
    else if (code === 0x15) at += value === operand ? jumpTrue : jumpFalse;
    else if (code === 0x06) return operand;
  }
  throw new Error("the program has no end");
}

test("steering: any set of numbers is returned evenly, and nothing else", () => {
  const sets = fc.uniqueArray(fc.nat(200), { minLength: 1, maxLength: 20 });
  fc.assert(
    fc.property(sets, fc.integer({ min: 0, max: 2 ** 32 - 1 }), (numbers, random) => {
      expect(run(steeringProgram(numbers), random)).toBe(numbers[random % numbers.length] as number);
    }),
  );
});
