// Probes of listening sockets that a process did not open itself: handed to a child by number, taken up by Bun.listen, and shared
// by several. And of bytes that are taken from a connection before the runtime reads them. src/front/door/socket stands on this.
import { describe, expect, setDefaultTimeout } from "bun:test";
import { closeSync, existsSync } from "node:fs";
import { join } from "node:path";
import { peekAtOnce, takeAtOnce } from "../../ffi/socket.ts";
import { listenAtPath } from "../../ffi/unix-socket.ts";
import { os } from "../../src/os/os.ts";
import { eventually } from "../support/gw.ts";
import { ON_LINUX, testWith } from "../support/needs.ts";
import { makeTempDir } from "../support/temp-dir.ts";

setDefaultTimeout(20_000);

/** Takes up descriptor 3, says so, and says its name to each client that asks. */
const CHILD = `
  const name = process.argv.at(-1);
  const listener = Bun.listen({ fd: 3, socket: { data(socket) { socket.end(name + " " + socket.remoteAddress); } } });
  process.on("message", (word) => { if (word === "stop") listener.stop(); process.send("stopped"); });
  process.send("listens");`;

type Child = { said: string[]; stop(): void; [Symbol.dispose](): void };

function startChild(name: string, fd: number): Child {
  const said: string[] = [];
  const child = Bun.spawn([process.execPath, "-e", CHILD, name], {
    stdio: ["ignore", "inherit", "inherit", fd],
    serialization: "json",
    ipc: (word: string) => void said.push(word),
  });
  return { said, stop: () => void child.send("stop"), [Symbol.dispose]: () => child.kill("SIGKILL") };
}

function greeting(unix: string): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  let got = "";
  const socket = {
    // A client that is closed before it knows that it is connected takes that for a failure.
    open: (client: { write(text: string): number }) => void client.write("?"),
    data(_: unknown, piece: Buffer) {
      got += piece.toString();
    },
    close: () => resolve(got),
  };
  Bun.connect({ unix, socket }).catch(reject);
  return promise;
}

describe("adopted descriptors", () => {
  testWith(ON_LINUX)(
    "a child gets one as its third, beside its channel, and Bun.listen takes clients from it",
    async () => {
      using dir = makeTempDir();
      const path = join(dir.path, "a");
      const made = listenAtPath(path, { mode: 0o600, backlog: 10 });
      if (!made.ok) throw new Error(made.reason);
      using a = startChild("a", made.value);
      await eventually(() => a.said.includes("listens"), "it listens");
      expect(await greeting(path)).toBe("a undefined");
      // The name is another process's affair.
      a.stop();
      await eventually(() => a.said.includes("stopped"), "it has stopped");
      expect(existsSync(path)).toBe(true);
      using b = startChild("b", made.value);
      // Who waits meanwhile is not lost.
      const waiting = greeting(path);
      await eventually(() => b.said.includes("listens"), "the other one listens");
      expect(await waiting).toBe("b undefined");
      closeSync(made.value);
    },
  );

  testWith(ON_LINUX)("the descriptor keeps its number, and epoll is told of it by that", () => {
    const made = listenAtPath(`@gw-adopted-${process.pid}`, { mode: 0o600, backlog: 10 });
    if (!made.ok) throw new Error(made.reason);
    const listener = Bun.listen({ fd: made.value, socket: { data() {} } } as never);
    const registrations = os.loopRegistrations();
    expect(registrations.ok && registrations.value.has(made.value)).toBe(true);
    listener.stop(true);
  });

  testWith(ON_LINUX)(
    "a socket that is paused in its open is not read, what is taken from it is gone, and the rest is read later",
    async () => {
      const got: string[] = [];
      let opened: { fd: number; resume(): void } | undefined;
      using listener = Bun.listen({
        hostname: "127.0.0.1",
        port: 0,
        socket: {
          open(socket) {
            socket.pause();
            opened = socket as never;
          },
          data: (_, piece) => void got.push(piece.toString()),
        },
      });
      const client = await Bun.connect({ hostname: "127.0.0.1", port: listener.port, socket: { data() {} } });
      client.write("prefacerest");
      const into = new Uint8Array(new ArrayBuffer(100));
      await eventually(
        () => opened !== undefined && peekAtOnce(opened.fd, into) === 11,
        "all of it is there",
      );
      expect([got, takeAtOnce(opened!.fd, into.subarray(0, 7))]).toEqual([[], 7]);
      opened?.resume();
      await eventually(() => got.length > 0, "the rest is read");
      expect(got).toEqual(["rest"]);
      client.end();
    },
  );
});
