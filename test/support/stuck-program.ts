// A program that answers SIGURG with its stack and then hangs, in the way that its argument names, until
// it is killed. Run by test/ffi/stack/stack-copy.test.ts.
import { readFileSync, writeSync } from "node:fs";
import { constants } from "node:os";
import { tellStackFromCopy } from "../../ffi/stack/stack-copy.ts";
import { os } from "../../src/os/os.ts";

const [how = ""] = process.argv.slice(2);
const nameOfThis = () => readFileSync("/proc/self/comm", "utf8").trim();
const compiled = os.compiledCode();
const installed = compiled.ok
  ? tellStackFromCopy({
      signal: constants.signals.SIGURG,
      keep: 2,
      compiled: compiled.value,
      tell: (frames) =>
        writeSync(2, `STACK ${JSON.stringify(how === "its name" ? [nameOfThis()] : frames)}\n`),
    })
  : compiled;

function countForEver(n: number): number {
  let x = n;
  for (;;) {
    x = (x * 31 + 7) % 1_000_003;
    if (x < 0) return x;
  }
}
const fib = (n: number): number => (n < 2 ? n : fib(n - 1) + fib(n - 2));
const HANGS: Record<string, () => void> = {
  "a loop that calls nothing": () => void countForEver(3),
  recursion: () => void fib(90),
  // biome-ignore lint/plugin: what the program is to be found in
  "a system call": () => Bun.sleepSync(60_000),
  "a lock": () => void Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0),
  "the runtime's own code": () => {
    const many = Array.from({ length: 100_000 }, (_, i) => ({ i }));
    for (;;) JSON.stringify(many);
  },
  "a generator": () => {
    function* ones() {
      for (;;) yield 1;
    }
    for (const one of ones()) if (one > 1) return;
  },
  "new objects": () => {
    for (let last: unknown; ; ) last = { last: [last === undefined] };
  },
  "nothing at all": () => void process.stdin.resume(),
  "its name": () => void process.stdin.resume(),
};

function hang(how: string): void {
  // What begins amid a collection of garbage, and allocates nothing, could never be shown.
  Bun.gc(true);
  HANGS[how]?.();
}

/** Work that tells whether anything of it was disturbed, for as long as it takes to be disturbed often. */
function workOn(): void {
  const untilMs = performance.now() + 1_000;
  while (performance.now() < untilMs) {
    const sorted = Array.from({ length: 1_000 }, (_, i) => (i * 7_919) % 1_009).toSorted((a, b) => a - b);
    const text = JSON.stringify(sorted);
    if (Bun.hash(text) !== Bun.hash(JSON.stringify(JSON.parse(text)))) throw new Error("disturbed");
  }
  const children = os.childrenOf(process.pid);
  writeSync(1, `UNHARMED ${JSON.stringify(children)}\n`);
}

writeSync(1, `${JSON.stringify(installed)}\n`);
setImmediate(how === "work" ? workOn : () => hang(how));
