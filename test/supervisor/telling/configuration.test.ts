import { expect, test } from "bun:test";
import { KEYS } from "../../../src/options/declare/table.ts";
import { resolve } from "../../../src/options/resolve/resolve.ts";
import { configurationOf } from "../../../src/supervisor/telling/configuration.ts";
import { factsWith } from "../../options/facts.ts";

function optionsOf(argv: string[]) {
  const resolution = resolve({ argv, env: {}, facts: factsWith() });
  if (resolution.problems) throw new Error(resolution.problems.map(({ what }) => what).join());
  return configurationOf(resolution);
}

test("configuration: every option with its value and who has set it", () => {
  const options = optionsOf(["app.ts", "--concurrency", "7"]);
  expect(options.map(({ key }) => key)).toEqual(KEYS);
  const [set] = options.filter(({ key }) => key === "concurrency");
  expect(set).toEqual({
    group: null,
    key: "concurrency",
    value: "7",
    origin: "--concurrency",
    isDefault: false,
  });
  expect(options.find(({ key }) => key === "maxQueue")?.isDefault).toBe(true);
});

test("configuration: of variables for the app only the names are told", () => {
  const options = optionsOf([
    "app.ts",
    "--setenv",
    "DATABASE_URL=postgres://u:secret@db",
    "--setenv",
    "A=b=c",
  ]);
  expect(options.find(({ key }) => key === "setenv")?.value).toBe("DATABASE_URL=(hidden), A=(hidden)");
  expect(JSON.stringify(options)).not.toMatch(/secret|b=c/);
});

test.each([
  ["https://u:secret@hooks.example.com/secret?key=secret", "https://hooks.example.com/(hidden)"],
  ["mail -s secret ops@example.com", "mail (hidden)"],
  ["/usr/local/bin/tell", "/usr/local/bin/tell"],
])("configuration: who is told of events, without what opens a door: %s", (target, shown) => {
  const options = optionsOf(["app.ts", "--on-event", target]);
  expect(options.find(({ key }) => key === "onEvent")?.value).toBe(shown);
  expect(JSON.stringify(options)).not.toContain("secret");
});
