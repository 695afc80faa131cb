import { expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { topPicture } from "../../support/top-picture.ts";

test("the picture of gw top is that of its screen (else run: npm run pictures)", () => {
  const drawn = readFileSync(join(import.meta.dir, "../../../docs/pictures/top.svg"), "utf8");
  expect(drawn).toBe(topPicture());
  for (const text of [">serving<", "/report", "worker 4", "38ms", "q quit"]) expect(drawn).toContain(text);
});
