// A real child that speaks the life channel and misbehaves as it is told, by `globalThis.manners`. Started in the
// place of src/main.ts. `well` does everything right; it prints what it is told, for tests to read.
import { PROTOCOL, type ToChild } from "../../src/link/messages.ts";

const role = process.argv[2] === "__front" ? "front" : "worker";
const { manners = {} } = globalThis as { manners?: { front?: string; worker?: string } };
const manner = manners[role] ?? "well";

const say = (message: unknown) => process.send?.(message);
const live = () => setInterval(() => {}, 1_000);

function greet(protocol = PROTOCOL): void {
  say({ type: "hello", protocol, role, pid: process.pid, version: "0.0.0" });
}

function load(): void {
  say({ type: "step", step: "load" });
}

process.on("disconnect", () => process.exit(9));
process.on("message", (message: ToChild) => {
  // What a front writes to its standard output are lines of the access log.
  (role === "front" ? process.stderr : process.stdout).write(`${JSON.stringify(message)}\n`);
  if (message.type === "configure") return configured();
  if (message.type === "backends") return forget(message.backends.map(({ socket }) => socket));
  if (message.type !== "drain" || manner === "ignores drain") return;
  say({ type: "drained" });
  process.exit(0);
});

/** As a front on which nothing runs. */
let known: string[] = [];
function forget(sockets: string[]): void {
  for (const socket of known.filter((old) => !sockets.includes(old)))
    say({ type: "lost", socket, pid: 0, requests: [], count: 0, hasLeft: true });
  known = sockets;
}

function configured(): void {
  load();
  switch (manner) {
    case "loads for ever":
      return;
    case "spins while loading":
      for (;;);
    case "dies loading":
      return process.exit(3);
    case "dies by signal":
      return void process.kill(process.pid, "SIGSEGV");
    case "fails":
      say({
        type: "failed",
        cause: "app_load_failed",
        facts: { reason: "it is broken" },
        step: "load",
        detail: "app.ts:1:1 broken",
      });
      return process.exit(5);
    case "prints a megabyte":
      return void process.stdout.write("x".repeat(1024 * 1024), () => process.exit(4));
    case "leaves a child":
      Bun.spawn(["sleep", "600"], { stdio: ["ignore", "inherit", "inherit"] });
      return process.exit(6);
    default:
      say({ type: "step", step: "listen" });
      say({ type: "ready" });
  }
}

if (manner === "ignores drain") process.on("SIGTERM", () => {});
if (manner === "loses the channel") {
  process.removeAllListeners("disconnect");
  greet();
  process.disconnect?.();
} else if (manner !== "never greets") {
  greet(manner === "wrong protocol" ? 99 : PROTOCOL);
}
live();
