// The program by which the kernel picks one of the listeners that share a port: classic BPF, made as instructions and
// then as bytes. Pure.

export type Instruction = {
  code: number;
  /** How many instructions a comparison skips when it holds, and when it does not. */
  jumpTrue: number;
  jumpFalse: number;
  value: number;
};

/** BPF_LD | BPF_W | BPF_ABS */
const LOAD = 0x20;
/** BPF_ALU | BPF_MOD | BPF_K */
const MODULO = 0x94;
/** BPF_JMP | BPF_JEQ | BPF_K */
const JUMP_EQUAL = 0x15;
/** BPF_RET | BPF_K */
const RETURN = 0x06;
/** SKF_AD_OFF + SKF_AD_RANDOM: an address of the packet that reads as a random number. */
const RANDOM = 0xfffff000 + 56;
const INSTRUCTION_BYTES = 8;

/** Returns one of the numbers, each as often as the others: a table, because they may be any. */
export function steeringProgram(numbers: readonly number[]): Instruction[] {
  const returns = numbers.map((number) => instruction(RETURN, number));
  if (returns.length < 2) return returns;
  return [
    instruction(LOAD, RANDOM),
    instruction(MODULO, returns.length),
    ...returns.flatMap((last, at) =>
      at < returns.length - 1 ? [{ ...instruction(JUMP_EQUAL, at), jumpFalse: 1 }, last] : [last],
    ),
  ];
}

/** As the kernel takes it: struct sock_filter, one after the other, in the order of bytes of this machine. */
export function encodeProgram(instructions: readonly Instruction[]): { program: Uint8Array; length: number } {
  const program = new Uint8Array(instructions.length * INSTRUCTION_BYTES);
  const view = new DataView(program.buffer);
  for (const [at, { code, jumpTrue, jumpFalse, value }] of instructions.entries()) {
    const offset = at * INSTRUCTION_BYTES;
    view.setUint16(offset, code, true);
    view.setUint8(offset + 2, jumpTrue);
    view.setUint8(offset + 3, jumpFalse);
    view.setUint32(offset + 4, value, true);
  }
  return { program, length: instructions.length };
}

function instruction(code: number, value: number): Instruction {
  return { code, jumpTrue: 0, jumpFalse: 0, value };
}
