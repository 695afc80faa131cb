import { expect, test } from "bun:test";
import { createMediaTypes } from "../../../../src/front/files/reply/media-types.ts";
import { readMediaTypes } from "../../../../src/http/content/media-types-file.ts";

test("types by the ending, the operator's own first", () => {
  const own = readMediaTypes(
    "# ours\ntext/x-special  spec SPECIAL\n\napplication/wasm wasm # comment\nimage/png\n",
  );
  const types = createMediaTypes("types" in own ? own.types : new Map());
  expect(types("a.html")).toBe("text/html; charset=utf-8");
  expect(types("a.JS")).toBe("text/javascript; charset=utf-8");
  expect(types("a.min.css")).toBe("text/css; charset=utf-8");
  expect(types("a.svg")).toBe("image/svg+xml");
  expect(types("a.json")).toBe("application/json; charset=utf-8");
  expect(types("a.tar.gz")).toBe("application/gzip");
  expect(types("a.spec")).toBe("text/x-special");
  expect(types("a.special")).toBe("text/x-special");
  expect(types("README")).toBe("application/octet-stream");
  expect(types("html")).toBe("application/octet-stream");
  expect(types(".html")).toBe("application/octet-stream");
  expect(types("a.constructor")).toBe("application/octet-stream");
  expect(types("a.html.")).toBe("application/octet-stream");
});
