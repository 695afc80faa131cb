// The binary tells whether it is the one that was published.
import { expect, test } from "bun:test";
import { join } from "node:path";
import { sumOf } from "../../../deploy/release/sums.ts";
import { freshBinary } from "../../support/fresh-binary.ts";
import { runGw } from "../../support/gw.ts";
import { makeTempDir } from "../../support/temp-dir.ts";

test("check-binary: the sums decide, and what cannot be told is not told", async () => {
  using dir = makeTempDir();
  const { version, target } = JSON.parse((await runGw(["version", "--json"])).stdout);
  const { hash } = await sumOf(freshBinary(), "gw");
  const name = `gw-${version}-${target}/gw`;
  const check = (text: string) => runGw(["check-binary", dir.write("sums", text)]);
  const right = await check(`${hash}  ${name}\n`);
  expect([right.code, right.stdout]).toEqual([0, expect.stringContaining(hash)]);
  const wrong = await check(`${"0".repeat(64)}  ${name}\n`);
  expect([wrong.code, wrong.stderr]).toEqual([65, expect.stringContaining(hash)]);
  const other = await check(`${hash}  gw-9.9.9-${target}/gw\n`);
  expect([other.code, other.stderr]).toEqual([66, expect.stringContaining(name)]);
  expect(other.stderr).toContain("say nothing of this gw");
  const none = await runGw(["check-binary", join(dir.path, "absent")]);
  expect([none.code, none.stderr]).toEqual([66, expect.stringContaining("absent")]);
});
