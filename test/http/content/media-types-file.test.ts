// Files of media types, and what is wrong with them.
import { expect, test } from "bun:test";
import { readMediaTypes, readMediaTypesFile } from "../../../src/http/content/media-types-file.ts";
import { makeTempDir } from "../../support/temp-dir.ts";

test("media types: a line that is no type is named", () => {
  expect(readMediaTypes("text/plain txt\n\nplain txt\n")).toEqual({ wrong: 3 });
  expect(readMediaTypes("text/plain\r\n")).toEqual({ types: new Map() });
});

test("media types: of a file it is told what cannot be used", () => {
  using dir = makeTempDir();
  const good = dir.write("good", "text/plain txt # ours\n");
  expect(readMediaTypesFile(good)).toEqual({ types: new Map([["txt", "text/plain"]]) });
  expect(readMediaTypesFile(dir.write("bad", "text/plain txt\nplain txt\n"))).toEqual({
    reason: "line 2 does not begin with a media type",
  });
  expect(readMediaTypesFile(`${good}er`)).toEqual({ reason: "there is no such file" });
});
