// The generated pages are views of tables; what is committed must be what the tables say now.
import { expect, test } from "bun:test";
import { join } from "node:path";
import { renderPages } from "../docs/render.ts";

test.each(Object.entries(renderPages()))(
  "docs: %s is up to date (else run: bun docs/render.ts)",
  async (name, text) => {
    expect(await Bun.file(join(import.meta.dir, "../docs", name)).text()).toBe(text);
  },
);
