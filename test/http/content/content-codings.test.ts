import { expect, test } from "bun:test";
import { chooseCoding } from "../../../src/http/content/content-codings.ts";

const ALL = ["br", "zstd", "gzip"] as const;

test.each([
  [undefined, ALL, undefined],
  ["", ALL, undefined],
  ["gzip, deflate, br, zstd", ALL, "br"],
  ["gzip, deflate", ALL, "gzip"],
  ["x-gzip", ALL, "gzip"],
  ["gzip;q=1.0, br;q=0.5", ALL, "gzip"],
  ["br;q=0, gzip", ALL, "gzip"],
  ["br;q=0", ALL, undefined],
  ["*", ALL, "br"],
  ["*;q=0", ALL, undefined],
  ["br;q=0, *;q=0.1", ALL, "zstd"],
  ["identity, gzip;q=0.5", ALL, undefined],
  ["identity;q=0.5, gzip", ALL, "gzip"],
  ["gzip;q=2", ALL, undefined],
  ["GZIP", ALL, "gzip"],
  ["gzip ; q=0.001", ALL, "gzip"],
  ["br", ["gzip"], undefined],
  ["br", [], undefined],
] as const)("%s of %j: %s", (accepted, available, chosen) => {
  expect(chooseCoding(accepted, available)).toBe(chosen as never);
});
