import { expect, test } from "bun:test";
import { handedSockets } from "../../../src/os/linux/handed-sockets.ts";
import { ON_LINUX, testWith } from "../../support/needs.ts";

const announce = (fds: string | undefined, pid = "7") => ({ LISTEN_PID: pid, LISTEN_FDS: fds });
const NOTHING = { sockets: [], wrong: [] };

test("handed sockets: nothing is announced, or to another process", () => {
  expect(handedSockets({}, 7)).toEqual(NOTHING);
  expect(handedSockets(announce("1", "8"), 7)).toEqual(NOTHING);
  expect(handedSockets({ LISTEN_FDS: "1" }, 7)).toEqual(NOTHING);
  expect(handedSockets(announce(undefined), 7)).toEqual(NOTHING);
  expect(handedSockets(announce("0"), 7)).toEqual(NOTHING);
});

test.each(["x", "-1", "1.5", "99999", "2000", " 1"])("handed sockets: %j of them is no number", (fds) => {
  expect(handedSockets(announce(fds), 7)).toEqual({
    sockets: [],
    wrong: [`LISTEN_FDS is ${JSON.stringify(fds)}, and is to be a number up to 1024`],
  });
});

/** Prints what a process is told of that was started with these as its descriptors from 3 on. */
const SCRIPT = `
  import { handedSockets } from "${import.meta.dir}/../../../src/os/linux/handed-sockets.ts";
  const env = { LISTEN_PID: String(process.pid), LISTEN_FDS: process.argv.at(-2), LISTEN_FDNAMES: process.argv.at(-1) };
  console.log(JSON.stringify(handedSockets(env, process.pid)));`;

testWith(ON_LINUX)(
  "handed sockets: each is told by where it listens, or by what is wrong and its name",
  () => {
    using listener = Bun.listen({ hostname: "127.0.0.1", port: 0, socket: { data() {} } });
    const { fd } = listener as unknown as { fd: number };
    const child = Bun.spawnSync([process.execPath, "-e", SCRIPT, "3", "web:a\u001b[1m:c"], {
      stdio: ["ignore", "pipe", "inherit", fd, Bun.file("/dev/null")],
    });
    expect(JSON.parse(child.stdout.toString())).toEqual({
      sockets: [{ descriptor: 3, host: "127.0.0.1", port: listener.port }],
      wrong: [
        "Descriptor 4 (a?[1m) of LISTEN_FDS is no socket",
        "Descriptor 5 (c) of LISTEN_FDS is no socket",
      ],
    });
  },
);
