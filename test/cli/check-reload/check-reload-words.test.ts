import { expect, test } from "bun:test";
import {
  CHECK_WORDS,
  checkOf,
  chooseTarget,
  PLAN,
} from "../../../src/cli/check-reload/check-reload-words.ts";
import { PLACE_WORDS } from "../../../src/cli/control/control-words.ts";
import { readWords } from "../../../src/cli/terminal/words.ts";

function read(words: string, env: Record<string, string> = {}) {
  const rows = [...CHECK_WORDS, ...PLACE_WORDS];
  const { values, problems } = readWords("check-reload", rows, words.split(" ").filter(Boolean));
  if (problems.length > 0) return problems.map(({ what }) => what);
  const { plan, ...rest } = checkOf(values, env);
  const changed = Object.entries(plan).filter(([name, value]) => PLAN[name as keyof typeof PLAN] !== value);
  return { ...rest, ...Object.fromEntries(changed) };
}

const PLAIN = { wanted: {}, path: "/", replacesFronts: false, overHttp2: false, asJson: false };

test.each<[string, object]>([
  ["", PLAIN],
  ["--times 3 --requests=2000 --concurrency 8", { ...PLAIN, times: 3, requests: 2_000, concurrency: 8 }],
  ["--http2", { ...PLAIN, overHttp2: true }],
  ["--upgrade /gw --leave-parent", { ...PLAIN, upgrade: { file: "/gw", "leave-parent": true } }],
  ["--front --json --port 8000", { ...PLAIN, replacesFronts: true, asJson: true, wanted: { port: 8_000 } }],
  ["--path /a?b=c --host shop.example.com", { ...PLAIN, path: "/a?b=c", host: "shop.example.com" }],
  ["--most-p99-ratio 2.5", { ...PLAIN, mostRatio: 2.5 }],
])("check-reload words: %s", (words, expected) => {
  expect(read(words)).toEqual(expected as never);
});

test.each<[string, string[]]>([
  ["app.ts", ['gw check-reload does not take "app.ts"']],
  ["--time=3", ['gw check-reload does not take "--time"']],
  ["--times 0 --concurrency 5000", ['--times cannot be "0"', '--concurrency cannot be "5000"']],
  ["--path a", ['--path cannot be "a"']],
  ["--path /a#b", ['--path cannot be "/a#b"']],
  ["--host a\r\nb", ['--host cannot be "a\r\nb"']],
  ["--most-p99-ratio 0.5", ['--most-p99-ratio cannot be "0.5"']],
  ["--port", ['"--port" has no value']],
])("check-reload words: %j is refused", (words, problems) => {
  expect(read(words)).toEqual(problems as never);
});

test("check-reload words: GW_PORT counts, as for other commands", () => {
  expect(read("", { GW_PORT: "8000" })).toMatchObject({ wanted: { port: 8_000 } });
});

test.each<[string[], string, number, string]>([
  [["http://localhost:8000/"], "127.0.0.1", 8_000, "localhost:8000"],
  [["http://127.0.0.2:81/"], "127.0.0.2", 81, "127.0.0.2:81"],
  [["http://[::1]:8000/"], "::1", 8_000, "[::1]:8000"],
  [["https://example.com/", "http://localhost/"], "127.0.0.1", 80, "localhost"],
])("check-reload words: %j is asked at %s:%d", (urls, hostname, port, host) => {
  expect(chooseTarget(urls)).toEqual({ target: { hostname, port }, host });
});

test.each([
  [[]],
  [["http://192.0.2.7:8000/"]],
  [["http://example.com/"]],
  [["https://example.com/"]],
  [["nonsense"]],
])("check-reload words: %j is not asked", (urls) => {
  expect(() => chooseTarget(urls)).toThrow(/asks on loopback only, and this gw serves/);
});

test.each([
  ["unix:/run/a b.sock", "/run/a b.sock"],
  ["unix:@shop", "\0shop"],
])("check-reload words: %s is asked where there is nothing else", (url, unix) => {
  expect(chooseTarget(["http://192.0.2.7:8000/", url])).toEqual({ target: { unix }, host: "localhost" });
});

test("check-reload words: over TLS where there is TLS", () => {
  const urls = ["http://localhost:8000/", "https://localhost/"];
  expect(chooseTarget(urls)).toEqual({
    target: { hostname: "127.0.0.1", port: 443, isSecure: true },
    host: "localhost",
  });
});
