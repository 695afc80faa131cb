import { expect, test } from "bun:test";
import { servesFiles, servesFilesOnly } from "../../../src/options/declare/file-places.ts";

test.each([
  [{}, [false, false]],
  [{ app: "/srv/app.ts" }, [false, false]],
  [{ documentRoot: "/srv/site" }, [true, true]],
  [{ urlAlias: ["/a=/srv/a"] }, [true, true]],
  [{ app: "/srv/app.ts", documentRoot: "/srv/site" }, [true, false]],
])("file-places: of %j, has files, and only these: %j", (given, expected) => {
  const settings = { app: undefined, documentRoot: undefined, urlAlias: [], ...given };
  expect([servesFiles(settings), servesFilesOnly(settings)]).toEqual(expected);
});
