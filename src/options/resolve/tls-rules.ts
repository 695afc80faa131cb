// What must hold among the options of TLS: one named pure function for each rule. What a certificate itself must be is said
// by certificates/judge.ts, which needs its files.

import type { Problem } from "../declare/problems.ts";
import { KEYS, type Key, rowOf } from "../declare/table.ts";
import { setterIn } from "../read/inputs.ts";
import type { GroupRuleInput } from "./group-rules.ts";
import type { WorkerGroup } from "./groups.ts";

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

  httpsOnlyHasHttps({ settings: { httpsOnly, httpsPort }, setBy }) {
    if (!httpsOnly || httpsPort !== undefined) return [];
    const what = "httpsOnly has nowhere to send clients: there is no httpsPort";
    return [wrong(what, setBy("httpsOnly"), "Give --https-port as well")];
  },
};

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
