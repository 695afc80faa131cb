import { expect, test } from "bun:test";
import { listSettings, printSettings } from "../../src/options/render.ts";
import { renderSchema } from "../../src/options/render-schema.ts";
import { resolve } from "../../src/options/resolve.ts";
import { KEYS, rowOf } from "../../src/options/table.ts";
import { factsWith } from "./facts.ts";

function resolved(argv: string[]) {
  const resolution = resolve({ argv, env: { GW_QUEUE_TIMEOUT: "1500ms" }, facts: factsWith() });
  if (resolution.problems) throw new Error("the test's own options are wrong");
  return resolution;
}

test("render: show-config prints value and origin, aligned", () => {
  const { settings, origins } = resolved(["app.ts", "--port", "9000"]);
  expect(printSettings(settings, origins).join("\n")).toMatchInlineSnapshot(`
    "app                  /srv/shop/app.ts          the command line
    callableObject       default                   default
    home                 /srv/shop                 default
    mount                /                         default
    stripMount           true                      default
    serverName           -                         default
    serverAlias                                    default
    route                                          default
    defaultGroup         -                         default
    serviceScript                                  default
    config               -                         default
    host                 0.0.0.0                   default
    port                 9000                      --port
    frontEnds            1                         default
    processes            1                         default
    scaleUpWait          200ms                     default
    concurrency          100                       default
    embeddedMode         false                     default
    serverRoot           /tmp/gw-0.0.0.0:9000:501  default
    queueTimeout         1500ms                    GW_QUEUE_TIMEOUT
    maxQueue             100                       default
    connectTimeout       15s                       default
    socketTimeout        60s                       default
    requestTimeout       60s                       default
    retryRequests        unsent                    default
    startupTimeout       15s                       default
    deadlockTimeout      60s                       default
    streamDrainTimeout   60s                       default
    gracefulTimeout      15s                       default
    evictionTimeout      15s                       default
    shutdownTimeout      5s                        default
    inactivityTimeout    0s                        default
    ignoreActivity                                 default
    maximumRequests      0                         default
    restartInterval      0s                        default
    reloadOnChanges      false                     default
    trackChanges                                   default
    limitRequestBody     10M                       default
    headerBufferSize     32k                       default
    memoryLimit          0                         default
    virtualMemoryLimit   0                         default
    cpuTimeLimit         0s                        default
    cpuPriority          -                         default
    stackSize            -                         default
    openFiles            -                         default
    bestEffortLimits     false                     default
    user                 -                         default
    group                -                         default
    supplementaryGroups  -                         default
    umask                -                         default
    chroot               -                         default
    denyRoot             false                     default
    displayName          %{GROUP}                  default
    setenv                                         default
    passenv                                        default
    locale               -                         default
    hashSeed             random                    default
    dontWriteBytecode    false                     default
    logLevel             info                      default"
  `);
});

test("render: show-config --json has the values that gw works with", () => {
  const { settings, origins } = resolved(["--limit-request-body", "1k"]);
  const listed = listSettings(settings, origins);
  expect(Object.keys(listed)).toEqual(KEYS);
  expect([listed.queueTimeout, listed.limitRequestBody, listed.app]).toEqual([
    { value: 1500, origin: "GW_QUEUE_TIMEOUT", layer: "environment" },
    { value: 1024, origin: "--limit-request-body", layer: "flag" },
    { value: null, origin: "default", layer: "default" },
  ]);
});

test("render: the schema knows every option that a file can set, and nothing else", () => {
  const { properties, additionalProperties } = renderSchema() as {
    properties: object;
    additionalProperties: boolean;
  };
  const expected = KEYS.filter((key) => rowOf(key).inFile !== false);
  expect([additionalProperties, Object.keys(properties).sort()]).toEqual([
    false,
    ["$schema", "threads", ...expected].sort(),
  ]);
});

test("render: the schema of a number has its bounds", () => {
  const { properties } = renderSchema() as { properties: Record<string, object> };
  expect(properties.port).toEqual({
    description: "Port to listen on; 0 picks a free one",
    type: "integer",
    minimum: 0,
    maximum: 65535,
    default: 8000,
  });
});
