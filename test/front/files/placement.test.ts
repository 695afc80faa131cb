// Where among its group's files a request leads.
import { describe, expect, test } from "bun:test";
import { isNavigation, placeBelowMount, withSlash } from "../../../src/front/files/placement.ts";
import { anyVisit, FakeClient, visitOf } from "../fakes.ts";

function visitTo(target: string, changes: object = {}) {
  return Object.assign(anyVisit(), { target, ...changes });
}

describe("placement: below the mount", () => {
  test.each<[string, object, string[] | undefined, boolean]>([
    ["/a/b?c", {}, ["a", "b"], false],
    ["/a/", {}, ["a"], true],
    ["/shop/a", { mount: "/shop" }, ["a"], false],
    ["/shop", { mount: "/shop" }, [], false],
    ["/other", { mount: "/shop" }, undefined, false],
    ["/shop/a?b", { mount: "/shop", cut: 5 }, ["a"], false],
    ["/shop", { mount: "/shop", cut: 5 }, [], false],
    ["/a/../b", {}, undefined, false],
  ])("placement: %s with %j", (target, changes, segments, isDirectory) => {
    const place = placeBelowMount(visitTo(target, changes));
    expect(place).toEqual(segments && { segments, isDirectory });
  });

  test("placement: the same directory with a slash is on this host", () => {
    const shown = { segments: ["a b"], isDirectory: false };
    expect(withSlash(visitTo("/shop/a%20b?c", { mount: "/shop", script: "/x" }), shown)).toBe(
      "/x/shop/a%20b/?c",
    );
    expect(withSlash(visitTo("/", {}), { segments: [], isDirectory: false })).toBe("/");
  });
});

test.each<[string, string | undefined, boolean]>([
  ["GET", "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", true],
  ["HEAD", "text/html", true],
  ["POST", "text/html", false],
  ["GET", "*/*", false],
  ["GET", undefined, false],
  ["GET", "application/json, text/html;q=0.9", false],
  ["GET", "image/avif,image/webp,*/*", false],
  ["GET", "text/html;q=0", false],
])("placement: %s with %p is a navigation: %p", (method, accept, isOne) => {
  const fields = ["Host", "a", ...(accept === undefined ? [] : ["Accept", accept])];
  expect(isNavigation(visitOf(new FakeClient({ method, fields }).client))).toBe(isOne);
});
