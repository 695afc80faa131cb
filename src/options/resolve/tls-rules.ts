// What must hold among the options of TLS: one named pure function for each rule. What a certificate itself must be is said
// by certificates/judge.ts, which needs its files.

import type { Problem } from "../declare/problems.ts";
import { KEYS, type Key, rowOf, type Settings } from "../declare/table.ts";
import type { WorkerGroup } from "../groups/groups.ts";
import { setterIn } from "../read/inputs.ts";
import type { GroupRuleInput } from "./group-rules.ts";

export const TLS_RULES: Readonly<Record<string, (input: GroupRuleInput) => Problem[]>> = {
  httpsHasACertificate({ settings, setBy, groups, isUnclear }) {
    const { httpsPort, embeddedMode, sslCertificateFile } = settings;
    if (httpsPort === undefined || embeddedMode || sslCertificateFile !== undefined) return [];
    const isClear = ({ name }: WorkerGroup) => !isUnclear(name, "sslCertificateFile");
    if (groups.some((group) => group.settings.sslCertificateFile !== undefined || !isClear(group))) return [];
    const advice =
      "Name one with --ssl-certificate-file, and its key with --ssl-certificate-key-file; for development gw certificate --self-signed DIR makes both";
    return [wrong(`There is no certificate for httpsPort ${httpsPort}`, setBy("httpsPort"), advice)];
  },

  filesHaveACertificate({ settings, setBy, groups }) {
    const parts = ["sslCertificateKeyFile", "sslKeyPassphraseFile", "sslCertificateChainFile"] as const;
    const all = [
      { settings, setBy },
      ...groups.map(({ settings, origins }) => ({ settings, setBy: setterIn(origins) })),
    ];
    const isUsed = (key: Key) =>
      groups.some((group) => group.settings.sslCertificateFile && group.settings[key]);
    const problems = all.flatMap(({ settings, setBy }) =>
      parts.flatMap((key) => {
        if (settings[key] === undefined || settings.sslCertificateFile !== undefined || isUsed(key))
          return [];
        const advice = "Name its certificate with --ssl-certificate-file, in the same place";
        return [wrong(`${key} "${settings[key]}" belongs to no certificate`, setBy(key), advice)];
      }),
    );
    return problems;
  },

  certificatesOfClientsHaveAnAuthority({ settings, setBy, groups }) {
    if (settings.sslCaCertificateFile !== undefined || settings.embeddedMode) return [];
    const advice = "Name the authorities with --ssl-ca-certificate-file";
    const asks = ({ sslVerifyClient }: Settings) => sslVerifyClient.some((item) => !item.startsWith("none"));
    const asking = [{ settings, by: setBy("sslVerifyClient") }];
    for (const { settings, origins } of groups)
      asking.push({ settings, by: setterIn(origins)("sslVerifyClient") });
    const first = asking.find(({ settings }) => asks(settings));
    const what = `sslVerifyClient "${first?.settings.sslVerifyClient.join(",")}" needs authorities whose certificates are good`;
    const problems = first ? [wrong(what, first.by, advice)] : [];
    if (settings.sslCrlFile === undefined) return problems;
    const idle = `sslCrlFile "${settings.sslCrlFile}" belongs to no authorities`;
    return [...problems, wrong(idle, setBy("sslCrlFile"), advice)];
  },

  oneDemandForEachPath({ settings, setBy, groups }) {
    const all = [
      { settings, setBy },
      ...groups.map(({ settings, origins }) => ({ settings, setBy: setterIn(origins) })),
    ];
    const told = new Set<string>();
    return all.flatMap(({ settings: { sslVerifyClient }, setBy }) => {
      const twice = pathAskedTwice(sslVerifyClient);
      const from = setBy("sslVerifyClient");
      const key = JSON.stringify([twice, from]);
      if (twice === undefined || told.has(key)) return [];
      told.add(key);
      return [wrong(`sslVerifyClient says two things of "${twice}"`, from, "Leave one of them out")];
    });
  },

  httpsOnlyHasHttps({ settings: { httpsOnly, httpsPort }, setBy }) {
    if (!httpsOnly || httpsPort !== undefined) return [];
    const what = "httpsOnly has nowhere to send clients: there is no httpsPort";
    return [wrong(what, setBy("httpsOnly"), "Give --https-port as well")];
  },
};

function pathAskedTwice(items: readonly string[]): string | undefined {
  const paths = demandsOf(items).map(({ path }) => path);
  return paths.find((path, at) => paths.indexOf(path) !== at);
}

/** What the items of `sslVerifyClient` say: for one without a path, of all paths. */
export function demandsOf(
  items: readonly string[],
): { path: string; demand: "none" | "optional" | "require" }[] {
  return items.map((item) => {
    const [demand = "", path = "/"] = item.split(/=(.*)/s);
    return { path, demand: demand === "none" || demand === "optional" ? demand : "require" };
  });
}

/** One sentence each of what is allowed, but does not do what it looks like. */
export function findIdleTlsSettings({
  settings,
  setBy,
  groups,
}: Pick<GroupRuleInput, "settings" | "setBy" | "groups">): string[] {
  if (settings.embeddedMode) return [];
  const idle = (key: Key, why: string) => {
    const by = setterOf(key, setBy, groups);
    return by === undefined ? [] : [`${key} (${by}) has no effect, because ${why}`];
  };
  const { httpsPort, port, httpsOnly } = settings;
  if (httpsPort === undefined)
    return (
      KEYS.filter(isOfTls)
        // Prefaces have the same time.
        .filter((key) => key !== "handshakeTimeout" || !settings.proxyProtocol)
        .flatMap((key) => idle(key, "there is no httpsPort"))
    );
  if (httpsOnly && httpsPort === port) return idle("httpsOnly", "there is no port besides that of HTTPS");
  return [];
}

const isOfTls = (key: Key) => rowOf(key).group === "TLS";

function setterOf(
  key: Key,
  setBy: GroupRuleInput["setBy"],
  groups: readonly WorkerGroup[],
): string | undefined {
  return setBy(key) ?? groups.map(({ origins }) => setterIn(origins)(key)).find(Boolean);
}

function wrong(what: string, from: string | undefined, advice: string): Problem {
  return { cause: "configuration", what, ...(from !== undefined && { from }), advice };
}
