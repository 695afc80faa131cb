import { describe, expect, test } from "bun:test";
import type { HandedSocket } from "../../../src/core/addresses.ts";
import { printPlace } from "../../../src/options/declare/kinds/listen-kind.ts";
import type { HostFacts } from "../../../src/options/resolve/resolve.ts";
import { handedOver, resolveWith } from "../placed.ts";

const HTTPS = ["--https-port", "443", "--ssl-certificate-file", "cert.pem"];

/** Where it listens, the main place first, and the host and port by which it is known. */
function placesWith(argv: string[], changes?: Partial<HostFacts>, env?: Record<string, string>) {
  const resolution = resolveWith(argv, changes, env);
  if (resolution.problems) throw new Error(resolution.problems.map(({ what }) => what).join("; "));
  const { host, port } = resolution.settings;
  const places = resolution.places.map((place) => {
    const open = place.descriptor === undefined ? "" : ` as ${place.descriptor}`;
    return `${printPlace(place)}${place.isTls ? " TLS" : ""}${open}`;
  });
  return [`${host}:${port}`, ...places];
}

describe("where gw listens", () => {
  test.each<[string, string[], string[]]>([
    ["nothing is said", [], ["0.0.0.0:8000", "0.0.0.0:8000"]],
    ["a port", ["--port", "9"], ["0.0.0.0:9", "0.0.0.0:9"]],
    ["HTTPS alone", HTTPS, ["0.0.0.0:443", "0.0.0.0:443 TLS"]],
    ["both", [...HTTPS, "--port", "80"], ["0.0.0.0:80", "0.0.0.0:80", "0.0.0.0:443 TLS"]],
    ["a place", ["--listen", "127.0.0.1:81"], ["127.0.0.1:81", "127.0.0.1:81"]],
    [
      "two places",
      ["--listen", "127.0.0.1:81", "--listen", "[::1]:81"],
      ["127.0.0.1:81", "127.0.0.1:81", "[::1]:81"],
    ],
    ["a UNIX socket", ["--listen", "unix:/run/a"], ["0.0.0.0:0", "unix:/run/a"]],
    [
      "a UNIX socket first",
      ["--listen", "unix:/run/a", "--listen", "10.0.0.1:81"],
      ["10.0.0.1:81", "10.0.0.1:81", "unix:/run/a"],
    ],
    [
      "a UNIX socket beside a port",
      ["--listen", "unix:/run/a", "--port", "9"],
      ["0.0.0.0:9", "0.0.0.0:9", "unix:/run/a"],
    ],
    [
      "HTTPS at places",
      [...HTTPS, "--listen", "10.0.0.1:443", "--listen", "10.0.0.2:443"],
      ["10.0.0.1:443", "10.0.0.1:443 TLS", "10.0.0.2:443 TLS"],
    ],
    [
      "HTTPS everywhere and HTTP at one place",
      [...HTTPS, "--listen", "127.0.0.1:80"],
      ["0.0.0.0:443", "0.0.0.0:443 TLS", "127.0.0.1:80"],
    ],
    [
      "the same twice",
      ["--port", "81", "--host", "127.0.0.1", "--listen", "127.0.0.1:81"],
      ["127.0.0.1:81", "127.0.0.1:81"],
    ],
    [
      "free ports",
      ["--listen", "127.0.0.1:0", "--listen", "127.0.0.1:0"],
      ["127.0.0.1:0", "127.0.0.1:0", "127.0.0.1:0"],
    ],
    [
      "a free port of HTTPS beside a place",
      ["--https-port", "0", "--ssl-certificate-file", "cert.pem", "--listen", "127.0.0.1:0"],
      ["0.0.0.0:0", "0.0.0.0:0 TLS", "127.0.0.1:0"],
    ],
  ])("places: %s", (_, argv, expected) => {
    expect(placesWith(argv)).toEqual(expected);
  });

  test("places: the variable PORT counts for nothing beside listen", () => {
    expect(placesWith(["--listen", "127.0.0.1:81"], {}, { PORT: "5000" })).toEqual([
      "127.0.0.1:81",
      "127.0.0.1:81",
    ]);
  });

  const HANDED = { host: "::", port: 443, descriptor: 3 };
  test.each<[string, string[], HandedSocket[], string[]]>([
    ["alone", [], [{ host: "::", port: 80, descriptor: 3 }], [":::80", "[::]:80 as 3"]],
    ["a UNIX socket", [], [{ unix: "/run/a", descriptor: 3 }], ["0.0.0.0:0", "unix:/run/a as 3"]],
    [
      "beside another port",
      ["--port", "9"],
      [{ host: "::", port: 80, descriptor: 3 }],
      ["0.0.0.0:9", "0.0.0.0:9", "[::]:80 as 3"],
    ],
    [
      "for the port that is said",
      ["--port", "80"],
      [{ host: "::", port: 80, descriptor: 3 }],
      ["0.0.0.0:80", "[::]:80 as 3"],
    ],
    ["for HTTPS", HTTPS, [HANDED], [":::443", "[::]:443 TLS as 3"]],
    [
      "for a place of listen",
      ["--listen", "unix:/run/a"],
      [{ unix: "/run/a", descriptor: 4 }],
      ["0.0.0.0:0", "unix:/run/a as 4"],
    ],
  ])("places: handed over, %s", (_, argv, sockets, expected) => {
    expect(placesWith(argv, handedOver(...sockets))).toEqual(expected);
  });

  test("places: where there are UNIX sockets alone, each process has a server root of its own", () => {
    const { settings } = resolveWith(["--listen", "unix:/run/a"]) as { settings: { serverRoot: string } };
    expect(settings.serverRoot).toBe("/tmp/gw-0.0.0.0:0.77:501");
  });
});
