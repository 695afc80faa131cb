// What an operator does about each error that a client can get: the hints in the table of errors are for their readers, who
// are clients most of the time. Pure.
import type { Cause, ERRORS } from "../../core/errors.ts";

type Row<C extends Cause> = (typeof ERRORS)[C];
/** Each that comes from a client's request: a row without advice is an error of types. */
type CauseOfRequest = {
  [C in Cause]: Row<C> extends { audience: "client" } | { status: number } ? C : never;
}[Cause];

const THEIRS =
  "nothing, where strangers send such requests; of a client of your own the line above says what is wrong";
const HOOKS_LOG = "gw logs has the hook's own error above the line of the request";

const ADVICE: Readonly<Record<CauseOfRequest, string>> = {
  bug: "please report it, with the lines of gw logs around it and the output of gw version",
  // ---- what was asked --------------------------------------------------------------------------------------
  malformed_request: THEIRS,
  bad_host: THEIRS,
  version_not_supported: THEIRS,
  method_not_implemented: THEIRS,
  expectation_failed: THEIRS,
  unknown_host: "where that name is yours, give it to a group with --server-name or --server-alias",
  not_mounted: "where something is to be at that path, give a group the mount or the route",
  request_timeout_client:
    "nothing, where it is a few; honest clients that are slow need a higher --header-timeout or --body-timeout, or a lower --body-min-rate",
  request_body_too_large: "raise --limit-request-body where bodies may be so large, for one path if need be",
  request_head_too_large:
    "nothing, where strangers send it; a browser may have to delete cookies of this site",
  too_many_fields: "raise --limit-request-fields where requests may have so many",
  field_too_large: "raise --limit-request-field-size where fields may be so large",
  target_too_long: "raise --limit-request-line where addresses may be so long",
  too_many_pipelined: "nothing: no browser and no proxy does it",
  too_many_streams:
    "nothing: a client may send it again; a proxy in front of gw should open more connections",
  http2_flood: "nothing: it is an attack, or a client that is broken",
  too_many_from_address:
    "raise --max-clients-per-address where many come from one address, as behind a proxy",
  rate_limited: "raise the rule of --rate-limit that the line above names, where so many are right",
  request_spool_failed: "see to the disk of /var/tmp; the line above has the system's word",
  client_stalled:
    "nothing, where it is a few; clients on slow lines need a higher --response-socket-timeout or a lower --response-min-rate",
  // ---- the connection --------------------------------------------------------------------------------------
  plain_request_on_tls: "where a link or a proxy says http:// for this port, correct it",
  tls_on_plain_port: "where a link or a proxy says https:// for this port, correct it",
  tls_handshake_failed:
    "nothing, where it is scanners; clients of your own need a version and a cipher of --ssl-min-protocol and --ssl-cipher-list, and have to trust the certificate",
  tls_handshake_timeout: "nothing, where it is a few; raise --handshake-timeout for clients on slow lines",
  tls_client_certificate:
    "the line above says what is wrong with it; --ssl-ca-certificate-file says who is trusted, --ssl-crl-file who is no more",
  tls_name_mismatch:
    "nothing: browsers ask again on another connection; a proxy in front of gw has to name the host in its handshake",
  proxy_preface_refused:
    "the proxy in front of gw has to send the PROXY protocol, and to be named with --trust-proxy",
  proxy_preface_timeout: "see why the proxy in front of gw is slow, or raise --handshake-timeout",
  // ---- who asks --------------------------------------------------------------------------------------------
  access_denied: `what --host-access-script decides; where its hook has failed, ${HOOKS_LOG}`,
  unauthorized: "nothing, where it is a few: browsers first ask without a password",
  too_many_failures: "nothing, where somebody guesses; --auth-failures says how many are allowed",
  auth_failed: `${HOOKS_LOG}; correct the script, then gw reload`,
  auth_timeout: "see what the hooks wait for, add --auth-processes, or raise --auth-timeout",
  auth_unavailable: "the end of the auth process, told here as well, says why; or gw logs, why none starts",
  status_forbidden: "--server-status-allow says who is shown the status page",
  // ---- files -----------------------------------------------------------------------------------------------
  file_not_found: "nothing, where the address is wrong; --document-root and --url-alias say what is served",
  file_forbidden: "the line above says what would allow it",
  file_failed:
    "see to the disk, and to the rights of the front ends' user; the line above has the system's word",
  method_not_allowed: "nothing: a file can only be read",
  precondition_failed: "nothing: the client asks anew",
  range_not_satisfiable: "nothing: the client has another version of the file in mind",
  // ---- the way to a worker ---------------------------------------------------------------------------------
  paused: "gw resume, or a shorter gw pause",
  shutting_down: "nothing: gw was stopped; raise --graceful-timeout where requests need longer",
  queue_full:
    "more workers (--processes) or a longer queue (--max-queue); gw requests shows what holds them up",
  displaced:
    "more workers (--processes); newer or more important requests had its place, as --queue-policy and --priority say",
  queue_timeout: "more workers (--processes), or find what is slow: gw requests, --slow-requests 2s",
  no_worker: "see why no worker serves: gw status, and the ends of workers told here",
  // ---- what a worker did -----------------------------------------------------------------------------------
  request_timeout:
    "find what the app waits for: --slow-requests 2s, --stack-on-timeout; or raise --request-timeout",
  socket_timeout: "the app said nothing for --socket-timeout; raise it where that is right",
  deadlock_timeout: "the end of that worker, told here as well, says where its code stood",
  worker_died: "the end of that worker, told here as well, says why",
  app_closed: "mend the app: gw logs has its own error above the line of the request",
  worker_answer_malformed: "mend the app: the line above says what is wrong with its answer",
  response_header_too_large: "mend the app, or raise --header-buffer-size",
  response_incomplete:
    "the end of that worker, told here as well, says why; or the app closed its answer early (app_closed), or said nothing for --socket-timeout (socket_timeout)",
  worker_stopped:
    "the end of that worker, told here as well, says why; raise --graceful-timeout, or --shutdown-timeout for a SIGTERM, where requests may take that long",
  poisonous_request: "that request ends workers: mend the app; it is let through again after a minute",
};

/** Undefined for what comes from no request. */
export function adviceFor(cause: string): string | undefined {
  return Object.hasOwn(ADVICE, cause) ? ADVICE[cause as CauseOfRequest] : undefined;
}
