// Files of passwords: what stands in them, and what is wrong with each line that is not taken.
import { expect, test } from "bun:test";
import fc from "fast-check";
import { readPasswords } from "../../src/credentials/htpasswd.ts";

const BCRYPT = "$2y$10$6jVK7PcPUA6sjxoYzaG7XuZo0dEKWDJdr0ZRNTfIl4Zs6XAqqVQyO";
const CHEAP = BCRYPT.replace("$10$", "$05$");
const ARGON =
  "$argon2id$v=19$m=19456,t=2,p=1$hczLjLGdVhm13SePwxfUJ5a0z8bjI82+JDhhSG4OTLg$fE9kNDv04f+LrdZBzW2Y76c7mU4XXK0kDXoqgVjU3Gw";

const read = (text: string) => readPasswords({ text, path: "/srv/users", from: "--auth-user-file" });

test("htpasswd: users and their hashes, whatever stands between them", () => {
  const text = `\ufeff# the shop\r\nalice:${BCRYPT}\r\n\r\n  \nbob:${ARGON}:since May\njörg:${BCRYPT} `;
  expect(read(text)).toEqual({
    hashes: new Map([
      ["alice", BCRYPT],
      ["bob", ARGON],
      ["jörg", BCRYPT],
    ]),
    problems: [],
    warnings: [],
  });
});

test.each([
  [
    "alice:$apr1$mEsDnCqM$xMIG6oxkGtK5gb2mKqXGK1",
    'has the password of "alice" as apr1, which can be guessed too fast',
  ],
  [
    "alice:{SHA}W6ph5Mm5Pz8GgiULbPgzG37mj9g=",
    'has the password of "alice" as {SHA}, which can be guessed too fast',
  ],
  ["alice:rl5FQRJrz1x6I", 'has the password of "alice" as crypt, which can be guessed too fast'],
  ["alice:secret", 'has the password of "alice" as plain text, which is no hash'],
  [`alice:${BCRYPT.slice(0, -2)}`, 'has the password of "alice" as bcrypt, which is damaged'],
  ["alice:", 'has the password of "alice" as plain text, which is no hash'],
])("htpasswd: %s is refused by its name, with what to do", (line, what) => {
  expect(read(`bob:${BCRYPT}\n${line}\n`).problems).toEqual([
    {
      cause: "configuration",
      what: `Line 2 of "/srv/users" ${what}`,
      from: "--auth-user-file",
      advice: "Set it anew: gw password /srv/users alice",
    },
  ]);
});

test.each([
  ["alice", "is not of the form user:hash"],
  [`alice:${"x".repeat(5000)}`, "is not of the form user:hash"],
  ["al\ufffdce:x", "is not UTF-8"],
  [`:${BCRYPT}`, "names a user whose name is empty"],
  [` alice:${BCRYPT}`, "names a user whose name begins or ends with white space"],
  [`a\x1b[2Jlice:${BCRYPT}`, "names a user whose name holds a character"],
  [`bob:${ARGON}`, 'names "bob" again, as line 1'],
  ["alice:the shop:0123456789abcdef0123456789abcdef", 'is one of htdigest, for "alice" and a realm'],
])("htpasswd: %j is refused", (line, what) => {
  const [problem, ...more] = read(`bob:${BCRYPT}\n${line}\n`).problems;
  expect(problem?.what).toStartWith(`Line 2 of "/srv/users" ${what}`);
  expect(more).toEqual([]);
});

test("htpasswd: a user whose name a shell would take apart is quoted in the advice", () => {
  const [problem] = read("$(reboot):x\n").problems;
  expect(problem?.advice).toBe("Set it anew: gw password /srv/users '$(reboot)'");
});

test("htpasswd: a whole file of another form is not told line by line", () => {
  const { problems } = read(Array.from({ length: 1000 }, (_, i) => `u${i}:secret`).join("\n"));
  expect(problems).toHaveLength(11);
  expect(problems.at(-1)?.what).toBe('There are 990 more lines in "/srv/users" that are wrong');
});

test("htpasswd: hashes that are quick to guess, and nobody at all, are warned of", () => {
  expect(read(`alice:${CHEAP}\nbob:${BCRYPT}\n`).warnings).toEqual([
    'the hash of "alice" in "/srv/users" can be guessed fast by who gets hold of it: gw password /srv/users alice makes a better one',
  ]);
  expect(read(`alice:${CHEAP}\nbob:${CHEAP}\ncarol:${CHEAP}\n`).warnings[0]).toContain(
    '"alice", and those of 2 more users, in',
  );
  expect(read("# nobody yet\n").warnings).toEqual([
    'there is no user in "/srv/users", so that nobody gets in',
  ]);
});

test("htpasswd: no text makes it throw, and nothing told of it shows what stands behind a user", () => {
  fc.assert(fc.property(fc.string({ unit: "binary", maxLength: 200 }), (text) => void read(text)));
  const secret = fc.stringMatching(/^[a-z0-9{}]{8,40}$/).map((word) => `SECRET${word}`);
  fc.assert(
    fc.property(fc.array(secret, { maxLength: 20 }), (secrets) => {
      const { problems, warnings } = read(secrets.map((word, i) => `user${i}:${word}\n`).join(""));
      expect(JSON.stringify([problems, warnings])).not.toContain("SECRET");
    }),
  );
});
