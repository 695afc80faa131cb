import { expect, test } from "bun:test";
import { listenPlaces, printPlace, readPlace } from "../../../../src/options/declare/kinds/listen-kind.ts";

const kind = listenPlaces();

test.each([
  ["127.0.0.1:8080", { host: "127.0.0.1", port: 8080 }],
  ["[::1]:80", { host: "::1", port: 80 }],
  ["[fe80::1%eth0]:80", { host: "fe80::1%eth0", port: 80 }],
  ["localhost:0", { host: "localhost", port: 0 }],
  ["0.0.0.0:65535", { host: "0.0.0.0", port: 65_535 }],
  ["unix:/run/shop.sock", { unix: "/run/shop.sock" }],
  ["unix:@shop", { unix: "@shop" }],
])("listen: %s is a place", (text, place) => {
  expect(kind.parse(text)).toEqual([text]);
  expect(readPlace(text)).toEqual(place);
  expect(printPlace(place)).toBe(text);
});

test.each([
  "8080",
  ":8080",
  "::1:80",
  "[127.0.0.1]:80",
  "127.0.0.1",
  "127.0.0.1:65536",
  "127.0.0.1:-1",
  "http://127.0.0.1:80",
  "unix:",
  "unix:@",
  "unix:@a/b",
  "/run/shop.sock",
])("listen: %s is none", (text) => {
  expect(kind.parse(text)).toBeUndefined();
});

test("listen: several add up, and a path starts where it was written", () => {
  const items = kind.parse("127.0.0.1:1, unix:a.sock,unix:@b, unix:/c");
  expect(items && kind.anchor?.(items, (path) => (path.startsWith("/") ? path : `/srv/${path}`))).toEqual([
    "127.0.0.1:1",
    "unix:/srv/a.sock",
    "unix:@b",
    "unix:/c",
  ]);
});
