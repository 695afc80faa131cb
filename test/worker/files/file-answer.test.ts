import { expect, test } from "bun:test";
import { spawnSync } from "node:child_process";
import { closeSync, truncateSync } from "node:fs";
import { SENT_MOST } from "../../../src/http/handed-file.ts";
import { bytesAtHand, isShort, openAnswer } from "../../../src/worker/files/file-answer.ts";
import { ON_LINUX, testWith } from "../../support/needs.ts";
import { makeTempDir } from "../../support/temp-dir.ts";

const reader = (fields: Readonly<Record<string, string>>) => (name: string) => fields[name];

/** What becomes of a file of ten bytes. */
function open(
  said: Record<string, string>,
  asked: Record<string, string> = {},
  status = 200,
  method = "GET",
) {
  using dir = makeTempDir();
  dir.write("a.txt", "0123456789");
  const file = openAnswer(
    "a.txt",
    dir.path,
    { status, field: reader(said), bodyBytes: 7 },
    { method, field: reader(asked) },
  );
  closeSync(file.fd);
  const read = [file.status, file.start, file.length, file.fields["content-range"]];
  return isShort(file) ? [...read, `short, of ${file.available}`] : read;
}

test.each([
  [{}, {}, [200, 0, 10, undefined]],
  [{ "content-length": "4" }, {}, [200, 0, 4, undefined]],
  [{ "content-length": "40" }, {}, [200, 0, 40, undefined, "short, of 10"]],
  [{ "content-length": "40" }, { range: "bytes=2-3" }, [200, 0, 40, undefined, "short, of 10"]],
  [{ "content-length": "0" }, {}, [200, 0, 10, undefined]],
  [{ "content-length": "7" }, {}, [200, 0, 10, undefined]],
  [{ "content-length": "x" }, {}, [200, 0, 10, undefined]],
  [{}, { range: "bytes=2-3" }, [206, 2, 2, "bytes 2-3/10"]],
  [{ "content-length": "4" }, { range: "bytes=-2" }, [206, 2, 2, "bytes 2-3/4"]],
  [{}, { range: "bytes=0-1,8-9" }, [200, 0, 10, undefined]],
  [{}, { range: "bytes=20-" }, [200, 0, 10, undefined]],
  [{}, { range: "bytes=0-1", "if-range": '"a"' }, [200, 0, 10, undefined]],
  [{ etag: '"a"' }, { range: "bytes=0-1", "if-range": '"a"' }, [206, 0, 2, "bytes 0-1/10"]],
  [{ etag: 'W/"a"' }, { range: "bytes=0-1", "if-range": 'W/"a"' }, [200, 0, 10, undefined]],
  [{ "content-range": "bytes 5-9/99" }, { range: "bytes=0-1" }, [200, 0, 10, undefined]],
])("file-answer: said %j, asked %j", (said, asked, expected) => {
  expect(open(said as Record<string, string>, asked as Record<string, string>)).toEqual(expected);
});

test("file-answer: a range is of an answer that is right, to a GET", () => {
  expect(open({}, { range: "bytes=0-1" }, 404)).toEqual([404, 0, 10, undefined]);
  expect(open({}, { range: "bytes=0-1" }, 200, "HEAD")).toEqual([200, 0, 10, undefined]);
});

testWith(ON_LINUX)("file-answer: what is no file is named to the app's author", () => {
  using dir = makeTempDir();
  spawnSync("mkfifo", [`${dir.path}/fifo`]);
  const named = (path: string) => () =>
    openAnswer(
      path,
      dir.path,
      { status: 200, field: reader({}), bodyBytes: 0 },
      { method: "GET", field: reader({}) },
    );
  expect(named("none")).toThrow(`The answer names the file ${dir.path}/none, which cannot be sent: ENOENT`);
  expect(named("fifo")).toThrow("it is no regular file");
  expect(named(".")).toThrow("it is no regular file");
});

const AT_HAND = [
  [{}, {}, 1000, "all"],
  [{}, {}, SENT_MOST, "all"],
  [{}, {}, SENT_MOST + 1, undefined],
  [{}, {}, 0, undefined],
  [{}, { range: "bytes=2-4" }, SENT_MOST * 2, "cde"],
  [{ "content-length": "3" }, {}, SENT_MOST * 2, "abc"],
  [{ "content-length": "40" }, {}, 10, undefined],
] as const;

testWith(ON_LINUX)("file-answer: what is small is at hand as a whole", () => {
  for (const [said, asked, size, expected] of AT_HAND) {
    using dir = makeTempDir();
    const text = "abcdefghij".repeat(Math.ceil(size / 10)).slice(0, size);
    dir.write("a.txt", text);
    const file = openAnswer(
      "a.txt",
      dir.path,
      { status: 200, field: reader(said), bodyBytes: 7 },
      { method: "GET", field: reader(asked) },
    );
    const bytes = bytesAtHand(file);
    closeSync(file.fd);
    expect(bytes && Buffer.from(bytes).toString()).toBe(expected === "all" ? text : expected);
  }
});

testWith(ON_LINUX)("file-answer: what has become shorter since it was opened is not at hand", () => {
  using dir = makeTempDir();
  const path = dir.write("a.txt", "0123456789");
  const said = { status: 200, field: reader({}), bodyBytes: undefined };
  const file = openAnswer(path, dir.path, said, { method: "GET", field: reader({}) });
  truncateSync(path, 4);
  expect(bytesAtHand(file)).toBeUndefined();
  closeSync(file.fd);
});
