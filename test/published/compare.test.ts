import { expect, test } from "bun:test";
import { type Answer, assetsOf, differences, settle } from "./compare.ts";

const answer = (given: Partial<Answer> = {}): Answer => ({
  status: 200,
  headers: [["content-type", "text/plain"]],
  body: "hello",
  ...given,
});

const heard = (given?: Partial<Answer>) => [{ asked: "GET /", answer: answer(given) }];

test("compare: the same answers have no differences", () => {
  expect(differences(heard(), heard())).toEqual([]);
});

test.each([
  [{ status: 500 }, "GET /: status 200, under gw 500"],
  [{ headers: [] }, 'GET /: content-type ["text/plain"], under gw []'],
  [{ headers: [...answer().headers, ["vary", "accept"]] }, 'GET /: vary [], under gw ["accept"]'],
  [{ body: "help" }, 'GET /: body from character 3: "hello", under gw "help"'],
  [{ body: "hello you" }, 'GET /: body from character 5: "hello", under gw "hello you"'],
] as [Partial<Answer>, string][])("compare: %o is told", (given, told) => {
  expect(differences(heard(), heard(given))).toEqual([told]);
});

test("compare: one header with two values is another than two headers", () => {
  const one = heard({ headers: [["set-cookie", "a=1, b=2"]] });
  const two = heard({
    headers: [
      ["set-cookie", "a=1"],
      ["set-cookie", "b=2"],
    ],
  });
  expect(differences(one, two)).toHaveLength(1);
});

test("compare: what was not asked is told", () => {
  expect(differences(heard(), [])).toEqual(["GET /: was not asked under gw"]);
});

test("compare: the address, the framing and what the app varies are settled", () => {
  const settled = settle(
    {
      status: 302,
      headers: [
        ["Location", "http://localhost:4711/there"],
        ["Date", "now"],
        ["Content-Length", "3"],
        ["X-Took", "3ms"],
        ["Vary", "b"],
        ["Vary", "a"],
      ],
      body: "http%3A%2F%2F127.0.0.1%3A4711 at 12:31, not localhost:47110",
    },
    4711,
    { varyingHeaders: ["x-took"], varying: [[/\d\d:\d\d/g, "then"]] },
  );
  expect(settled).toEqual({
    status: 302,
    headers: [
      ["location", "http://address/there"],
      ["vary", "a"],
      ["vary", "b"],
    ],
    body: "http%3A%2F%2Faddress at then, not localhost:47110",
  });
});

test("compare: the assets of a page are those of its own origin", () => {
  const page = `<link rel="stylesheet" href="/a.css?x=1&amp;y=2"><script type="module" src="/b.js"></script>
    <script src="/b.js"></script><img src="//elsewhere/c.png"><img src="https://elsewhere/d.png"><a href="/e">`;
  expect(assetsOf(page)).toEqual(["/a.css?x=1&y=2", "/b.js"]);
});
