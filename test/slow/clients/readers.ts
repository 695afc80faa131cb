// Clients who take a large file slowly, as a process of its own, so that it takes no memory from whoever is measured:
//   bun readers.ts URL COUNT
// Each takes what is there, and rests for eight seconds. Each second a line says how many bytes they have had together. Ends when its input does.

import { connect } from "node:net";

const REST_MS = 8000;

const [url = "", count = "0"] = process.argv.slice(2);
const { hostname, port, pathname } = new URL(url);
let bytes = 0;

for (let at = 0; at < Number(count); at++) {
  const socket = connect(Number(port), hostname, () => {
    socket.write(`GET ${pathname} HTTP/1.1\r\nHost: a\r\n\r\n`);
  });
  socket.on("data", (piece) => {
    bytes += piece.length;
    socket.pause();
    // biome-ignore lint/plugin: the pace of this client
    setTimeout(() => socket.resume(), REST_MS);
  });
  socket.on("error", () => {});
}

setInterval(() => console.log(bytes), 1000);
process.stdin.on("end", () => process.exit()).resume();
