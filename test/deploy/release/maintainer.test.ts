import { describe, expect, test } from "bun:test";
import { maintainerOf } from "../../../deploy/release/maintainer.ts";
import manifest from "../../../package.json" with { type: "json" };

const PLACEHOLDER = "Somebody <somebody@gw.example>";

describe("maintainer", () => {
  test("package.json has what can be one", () => {
    expect(maintainerOf(manifest.author, "1.0.0", [])).toBe(manifest.author);
  });

  test("a placeholder does, but not for what is published", () => {
    expect(maintainerOf(PLACEHOLDER, "1.0.0", ["v0.9.0"])).toBe(PLACEHOLDER);
    expect(() => maintainerOf(PLACEHOLDER, "1.0.0", ["latest", "v1.0.0"])).toThrow(
      'This commit is v1.0.0, and author of package.json is a placeholder: Somebody <somebody@gw.example>. Say who answers for it: npm pkg set author="NAME <ADDRESS>"',
    );
    const real = "Ann <ann@exampleworks.net>";
    expect(maintainerOf(real, "1.0.0", ["v1.0.0"])).toBe(real);
  });

  test.each([undefined, { name: "Ann" }, "Ann", "<ann@x.org>", "Ann <ann>", "Ann <a@b>\nArchitecture: all"])(
    "%p is nobody",
    (author) => {
      expect(() => maintainerOf(author, "1.0.0", [])).toThrow("author of package.json is not like");
    },
  );
});
