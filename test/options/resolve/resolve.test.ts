import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { flagOf, namesOf, variableOf } from "../../../src/options/declare/names.ts";
import { exitCodeOf } from "../../../src/options/declare/problems.ts";
import { KEYS, type Key, rowOf, type Settings } from "../../../src/options/declare/table.ts";
import type { Member } from "../../../src/options/read/config-json.ts";
import {
  type Inputs,
  placeOfConfig,
  type Resolution,
  resolve,
} from "../../../src/options/resolve/resolve.ts";
import { factsWith } from "../facts.ts";

function resolveWith(inputs: Partial<Inputs> & { members?: Member[] }): Resolution {
  const { members, ...rest } = inputs;
  const file = members && { path: "/srv/shop/gw.config.json", members, problems: [] };
  return resolve({ argv: [], env: {}, facts: factsWith(), file, ...rest });
}

function settingsOf(resolution: Resolution): Settings {
  if (resolution.problems) throw new Error(resolution.problems.map(({ what }) => what).join("; "));
  return resolution.settings;
}

const problemsOf = (resolution: Resolution) =>
  (resolution.problems ?? []).map(({ what, from, advice }) => [what, from, advice]);

/** A value other than the default for each option, as text; and as JSON where that differs. */
const OTHER: Record<Key, { text: string; json?: unknown; value: unknown }> = {
  app: { text: "app.ts", value: "/srv/shop/app.ts" },
  appArgument: { text: "--a b", json: ["--a b"], value: ["--a b"] },
  preload: { text: "./a.ts\nb/c", json: ["./a.ts", "b/c"], value: ["./a.ts", "b/c"] },
  callableObject: { text: "handler", value: "handler" },
  appPort: { text: "3000", json: 3000, value: 3000 },
  applicationType: { text: "script", value: "script" },
  python: { text: "bin/python3", value: "/srv/shop/bin/python3" },
  pythonHome: { text: "env", value: "/srv/shop/env" },
  pythonPath: { text: "lib", json: ["lib"], value: ["/srv/shop/lib"] },
  pythonEggs: { text: "eggs", value: "/srv/shop/eggs" },
  pythonOptimize: { text: "2", json: 2, value: 2 },
  pythonWarnings: {
    text: "error,ignore::UserWarning",
    json: ["error", "ignore::UserWarning"],
    value: ["error", "ignore::UserWarning"],
  },
  interruptTimeout: { text: "2s", json: 2, value: 2000 },
  switchInterval: { text: "2ms", json: 0.002, value: 2 },
  scriptReloading: { text: "false", json: false, value: false },
  home: { text: "/srv", value: "/srv" },
  documentRoot: { text: "public", value: "/srv/shop/public" },
  urlAlias: { text: "/static=files", json: ["/static=files"], value: ["/static=/srv/shop/files"] },
  directoryIndex: { text: "a.html,b.html", json: ["a.html", "b.html"], value: ["a.html", "b.html"] },
  directoryListing: { text: "true", json: true, value: true },
  followSymlinks: { text: "true", json: true, value: true },
  mimeTypes: { text: "mime.types", value: "/srv/shop/mime.types" },
  cacheControl: { text: "*.css=no-cache", json: ["*.css=no-cache"], value: ["*.css=no-cache"] },
  xSendfile: { text: "true", json: true, value: true },
  enableSendfile: { text: "true", json: true, value: true },
  spaFallback: { text: "app.html", value: "app.html" },
  redirect: { text: "/a/*=/b/*", json: ["/a/*=/b/*"], value: ["/a/*=/b/*"] },
  canonicalHost: { text: "WWW.a.test:81", value: "www.a.test:81" },
  responseHeader: { text: "X-A=b=c", json: ["X-A=b=c"], value: ["X-A=b=c"] },
  compressResponses: { text: "true", json: true, value: true },
  compressTypes: { text: "Text/*,*+json", json: ["Text/*", "*+json"], value: ["text/*", "*+json"] },
  errorDocument: { text: "404=/a.html", json: ["404=/a.html"], value: ["404=/a.html"] },
  errorOverride: { text: "true", json: true, value: true },
  mapHeadToGet: { text: "on", value: "on" },
  serverHeader: { text: "true", json: true, value: true },
  config: { text: "live.json", value: "/srv/shop/live.json" },
  host: { text: "[::1]", value: "::1" },
  port: { text: "9000", json: 9000, value: 9000 },
  listen: {
    text: "[::1]:81, unix:run.sock",
    json: ["[::1]:81", "unix:run.sock"],
    value: ["[::1]:81", "unix:/srv/shop/run.sock"],
  },
  socketMode: { text: "600", json: "600", value: 0o600 },
  socketOwner: { text: "shop:video", value: "shop:video" },
  proxyProtocol: { text: "true", json: true, value: true },
  httpsPort: { text: "9443", json: 9443, value: 9443 },
  sslCertificateFile: { text: "cert.pem", value: "/srv/shop/cert.pem" },
  sslCertificateKeyFile: { text: "key.pem", value: "/srv/shop/key.pem" },
  sslKeyPassphraseFile: { text: "word", value: "/srv/shop/word" },
  sslCertificateChainFile: { text: "chain.pem", value: "/srv/shop/chain.pem" },
  httpsOnly: { text: "true", json: true, value: true },
  http2: { text: "false", json: false, value: false },
  hstsPolicy: { text: "max-age=60", value: "max-age=60" },
  sslMinProtocol: { text: "TLSv1.3", value: "TLSv1.3" },
  sslCipherList: { text: "ECDHE+AESGCM", value: "ECDHE+AESGCM" },
  sslCaCertificateFile: { text: "package.json", value: "/srv/shop/package.json" },
  sslCrlFile: { text: "package.json", value: "/srv/shop/package.json" },
  sslVerifyClient: {
    text: "optional,require=/admin",
    json: ["optional", "require=/admin"],
    value: ["optional", "require=/admin"],
  },
  sslEnvironment: { text: "true", json: true, value: true },
  handshakeTimeout: { text: "5s", value: 5_000 },
  hostAccessScript: { text: "app.ts", value: "/srv/shop/app.ts" },
  authUserScript: { text: "app.ts", value: "/srv/shop/app.ts" },
  authUserFile: { text: "package.json", value: "/srv/shop/package.json" },
  authGroupScript: { text: "app.ts", value: "/srv/shop/app.ts" },
  authGroup: { text: "staff, /a=b c", json: ["staff", "/a=b c"], value: ["staff", "/a=b c"] },
  authType: { text: "Digest", value: "Digest" },
  authRealm: { text: "the shop", value: "the shop" },
  authPath: { text: "/a,/b", json: ["/a", "/b"], value: ["/a", "/b"] },
  authExceptPath: { text: "/health", json: ["/health"], value: ["/health"] },
  authProcesses: { text: "3", json: 3, value: 3 },
  authTimeout: { text: "2s", value: 2_000 },
  authCache: { text: "0s", value: 0 },
  authFailures: { text: "7", json: 7, value: 7 },
  authPassAuthorization: { text: "true", json: true, value: true },
  remoteUserHeader: { text: "Remote-User", value: "Remote-User" },
  allowLocalhost: { text: "true", json: true, value: true },
  serverBacklog: { text: "9", json: 9, value: 9 },
  frontEnds: { text: "2", json: 2, value: 2 },
  maxClients: { text: "500", json: 500, value: 500 },
  trustProxy: {
    text: "10.0.0.0/8, FD00::/8",
    json: ["10.0.0.0/8", "fd00::/8"],
    value: ["10.0.0.0/8", "fd00::/8"],
  },
  trustProxyHeader: { text: "X-Forwarded-For", json: ["x-forwarded-for"], value: ["x-forwarded-for"] },
  processes: { text: "2..8", value: { min: 2, max: 8 } },
  keepChildren: { text: "true", json: true, value: true },
  scaleUpWait: { text: "50ms", value: 50 },
  mount: { text: "/shop/", value: "/shop" },
  stripMount: { text: "false", json: false, value: false },
  serverName: { text: "Shop.example.com", value: "shop.example.com" },
  serverAlias: { text: "*.shop.example", json: ["*.shop.example"], value: ["*.shop.example"] },
  route: { text: "/a/*=slow", json: { "/a/*": "slow" }, value: ["/a/*=slow"] },
  defaultGroup: { text: "default", value: "default" },
  serviceArgument: { text: "mail=--x=1", json: { mail: ["--x=1"] }, value: ["mail=--x=1"] },
  serviceScript: { text: "mail=app.ts", json: { mail: "app.ts" }, value: ["mail=/srv/shop/app.ts"] },
  debugMode: { text: "true", json: true, value: true },
  reloadOnChanges: { text: "true", json: true, value: true },
  trackChanges: { text: "a\n/b", json: ["a", "/b"], value: ["/srv/shop/a", "/b"] },
  streamDrainTimeout: { text: "5m", value: 300_000 },
  concurrency: { text: "auto", json: "auto", value: { min: 1, max: 200 } },
  embeddedMode: { text: "true", json: true, value: true },
  serverRoot: { text: "run", value: "/srv/shop/run" },
  queueTimeout: { text: "1500ms", value: 1500 },
  listenBacklog: { text: "8", json: 8, value: 8 },
  maxQueue: { text: "0", json: 0, value: 0 },
  queuePolicy: { text: "lifo-when-late", json: "lifo-when-late", value: "lifo-when-late" },
  queueLateAfter: { text: "50ms", value: 50 },
  priority: { text: "/a/*=low", json: { "/a/*": "low" }, value: ["/a/*=low"] },
  connectTimeout: { text: "2", json: 2, value: 2000 },
  keepAliveTimeout: { text: "90s", value: 90_000 },
  headerTimeout: { text: "5s", value: 5000 },
  limitRequestLine: { text: "8k", json: 8192, value: 8192 },
  limitRequestFields: { text: "100", json: 100, value: 100 },
  limitRequestFieldSize: { text: "8k", json: 8192, value: 8192 },
  maxClientsPerAddress: { text: "50", json: 50, value: 50 },
  rateLimit: {
    text: "address 10/s burst=20, user 5/m path=/login",
    json: ["address 10/s burst=20", "user 5/m path=/login"],
    value: [
      { by: "address", count: 10, windowMs: 1000, burst: 20, path: undefined },
      { by: "user", count: 5, windowMs: 60_000, burst: 5, path: "/login" },
    ],
  },
  bodyTimeout: { text: "3m", value: 180_000 },
  bodyMaxTimeout: { text: "1h", value: 3_600_000 },
  bodyMinRate: { text: "1k", value: 1024 },
  requestSpoolSize: { text: "3M", value: 3 * 2 ** 20 },
  responseSocketTimeout: { text: "90s", value: 90_000 },
  responseMinRate: { text: "2k", value: 2048 },
  responseSpoolSize: { text: "2M", value: 2 ** 21 },
  socketTimeout: { text: "3m", value: 180_000 },
  requestTimeout: { text: "0", json: 0, value: 0 },
  stackOnTimeout: { text: "true", json: true, value: true },
  retryRequests: { text: "never", value: "never" },
  startupTimeout: { text: "1h", value: 3_600_000 },
  deadlockTimeout: { text: "2s", value: 2000 },
  evictionTimeout: { text: "3", json: 3, value: 3000 },
  inactivityTimeout: { text: "5m", value: 300_000 },
  ignoreActivity: { text: "/up,/live", json: ["/up", "/live"], value: ["/up", "/live"] },
  sticky: { text: "header=X-User", json: "header=X-User", value: { by: "header", name: "X-User" } },
  stickyOverflow: { text: "move", json: "move", value: "move" },
  poisonLimit: { text: "3", json: 3, value: 3 },
  maximumRequests: { text: "500", json: 500, value: 500 },
  restartInterval: { text: "24h", value: 86_400_000 },
  gracefulTimeout: { text: "0", json: 0, value: 0 },
  lameDuck: { text: "20s", json: 20, value: 20_000 },
  shutdownTimeout: { text: "0.5", json: 0.5, value: 500 },
  limitRequestBody: {
    text: "1G,/a/=2k",
    json: { "/": "1G", "/a": 2048 },
    value: [
      { path: "/", bytes: 2 ** 30 },
      { path: "/a", bytes: 2048 },
    ],
  },
  headerBufferSize: { text: "8k", json: 8192, value: 8192 },
  memoryLimit: { text: "256M", value: 2 ** 28 },
  virtualMemoryLimit: { text: "64G", value: 2 ** 36 },
  cpuTimeLimit: { text: "90s", value: 90_000 },
  cpuPriority: { text: "5", json: 5, value: 5 },
  stackSize: { text: "8M", value: 2 ** 23 },
  openFiles: { text: "1024", json: 1024, value: 1024 },
  bestEffortLimits: { text: "true", json: true, value: true },
  user: { text: "nobody", value: "nobody" },
  group: { text: "65534", value: "65534" },
  supplementaryGroups: { text: "video,44", json: ["video", "44"], value: ["video", "44"] },
  umask: { text: "027", value: 0o27 },
  chroot: { text: "/srv", value: "/srv" },
  confine: { text: "true", json: true, value: true },
  writable: { text: "/srv", json: ["/srv"], value: ["/srv"] },
  readable: { text: "package.json", json: ["package.json"], value: ["/srv/shop/package.json"] },
  connectPorts: { text: "443,5432", json: ["443", "5432"], value: ["443", "5432"] },
  listenPorts: { text: "0", json: ["0"], value: ["0"] },
  denyRoot: { text: "true", json: true, value: true },
  displayName: { text: "shop", value: "shop" },
  envFile: {
    text: "app.ts\npackage.json",
    json: ["app.ts", "package.json"],
    value: ["/srv/shop/app.ts", "/srv/shop/package.json"],
  },
  setenv: { text: "A=1\nB=x=y", json: ["A=1", "B=x=y"], value: ["A=1", "B=x=y"] },
  passenv: {
    text: "BUN_OPTIONS, GW_TIER",
    json: ["BUN_OPTIONS", "GW_TIER"],
    value: ["BUN_OPTIONS", "GW_TIER"],
  },
  locale: { text: "de_AT.UTF-8", value: "de_AT.UTF-8" },
  hashSeed: { text: "42", json: 42, value: 42 },
  dontWriteBytecode: { text: "true", json: true, value: true },
  accessLog: { text: "true", json: true, value: true },
  accessLogFormat: { text: "%h %s", value: "%h %s" },
  accessLogSample: { text: "0.25", json: 0.25, value: 0.25 },
  accessLogExclude: { text: "/a,/b/*", json: ["/a", "/b/*"], value: ["/a", "/b/*"] },
  recorderDirectory: { text: "/srv/records", value: "/srv/records" },
  recorderKeep: { text: "50", json: 50, value: 50 },
  recorderBody: { text: "4k", value: 4096 },
  slowRequests: { text: "2s", json: "2s", value: 2_000 },
  onEvent: { text: "mail -s gw ops", value: "mail -s gw ops" },
  healthPath: { text: "/live", value: "/live" },
  readyPath: { text: "/ready", value: "/ready" },
  evidenceDirectory: { text: "/srv/evidence", value: "/srv/evidence" },
  evidenceKeep: { text: "9", json: 9, value: 9 },
  evidenceSize: { text: "64k", value: 65_536 },
  metricsPort: { text: "9100", json: 9100, value: 9100 },
  metricsHost: { text: "[::1]", value: "::1" },
  serverStatus: { text: "true", json: true, value: true },
  serverStatusPath: { text: "/_status", value: "/_status" },
  serverStatusAllow: {
    text: "10.0.0.0/8,FD00::/8",
    json: ["10.0.0.0/8", "FD00::/8"],
    value: ["10.0.0.0/8", "fd00::/8"],
  },
  logFormat: { text: "json", value: "json" },
  logRequestIds: { text: "true", json: true, value: true },
  logDirectory: { text: "log", value: "/srv/shop/log" },
  logTarget: { text: "syslog:/run/log", value: "syslog:/run/log" },
  logToTerminal: { text: "true", json: true, value: true },
  rotateLogs: { text: "true", json: true, value: true },
  maxLogSize: { text: "1M", value: 2 ** 20 },
  rotateKeep: { text: "3", json: 3, value: 3 },
  rotateCompress: { text: "true", json: true, value: true },
  logLevel: { text: "debug", value: "debug" },
  otlpEndpoint: { text: "http://LOCALHOST:4318/", value: "http://localhost:4318" },
  otlpSignals: { text: "traces", json: ["traces"], value: ["traces"] },
  otlpInterval: { text: "1m", value: 60_000 },
  traceSample: { text: "1%", json: 0.01, value: 0.01 },
  serverTiming: { text: "recorded", value: "recorded" },
  trustTrace: {
    text: "10.0.0.0/8,FD00::1",
    json: ["10.0.0.0/8", "FD00::1"],
    value: ["10.0.0.0/8", "fd00::1"],
  },
};

const OF_PYTHON: Key[] = [
  "applicationType",
  "python",
  "pythonHome",
  "pythonPath",
  "pythonEggs",
  "pythonOptimize",
  "pythonWarnings",
  "interruptTimeout",
  "switchInterval",
];
const PYTHON_FILES = [
  "/srv/shop/wsgi.py",
  "/srv/shop/bin/python3",
  "/srv/shop/env/bin/python3",
  "/usr/bin/python3",
];

/** Options that only root can use, and those of them that say more about a user. */
const NEED_ROOT: Key[] = ["user", "group", "supplementaryGroups", "chroot"];
const NEED_USER: Key[] = ["group", "supplementaryGroups"];
/** What has to be said, too, for an option to mean something. */
const ALSO_SAID: Partial<Record<Key, string[]>> = {
  spaFallback: ["--document-root", "public"],
  ...Object.fromEntries(NEED_USER.map((key) => [key, ["--user", "shop"]])),
  ...Object.fromEntries(OF_PYTHON.map((key) => [key, ["wsgi.py"]])),
  appArgument: ["app.ts"],
  authType: ["--auth-user-script", "app.ts"],
  authGroupScript: ["--auth-user-script", "app.ts", "--auth-group", "staff"],
  authGroup: ["--auth-user-script", "app.ts", "--auth-group-script", "app.ts"],
  trustProxy: ["--trust-proxy-header", "forwarded"],
  trustProxyHeader: ["--trust-proxy", "::1"],
  serviceArgument: ["--service-script", "mail", "app.ts"],
  httpsPort: ["--ssl-certificate-file", "cert.pem"],
  sslCertificateKeyFile: ["--ssl-certificate-file", "cert.pem"],
  sslKeyPassphraseFile: ["--ssl-certificate-file", "cert.pem"],
  sslCertificateChainFile: ["--ssl-certificate-file", "cert.pem"],
  sslCrlFile: ["--ssl-ca-certificate-file", "ca.pem"],
  sslVerifyClient: ["--ssl-ca-certificate-file", "ca.pem"],
  httpsOnly: ["--https-port", "8443", "--ssl-certificate-file", "cert.pem"],
  proxyProtocol: ["--trust-proxy", "10.0.0.1"],
};

/** A route leads to a group, and only a file makes one. */
const TWO_GROUPS: Member[] = [{ key: "groups", value: { web: { app: "app.ts" }, slow: {} }, line: 9 }];

const asMember = (key: string, { text, json }: { text: string; json?: unknown }): Member => ({
  key,
  value: json ?? text,
  line: 3,
});

/** What has to be there for it. */
const FILES_SAID: Partial<Record<Key, string[]>> = {
  ...Object.fromEntries(OF_PYTHON.map((key) => [key, PYTHON_FILES])),
  documentRoot: ["/srv/shop/app.ts", "/srv/shop/package.json", "/srv/shop/public/a"],
  urlAlias: ["/srv/shop/app.ts", "/srv/shop/package.json", "/srv/shop/files"],
  spaFallback: ["/srv/shop/app.ts", "/srv/shop/package.json", "/srv/shop/public/app.html"],
};

describe("every option can be set on every surface", () => {
  test.each(KEYS.flatMap((key) => namesOf(key).map((name): [string, Key] => [name, key])))(
    "resolve: %s",
    (name, key) => {
      const { text, value } = OTHER[key];
      const facts = factsWith(FILES_SAID[key], NEED_ROOT.includes(key) ? { uid: 0, gid: 0 } : {});
      const argv = ALSO_SAID[key] ?? [];
      const members = key === "route" ? TWO_GROUPS : [];
      const flag = resolveWith({ argv: [...argv, `${flagOf(name)}=${text}`], members, facts });
      expect<unknown>([settingsOf(flag)[key], flag.problems ?? flag.origins[key]]).toEqual([
        value,
        { layer: "flag", text: flagOf(name) },
      ]);
      const variable = resolveWith({ argv, env: { [variableOf(name)]: text }, members, facts });
      expect<unknown>([settingsOf(variable)[key], variable.problems ?? variable.origins[key]]).toEqual([
        value,
        { layer: "environment", text: variableOf(name) },
      ]);
      if (rowOf(key).inFile === false) return;
      const file = resolveWith({ argv, members: [...members, asMember(name, OTHER[key])], facts });
      expect<unknown>([settingsOf(file)[key], file.problems ?? file.origins[key]]).toEqual([
        value,
        { layer: "file", text: "/srv/shop/gw.config.json:3" },
      ]);
    },
  );
});

test("resolve: flag beats environment beats file beats default, for any mixture of layers", () => {
  const port = fc.option(fc.integer({ min: 1, max: 65535 }), { nil: undefined });
  fc.assert(
    fc.property(port, port, port, (flag, variable, inFile) => {
      const resolution = resolveWith({
        argv: flag === undefined ? [] : ["--port", String(flag)],
        env: { GW_PORT: variable === undefined ? undefined : String(variable) },
        members: inFile === undefined ? [] : [{ key: "port", value: inFile }],
      });
      const layer =
        flag !== undefined
          ? "flag"
          : variable !== undefined
            ? "environment"
            : inFile !== undefined
              ? "file"
              : "default";
      expect(settingsOf(resolution).port).toBe(flag ?? variable ?? inFile ?? 8000);
      expect(resolution.problems ?? resolution.origins.port.layer).toBe(layer);
    }),
  );
});

describe("PORT, which platforms set", () => {
  test("resolve: PORT says the port where nothing of gw's own does", () => {
    const said = (inputs: Parameters<typeof resolveWith>[0]) => {
      const resolution = resolveWith({ ...inputs, env: { PORT: "5000", ...inputs.env } });
      return [settingsOf(resolution).port, resolution.problems ?? resolution.origins.port];
    };
    expect(said({})).toEqual([5000, { layer: "environment", text: "PORT" }]);
    expect(said({ members: [{ key: "port", value: 6000 }] })[0]).toBe(6000);
    expect(said({ env: { GW_PORT: "7000" } })[0]).toBe(7000);
    expect(said({ argv: ["--port", "9000"] })[0]).toBe(9000);
    expect(said({ env: { PORT: "" } })[0]).toBe(8000);
  });

  test("resolve: a PORT that is none ends the start where it would count, and only there", () => {
    const env = { PORT: "tcp://10.0.0.1:80" };
    expect(problemsOf(resolveWith({ env }))).toEqual([
      ['PORT cannot be "tcp://10.0.0.1:80"', "PORT", "Unset it, or give --port or GW_PORT, which beat it"],
    ]);
    expect(settingsOf(resolveWith({ env, argv: ["--port", "9000"] })).port).toBe(9000);
  });

  test("resolve: groups and the default server root follow PORT as they follow --port", () => {
    const groups = { a: { app: "app.ts" } };
    const resolution = resolveWith({
      env: { PORT: "5000" },
      members: [{ key: "groups", value: groups }],
      facts: factsWith(),
    });
    expect(settingsOf(resolution).serverRoot).toBe("/tmp/gw-0.0.0.0:5000:501");
    expect(resolution.problems ?? resolution.groups.map(({ settings }) => settings.port)).toEqual([5000]);
  });
});

test("resolve: with nothing given, everything has its default", () => {
  expect(settingsOf(resolveWith({}))).toEqual({
    app: undefined,
    appArgument: [],
    preload: [],
    callableObject: "default",
    appPort: undefined,
    applicationType: undefined,
    python: undefined,
    pythonHome: undefined,
    pythonPath: [],
    pythonEggs: undefined,
    pythonOptimize: 0,
    pythonWarnings: [],
    interruptTimeout: 0,
    switchInterval: 0.25,
    scriptReloading: true,
    home: "/srv/shop",
    documentRoot: undefined,
    urlAlias: [],
    directoryIndex: ["index.html"],
    directoryListing: false,
    followSymlinks: false,
    mimeTypes: undefined,
    cacheControl: [],
    xSendfile: false,
    enableSendfile: false,
    spaFallback: undefined,
    redirect: [],
    canonicalHost: undefined,
    responseHeader: [],
    compressResponses: false,
    compressTypes: ["text/*", "*/json", "*/xml", "*/javascript", "*+json", "*+xml"],
    errorDocument: [],
    errorOverride: false,
    mapHeadToGet: "auto",
    serverHeader: false,
    config: undefined,
    host: "0.0.0.0",
    port: 8000,
    listen: [],
    socketMode: 0o660,
    socketOwner: undefined,
    proxyProtocol: false,
    httpsPort: undefined,
    sslCertificateFile: undefined,
    sslCertificateKeyFile: undefined,
    sslKeyPassphraseFile: undefined,
    sslCertificateChainFile: undefined,
    httpsOnly: false,
    http2: true,
    hstsPolicy: undefined,
    sslMinProtocol: "TLSv1.2",
    sslCipherList: "ECDHE+AESGCM:ECDHE+CHACHA20",
    sslCaCertificateFile: undefined,
    sslCrlFile: undefined,
    sslVerifyClient: [],
    sslEnvironment: false,
    handshakeTimeout: 10_000,
    hostAccessScript: undefined,
    authUserScript: undefined,
    authUserFile: undefined,
    authGroupScript: undefined,
    authGroup: [],
    authType: "Basic",
    authRealm: "gw",
    authPath: [],
    authExceptPath: [],
    authProcesses: 1,
    authTimeout: 5_000,
    authCache: 10_000,
    authFailures: 20,
    authPassAuthorization: false,
    remoteUserHeader: "X-Remote-User",
    allowLocalhost: false,
    serverBacklog: 500,
    frontEnds: 1,
    maxClients: undefined,
    trustProxy: [],
    trustProxyHeader: [],
    processes: { min: 1, max: 1 },
    scaleUpWait: 200,
    mount: "/",
    stripMount: true,
    serverName: undefined,
    serverAlias: [],
    route: [],
    defaultGroup: undefined,
    serviceScript: [],
    serviceArgument: [],
    debugMode: false,
    reloadOnChanges: false,
    trackChanges: [],
    streamDrainTimeout: 60_000,
    concurrency: { min: 100, max: 100 },
    embeddedMode: false,
    serverRoot: "/tmp/gw-0.0.0.0:8000:501",
    queueTimeout: 45_000,
    listenBacklog: 100,
    maxQueue: 100,
    queuePolicy: "fifo",
    queueLateAfter: 200,
    priority: [],
    connectTimeout: 15_000,
    keepAliveTimeout: 75_000,
    headerTimeout: 10_000,
    limitRequestLine: 16_384,
    limitRequestFields: 190,
    limitRequestFieldSize: 65_536,
    maxClientsPerAddress: undefined,
    rateLimit: [],
    bodyTimeout: 20_000,
    bodyMaxTimeout: 0,
    bodyMinRate: 500,
    requestSpoolSize: 2 ** 32,
    responseSocketTimeout: 60_000,
    responseMinRate: 500,
    responseSpoolSize: 2 ** 32,
    socketTimeout: 60_000,
    requestTimeout: 60_000,
    retryRequests: "unsent",
    startupTimeout: 15_000,
    deadlockTimeout: 60_000,
    gracefulTimeout: 15_000,
    evictionTimeout: 15_000,
    lameDuck: 0,
    shutdownTimeout: 5_000,
    inactivityTimeout: 0,
    stackOnTimeout: false,
    ignoreActivity: [],
    sticky: undefined,
    stickyOverflow: "wait",
    poisonLimit: 0,
    maximumRequests: 0,
    restartInterval: 0,
    limitRequestBody: [{ path: "/", bytes: 10_485_760 }],
    headerBufferSize: 32_768,
    memoryLimit: 0,
    virtualMemoryLimit: 0,
    cpuTimeLimit: 0,
    cpuPriority: undefined,
    stackSize: undefined,
    openFiles: undefined,
    bestEffortLimits: false,
    user: undefined,
    group: undefined,
    supplementaryGroups: undefined,
    umask: undefined,
    envFile: undefined,
    chroot: undefined,
    confine: false,
    writable: [],
    readable: [],
    connectPorts: undefined,
    listenPorts: undefined,
    denyRoot: false,
    displayName: "%{GROUP}",
    keepChildren: false,
    setenv: [],
    passenv: [],
    locale: undefined,
    hashSeed: "random",
    dontWriteBytecode: false,
    accessLog: false,
    accessLogFormat: "common",
    accessLogSample: 1,
    accessLogExclude: [],
    recorderDirectory: undefined,
    recorderKeep: 1000,
    recorderBody: 16_384,
    slowRequests: 0,
    onEvent: undefined,
    evidenceDirectory: undefined,
    evidenceKeep: 50,
    evidenceSize: 262_144,
    healthPath: undefined,
    readyPath: undefined,
    metricsPort: undefined,
    metricsHost: "127.0.0.1",
    serverStatus: false,
    serverStatusPath: "/server-status",
    serverStatusAllow: [],
    logFormat: "text",
    logRequestIds: false,
    logDirectory: undefined,
    logTarget: "terminal",
    logToTerminal: false,
    rotateLogs: false,
    maxLogSize: 5 * 2 ** 20,
    rotateKeep: 10,
    rotateCompress: false,
    logLevel: "info",
    otlpEndpoint: undefined,
    otlpSignals: ["traces", "metrics"],
    otlpInterval: 15_000,
    traceSample: undefined,
    serverTiming: "off",
    trustTrace: [],
  });
});

test("resolve: settings are frozen", () => {
  expect(Object.isFrozen(settingsOf(resolveWith({})))).toBe(true);
});

describe("lists", () => {
  const members = [{ key: "setenv", value: ["A=file", "B=file"] }];

  test("resolve: a flag that is given again adds to the list", () => {
    const argv = [
      "--setenv",
      "A=1",
      "--setenv=B=2",
      "--ignore-activity",
      "/up",
      "--ignore-activity",
      "/live",
    ];
    const { setenv, ignoreActivity } = settingsOf(resolveWith({ argv }));
    expect([setenv, ignoreActivity]).toEqual([
      ["A=1", "B=2"],
      ["/up", "/live"],
    ]);
  });

  test("resolve: a list replaces the list of the layer below, and an empty one clears it", () => {
    expect(settingsOf(resolveWith({ members })).setenv).toEqual(["A=file", "B=file"]);
    const object = [{ key: "setenv", value: { A: "file", B: "x=y" } }];
    expect(settingsOf(resolveWith({ members: object })).setenv).toEqual(["A=file", "B=x=y"]);
    expect(settingsOf(resolveWith({ members, argv: ["--setenv", "C=flag"] })).setenv).toEqual(["C=flag"]);
    expect(settingsOf(resolveWith({ members, argv: ["--setenv", ""] })).setenv).toEqual([]);
  });

  test("resolve: one wrong item makes the list wrong", () => {
    const wrong = resolveWith({ argv: ["--setenv", "A=1", "--setenv=no equals sign"] });
    expect(problemsOf(wrong)).toEqual([['setenv cannot be "no equals sign"', "--setenv", undefined]]);
  });

  test("resolve: lists are frozen", () => {
    expect(Object.isFrozen(settingsOf(resolveWith({ members, argv: ["--setenv", "C=1"] })).setenv)).toBe(
      true,
    );
  });
});

describe("what follows from other values", () => {
  test("resolve: the window of SIGUSR1 is the graceful one", () => {
    expect(settingsOf(resolveWith({ argv: ["--graceful-timeout", "7"] })).evictionTimeout).toBe(7000);
  });

  test("resolve: with a chroot the server root lies in it, by default at its top", () => {
    const facts = factsWith(undefined, { uid: 0 });
    expect(settingsOf(resolveWith({ argv: ["--chroot", "/srv"], facts })).serverRoot).toBe(
      "/srv/gw-0.0.0.0:8000:0",
    );
  });

  test("resolve: the queue grows with the processes", () => {
    expect(settingsOf(resolveWith({ argv: ["--processes", "4"] })).maxQueue).toBe(400);
  });

  test("resolve: the last worker leaves after five minutes, unless something else is said", () => {
    const idle = (...argv: string[]) => settingsOf(resolveWith({ argv })).inactivityTimeout;
    expect([
      idle("--processes", "0..2"),
      idle("--processes", "1..2"),
      idle("--processes", "0..2", "--inactivity-timeout", "0"),
      idle("--processes", "0..2", "--embedded-mode"),
    ]).toEqual([300_000, 0, 0, 0]);
  });

  test("resolve: home is the nearest project above the app", () => {
    const files = ["/srv/shop/package.json", "/srv/shop/api/tsconfig.json", "/srv/shop/api/src/deep/app.ts"];
    expect(settingsOf(resolveWith({ argv: ["api/src/deep/app.ts"], facts: factsWith(files) })).home).toBe(
      "/srv/shop/api",
    );
  });

  test("resolve: home of an app that is a package's is where gw was started, and its configuration is looked for there", () => {
    const command = "/srv/shop/node_modules/.bin/serve";
    const facts = factsWith([command, "/srv/shop/node_modules/serve/package.json", "/srv/shop/package.json"]);
    const argv = ["node_modules/.bin/serve", "--", "-s", "build"];
    expect(settingsOf(resolveWith({ argv, facts }))).toMatchObject({
      app: command,
      home: "/srv/shop",
      appArgument: ["-s", "build"],
    });
    expect(settingsOf(resolveWith({ argv: ["--home", "/srv", ...argv], facts })).home).toBe("/srv");
    expect(placeOfConfig({ argv, env: {}, facts })).toEqual({
      candidates: ["/srv/shop/gw.config.ts", "/srv/shop/gw.config.json"],
    });
  });

  test("resolve: home does not leave the chroot", () => {
    const facts = (files: string[], cwd = "/srv/shop") =>
      factsWith(["/package.json", "/srv/x", ...files], { uid: 0, cwd });
    const argv = ["/srv/shop/app.ts", "--chroot", "/srv"];
    const homes = [
      settingsOf(resolveWith({ argv, facts: facts(["/srv/shop/app.ts"]) })).home,
      settingsOf(resolveWith({ argv, facts: facts(["/srv/shop/app.ts", "/srv/package.json"]) })).home,
      settingsOf(resolveWith({ argv: ["--chroot", "/srv"], facts: facts([], "/root") })).home,
    ];
    expect(homes).toEqual(["/srv/shop", "/srv", "/srv"]);
  });

  test("resolve: home is the directory of an app without a project", () => {
    expect(settingsOf(resolveWith({ argv: ["/opt/one.ts"], facts: factsWith(["/opt/one.ts"]) })).home).toBe(
      "/opt",
    );
  });

  test("resolve: two servers on free ports do not share a server root", () => {
    expect(settingsOf(resolveWith({ argv: ["--port", "0"] })).serverRoot).toBe("/tmp/gw-0.0.0.0:0.77:501");
  });

  test("resolve: a path in a file starts at the file", () => {
    const file = {
      path: "/etc/gw/live.json",
      members: [{ key: "app", value: "../../srv/shop/app.ts" }],
      problems: [],
    };
    expect(settingsOf(resolveWith({ file })).app).toBe("/srv/shop/app.ts");
  });

  test("resolve: a file that was found is shown", () => {
    const resolution = resolveWith({ members: [] });
    expect(settingsOf(resolution).config).toBe("/srv/shop/gw.config.json");
    expect(resolution.problems ?? resolution.origins.config.text).toBe("found");
  });
});

describe("what is wrong is told, all at once", () => {
  test("resolve: each problem names option, value, origin and what is accepted", () => {
    const { problems } = resolveWith({
      argv: ["--processes", "many"],
      env: { GW_PORT: "80800" },
      members: [{ key: "limitRequestBody", value: true, line: 7 }],
    });
    expect(problems).toEqual([
      {
        cause: "configuration",
        what: "limitRequestBody cannot be true",
        from: "/srv/shop/gw.config.json:7",
        accepted: expect.stringMatching(/^a size such as 512k.*; from 1 to 1024T; PATH=SIZE /),
      },
      {
        cause: "configuration",
        what: 'port cannot be "80800"',
        from: "GW_PORT",
        accepted: "a whole number from 0 to 65535",
      },
      {
        cause: "configuration",
        what: 'processes cannot be "many"',
        from: "--processes",
        accepted: "auto, or a whole number from 1 to 1024, or two as MIN..MAX, of which the first may be 0",
      },
    ]);
  });

  test("resolve: a bad value hides behind no better one", () => {
    const resolution = resolveWith({ argv: ["--port", "80"], env: { GW_PORT: "x" } });
    expect(problemsOf(resolution)).toEqual([['port cannot be "x"', "GW_PORT", undefined]]);
  });

  test("resolve: an unknown variable and an unknown key name the nearest", () => {
    const resolution = resolveWith({
      env: { GW_QUEU_TIMEOUT: "5" },
      members: [{ key: "queuetimeout", value: 5, line: 2 }],
    });
    expect(problemsOf(resolution)).toEqual([
      [
        'There is no environment variable "GW_QUEU_TIMEOUT"',
        "the environment",
        "The nearest is GW_QUEUE_TIMEOUT",
      ],
      ['There is no option "queuetimeout"', "/srv/shop/gw.config.json:2", "The nearest is queueTimeout"],
    ]);
  });

  test("resolve: an option and its alias in one layer contradict each other", () => {
    const resolution = resolveWith({ env: { GW_THREADS: "5", GW_CONCURRENCY: "6" } });
    expect(problemsOf(resolution)).toEqual([
      [
        'concurrency was set 2 times, as "5" and "6"',
        "GW_THREADS and GW_CONCURRENCY",
        "Set it once; concurrency and threads are the same",
      ],
    ]);
  });

  test("resolve: a configuration file cannot name another one", () => {
    const resolution = resolveWith({ members: [{ key: "config", value: "x.json", line: 1 }] });
    expect(problemsOf(resolution)).toEqual([
      [
        '"config" cannot be set in a configuration file',
        "/srv/shop/gw.config.json:1",
        "Use --config or GW_CONFIG",
      ],
    ]);
  });

  test("resolve: a value that JSON cannot hold is named", () => {
    const resolution = resolveWith({ members: [{ key: "port", value: null, shown: "a function" }] });
    expect(problemsOf(resolution)).toEqual([
      ["port cannot be a function", "/srv/shop/gw.config.json", undefined],
    ]);
  });

  test("resolve: misuse exits with 64, a bad value with 78, a missing app with 66", () => {
    const code = (argv: string[]) => exitCodeOf(resolveWith({ argv }).problems ?? []);
    expect([
      code(["--prot"]),
      code(["--port", "x"]),
      code(["no.ts"]),
      code(["no.ts", "--port", "x"]),
    ]).toEqual([64, 78, 66, 78]);
  });
});

describe("what is left alone", () => {
  test("resolve: an empty variable counts as not set", () => {
    expect(settingsOf(resolveWith({ env: { GW_PORT: "" } })).port).toBe(8000);
  });

  test("resolve: in a pod beside a service called gw, the variables of Kubernetes are not taken for options", () => {
    const env = {
      GW_PORT: "tcp://10.0.0.1:80",
      GW_SERVICE_HOST: "10.0.0.1",
      GW_SERVICE_PORT: "80",
      GW_SERVICE_PORT_HTTP: "80",
      GW_PORT_80_TCP: "tcp://10.0.0.1:80",
      GW_PORT_80_TCP_ADDR: "10.0.0.1",
    };
    expect(settingsOf(resolveWith({ env })).port).toBe(8000);
  });

  test.each([
    ["frontEnds", "2", "In a file it is written 2"],
    ["route", { "/a": 1 }, "In a file each of its values is a text in quotes"],
    [
      "route",
      { "/a": "b c" },
      'Correct "b c", which is not the name of a group: a letter, then up to 31 letters, digits, - and _',
    ],
    [
      "route",
      ["/a=b", "c=d"],
      'Correct "c", which is not a pattern: a path such as /reports, or /reports/* for all paths below it',
    ],
    [
      "serviceScript",
      { mail: "mail.ts", "a b": "svc.ts" },
      'Correct "a b", which is not the name of a service: a letter, then up to 31 letters, digits, - and _',
    ],
    ["serviceScript", { mail: "" }, undefined],
    ["embeddedMode", "yes", "In a file it is written true"],
    ["user", 501, 'In a file it is written "501"'],
    ["umask", 22, 'In a file it is written "022"'],
    ["setenv", { A: 1 }, "In a file each of its values is a text in quotes"],
    ["preload", { A: "1" }, 'In a file it is a list: ["FILE", …]'],
    ["processes", "two", undefined],
    ["port", null, undefined],
  ])("resolve: in a file, %s cannot be %j, and what may be meant is said", (key, value, advice) => {
    const { problems } = resolveWith({ members: [{ key, value }] });
    expect(problems?.map((problem) => problem.advice)).toEqual([advice]);
  });

  test("resolve: $schema in a file is for editors", () => {
    expect(resolveWith({ members: [{ key: "$schema", value: "gw.schema.json" }] }).problems).toBeUndefined();
  });
});

describe("where the configuration file is", () => {
  const place = (argv: string[], env = {}) => placeOfConfig({ argv, env, facts: factsWith() });
  test("resolve: as the flag says, before the variable", () => {
    expect(place(["--config", "a.json"], { GW_CONFIG: "b.json" })).toEqual({
      path: "/srv/shop/a.json",
      from: "--config",
    });
    expect(place([], { GW_CONFIG: "b.json" })).toEqual({ path: "/srv/shop/b.json", from: "GW_CONFIG" });
  });

  test("resolve: else beside the app, else in the working directory", () => {
    expect(place(["api/app.ts"])).toEqual({
      candidates: ["/srv/shop/api/gw.config.ts", "/srv/shop/api/gw.config.json"],
    });
    expect(place([], { GW_APP: "/opt/a.ts" })).toEqual({
      candidates: ["/opt/gw.config.ts", "/opt/gw.config.json"],
    });
    expect(place([])).toEqual({ candidates: ["/srv/shop/gw.config.ts", "/srv/shop/gw.config.json"] });
  });
});

test("resolve: no command line makes it throw", () => {
  const words = fc.array(
    fc.oneof(
      fc.string(),
      fc.constantFrom("--port", "--no-port", "--=", "--", "-", "--no-", "--embedded-mode="),
    ),
  );
  fc.assert(fc.property(words, (argv) => void resolveWith({ argv })));
});
