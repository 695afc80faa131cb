import { describe, expect, test } from "bun:test";
import type { HostFacts } from "../../../src/options/resolve/resolve.ts";
import { resolveWith } from "../placed.ts";

describe("what cannot be", () => {
  const long = `/${"a".repeat(110)}`;
  test.each<[string, string[], Partial<HostFacts>, string]>([
    [
      "a socket of another kind",
      [],
      { handed: { sockets: [], wrong: ["Descriptor 3 (x) of LISTEN_FDS is not listening"] } },
      "Descriptor 3 (x) of LISTEN_FDS is not listening",
    ],
    [
      "a place within another",
      ["--listen", "127.0.0.1:80", "--listen", "0.0.0.0:80"],
      {},
      "0.0.0.0:80 takes the clients of 127.0.0.1:80 as well, so that gw cannot listen at both",
    ],
    [
      "both wildcards",
      ["--listen", "[::]:80,0.0.0.0:80"],
      {},
      "[::]:80 takes the clients of 0.0.0.0:80 as well, so that gw cannot listen at both",
    ],
    [
      "the port's own place over another",
      ["--port", "80", "--listen", "127.0.0.1:80"],
      {},
      "0.0.0.0:80 takes the clients of 127.0.0.1:80 as well, so that gw cannot listen at both",
    ],
    [
      "a long path",
      ["--listen", `unix:${long}`],
      {},
      `The socket "${long}" has 111 bytes, and the system takes 107`,
    ],
    [
      "a directory that is not there",
      ["--listen", "unix:/gone/a"],
      {},
      'The socket "/gone/a" lies in a directory that does not exist',
    ],
    [
      "an unknown owner",
      ["--listen", "unix:/run/a", "--socket-owner", "nobodyy"],
      {},
      'socketOwner names "nobodyy", who is not known here',
    ],
    [
      "an unknown group",
      ["--listen", "unix:/run/a", "--socket-owner", "shop:nogrp"],
      {},
      'socketOwner names "nogrp", who is not known here',
    ],
    [
      "another owner without root",
      ["--listen", "unix:/run/a", "--socket-owner", "nobody"],
      {},
      'socketOwner cannot be "nobody": gw runs as user 501, and only root can give a file away',
    ],
    [
      "PROXY from nobody",
      ["--proxy-protocol"],
      {},
      "proxyProtocol lets nobody in: trustProxy names no proxy that may send a preface",
    ],
  ])("places: %s is refused", (_, argv, changes, what) => {
    expect(resolveWith(argv, changes).problems?.map((problem) => problem.what)).toEqual([what]);
  });

  test.each([
    [["--listen", "[::1]:80,127.0.0.1:80"], []],
    [["--host", "127.0.0.1", "--port", "9", "--listen", "127.0.0.1:80"], []],
    [["--host", "127.0.0.1", "--listen", "127.0.0.1:80"], []],
    [
      ["--host", "127.0.0.1", "--listen", "unix:/run/a"],
      ["host (--host) has no effect, because gw listens at other places alone"],
    ],
    [["--listen", "127.0.0.1:0,0.0.0.0:0"], []],
    [["--listen", "0.0.0.0:80,[::1]:80"], []],
    [["--listen", "unix:/run/a", "--socket-owner", ":video"], []],
    [
      ["--listen", "unix:@a", "--socket-mode", "600"],
      ["socketMode (--socket-mode) has no effect, because gw makes no UNIX socket with a file"],
    ],
    [
      ["--socket-owner", "shop"],
      ["socketOwner (--socket-owner) has no effect, because gw makes no UNIX socket with a file"],
    ],
  ])("places: %j can be, with warnings %j", (argv, warnings) => {
    const resolution = resolveWith(argv);
    expect(resolution.problems ?? resolution.warnings).toEqual(warnings);
  });

  test("places: whose a socket is to be is told in numbers", () => {
    const root = { uid: 0, gid: 0 };
    const ownerOf = (text: string) => {
      const resolution = resolveWith(["--listen", "unix:/run/a", "--socket-owner", text], root);
      return resolution.problems ?? resolution.socketOwner;
    };
    expect([ownerOf("shop:video"), ownerOf("www-data"), ownerOf(":7")]).toEqual([
      { uid: 501, gid: 44 },
      { uid: 33 },
      { gid: 7 },
    ]);
  });
});
