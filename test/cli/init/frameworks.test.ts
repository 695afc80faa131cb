import { describe, expect, test } from "bun:test";
import { FRAMEWORKS, findEntry, recognise } from "../../../src/cli/init/frameworks.ts";
import { CATALOGUE } from "../../published/catalogue.ts";

const projectWith = (packages: string[], files: Record<string, string> = {}) => ({
  packages: new Set(packages),
  read: (path: string) => files[path],
});

describe("frameworks", () => {
  test.each([
    [["next", "react"], {}, "Next.js"],
    [["next"], { "next.config.ts": 'export default { output: "export" };' }, "Next.js"],
    [["next"], { "next.config.mjs": "export default { output: 'standalone' };" }, "Next.js, standalone"],
    [["@sveltejs/kit", "@sveltejs/adapter-node", "vite"], {}, "SvelteKit"],
    [["@sveltejs/kit", "@sveltejs/adapter-vercel"], {}, undefined],
    [["astro", "@astrojs/node"], {}, "Astro"],
    [["@react-router/serve"], {}, "React Router"],
    [["@nestjs/core", "@nestjs/platform-express", "express"], {}, "Nest"],
    [["express"], {}, undefined],
    [["nextra"], {}, undefined],
  ])("%p is %p", (packages, files, title) => {
    expect(recognise(projectWith(packages, files as Record<string, string>))?.title).toBe(title as never);
  });

  test("what each starts, the lane of published applications starts too", () => {
    const tried = CATALOGUE.map(({ gw }) => gw.join(" "));
    for (const { words, sources } of FRAMEWORKS) {
      expect(tried).toContain(words.join(" "));
      if (sources !== undefined) expect(tried).toContain(sources);
    }
  });

  test.each([
    ["node server.js", "server.js"],
    ["NODE_ENV=production node --enable-source-maps ./dist/server.mjs --port 3000", "./dist/server.mjs"],
    ["cross-env NODE_ENV=production tsx src/index.ts", "src/index.ts"],
    ["bun run --hot src/app.tsx", "src/app.tsx"],
    ["exec node bin/www.js", "bin/www.js"],
    ["next start", undefined],
    ["node .", undefined],
    ["rm -rf index.js", undefined],
  ])("the script %p starts %p", (start, entry) => {
    expect(findEntry({ start }, (path) => path === entry)).toBe(entry);
  });

  test("what is not there is not taken: the start, then main, then a usual name", () => {
    const has =
      (...paths: string[]) =>
      (path: string) =>
        paths.includes(path);
    const said = { start: "node gone.js", main: "lib/main.js" };
    expect(findEntry(said, has("lib/main.js", "index.js"))).toBe("lib/main.js");
    expect(findEntry(said, has("index.js", "src/index.ts"))).toBe("src/index.ts");
    expect(findEntry({}, has())).toBeUndefined();
  });
});
