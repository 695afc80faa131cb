// Run with the path of an empty directory: a file system of its own (FUSE) in which every name is a file of 200 kB. What is asked of a name
// that begins with `lookup-` is not answered before there is something on its own input, and of one with `open-` or `read-` only the look is: to
// whoever asks that is a disk that does not answer. Ends, and takes itself away, at the end of its input. Needs root.
import { openSync, read, writeSync } from "node:fs";

const SIZE = 200_000;
const ROOT = 1n;
const [DIRECTORY_MODE, FILE_MODE] = [0o040755, 0o100644];
const ENOSYS = -38;
const OP = {
  lookup: 1,
  forget: 2,
  getattr: 3,
  open: 14,
  read: 15,
  statfs: 17,
  init: 26,
  opendir: 27,
} as const;
/** What comes back from these is nothing but that they were done, or nothing at all. */
const DONE = [18, 25, 29];
const UNANSWERED = [2, 36, 42];
const HEAD_IN = 40;
const HEAD_OUT = 16;

const [mountPoint = ""] = process.argv.slice(2);
const device = openSync("/dev/fuse", "r+");
const names = new Map<bigint, string>();
const nodes = new Map<string, bigint>();
let last = ROOT;
let held: (() => void)[] = [];
let isHolding = true;

function attributes(node: bigint, at: number, out: Buffer): void {
  out.writeBigUInt64LE(node, at);
  out.writeBigUInt64LE(BigInt(node === ROOT ? 0 : SIZE), at + 8);
  for (const field of [24, 32, 40]) out.writeBigUInt64LE(1_700_000_000n, at + field);
  out.writeUInt32LE(node === ROOT ? DIRECTORY_MODE : FILE_MODE, at + 60);
  out.writeUInt32LE(1, at + 64);
  out.writeUInt32LE(4096, at + 80);
}

function reply(unique: bigint, body: Uint8Array | number): void {
  const bytes = typeof body === "number" ? new Uint8Array() : body;
  const out = Buffer.alloc(HEAD_OUT + bytes.length);
  out.writeUInt32LE(out.length, 0);
  out.writeInt32LE(typeof body === "number" ? body : 0, 4);
  out.writeBigUInt64LE(unique, 8);
  out.set(bytes, HEAD_OUT);
  try {
    writeSync(device, out);
  } catch (thrown) {
    // Whoever has asked waits for it no more.
    if ((thrown as { code?: string }).code !== "ENOENT") throw thrown;
  }
}

function entryOf(name: string): Buffer {
  const node = nodes.get(name) ?? ++last;
  nodes.set(name, node);
  names.set(node, name);
  const out = Buffer.alloc(128);
  out.writeBigUInt64LE(node, 0);
  attributes(node, 40, out);
  return out;
}

function answerTo(opcode: number, node: bigint, body: Buffer): Buffer | number {
  const out = Buffer.alloc(
    opcode === OP.getattr ? 104 : opcode === OP.statfs ? 80 : opcode === OP.init ? 64 : 16,
  );
  if (opcode === OP.lookup) return entryOf(body.toString("latin1", 0, body.indexOf(0)));
  if (opcode === OP.getattr) attributes(node, 16, out);
  if (opcode === OP.read)
    return Buffer.alloc(Math.min(body.readUInt32LE(16), SIZE - Number(body.readBigUInt64LE(8))), 120);
  if (opcode === OP.init) {
    out.writeUInt32LE(7, 0);
    out.writeUInt32LE(31, 4);
    out.writeUInt16LE(64, 16);
    out.writeUInt32LE(4096, 20);
  }
  return Object.values(OP).some((known) => known === opcode) ? out : ENOSYS;
}

function take(request: Buffer): void {
  const opcode = request.readUInt32LE(4);
  const [unique, node] = [request.readBigUInt64LE(8), request.readBigUInt64LE(16)];
  if (UNANSWERED.includes(opcode)) return;
  if (DONE.includes(opcode)) return reply(unique, 0);
  const body = Buffer.from(request.subarray(HEAD_IN));
  const answer = () => reply(unique, answerTo(opcode, node, body));
  const isHeld =
    isHolding &&
    ((opcode === OP.lookup && body.toString("latin1").startsWith("lookup-")) ||
      (opcode === OP.open && names.get(node)?.startsWith("open-")) ||
      (opcode === OP.read && names.get(node)?.startsWith("read-")));
  if (!isHeld) return answer();
  held.push(answer);
  process.stdout.write("held\n");
}

const buffer = Buffer.alloc(1_048_576);
const listen = () =>
  read(device, buffer, 0, buffer.length, null, (error, count) => {
    if (error?.code === "ENODEV") return process.exit(0);
    if (!error) take(buffer.subarray(0, count));
    else if (error.code !== "ENOENT" && error.code !== "EINTR") throw error;
    listen();
  });

const options = `fd=3,rootmode=40000,user_id=0,group_id=0,allow_other`;
const mounting = Bun.spawn(["mount", "-i", "-t", "fuse", "-o", options, "slow-disk", mountPoint], {
  stdio: ["ignore", "inherit", "inherit", device],
});
if ((await mounting.exited) !== 0) process.exit(1);
listen();
process.stdout.write("mounted\n");
for await (const _ of Bun.stdin.stream()) {
  isHolding = false;
  for (const answer of held.splice(0)) answer();
}
held = [];
Bun.spawnSync(["umount", "-l", mountPoint]);
process.exit(0);
