// Whether a client's certificate lets its request in, and what its group learns of the connection. The certificate was asked for
// in the handshake, of every client; what follows from it is decided for each request, by the group and the path that it is really for:
// no other name in the handshake, none, and no other Host on the same connection gets past that.

import type { Clock } from "../../core/clock.ts";
import { GwError } from "../../core/errors.ts";
import { FIELDS_MOST } from "../../core/requests/head-bounds.ts";
import { withOwnFields } from "../../http/fields.ts";
import { canonicalHost, isAddress } from "../../http/hosts.ts";
import { isSslField } from "../../http/tls/ssl-names.ts";
import type { FrontGroup } from "../../link/messages.ts";
import type { CertificateDemand, CertificateSetup } from "../../link/setups.ts";
import type { TlsFacts } from "../door/client.ts";
import type { Stage } from "../visit/stages.ts";
import type { Visit } from "../visit/visit.ts";
import { createDemand, type DemandFor } from "./certificate-rules.ts";
import { SettledTlsTexts } from "./settled-tls.ts";

type Rule = { demandFor: DemandFor; tellsApp: boolean };

/** For visits that know their group; nothing to do, and no stage, where no group asks for anything. */
export function certificateStages(groups: readonly FrontGroup[], clock: Clock): Stage[] {
  const rules = new Map(
    groups.flatMap(({ name, certificates }) => (certificates ? [[name, ruleOf(certificates)]] : [])),
  );
  const texts = new SettledTlsTexts(clock);
  if (rules.size === 0) return [];
  return [
    (visit) => {
      const rule = rules.get(visit.group);
      if (rule) check(visit, rule, texts);
      return undefined;
    },
  ];
}

const ruleOf = ({ rules, tellsApp }: CertificateSetup): Rule => ({
  demandFor: createDemand(rules),
  tellsApp,
});

function check(visit: Visit, { demandFor, tellsApp }: Rule, texts: SettledTlsTexts): void {
  const { tls } = visit.client.peer;
  const demand = demandFor(visit.path);
  if (demand !== "none") judge(visit, tls, demand);
  if (tellsApp) visit.fields = withoutSslFields(visit.fields);
  if (!tls) return;
  visit.tls = texts.text(tls);
  if (!tellsApp) return;
  visit.fields = withOwnFields(visit.fields, texts.fields(tls));
  // A certificate may hold any number of names.
  if (visit.fields.length > FIELDS_MOST * 2) throw new GwError("too_many_fields", { most: FIELDS_MOST });
}

function judge(visit: Visit, tls: TlsFacts | undefined, demand: CertificateDemand): void {
  if (tls) checkName(visit, tls);
  const reason = tls ? faultOf(tls, demand) : demand === "require" ? "the connection has no TLS" : undefined;
  if (reason !== undefined) throw new GwError("tls_client_certificate", { reason }, reason);
}

/** A trusted proxy speaks for hosts that it does not name in its own handshake. */
function checkName({ host, peer, client }: Visit, { serverName }: TlsFacts): void {
  if (peer !== client.peer) return;
  const asked = canonicalHost(host);
  const named = serverName === undefined ? undefined : canonicalHost(serverName);
  // No address is ever named in a handshake (RFC 6066 section 3).
  if (named === asked || (named === undefined && isAddress(asked))) return;
  throw new GwError("tls_name_mismatch", {}, `${asked}, and the handshake has named ${named ?? "none"}`);
}

/** Why the request is not let in. */
function faultOf({ certificate, certificateFault }: TlsFacts, demand: CertificateDemand): string | undefined {
  if (!certificate) return demand === "require" ? "the client has shown no certificate" : undefined;
  return certificateFault;
}

function withoutSslFields(fields: readonly string[]): readonly string[] {
  let kept: string[] | undefined;
  for (let i = 0; i < fields.length; i += 2) {
    const name = fields[i] as string;
    if (isSslField(name)) kept ??= fields.slice(0, i);
    else kept?.push(name, fields[i + 1] as string);
  }
  return kept ?? fields;
}
