// The machine code that answers a signal with a copy of the process: x64 Linux. Pure; ffi/stack/stack-copy puts it into memory.

/** Numbers of x64 Linux. */
const SYS = {
  rt_sigaction: 13,
  rt_sigprocmask: 14,
  alarm: 37,
  getpid: 39,
  fork: 57,
  vfork: 58,
  exit: 60,
  wait4: 61,
  prctl: 157,
  setrlimit: 160,
  gettid: 186,
  exit_group: 231,
  close_range: 436,
} as const;
const RLIMIT_CORE = 4;
const PR_SET_NAME = 15;
const SIGALRM = 14;
/** A copy that breaks ends at once, without the report that the runtime makes of a crash: SIGALRM, and what a crash raises. */
const LEFT_TO_THE_KERNEL = [SIGALRM, 4, 5, 6, 7, 8, 11];
const SIGSET_BYTES = 8;
const SIG_SETMASK = 2;
const LAST_DESCRIPTOR = 0xffff_ffff;

/** `tell`: a C function that is given where the signal has come from (a ucontext_t). `zeros`: memory in which all is off; `name`: of the copy, ended by a zero. */
export type HandlerFacts = { tell: bigint; zeros: bigint; name: bigint; keep: number; seconds: number };

/**
 * The handler, as it lies in memory. The fork is made by a child that shares our memory and is waited for here: so the copy is
 * nobody's but the system's to bury, and the process keeps no dead child that its own code could stumble over.
 */
export function handlerCode(facts: HandlerFacts): Uint8Array {
  const bury = [...MOV_EDI_EAX, ...ZERO_ESI, ...ZERO_EDX, ...ZERO_R10D, ...call("wait4")];
  const leave = [...POP_RBP, ...RET];
  const begetAndExit = [...call("fork"), ...TEST_EAX, ...jumpIfZero(9), ...ZERO_EDI, ...call("exit")];
  const forked = [
    ...TEST_EAX,
    ...farJumpIfZero(2 + bury.length + leave.length),
    ...jumpIfNegative(bury.length),
    ...bury,
  ];
  const make = [...call("vfork"), ...forked];
  // Another thread than the main one has no JavaScript of the app's on its stack.
  const onlyOnMain = [
    ...call("getpid"),
    ...MOV_EBP_EAX,
    ...call("gettid"),
    ...CMP_EAX_EBP,
    ...jumpIfNotEqual(make.length),
  ];
  return Uint8Array.from([
    ...PUSH_RBP,
    ...MOV_R8_RDX,
    ...onlyOnMain,
    ...make,
    ...leave,
    ...begetAndExit,
    ...copyCode(facts),
  ]);
}

/** What the copy does: gives up all that it must not hold, calls, ends. */
function copyCode({ tell, zeros, name, keep, seconds }: HandlerFacts): number[] {
  const letGo = (from: number, to: number) =>
    from > to ? [] : [...movEdi(from), ...movEsi(to), ...ZERO_EDX, ...call("close_range")];
  const toDefault = (signal: number) => [
    ...movEdi(signal),
    ...movRsi(zeros),
    ...ZERO_EDX,
    ...movR10d(SIGSET_BYTES),
    ...call("rt_sigaction"),
  ];
  return [
    ...LEFT_TO_THE_KERNEL.flatMap(toDefault),
    ...[
      ...movEdi(SIG_SETMASK),
      ...movRsi(zeros),
      ...ZERO_EDX,
      ...movR10d(SIGSET_BYTES),
      ...call("rt_sigprocmask"),
    ],
    ...[...movEdi(seconds), ...call("alarm")],
    ...[...movEdi(PR_SET_NAME), ...movRsi(name), ...call("prctl")],
    ...[...movEdi(RLIMIT_CORE), ...movRsi(zeros), ...call("setrlimit")],
    ...letGo(0, keep - 1),
    ...letGo(keep + 1, LAST_DESCRIPTOR),
    ...[...MOV_RDI_R8, ...movRax(tell), ...CALL_RAX],
    ...[...ZERO_EDI, ...call("exit_group")],
  ];
}

const PUSH_RBP = [0x55];
const POP_RBP = [0x5d];
const RET = [0xc3];
const SYSCALL = [0x0f, 0x05];
/** Where the third argument of a handler stays: the kernel leaves this register as it is. */
const MOV_R8_RDX = [0x49, 0x89, 0xd0];
const MOV_RDI_R8 = [0x4c, 0x89, 0xc7];
const CALL_RAX = [0xff, 0xd0];
const MOV_EDI_EAX = [0x89, 0xc7];
const MOV_EBP_EAX = [0x89, 0xc5];
const CMP_EAX_EBP = [0x39, 0xe8];
const TEST_EAX = [0x85, 0xc0];
const ZERO_EDI = [0x31, 0xff];
const ZERO_ESI = [0x31, 0xf6];
const ZERO_EDX = [0x31, 0xd2];
const ZERO_R10D = [0x45, 0x31, 0xd2];
const movEdi = (value: number) => [0xbf, ...bytesOf(BigInt(value), 4)];
const movEsi = (value: number) => [0xbe, ...bytesOf(BigInt(value), 4)];
const movR10d = (value: number) => [0x41, 0xba, ...bytesOf(BigInt(value), 4)];
const movRsi = (value: bigint) => [0x48, 0xbe, ...bytesOf(value, 8)];
const movRax = (value: bigint) => [0x48, 0xb8, ...bytesOf(value, 8)];
/** Over so many bytes behind the instruction. */
const jumpIfZero = (over: number) => [0x74, over];
const farJumpIfZero = (over: number) => [0x0f, 0x84, ...bytesOf(BigInt(over), 4)];
const jumpIfNegative = (over: number) => [0x78, over];
const jumpIfNotEqual = (over: number) => [0x75, over];
const call = (name: keyof typeof SYS) => [0xb8, ...bytesOf(BigInt(SYS[name]), 4), ...SYSCALL];

/** Lowest byte first. */
function bytesOf(value: bigint, count: number): number[] {
  return Array.from({ length: count }, (_, at) => Number((value >> BigInt(8 * at)) & 0xffn));
}
