// Clients who mean to use up a server, as a process of its own, so that it takes no time from whoever measures beside it:
//   bun attackers.ts KIND PORT COUNT
// One that is ended comes again. Each second a line says how many are there. Ends when its input does.

import { connect, type Socket } from "node:net";

const KINDS: Readonly<Record<string, (socket: Socket) => void>> = {
  /** A head that never ends, a field every two seconds. */
  headers(socket) {
    socket.write("GET / HTTP/1.1\r\nHost: a\r\n");
    drip(socket, () => `X-${Math.random().toString(36).slice(2, 8)}: a\r\n`);
  },
  /** A body that is gathered before a worker gets it. */
  "small-body"(socket) {
    socket.write("POST /small HTTP/1.1\r\nHost: a\r\nContent-Length: 4096\r\n\r\n");
    drip(socket, () => "x");
  },
  /** One that is larger than that: it is with the app while it comes. */
  body(socket) {
    socket.write("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000\r\n\r\n");
    drip(socket, () => "x");
  },
  /** Asks for what the app has in memory, and takes none of it. */
  reading(socket) {
    socket.pause();
    socket.write("GET /large HTTP/1.1\r\nHost: a\r\n\r\n");
  },
  /** The same, of which the app does not say how long it is. */
  "reading-unknown"(socket) {
    socket.pause();
    socket.write("GET /unknown HTTP/1.1\r\nHost: a\r\n\r\n");
  },
  /** The first bytes of a handshake, and silence. */
  handshake(socket) {
    socket.write(Buffer.from("16030102000100", "hex"));
  },
};

const DRIP_MS = 2000;
const WAVE_MS = 25;

const dripping = new Map<Socket, () => string>();
const drip = (socket: Socket, next: () => string) => void dripping.set(socket, next);

const [kind = "", port = "0", count = "0"] = process.argv.slice(2);
const act = KINDS[kind];
if (!act) throw new Error(`no such kind: ${kind}; there are ${Object.keys(KINDS).join(", ")}`);

/** So many connections are begun at once; the kernel's queue has an end, and so has what an app can answer with large bodies. */
const WAVE = kind.startsWith("reading") ? 5 : 50;

let present = 0;
const attackers = new Set<Socket>();

function attack(): void {
  const socket = connect(Number(port), "127.0.0.1");
  attackers.add(socket);
  socket.on("connect", () => {
    present++;
    socket.once("close", () => present--);
    act?.(socket);
  });
  socket.on("error", () => {});
  socket.on("data", () => {});
  socket.on("close", () => {
    attackers.delete(socket);
    dripping.delete(socket);
  });
}

setInterval(() => {
  for (let more = Math.min(WAVE, Number(count) - attackers.size); more > 0; more--) attack();
}, WAVE_MS);
setInterval(() => {
  for (const [socket, next] of dripping) socket.write(next());
}, DRIP_MS);
setInterval(() => console.log(present), 1000);
process.stdin.on("end", () => process.exit(0)).resume();
