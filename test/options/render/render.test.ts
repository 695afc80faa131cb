import { expect, test } from "bun:test";
import { KEYS, type Key, rowOf } from "../../../src/options/declare/table.ts";
import {
  listResolved,
  listSettings,
  printResolved,
  printSettings,
} from "../../../src/options/render/render.ts";
import { renderOptionsPage } from "../../../src/options/render/render-page.ts";
import { resolve } from "../../../src/options/resolve/resolve.ts";
import { good, resolveGroups } from "../configured.ts";
import { factsWith } from "../facts.ts";

function resolved(argv: string[]) {
  const resolution = resolve({ argv, env: { GW_QUEUE_TIMEOUT: "1500ms" }, facts: factsWith() });
  if (resolution.problems) throw new Error("the test's own options are wrong");
  return resolution;
}

test("render: show-config prints value and origin, aligned", () => {
  const { settings, origins } = resolved(["app.ts", "--port", "9000"]);
  expect(printSettings(settings, origins).join("\n")).toMatchInlineSnapshot(`
    "app                      /srv/shop/app.ts                          the command line
    callableObject           default                                   default
    appArgument              -                                         default
    appPort                  -                                         default
    home                     /srv/shop                                 default
    mount                    /                                         default
    stripMount               true                                      default
    serverName               -                                         default
    serverAlias              -                                         default
    allowLocalhost           false                                     default
    route                    -                                         default
    defaultGroup             -                                         default
    serviceScript            -                                         default
    serviceArgument          -                                         default
    documentRoot             -                                         default
    urlAlias                 -                                         default
    directoryIndex           -                                         default
    directoryListing         false                                     default
    followSymlinks           false                                     default
    mimeTypes                -                                         default
    cacheControl             -                                         default
    xSendfile                false                                     default
    enableSendfile           false                                     default
    spaFallback              -                                         default
    redirect                 -                                         default
    canonicalHost            -                                         default
    responseHeader           -                                         default
    compressResponses        false                                     default
    compressTypes            text/*,*/json,*/xml,*/javascript,*+json,*+xml  default
    errorDocument            -                                         default
    errorOverride            false                                     default
    mapHeadToGet             auto                                      default
    serverHeader             false                                     default
    config                   -                                         default
    host                     0.0.0.0                                   default
    port                     9000                                      --port
    listen                   -                                         default
    socketMode               660                                       default
    socketOwner              -                                         default
    proxyProtocol            false                                     default
    serverBacklog            500                                       default
    frontEnds                1                                         default
    maxClients               -                                         default
    trustProxy               -                                         default
    trustProxyHeader         -                                         default
    httpsPort                -                                         default
    sslCertificateFile       -                                         default
    sslCertificateKeyFile    -                                         default
    sslKeyPassphraseFile     -                                         default
    sslCertificateChainFile  -                                         default
    httpsOnly                false                                     default
    http2                    true                                      default
    hstsPolicy               -                                         default
    sslMinProtocol           TLSv1.2                                   default
    sslCipherList            ECDHE+AESGCM:ECDHE+CHACHA20               default
    sslCaCertificateFile     -                                         default
    sslCrlFile               -                                         default
    sslVerifyClient          -                                         default
    sslEnvironment           false                                     default
    handshakeTimeout         10s                                       default
    hostAccessScript         -                                         default
    authUserScript           -                                         default
    authUserFile             -                                         default
    authGroupScript          -                                         default
    authGroup                -                                         default
    authType                 Basic                                     default
    authRealm                gw                                        default
    authPath                 -                                         default
    authExceptPath           -                                         default
    authProcesses            1                                         default
    authTimeout              5s                                        default
    authCache                10s                                       default
    authFailures             20                                        default
    authPassAuthorization    false                                     default
    remoteUserHeader         X-Remote-User                             default
    processes                1                                         default
    scaleUpWait              200ms                                     default
    concurrency              100                                       default
    embeddedMode             false                                     default
    serverRoot               /tmp/gw-0.0.0.0:9000:501                  default
    keepChildren             false                                     default
    keepAliveTimeout         75s                                       default
    headerTimeout            10s                                       default
    limitRequestLine         16k                                       default
    limitRequestFields       190                                       default
    limitRequestFieldSize    64k                                       default
    maxClientsPerAddress     -                                         default
    rateLimit                -                                         default
    bodyTimeout              20s                                       default
    bodyMaxTimeout           0s                                        default
    bodyMinRate              500                                       default
    requestSpoolSize         4G                                        default
    responseSocketTimeout    60s                                       default
    responseMinRate          500                                       default
    responseSpoolSize        4G                                        default
    queueTimeout             1500ms                                    GW_QUEUE_TIMEOUT
    listenBacklog            100                                       default
    maxQueue                 100                                       default
    queuePolicy              fifo                                      default
    queueLateAfter           200ms                                     default
    priority                 -                                         default
    connectTimeout           15s                                       default
    socketTimeout            60s                                       default
    requestTimeout           60s                                       default
    stackOnTimeout           false                                     default
    retryRequests            unsent                                    default
    startupTimeout           15s                                       default
    deadlockTimeout          60s                                       default
    streamDrainTimeout       60s                                       default
    gracefulTimeout          15s                                       default
    evictionTimeout          15s                                       default
    lameDuck                 0s                                        default
    shutdownTimeout          5s                                        default
    inactivityTimeout        0s                                        default
    ignoreActivity           -                                         default
    sticky                   -                                         default
    stickyOverflow           wait                                      default
    poisonLimit              0                                         default
    maximumRequests          0                                         default
    restartInterval          0s                                        default
    debugMode                false                                     default
    reloadOnChanges          false                                     default
    trackChanges             -                                         default
    limitRequestBody         10M                                       default
    headerBufferSize         32k                                       default
    memoryLimit              0                                         default
    virtualMemoryLimit       0                                         default
    cpuTimeLimit             0s                                        default
    cpuPriority              -                                         default
    stackSize                -                                         default
    openFiles                -                                         default
    bestEffortLimits         false                                     default
    user                     -                                         default
    group                    -                                         default
    supplementaryGroups      -                                         default
    umask                    -                                         default
    chroot                   -                                         default
    confine                  false                                     default
    writable                 -                                         default
    readable                 -                                         default
    connectPorts             -                                         default
    listenPorts              -                                         default
    denyRoot                 false                                     default
    displayName              %{GROUP}                                  default
    setenv                   -                                         default
    envFile                  -                                         default
    preload                  -                                         default
    passenv                  -                                         default
    locale                   -                                         default
    hashSeed                 random                                    default
    dontWriteBytecode        false                                     default
    applicationType          -                                         default
    python                   -                                         default
    pythonHome               -                                         default
    pythonPath               -                                         default
    pythonEggs               -                                         default
    pythonOptimize           0                                         default
    pythonWarnings           -                                         default
    interruptTimeout         0s                                        default
    switchInterval           0.25ms                                    default
    scriptReloading          true                                      default
    logLevel                 info                                      default
    accessLog                false                                     default
    accessLogFormat          common                                    default
    accessLogSample          1                                         default
    accessLogExclude         -                                         default
    recorderDirectory        -                                         default
    recorderKeep             1000                                      default
    recorderBody             16k                                       default
    slowRequests             0s                                        default
    onEvent                  -                                         default
    evidenceDirectory        -                                         default
    evidenceKeep             50                                        default
    evidenceSize             256k                                      default
    metricsPort              -                                         default
    metricsHost              127.0.0.1                                 default
    healthPath               -                                         default
    readyPath                -                                         default
    serverStatus             false                                     default
    serverStatusPath         /server-status                            default
    serverStatusAllow        -                                         default
    logFormat                text                                      default
    logRequestIds            false                                     default
    logDirectory             -                                         default
    logTarget                terminal                                  default
    logToTerminal            false                                     default
    rotateLogs               false                                     default
    maxLogSize               5M                                        default
    rotateKeep               10                                        default
    rotateCompress           false                                     default
    otlpEndpoint             -                                         default
    otlpSignals              traces,metrics                            default
    otlpInterval             15s                                       default
    traceSample              -                                         default
    serverTiming             off                                       default
    trustTrace               -                                         default"
  `);
});

test("render: show-config --json has the values that gw works with", () => {
  const { settings, origins } = resolved(["--limit-request-body", "1k"]);
  const listed = listSettings(settings, origins);
  expect(Object.keys(listed)).toEqual(KEYS);
  expect([listed.queueTimeout, listed.limitRequestBody, listed.app]).toEqual([
    { value: 1500, origin: "GW_QUEUE_TIMEOUT", layer: "environment" },
    { value: [{ path: "/", bytes: 1024 }], origin: "--limit-request-body", layer: "flag" },
    { value: null, origin: "default", layer: "default" },
  ]);
});

test("render: one app is shown flat, whatever else there is", () => {
  const one = resolved(["app.ts", "--service-script", "mail", "app.ts"]);
  expect<unknown>(listResolved(one)).toEqual(listSettings(one.settings, one.origins));
  expect(printResolved(one)).toEqual(printSettings(one.settings, one.origins));
});

const GROUPS = {
  api: { app: "api.ts", mount: "/api", processes: "2..4", setenv: ["A=1", "B=2"] },
  web: { app: "web.ts" },
};

test("render: with groups, what holds for gw as a whole is shown once, and the rest for each", () => {
  const grouped = good(resolveGroups(GROUPS, { serviceScript: { mail: "mail.ts" } }));
  const { groups, ...server } = listResolved(grouped) as Record<string, Record<string, object>>;
  const scoped = (scope: string): Key[] => KEYS.filter((key) => rowOf(key).scope === scope);
  expect(Object.keys(server)).toEqual(scoped("server"));
  expect(Object.keys(groups ?? {})).toEqual(["api", "web", "service:mail"]);
  for (const group of Object.values(groups ?? {})) expect(Object.keys(group)).toEqual(scoped("group"));
  expect(groups?.api).toMatchObject({
    processes: { value: { min: 2, max: 4 }, layer: "file" },
    concurrency: { value: { min: 100, max: 100 }, origin: "default" },
  });
});

test("render: show-config has a heading for each group, and a line for each option", () => {
  const lines = printResolved(good(resolveGroups(GROUPS)));
  expect(lines.filter((line) => line.startsWith("group "))).toEqual(["group api", "group web"]);
  expect(
    lines.filter((line) => /^ {2}(mount|processes|setenv) /.test(line)).map((line) => line.split(/ {2,}/)),
  ).toEqual([
    ["", "mount", "/api", "/srv/shop/gw.config.json:1"],
    ["", "processes", "2..4", "/srv/shop/gw.config.json:1"],
    ["", "setenv", "A=1, B=2", "/srv/shop/gw.config.json:1"],
    ["", "mount", "/", "default"],
    ["", "processes", "1", "default"],
    ["", "setenv", "-", "default"],
  ]);
});

test("render: the page tells of every option who can have it and what takes it up", () => {
  const page = renderOptionsPage();
  const rowsOf = (key: string) =>
    (page.split(`### ${key}\n`)[1]?.split("###")[0] ?? "").match(/\| (?:In a group|Taken up by) \| .* \|/g);
  expect([rowsOf("port"), rowsOf("concurrency")]).toEqual([
    ["| In a group | no: it holds for gw as a whole |", "| Taken up by | a new start |"],
    ["| In a group | yes |", "| Taken up by | `gw reload` |"],
  ]);
  expect(KEYS.filter((key) => rowsOf(key)?.length !== 2)).toEqual([]);
});
