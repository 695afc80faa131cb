import { expect } from "bun:test";
import { closeSync, openSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { sendAtOnce, sendFile } from "../../../ffi/files/sendfile.ts";
import { ON_LINUX, testWith } from "../../support/needs.ts";
import { connectRaw } from "../../support/raw-http.ts";
import { makeTempDir } from "../../support/temp-dir.ts";

testWith(ON_LINUX)("sendfile: bytes go from file to file, and a bad descriptor is named", () => {
  using dir = makeTempDir();
  const [source, target] = [join(dir.path, "a"), join(dir.path, "b")];
  writeFileSync(source, "hello, kernel");
  const [from, to] = [openSync(source, "r"), openSync(target, "w")];
  expect(sendFile(to, from, 5)).toEqual({ ok: true, value: 5 });
  expect(sendFile(to, from, 100)).toEqual({ ok: true, value: 8 });
  closeSync(from);
  closeSync(to);
  expect(readFileSync(target, "utf8")).toBe("hello, kernel");
  expect(sendFile(-1, -1, 1)).toEqual({ ok: false, reason: "bad file descriptor (EBADF)" });
});

testWith(ON_LINUX)("send: bytes go out past the runtime, and a bad descriptor is named", async () => {
  const sent: unknown[] = [];
  using listener = Bun.listen({
    hostname: "127.0.0.1",
    port: 0,
    socket: {
      open(socket) {
        const { fd } = socket as unknown as { fd: number };
        sent.push(sendAtOnce(fd, Buffer.from("hello")), sendAtOnce(fd, new Uint8Array()));
        socket.end();
      },
      data() {},
    },
  });
  using client = await connectRaw({ port: listener.port });
  expect(await client.untilClosed()).toBe("hello");
  expect(sent).toEqual([
    { ok: true, value: 5 },
    { ok: true, value: 0 },
  ]);
  expect(sendAtOnce(-1, Buffer.from("x"))).toEqual({ ok: false, reason: "bad file descriptor (EBADF)" });
});
