import { expect, test } from "bun:test";
import type { Settings } from "../../../src/options/declare/table.ts";
import type { PublicPlace } from "../../../src/options/groups/places.ts";
import {
  boundPlaces,
  choosePlaces,
  sharedDescriptors,
  urlsOf,
} from "../../../src/supervisor/fronts/places.ts";

const place = (host: string, port: number, isTls = false): PublicPlace => ({ host, port, isTls });
const choose = (port: number, httpsPort: number | undefined, ...places: PublicPlace[]) =>
  choosePlaces({ settings: { port, httpsPort } as Settings, places }, process.pid);

test("places: ports that are named stay, and gw is known by them", () => {
  const plain = place("127.0.0.1", 80);
  const secure = place("::", 443, true);
  expect(choose(80, 443, plain, secure)).toEqual({ main: 80, https: 443, all: [plain, secure] });
  expect(choose(443, 443, secure)).toEqual({ main: 443, https: 443, all: [secure] });
});

test("places: where 0 is asked for the system chooses, for each place on its own", () => {
  const { main, https, all } = choose(0, 0, place("127.0.0.1", 0, true));
  expect([all, https]).toEqual([[place("127.0.0.1", main, true)], main]);
  const several = choose(0, undefined, place("127.0.0.1", 0), place("127.0.0.1", 0));
  const ports = several.all.map((one) => ("port" in one ? one.port : 0));
  expect([several.main, ports.every((port) => port > 0)]).toEqual([ports[0]!, true]);
  const beside = choose(80, 0, place("127.0.0.1", 80), place("127.0.0.1", 0, true));
  expect([beside.main, beside.https! > 0]).toEqual([80, true]);
});

test("places: with UNIX sockets alone there is no port", () => {
  expect(choose(0, undefined, { unix: "/run/a", isTls: false }).main).toBe(0);
});

test("places: who binds what, and where clients go", () => {
  const all: PublicPlace[] = [
    place("0.0.0.0", 80),
    place("::1", 443, true),
    { ...place("::", 81), descriptor: 3 },
    { unix: "/run/a", isTls: false, descriptor: 7 },
  ];
  const places = { main: 80, all };
  expect(boundPlaces(places)).toEqual(all.slice(0, 2) as never);
  expect(sharedDescriptors(places)).toEqual([3, 7]);
  expect(urlsOf(places)).toEqual([
    "http://localhost:80/",
    "https://[::1]:443/",
    "http://localhost:81/",
    "unix:/run/a",
  ]);
});
