// Every failure gw can name. One table: what the operator's terminal, the client's page, the log line, the exit
// code and docs/errors.md say all come from these rows. A row's key is the *cause*, the one word that client,
// log and metrics agree on. Nothing here knows how an error is shown.

/** Whose problem it is, and so who must be able to understand the text. */
export type Audience = "operator" | "app author" | "client" | "gw bug";

export type ErrorRow = {
  audience: Audience;
  /** What went wrong, in one sentence without a final full stop; `{name}` is filled from the error's facts. */
  message: string;
  /** What to do next. */
  hint: string;
  /** sysexits(3) code the process leaves with, where this error ends a command. */
  exit?: number;
  /** HTTP status, where a client can get this error. */
  status?: number;
  /** The request was understood, and the connection goes on behind the answer, whatever its status. */
  isUnderstood?: true;
  /** Error type of the Proxy-Status header (RFC 9209 section 2.3). */
  proxyError?: string;
  /** The request is as it should be, but for who sends it: its connection goes on. */
  isAboutUser?: true;
};

const rows = <const T extends Record<string, ErrorRow>>(table: T): T => table;

export const ERRORS = rows({
  // ---- commands and configuration -------------------------------------------------------------------------
  usage: {
    audience: "operator",
    message: "{what}",
    hint: "Run the command with --help to see what it takes",
    exit: 64,
  },
  configuration: {
    audience: "operator",
    message: "{what}",
    hint: "Nothing was started. Correct the lines above; gw show-config tells where each value comes from",
    exit: 78,
  },
  app_not_found: {
    audience: "operator",
    message: "There is no app at {path}",
    hint: "Name the file that exports or starts your app: gw start-server path/to/app.ts",
    exit: 66,
  },
  port_taken: {
    audience: "operator",
    message: "Port {port} on {host} is taken{by}",
    hint: "Stop the other server, or choose another port where this one was given: --port, --listen, --https-port or --metrics-port (0 picks a free one)",
    exit: 69,
  },
  port_refused: {
    audience: "operator",
    message: "The system does not let gw listen on {host}:{port}: {reason}",
    hint: "A port below 1024 needs root or CAP_NET_BIND_SERVICE: gw doctor says how to get them. An address has to be one of this machine; without --host gw takes all of them",
    exit: 69,
  },
  log_refused: {
    audience: "operator",
    message: "The log file {path} cannot be written: {reason}",
    hint: "Give a directory that gw can write with --log-directory, or leave it out for logs on the terminal",
    exit: 73,
  },
  log_target_refused: {
    audience: "operator",
    message: "The log cannot go to {path}: {reason}",
    hint: "Start what reads there (systemd's journal, or a syslog daemon), name its socket as in --log-target syslog:/PATH, or leave out --log-target for the log on the terminal",
    exit: 73,
  },
  recorder_refused: {
    audience: "operator",
    message: "Requests cannot be recorded in {path}: {reason}",
    hint: "Give a directory with --recorder-directory in which the user of --user can write, or one that can be made",
    exit: 73,
  },
  evidence_refused: {
    audience: "operator",
    message: "Evidence cannot be kept in {path}: {reason}",
    hint: "Give a directory with --evidence-directory that belongs to the user who starts gw and has the mode 0700, or one that can be made",
    exit: 73,
  },
  socket_taken: {
    audience: "operator",
    message: "Another process listens on the socket {path}",
    hint: "Stop it, or give another path with --listen unix:PATH",
    exit: 69,
  },
  socket_refused: {
    audience: "operator",
    message: "gw cannot listen on the socket {path}: {reason}",
    hint: "Its directory must be there and let gw make files in it; a file that is in the way has to be moved by hand",
    exit: 69,
  },
  output_lost: {
    audience: "operator",
    message: "What the command prints could not be written: {reason}",
    hint: "Make room where its output goes, and run it again",
    exit: 74,
  },
  sums_unusable: {
    audience: "operator",
    message: "The sums in {path} say nothing of this gw: {reason}",
    hint: "Take the SHA256SUMS that was published with this version",
    exit: 66,
  },
  binary_differs: {
    audience: "operator",
    message: "{path} is not what was published: its SHA-256 is {found}, and {wanted} is wanted",
    hint: "Do not run it; get it anew, and the sums from a second place",
    exit: 65,
  },
  server_root_taken: {
    audience: "operator",
    message: "Another gw (pid {pid}) is running in {path}",
    hint: "Stop it, or give this one its own --server-root or --port",
    exit: 69,
  },
  server_root_unusable: {
    audience: "operator",
    message: "The server root {path} cannot be used: {reason}",
    hint: "Give a directory that belongs to the user who runs gw, with --server-root",
    exit: 78,
  },
  limit_refused: {
    audience: "operator",
    message: 'The limit {option} "{value}" cannot be set: {reason}',
    hint: "Change it, or take what can be had with --best-effort-limits; gw doctor tells what this machine allows",
    exit: 78,
  },
  identity_refused: {
    audience: "operator",
    message: "{role} cannot become {who}: {reason}",
    hint: "Start gw as root with the capabilities SETUID, SETGID and SYS_CHROOT, or without --user and --chroot",
    exit: 77,
  },
  confinement_refused: {
    audience: "operator",
    message: "The worker cannot be confined: {reason}",
    hint: "gw doctor tells what the kernel holds; take what can be had with --best-effort-limits, or leave out --confine",
    exit: 78,
  },
  home_refused: {
    audience: "operator",
    message: "The working directory {path} cannot be entered by {who}: {reason}",
    hint: "Let that user pass (chmod o+x on it and the directories above), or give another --home",
    exit: 78,
  },
  files_refused: {
    audience: "operator",
    message: "The front end cannot serve from {path}: {reason}",
    hint: "Let the user of the front ends read it and pass the directories above it, or give another path",
    exit: 78,
  },
  env_file_unreadable: {
    audience: "operator",
    message: "The file of variables {path} cannot be read by the worker: {reason}",
    hint: "Let the app's user read it, or take it out of --env-file",
    exit: 78,
  },
  control_unreachable: {
    audience: "operator",
    message: "No gw answers at {path}: {reason}",
    hint: "Start one with gw start-server; if it runs with a server root of its own, name that with --server-root DIR",
    exit: 69,
  },
  control_silent: {
    audience: "operator",
    message: "gw (pid {pid}) runs with the server root {path}, but {reason}",
    hint: "Try again: a gw whose control socket was removed makes it anew within seconds, and one that a signal has stopped goes on by kill -CONT {pid}. kill -HUP {pid} reloads it and kill {pid} stops it without that socket",
    exit: 69,
  },
  control_lost: {
    audience: "operator",
    message: "gw (pid {pid}) ended before the command was finished",
    hint: "gw status tells whether it runs again; its log tells why it ended",
    exit: 1,
  },
  several_instances: {
    audience: "operator",
    message: "{count} of the running gw could be meant",
    hint: "Name the one you mean with --port or --server-root",
    exit: 64,
  },
  command_failed: {
    audience: "operator",
    message: "{what}",
    hint: "gw status and gw logs tell more",
    exit: 1,
  },
  // ---- starting the app ------------------------------------------------------------------------------------
  interpreter_refused: {
    audience: "operator",
    message: "The interpreter {path} cannot be started: {reason}",
    hint: "Let the app's user run it, install Python 3.9 or newer (Debian: apt install python3), or name another one with --python",
    exit: 78,
  },
  interpreter_unfit: {
    audience: "operator",
    message: "The interpreter {path} cannot run the app: {reason}",
    hint: "Install Python 3.9 or newer (Debian: apt install python3), or name another one with --python",
    exit: 78,
  },
  app_load_failed: {
    audience: "app author",
    message: "The app could not be loaded: {reason}",
    hint: "The text above is the app's own error; correct it and start again",
    exit: 1,
  },
  preload_failed: {
    audience: "app author",
    message: "The preload {preload} could not be loaded: {reason}",
    hint: "The text above is the module's own error; correct it, or take the module out of --preload",
    exit: 1,
  },
  app_exports_nothing: {
    audience: "app author",
    message: "{path} exports nothing that gw can serve, and does not listen by itself",
    hint: "Export default { fetch(request) {…} }, a function, or call Bun.serve() or http.createServer().listen()",
    exit: 1,
  },
  app_callable_missing: {
    audience: "app author",
    message: "{path} has no export named {name} that gw can serve",
    hint: "Name one with --callable-object NAME; the file exports: {exports}",
    exit: 1,
  },
  app_listens_twice: {
    audience: "app author",
    message: "The app listens on {first} and on {second}, and gw cannot tell which of them to serve",
    hint: "Name its port with --app-port, or let it listen on the port that it finds in PORT",
    exit: 1,
  },
  app_listener_unfit: {
    audience: "app author",
    message: "The app listens on {where} {how}, where gw cannot pass requests to it",
    hint: "gw passes on HTTP/1.1: listen with Bun.serve or node:http, in the main thread; http2.createSecureServer works with allowHTTP1",
    exit: 1,
  },
  app_in_cluster: {
    audience: "app author",
    message:
      "The app starts a cluster of its own and listens nowhere else, where gw cannot pass requests to it",
    hint: "gw has processes already, as many as --processes says: let the app listen where it is started, without node:cluster (WEB_CONCURRENCY=1 with many frameworks)",
    exit: 1,
  },
  app_port_missing: {
    audience: "app author",
    message: "The app does not listen on port {port}, which --app-port names{instead}",
    hint: "Give --app-port the port that the app itself listens on, or leave it out",
    exit: 1,
  },
  app_listen_failed: {
    audience: "app author",
    message: "The app cannot listen on {where}: {reason}",
    hint: "Stop what is there, or let the app take another port; only workers of the same user can share such a port",
    exit: 1,
  },
  startup_timeout: {
    audience: "app author",
    message: "The app was not ready {seconds} s after its worker was started; it was still in step: {step}",
    hint: "Look for work that never ends at the top level of the app, or raise --startup-timeout. A program that never listens, because it needs no port, is a --service-script",
    exit: 1,
  },
  worker_died_at_start: {
    audience: "app author",
    message: "The worker ended while starting the app, in step {step}: {how}",
    hint: "The app's own output is above",
    exit: 1,
  },
  auth_script_failed: {
    audience: "app author",
    message: "The script {script} could not be loaded: {reason}",
    hint: "The text above is the script's own error; correct it and start again",
    exit: 1,
  },
  auth_function_missing: {
    audience: "app author",
    message: "The script {script} has no function {name}",
    hint: "Export it: export function {name}(…) {…}. The file exports: {exports}",
    exit: 1,
  },
  auth_file_unusable: {
    audience: "operator",
    message: "The file of users {path} cannot be used: {reason}",
    hint: "Correct it, or name another file with --auth-user-file; gw password writes such files",
    exit: 78,
  },
  auth_not_started: {
    audience: "app author",
    message: "The auth process could not be started: {reason}",
    hint: "What its scripts have printed is above",
    exit: 1,
  },
  front_failed: {
    audience: "operator",
    message: "The front end could not be started: {reason}",
    hint: "Run gw doctor to see what this machine allows",
    exit: 69,
  },
  child_mismatch: {
    audience: "operator",
    message: "{name} was refused: it is {theirs}, and {ours} is expected",
    hint: "The executable was replaced while gw ran; start gw again",
    exit: 70,
  },
  reload_refused: {
    audience: "operator",
    message: "Generation {generation} did not come up, and generation {serving} serves on: {reason}",
    hint: "Correct what is named here, then try again; gw status shows this until then",
    exit: 1,
  },
  trial_failed: {
    audience: "operator",
    message:
      "Generation {generation} was tried out and has gone, and generation {serving} serves on: {reason}",
    hint: "Look at what failed with gw why and in the log; gw status shows this until the next reload",
    exit: 1,
  },
  configuration_refused: {
    audience: "operator",
    message: "The configuration was refused, and generation {serving} serves on: {reason}",
    hint: "Nothing was started. Correct what is named here, then try again; gw status shows this until then",
    exit: 1,
  },
  upgrade_refused: {
    audience: "operator",
    message: "{path} does not take over, and this gw serves on: {reason}",
    hint: "Correct what is named here, then try again; docs/upgrade.md tells what a gw that is to take over needs",
    exit: 1,
  },
  interrupted: {
    audience: "operator",
    message: "Stopped by {signal} before the server was ready",
    hint: "",
    exit: 1,
  },
  bug: {
    audience: "gw bug",
    message: "gw made a mistake: {what}",
    hint: "Please report this with the lines above and the output of gw version",
    exit: 70,
    status: 500,
    proxyError: "proxy_internal_error",
  },
  // ---- what a client can get -------------------------------------------------------------------------------
  malformed_request: {
    audience: "client",
    message: "The request is not valid HTTP: {reason}",
    hint: "Correct the request",
    status: 400,
    proxyError: "http_request_error",
  },
  bad_host: {
    audience: "client",
    message: "The Host field must appear once and hold one valid host name",
    hint: "Correct the Host field",
    status: 400,
    proxyError: "http_request_error",
  },
  access_denied: {
    audience: "client",
    message: "This is not for you to see",
    hint: "The operator's access script decides who may ask; see --host-access-script",
    status: 403,
    proxyError: "http_request_denied",
    isAboutUser: true,
  },
  unauthorized: {
    audience: "client",
    message: "Say who you are: a user and the password are wanted here",
    hint: "Send both again, as the WWW-Authenticate field says; the user may also lack the group that is asked for",
    status: 401,
    proxyError: "http_request_denied",
    isAboutUser: true,
  },
  too_many_failures: {
    audience: "client",
    message: "Too many wrong passwords have come from this address",
    hint: "Try again in {retryAfter} s. The operator says with --auth-failures how many are allowed",
    status: 429,
    proxyError: "http_request_denied",
    isAboutUser: true,
  },
  auth_failed: {
    audience: "app author",
    message: "A hook that decides who may ask has failed, or has answered what is no answer",
    hint: "The hook's own error stands above in the log; correct the script and reload",
    status: 500,
    proxyError: "proxy_internal_error",
  },
  auth_timeout: {
    audience: "app author",
    message: "The hooks that decide who may ask took longer than the auth timeout",
    hint: "Look for what they wait for, or raise --auth-timeout",
    status: 500,
    proxyError: "proxy_internal_error",
  },
  auth_unavailable: {
    audience: "client",
    message: "Nobody is there who could say who may ask",
    hint: "Try again shortly. The operator finds in the log how the auth process ended",
    status: 503,
    proxyError: "proxy_internal_error",
  },
  request_timeout_client: {
    audience: "client",
    message: "The request was not received completely in time",
    hint: "Send the request again without pausing",
    status: 408,
    proxyError: "http_request_error",
  },
  request_spool_failed: {
    audience: "client",
    message: "The request body, which has waited on the disk, could not be read again",
    hint: "Send the request again. The operator finds the reason in the log",
    status: 503,
    proxyError: "proxy_internal_error",
  },
  request_body_too_large: {
    audience: "client",
    message: "The request body is larger than the {limit} bytes accepted here",
    hint: "The operator can raise --limit-request-body",
    status: 413,
    proxyError: "http_request_denied",
  },
  request_head_too_large: {
    audience: "client",
    message: "The request line and header fields are too large",
    hint: "Send fewer or shorter header fields",
    status: 431,
    proxyError: "http_request_error",
  },
  too_many_from_address: {
    audience: "client",
    message: "More than {most} connections are open from this address",
    hint: "Close some of them, or use one for several requests. The operator can raise --max-clients-per-address",
    status: 429,
    proxyError: "http_request_denied",
  },
  rate_limited: {
    audience: "client",
    message: "More requests have come than {rule} allows",
    hint: "Try again in {retryAfter} s. The operator says with --rate-limit how many are allowed",
    status: 429,
    isUnderstood: true,
    proxyError: "http_request_denied",
  },
  too_many_fields: {
    audience: "client",
    message: "The request has more than the {most} header fields accepted here",
    hint: "Send fewer header fields. The operator can raise --limit-request-fields, to 190 at most",
    status: 431,
    proxyError: "http_request_error",
  },
  field_too_large: {
    audience: "client",
    message: "The header field {name} is larger than the {most} bytes accepted here",
    hint: "Send less in it; of cookies those of this site can be deleted. The operator can raise --limit-request-field-size",
    status: 431,
    proxyError: "http_request_error",
  },
  target_too_long: {
    audience: "client",
    message: "The request target is too long",
    hint: "Use a shorter address, or send the data in a body; --limit-request-line says how long the line with it may be",
    status: 414,
    proxyError: "http_request_error",
  },
  too_many_pipelined: {
    audience: "client",
    message: "The client sent too many requests ahead of their answers",
    hint: "The connection was cut; wait for answers before sending more",
    proxyError: "http_request_denied",
  },
  too_many_streams: {
    audience: "client",
    message: "The client sent more than {most} requests at once on one connection",
    hint: "The stream was cut before anything was done for it: it may be sent again; keep to the number that HTTP/2 settings name",
    proxyError: "http_request_denied",
  },
  http2_flood: {
    audience: "client",
    message: "The client did too much on one connection that asks for nothing: {reason}",
    hint: "The connection was cut; ask over a new one",
    proxyError: "http_request_denied",
  },
  expectation_failed: {
    audience: "client",
    message: "The only expectation that can be met is 100-continue",
    hint: "Send the request without the Expect field",
    status: 417,
    proxyError: "http_request_error",
  },
  version_not_supported: {
    audience: "client",
    message: "Only HTTP/1.0 and HTTP/1.1 are spoken here",
    hint: "Use HTTP/1.1",
    status: 505,
    proxyError: "http_request_error",
  },
  plain_request_on_tls: {
    audience: "client",
    message: "This port speaks TLS, and the request came without it",
    hint: "Ask with https:// instead of http://",
    status: 400,
    proxyError: "http_request_error",
  },
  tls_on_plain_port: {
    audience: "client",
    message: "This port does not speak TLS",
    hint: "Ask with http:// instead of https://, or at the port of HTTPS",
    status: 400,
    proxyError: "http_request_error",
  },
  proxy_preface_refused: {
    audience: "client",
    message: "The connection does not begin as the PROXY protocol has it: {reason}",
    hint: "The connection was cut: with --proxy-protocol only the proxies of --trust-proxy may connect, and send a preface on each connection",
    proxyError: "http_request_error",
  },
  proxy_preface_timeout: {
    audience: "client",
    message: "The preface of the PROXY protocol was not complete in time",
    hint: "The connection was cut; the operator can raise --handshake-timeout",
    proxyError: "http_request_error",
  },
  tls_handshake_failed: {
    audience: "client",
    message: "The TLS handshake failed: {reason}",
    hint: "The connection was cut; look whether client and server have a version and a cipher in common, and whether the client trusts the certificate",
    proxyError: "http_request_error",
  },
  tls_handshake_timeout: {
    audience: "client",
    message: "The TLS handshake was not complete in time",
    hint: "The connection was cut; the operator can raise --handshake-timeout",
    proxyError: "http_request_error",
  },
  tls_client_certificate: {
    audience: "client",
    message: "A good client certificate is needed here: {reason}",
    hint: "Show a certificate of an authority that is trusted here, in the TLS handshake",
    status: 403,
    proxyError: "http_request_denied",
  },
  tls_name_mismatch: {
    audience: "client",
    message: "The host of the request is not the one that the TLS handshake has named",
    hint: "Ask on a connection whose handshake names this host",
    status: 421,
    proxyError: "http_request_error",
  },
  method_not_implemented: {
    audience: "client",
    message: "The method is not implemented here",
    hint: "Use another method",
    status: 501,
    proxyError: "http_request_denied",
  },
  unknown_host: {
    audience: "client",
    message: "No site of this name is served here",
    hint: "Check the address. The operator names hosts with --server-name and --server-alias",
    status: 421,
    proxyError: "http_request_error",
  },
  not_mounted: {
    audience: "client",
    message: "Nothing is served at this path",
    hint: "Check the address. The operator says with mount which path a group serves",
    status: 404,
    proxyError: "destination_not_found",
  },
  paused: {
    audience: "client",
    message: "The server is paused for maintenance",
    hint: "Try again shortly. The operator goes on with gw resume",
    status: 503,
    proxyError: "destination_unavailable",
  },
  too_many_clients: {
    audience: "operator",
    message: "No more clients are accepted until one leaves",
    hint: "They wait in the system's queue. Raise --max-clients, or the limit of descriptors that gw is started with (ulimit -n, LimitNOFILE)",
  },
  queue_full: {
    audience: "client",
    message: "The server is busy and its queue is full",
    hint: "Try again shortly. The operator can add --processes or raise --max-queue",
    status: 503,
    proxyError: "connection_limit_reached",
  },
  displaced: {
    audience: "client",
    message: "The server is busy, and the request had to make way for one that is newer or matters more",
    hint: "Try again shortly. The operator can add --processes or raise --max-queue; see --queue-policy and --priority",
    status: 503,
    proxyError: "connection_limit_reached",
  },
  queue_timeout: {
    audience: "client",
    message: "The server is busy and no worker came free in time",
    hint: "Try again shortly. The operator can add --processes or raise --queue-timeout",
    status: 503,
    proxyError: "connection_limit_reached",
  },
  no_worker: {
    audience: "client",
    message: "The application is not running at the moment",
    hint: "Try again shortly. The operator finds the reason in the log",
    status: 503,
    proxyError: "destination_unavailable",
  },
  shutting_down: {
    audience: "client",
    message: "The server is shutting down",
    hint: "Try again shortly",
    status: 503,
    proxyError: "destination_unavailable",
  },
  worker_died: {
    audience: "client",
    message: "The worker ended before it had answered",
    hint: "The operator finds in the log how the worker ended",
    status: 502,
    proxyError: "connection_terminated",
  },
  app_closed: {
    audience: "client",
    message: "The application closed the connection before it had answered",
    hint: "The app author finds the request in the log; the worker goes on",
    status: 502,
    proxyError: "connection_terminated",
  },
  poisonous_request: {
    audience: "client",
    message: "The request has ended its worker several times, and is refused for now",
    hint: "Try again in a minute. The operator finds the deaths in the log, and sets with --poison-limit how many it takes",
    status: 502,
    proxyError: "http_request_denied",
  },
  answer_file: {
    audience: "app author",
    message: "The answer names the file {path}, which cannot be sent: {reason}",
    hint: "The app's own answer is 500; name a file that the worker's user may read, by X-Sendfile or sendFile",
  },
  worker_answer_malformed: {
    audience: "client",
    message: "The worker's answer is not valid HTTP: {reason}",
    hint: "The app author finds the reason in the log",
    status: 502,
    proxyError: "http_protocol_error",
  },
  response_header_too_large: {
    audience: "client",
    message: "The app's response header is larger than the {limit} bytes accepted here",
    hint: "Send less in the header, or let the operator raise --header-buffer-size",
    status: 502,
    proxyError: "http_response_header_section_size",
  },
  socket_timeout: {
    audience: "client",
    message: "The worker was silent for longer than the socket timeout",
    hint: "The operator can raise --socket-timeout",
    status: 504,
    proxyError: "connection_read_timeout",
  },
  request_timeout: {
    audience: "client",
    message: "The app did not answer within the request timeout",
    hint: "The operator can raise --request-timeout",
    status: 504,
    proxyError: "http_response_timeout",
  },
  deadlock_timeout: {
    audience: "client",
    message: "The worker stopped responding and was replaced",
    hint: "The operator finds in the log which request it was working on",
    status: 504,
    proxyError: "connection_read_timeout",
  },
  worker_stopped: {
    audience: "client",
    message: "The app did not answer before its worker had to be stopped",
    hint: "The operator finds in the log why the worker was stopped, and can raise --graceful-timeout",
    status: 504,
    proxyError: "http_response_timeout",
  },
  response_incomplete: {
    audience: "client",
    message: "The worker stopped in the middle of the response",
    hint: "The connection was cut so that nobody takes the response for complete",
    proxyError: "http_response_incomplete",
  },
  file_not_found: {
    audience: "client",
    message: "There is nothing at this address",
    hint: "Check the address. The operator says what is served with --document-root and --url-alias",
    status: 404,
    isUnderstood: true,
    proxyError: "http_request_denied",
  },
  file_forbidden: {
    audience: "client",
    message: "What is at this address is not to be served",
    hint: "The operator finds the reason in the log",
    status: 403,
    isUnderstood: true,
    proxyError: "http_request_denied",
  },
  file_failed: {
    audience: "client",
    message: "The file could not be read",
    hint: "Try again. The operator finds the reason in the log",
    status: 503,
    proxyError: "proxy_internal_error",
  },
  method_not_allowed: {
    audience: "client",
    message: "A file can be asked for, and nothing else be done with it",
    hint: "The field Allow of this answer has the methods",
    status: 405,
    isUnderstood: true,
    proxyError: "http_request_denied",
  },
  precondition_failed: {
    audience: "client",
    message: "The file is another one than the request was made for",
    hint: "Ask for it anew, without If-Match and If-Unmodified-Since",
    status: 412,
    isUnderstood: true,
    proxyError: "http_request_denied",
  },
  range_not_satisfiable: {
    audience: "client",
    message: "The file has no such part",
    hint: "The field Content-Range of this answer has its length",
    status: 416,
    isUnderstood: true,
    proxyError: "http_request_denied",
  },
  status_forbidden: {
    audience: "client",
    message: "The status page is not shown to this client",
    hint: "It is shown to clients on this machine, to those of --server-status-allow, and on the port for metrics; the operator's log says why this one is none of them",
    status: 403,
    isAboutUser: true,
    proxyError: "http_request_denied",
  },
  client_stalled: {
    audience: "client",
    message: "The client took nothing of the response for too long, or took it too slowly",
    hint: "The connection was cut; the operator can raise --response-socket-timeout and lower --response-min-rate",
    proxyError: "connection_write_timeout",
  },
});

/** The one word for what went wrong. */
export type Cause = keyof typeof ERRORS;

/** Others may know causes that this gw does not: an app's own process, or another version. */
export function isCause(word: string): word is Cause {
  return Object.hasOwn(ERRORS, word);
}

export type ErrorFacts = Record<string, string | number>;

/** An error that gw can name. `facts` fill the row's message; `detail` is text from elsewhere (the app's own error). */
export class GwError extends Error {
  override readonly name = "GwError";
  readonly cause_: Cause;
  readonly facts: ErrorFacts;
  readonly detail: string | undefined;

  constructor(cause: Cause, facts: ErrorFacts = {}, detail?: string) {
    super(describe(cause, facts));
    this.cause_ = cause;
    this.facts = facts;
    this.detail = detail;
  }

  get row(): ErrorRow {
    return ERRORS[this.cause_];
  }

  get hint(): string {
    return fill(this.row.hint, this.facts);
  }
}

/** What was thrown, as an error that gw can name: what it cannot name is a mistake of ours. */
export function asGwError(thrown: unknown): GwError {
  return thrown instanceof GwError ? thrown : new GwError("bug", { what: reasonOf(thrown) });
}

/** The message of a row with its placeholders filled. */
export function describe(cause: Cause, facts: ErrorFacts = {}): string {
  return fill(ERRORS[cause].message, facts);
}

function fill(text: string, facts: ErrorFacts): string {
  return text.replace(/\{(\w+)\}/g, (whole, name: string) => String(facts[name] ?? whole));
}

/**
 * `act` for whoever calls it and passes over in silence what is thrown, as the runtime's sockets do, whose end would never come then:
 * `onThrown` gets it, with whom it was about.
 */
export const guarded =
  <S, Rest extends unknown[]>(
    act: (subject: S, ...rest: Rest) => void,
    onThrown: (subject: S, thrown: unknown) => void,
  ) =>
  (subject: S, ...rest: Rest): void => {
    try {
      act(subject, ...rest);
    } catch (thrown) {
      onThrown(subject, thrown);
    }
  };

/** The system's own word for what was thrown, for example `ENOENT`; empty where it has none. */
export function codeOf(thrown: unknown): string {
  return thrown instanceof Error && "code" in thrown ? String(thrown.code) : "";
}

/** Text of anything thrown, without a stack. */
export function reasonOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown);
}
