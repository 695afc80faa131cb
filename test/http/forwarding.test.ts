import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { FORWARDING_HEADERS } from "../../src/core/requests/forwarding-headers.ts";
import { createForwardingReader, ForwardingProblem, type ProxyWord } from "../../src/http/forwarding.ts";

const PROXY = "127.0.0.1";
const TRUSTED = new Set([PROXY, "10.0.0.1", "2001:db8::1"]);
const isTrusted = (address: string) => TRUSTED.has(address);

const FOR = "x-forwarded-for";
const MANY = [
  FOR,
  "x-forwarded-host",
  "x-forwarded-proto",
  "x-forwarded-ssl",
  "x-forwarded-https",
  "x-script-name",
  "x-forwarded-script-name",
  "x-forwarded-server",
  "x-forwarded-port",
];

type Case = {
  /** What the client or its proxy sent, as lines. */
  sent: string[];
  told: ProxyWord;
  /** What the app gets of it, as lines. */
  kept: string[];
};

const linesOf = (fields: readonly string[]) =>
  fields.flatMap((name, at) => (at % 2 === 0 ? [`${name}: ${fields[at + 1]}`] : []));
const fieldsOf = (lines: readonly string[]) =>
  lines.flatMap((line) => [line.slice(0, line.indexOf(":")), line.slice(line.indexOf(":") + 1).trim()]);

function play(headers: readonly string[], peer: string, { sent, told, kept }: Case): void {
  const read = createForwardingReader(isTrusted, headers);
  const seen = read(fieldsOf(sent), peer);
  expect(seen.told).toEqual(told);
  expect(linesOf(seen.fields)).toEqual(kept);
}

/** Each line is one request: what was sent, what is believed, what goes on. */
const same = (line: string, told: ProxyWord): Case => ({ sent: [line], told, kept: [line] });

describe("a trusted proxy is believed", () => {
  const cases: Case[] = [
    {
      sent: ["X-Forwarded-For: 203.0.113.5, 10.0.0.1"],
      told: { address: "203.0.113.5" },
      kept: ["X-Forwarded-For: 203.0.113.5, 10.0.0.1"],
    },
    same("X-Forwarded-For: 203.0.113.5", { address: "203.0.113.5" }),
    same("X-Forwarded-Host: proxy.example.com", { host: "proxy.example.com" }),
    same("X-Forwarded-Host: proxy.example.com:8443", { host: "proxy.example.com:8443" }),
    same("X-Forwarded-Proto: https", { scheme: "https" }),
    same("X-Forwarded-Proto: http", { scheme: "http" }),
    same("X-Forwarded-SSL: On", { scheme: "https" }),
    same("X-Forwarded-SSL: true", { scheme: "https" }),
    same("X-Forwarded-SSL: 1", { scheme: "https" }),
    same("X-Forwarded-SSL: Off", { scheme: "http" }),
    same("X-Forwarded-HTTPS: false", { scheme: "http" }),
    same("X-Forwarded-HTTPS: 0", { scheme: "http" }),
    same("X-Script-Name: /app", { script: "/app" }),
    same("X-Script-Name: /app/", { script: "/app" }),
    same("X-Script-Name: /", { script: "" }),
    same("X-Forwarded-Script-Name: /other", { script: "/other" }),
    same("X-Forwarded-Server: overridden.example.com", { server: "overridden.example.com" }),
    same("X-Forwarded-Port: 8443", { localPort: 8443 }),
    // The nearest proxy's word is the last one.
    {
      sent: ["X-Forwarded-Proto: http, https"],
      told: { scheme: "https" },
      kept: ["X-Forwarded-Proto: https"],
    },
    {
      sent: ["X-Forwarded-Proto: http", "X-Forwarded-Proto: wss"],
      told: { scheme: "https" },
      kept: ["X-Forwarded-Proto: wss"],
    },
    // What nothing can be made of is neither believed nor passed on.
    { sent: ["X-Forwarded-Proto: gopher"], told: {}, kept: [] },
    { sent: ["X-Forwarded-Port: 0"], told: {}, kept: [] },
    { sent: ["X-Forwarded-Port: 65536"], told: {}, kept: [] },
    { sent: ["X-Forwarded-Server: a b"], told: {}, kept: [] },
  ];
  test.each(cases)("$sent", (one) => play(MANY, PROXY, one));

  test.each([
    "X-Forwarded-Host: a b",
    "X-Forwarded-Host: a/b",
    "X-Script-Name: /a/../b",
    "X-Script-Name: app",
    "X-Script-Name: /a b",
  ])("%s is no value to go on with", (line) => {
    const read = createForwardingReader(isTrusted, MANY);
    expect(() => read(fieldsOf([line]), PROXY)).toThrow(ForwardingProblem);
  });
});

describe("of a chain only what trusted proxies wrote counts", () => {
  const chain = (value: string, address: string | undefined, rest = value): Case => ({
    sent: [`X-Forwarded-For: ${value}`],
    told: address === undefined ? {} : { address },
    kept: rest === "" ? [] : [`X-Forwarded-For: ${rest}`],
  });
  const cases: Case[] = [
    chain("203.0.113.5, 127.0.0.1", "203.0.113.5"),
    chain("127.0.0.1, 127.0.0.1", "127.0.0.1"),
    chain("198.51.100.9, 203.0.113.5", "203.0.113.5", "203.0.113.5"),
    chain("6.6.6.6, 203.0.113.5, 10.0.0.1", "203.0.113.5", "203.0.113.5, 10.0.0.1"),
    // Elements that are empty are none.
    chain("203.0.113.5, , 127.0.0.1", "203.0.113.5", "203.0.113.5, 127.0.0.1"),
    chain("203.0.113.5,,127.0.0.1", "203.0.113.5", "203.0.113.5, 127.0.0.1"),
    chain("203.0.113.5, 127.0.0.1,", "203.0.113.5", "203.0.113.5, 127.0.0.1"),
    chain(", 203.0.113.5, 127.0.0.1", "203.0.113.5", "203.0.113.5, 127.0.0.1"),
    chain("203.0.113.5,  ,  , 127.0.0.1", "203.0.113.5", "203.0.113.5, 127.0.0.1"),
    chain(", 203.0.113.5", "203.0.113.5", "203.0.113.5"),
    chain("203.0.113.5,", "203.0.113.5", "203.0.113.5"),
    // A name in the place of an address: who said so is the last one known.
    chain("203.0.113.5, unknown, 10.0.0.1", "10.0.0.1", "10.0.0.1"),
    chain("203.0.113.5, unknown", undefined, ""),
    chain("999.1.1.1", undefined, ""),
    chain("", undefined, ""),
    chain("::ffff:203.0.113.5", "203.0.113.5"),
    chain("2001:DB8::9, [2001:db8::1]:443", "2001:db8::9"),
  ];
  test.each(cases)("$sent", (one) => play([FOR], PROXY, one));

  test("an element may have a port", () => {
    play([FOR], PROXY, same("X-Forwarded-For: 203.0.113.5:4711", { address: "203.0.113.5", port: 4711 }));
    play([FOR], PROXY, same("X-Forwarded-For: [2001:db8::7]:80", { address: "2001:db8::7", port: 80 }));
  });

  test("several lines are one list", () => {
    const sent = ["X-Forwarded-For: 6.6.6.6", "Host: a", "X-Forwarded-For: 203.0.113.5, 10.0.0.1"];
    play([FOR], PROXY, {
      sent,
      told: { address: "203.0.113.5" },
      kept: ["X-Forwarded-For: 203.0.113.5, 10.0.0.1", "Host: a"],
    });
  });
});

describe("what is not listed says nothing", () => {
  const cases: Case[] = [
    {
      sent: ["X-Forwarded-For: 203.0.113.5", "X-Client-IP: 198.51.100.9"],
      told: { address: "203.0.113.5" },
      kept: ["X-Forwarded-For: 203.0.113.5"],
    },
    {
      sent: ["X-Real-IP: 198.51.100.9", "X-Forwarded-For: 203.0.113.5"],
      told: { address: "203.0.113.5" },
      kept: ["X-Forwarded-For: 203.0.113.5"],
    },
    { sent: ["Forwarded: for=6.6.6.6"], told: {}, kept: [] },
    // With an underscore it is the same variable where fields become variables.
    { sent: ["X_Forwarded_For: 6.6.6.6"], told: {}, kept: [] },
    { sent: ["x-real-ip: 6.6.6.6", "X-Client-Ip: 6.6.6.6"], told: {}, kept: [] },
    // Other things than the client were not declared.
    {
      sent: ["X-Forwarded-Host: proxy.example.com"],
      told: {},
      kept: ["X-Forwarded-Host: proxy.example.com"],
    },
    { sent: ["X-Forwarded-Proto: https"], told: {}, kept: ["X-Forwarded-Proto: https"] },
    { sent: ["X-Script-Name: /app"], told: {}, kept: ["X-Script-Name: /app"] },
  ];
  test.each(cases)("$sent", (one) => play([FOR], PROXY, one));

  test("of two that are listed the first one counts, and the other one is taken away", () => {
    const sent = ["X-Real-IP: 6.6.6.6", "X-Forwarded-For: 203.0.113.5"];
    play([FOR, "x-real-ip"], PROXY, {
      sent,
      told: { address: "203.0.113.5" },
      kept: ["X-Forwarded-For: 203.0.113.5"],
    });
    play(["x-real-ip", FOR], PROXY, { sent, told: { address: "6.6.6.6" }, kept: ["X-Real-IP: 6.6.6.6"] });
  });
});

describe("nobody else is believed", () => {
  const lines = [
    "X-Forwarded-For: 203.0.113.5",
    "X-Forwarded-Proto: https",
    "X-Forwarded-Host: spoof.example.com",
    "X-Script-Name: /spoof",
    "X-Forwarded-Server: spoof.example.com",
    "X-Forwarded-Port: 31337",
    "X-Real-IP: 203.0.113.5",
    "Forwarded: for=203.0.113.5;proto=https",
  ];
  test.each(lines)("%s", (line) =>
    play(MANY, "198.51.100.1", { sent: [line, "Host: a"], told: {}, kept: ["Host: a"] }),
  );
});

describe("Forwarded", () => {
  const forwarded = (value: string, told: ProxyWord, rest = value): Case => ({
    sent: [`Forwarded: ${value}`],
    told,
    kept: rest === "" ? [] : [`Forwarded: ${rest}`],
  });
  const cases: Case[] = [
    forwarded("for=203.0.113.5", { address: "203.0.113.5" }),
    forwarded('For="[2001:db8::9]:4711";Proto=HTTPS;host="shop.example:8443"', {
      address: "2001:db8::9",
      port: 4711,
      scheme: "https",
      host: "shop.example:8443",
    }),
    forwarded(
      "for=6.6.6.6;proto=http, for=203.0.113.5;proto=https, for=10.0.0.1;proto=http",
      { address: "203.0.113.5", scheme: "https" },
      "for=203.0.113.5;proto=https, for=10.0.0.1;proto=http",
    ),
    forwarded("for=_hidden;proto=https", { scheme: "https" }),
    forwarded("for=unknown", {}),
    forwarded(", for=203.0.113.5 ,", { address: "203.0.113.5" }, "for=203.0.113.5"),
  ];
  test.each(cases)("$sent", (one) => play(["forwarded"], PROXY, one));

  test.each([
    "for",
    "for=1.1.1.1;for=2.2.2.2",
    "for=1.1.1.1 proto=https",
    'for="1.1.1.1',
    "for=[::1]",
    "=1",
    "for=a=b",
  ])("%s cannot be read, and half of it is not believed", (value) => {
    const read = createForwardingReader(isTrusted, ["forwarded"]);
    expect(() => read(["Forwarded", value], PROXY)).toThrow(ForwardingProblem);
  });

  test("beside a header for one thing, it tells the others", () => {
    play([FOR, "forwarded"], PROXY, {
      sent: ["Forwarded: for=6.6.6.6;proto=https", "X-Forwarded-For: 203.0.113.5"],
      told: { address: "203.0.113.5", scheme: "https" },
      kept: ["Forwarded: for=6.6.6.6;proto=https", "X-Forwarded-For: 203.0.113.5"],
    });
  });
});

test("forwarding: whatever an untrusted client sends, nothing of it is believed and none of the declared headers passes", () => {
  const name = fc.constantFrom(
    ...FORWARDING_HEADERS,
    ...FORWARDING_HEADERS.map((one) => one.toUpperCase().replaceAll("-", "_")),
    "host",
    "cookie",
  );
  const field = fc.tuple(name, fc.string());
  fc.assert(
    fc.property(fc.array(field), fc.subarray([...FORWARDING_HEADERS], { minLength: 1 }), (sent, headers) => {
      const { told, fields } = createForwardingReader(() => false, headers)(sent.flat(), "198.51.100.1");
      expect(told).toEqual({});
      const names = fields
        .filter((_, at) => at % 2 === 0)
        .map((one) => one.toLowerCase().replaceAll("_", "-"));
      expect(names.filter((one) => headers.includes(one))).toEqual([]);
    }),
  );
});

test("forwarding: a client behind a trusted proxy that appends its address cannot pass for another one", () => {
  const value = fc.oneof(
    fc.ipV4(),
    fc.ipV6(),
    fc.constantFrom("127.0.0.1", "10.0.0.1", "unknown", "", " ", ",", "a,b"),
  );
  fc.assert(
    fc.property(fc.array(value), (forged) => {
      const fields = ["X-Forwarded-For", [...forged, "203.0.113.5"].join(", ")];
      const { told } = createForwardingReader(isTrusted, [FOR])(fields, PROXY);
      expect(told.address).toBe("203.0.113.5");
    }),
  );
});
