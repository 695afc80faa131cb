// The user that an app hears of is the one that gw has let in, and nobody else says so.
import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { authorizationIn, userFieldOf, withoutClaims, withUser } from "../../../src/front/auth/user-field.ts";
import { writeHead } from "../../../src/upstream/request-head.ts";

const FIELD = userFieldOf("X-Remote-User");

describe("user field", () => {
  test.each([
    "X-Remote-User",
    "x-remote-user",
    "X_Remote_User",
    "X-REMOTE_USER",
    "x.remote-user",
    "X~Remote~User",
  ])("user field: a client's %s is taken off", (name) => {
    expect(withoutClaims(["A", "1", name, "root", "B", "2", name, "x"], FIELD, true)).toEqual([
      "A",
      "1",
      "B",
      "2",
    ]);
  });

  test.each(["X-Remote-Users", "Remote-User", "X-Remote", "XRemoteUser"])(
    "user field: %s is the app's own",
    (name) => {
      expect(withoutClaims([name, "x"], FIELD, true)).toEqual([name, "x"]);
    },
  );

  test("user field: where nothing is claimed, the fields are the same list", () => {
    const fields = ["A", "1", "Authorization", "x"];
    expect(withoutClaims(fields, FIELD, true)).toBe(fields);
    expect(withoutClaims(fields, FIELD, false)).toEqual(["A", "1"]);
  });

  test("user field: a client cannot have it dropped at the next hop", () => {
    const head = (connection: string) =>
      writeHead({
        method: "GET",
        target: "/",
        host: "a",
        fields: withUser(["Connection", connection, "X-A", "1"], FIELD, "ann"),
        visit: [],
        body: undefined,
      });
    for (const connection of [
      "X-Remote-User",
      "close, x-remote-user",
      "x-remote-user, X-A",
      "X-Remote-User,X-Remote-User",
    ])
      expect(head(connection)).toContain("X-Remote-User: ann\r\n");
    expect(head("x-a, x-remote-user")).not.toContain("X-A");
  });

  test("user field: whatever a client sends, an app hears of one user", () => {
    const name = fc.oneof(
      fc.constantFrom("X-Remote-User", "x_remote-user", "Connection", "X-A"),
      fc.stringMatching(/^[A-Za-z_-]{1,14}$/),
    );
    const value = fc.oneof(
      fc.constantFrom("x-remote-user", "root", "close"),
      fc.stringMatching(/^[a-z, -]{0,20}$/),
    );
    fc.assert(
      fc.property(fc.array(fc.tuple(name, value)), (pairs) => {
        const fields = withUser(withoutClaims(pairs.flat(), FIELD, false), FIELD, "ann");
        const head = writeHead({ method: "GET", target: "/", host: "a", fields, visit: [], body: undefined });
        const told = head.split("\r\n").filter((line) => /^x.remote.user:/i.test(line));
        expect(told).toEqual(["X-Remote-User: ann"]);
      }),
    );
  });

  test.each<[string[], string | undefined]>([
    [["A", "1"], undefined],
    [["authorization", "Basic x"], "Basic x"],
    [["Authorization", "a", "AUTHORIZATION", "b"], ""],
  ])("user field: the credentials of %j", (fields, expected) => {
    expect(authorizationIn(fields)).toBe(expected);
  });
});
