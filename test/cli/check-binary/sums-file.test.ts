import { expect, test } from "bun:test";
import { sumIn } from "../../../src/cli/check-binary/sums-file.ts";

const [A, B] = ["a".repeat(64), "b".repeat(64)];

test.each([
  ["", undefined],
  [`${A}  gw-1.0.0-linux-x64/gw`, A],
  [`${B}  gw-1.0.0-linux-x64.tar.gz\n${A} *gw-1.0.0-linux-x64/gw\r\n`, A],
  [`${A}  gw-1.0.0-linux-x64-musl/gw\n${A}  x/gw-1.0.0-linux-x64/gw`, undefined],
  [`${A.slice(1)}  gw-1.0.0-linux-x64/gw`, undefined],
  [`${A.toUpperCase()}  gw-1.0.0-linux-x64/gw`, undefined],
])("sums: %j", (text, sum) => {
  expect(sumIn(text, "1.0.0-linux-x64")).toBe(sum);
});
