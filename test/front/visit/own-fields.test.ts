// What the operator wants in every answer, beside what it says itself.
import { describe, expect, test } from "bun:test";
import { addOwn, ownFieldsOf, withOwn } from "../../../src/front/visit/own-fields.ts";

describe("own-fields: fields of all", () => {
  const own = ownFieldsOf(["X-A", "1", "X-A", "2", "Server", "gw"]);
  const given = ["x-a", "app", "Strict-transport-security", "app", "B", "b"];

  test("own-fields: an app's own go, and HSTS is said once", () => {
    expect(withOwn(given, { hsts: undefined, own: undefined })).toEqual(given);
    expect(withOwn(given, { hsts: "m", own: undefined })).toEqual([
      ...["x-a", "app", "B", "b", "Strict-Transport-Security", "m"],
    ]);
    expect(withOwn(given, { hsts: "m", own })).toEqual([
      ...["B", "b", "Strict-Transport-Security", "m", ...own.fields],
    ]);
  });

  test("own-fields: what it depends on is said beside what the app says", () => {
    const of = (...fields: string[]) =>
      withOwn(fields, { hsts: undefined, own: undefined, varies: "Accept" });
    expect(of()).toEqual(["Vary", "Accept"]);
    expect(of("Vary", "Cookie")).toEqual(["Vary", "Cookie, Accept"]);
    for (const said of ["accept", "Cookie, ACCEPT", "*"]) expect(of("Vary", said)).toEqual(["Vary", said]);
    expect(of("Vary", "Accept-Encoding")).toEqual(["Vary", "Accept-Encoding, Accept"]);
  });

  test("own-fields: a page of gw keeps what it says itself", () => {
    const page = ["Cache-Control", "no-store"];
    addOwn(page, { hsts: "m", own: ownFieldsOf(["cache-control", "public", "X-B", "c"]) });
    expect(page).toEqual(["Cache-Control", "no-store", "Strict-Transport-Security", "m", "X-B", "c"]);
  });
});
