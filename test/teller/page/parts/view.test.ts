import { expect, test } from "bun:test";
import { deedOf, queryOf, readView } from "../../../../src/teller/page/parts/view.ts";

const view = (query: string) => readView(new URLSearchParams(query));

test.each([
  ["", "overview"],
  ["view=json", "json"],
  ["view=secrets", "overview"],
  ["view=actions", "actions"],
  ["worker=3", "worker"],
  ["worker=-3", "overview"],
  ["worker=3x", "overview"],
  ["events&worker=3", "events"],
  ["do=restart&worker=3", "confirm"],
  ["do=stop", "overview"],
  ["do=constructor", "overview"],
])("view: ?%s shows %s", (query, shows) => expect(view(query).shows).toBe(shows as never));

test("view: what is looked for, and how it is sorted", () => {
  expect(view("sort=memory&q=+Cart+&all")).toMatchObject({ sort: "memory", filter: "cart", isLong: true });
  expect(view("sort=__proto__")).toMatchObject({ sort: "worker", filter: "", isLong: false });
  expect(view(`q=${"x".repeat(500)}`).filter.length).toBe(100);
});

test("view: an address that shows the same with a change", () => {
  const query = queryOf(view("sort=memory&q=a%26b"), { isLong: true });
  expect(view(query.slice(1))).toMatchObject({ sort: "memory", filter: "a&b", isLong: true });
  expect(queryOf(view(""), {})).toBe("?");
});

test("view: what is to be done", () => {
  expect(deedOf(new URLSearchParams("do=drain&worker=2"))).toEqual({ deed: "drain", worker: 2 });
  expect(deedOf(new URLSearchParams("do=pause&group=api"))).toEqual({ deed: "pause", group: "api" });
  expect(deedOf(new URLSearchParams("do=pause&group="))).toEqual({ deed: "pause" });
  expect(deedOf(new URLSearchParams("worker=2"))).toBeUndefined();
});
