// The walk along a source's imports, and the places of a file that is not there.
import { describe, expect, test } from "bun:test";
import { resolve } from "node:path";
import { followImports, isOfApp, placesFor, type SourceTools } from "../../src/sources/import-graph.ts";

/** Sources whose imports stand in them one a line; one that begins with "!" does not parse. */
function tools(sources: Record<string, string>): SourceTools {
  return {
    read: (path) => sources[path],
    find: (specifier, from) => {
      const path = specifier.startsWith(".")
        ? resolve(from, "..", specifier)
        : `/app/node_modules/${specifier}`;
      return path in sources || path.includes("node_modules") ? path : undefined;
    },
    scan(source) {
      if (source.startsWith("!")) throw new Error("no source");
      return source.split("\n").filter(Boolean);
    },
  };
}

describe("import graph", () => {
  test("import graph: circles end, packages are left out, and every file is named once", () => {
    const sources = {
      "/app/a.ts": "./b.ts\n./c.ts\nexpress",
      "/app/b.ts": "./a.ts",
      "/app/c.ts": "./b.ts\n./d.json",
      "/app/d.json": "",
    };
    expect(followImports("/app/a.ts", tools(sources))).toEqual({
      files: ["/app/a.ts", "/app/b.ts", "/app/c.ts", "/app/d.json"],
      missing: [],
    });
  });

  test("import graph: of a source that does not parse, what looks like an import is followed", () => {
    const sources = {
      "/app/a.ts": "!import { b } from './b.ts';\nconst c = require(\"./c.ts\"); import('./d.ts'",
      "/app/b.ts": "",
      "/app/c.ts": "",
      "/app/d.ts": "",
    };
    expect(followImports("/app/a.ts", tools(sources)).files).toHaveLength(4);
  });

  test("import graph: a file may be found under other endings, and a .js that is written as .ts", () => {
    const places = placesFor("./part.js?raw", "/app/src/a.ts");
    for (const path of ["part.js", "part.ts", "part.tsx", "part.js.ts", "part.js/index.ts"])
      expect(places).toContain(`/app/src/${path}`);
    expect(placesFor("..", "/app/src/a.ts")).toContain("/app/index.ts");
    expect(placesFor("file:///x/y.ts", "/app/a.ts")).toContain("/x/y.ts");
    for (const specifier of ["express", "@scope/name", "node:fs", "file://elsewhere/a.ts"])
      expect(placesFor(specifier, "/app/a.ts")).toEqual([]);
  });

  test("import graph: what is of the app", () => {
    expect(["/app/a.ts", "/app/node_modules/x/a.ts", "/$bunfs/root/gw", "node:fs"].filter(isOfApp)).toEqual([
      "/app/a.ts",
    ]);
  });
});
