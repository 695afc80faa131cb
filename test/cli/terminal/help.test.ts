import { expect, test } from "bun:test";
import { COMMANDS } from "../../../src/cli/commands.ts";
import { renderCommandHelp, renderShortHelp } from "../../../src/cli/terminal/help.ts";

function helpOf(name: string): string {
  const command = COMMANDS.find((one) => one.name === name);
  if (!command) throw new Error(`no command ${name}`);
  return renderCommandHelp(command).join("\n");
}

test("help: gw alone names the first thing to type", () => {
  expect(renderShortHelp("gw 1.2.3", COMMANDS).join("\n")).toMatchInlineSnapshot(`
    "gw 1.2.3
    An application server for TypeScript and JavaScript in one file.

    Start here:
      gw start-server app.ts      serve your app on http://localhost:8000/

    Commands:
      start-server    Serve an app, in the foreground, until Ctrl-C
      setup-server    Write a server root with configuration and gwctl
      init            Add scripts for gw to package.json
      import-pm2      Write gw.config.ts from a file of PM2
      status          Show what a running gw does: processes, queue, restarts
      ping            Tell by the exit code whether a running gw serves
      metrics         Print all figures of a running gw, as Prometheus reads them
      status-token    Print the word with which one may act on the status page
      why             Explain the last ends, reloads, errors and slow spells
      evidence        Show what is known of workers that were killed or crashed
      requests        List the requests that are under way, the oldest first
      reload          Take up new code and configuration; no request fails
      rollback        Go back to the generation before; no request fails
      upgrade         Let another version of gw take over; no request fails
      restart         Replace the workers one by one; no request fails
      scale           Change how many workers a group has
      drain           Let one worker finish what it has, and leave
      stack           Show where a worker's code stands, also when it hangs
      profile         Measure where a worker's processor time goes, and write a file
                      of it
      heap            Write what is in a worker's memory to a file, and replace the
                      worker
      pause           Hold requests in the queue, for a migration
      resume          Let the requests go on that gw pause holds
      log-level       Show, or change for a while, how much gw's log tells
      logs            Print the last lines of gw's log and of the app's output
      stop            Stop a running gw, and wait until it is gone
      top             Watch a running gw in the terminal: workers and requests
      check-reload    Prove that reloads of the running gw lose no request
      check-config    Check all options and start nothing
      show-config     Show every option's value and who set it
      certificate     Make a certificate for development
      password        Set, delete or verify a password in a file of passwords
      doctor          Tell what this machine allows, and how to get more
      version         Show the version of gw and of the runtime inside
      check-binary    Tell whether this file is the gw that was published
      completions     Print what makes a shell complete gw's words
      man             Print the manual page
      print-types     Print the types of gw.config.ts
      print-module    Print a module for apps that run without gw

    gw help COMMAND shows what a command takes, gw help OPTION all about an option."
  `);
});

test("help: start-server", () => {
  expect(helpOf("start-server")).toMatchInlineSnapshot(`
    "gw start-server: Serve an app, in the foreground, until Ctrl-C

    Usage:
      gw start-server [APP] [options] [-- WORDS OF THE APP]

    Examples:
      gw start-server app.ts
          one worker, all interfaces, port 8000
      gw start-server node_modules/.bin/json-server -- db.json
          a program from npm, with its own words
      gw start-server app.ts --port 3000 --processes 4
          four workers behind one port and one queue
      GW_QUEUE_TIMEOUT=10s gw start-server --config live.json
          settings from a file, one of them from the environment

    Options of this command:
      --setup-only                Write the server root as gw setup-server does, and
                                  start nothing

    What to serve:
      APP, --app FILE             File of the app; without one, gw serves a welcome
                                  page
      --callable-object NAME      Export that answers requests
                                  [default, or application in Python]
      --app-argument, --app-arguments WORD
                                  One argument of the app; all words after -- are
                                  arguments too
      --app-port N                Port of the app, where it listens on several
      --home DIR                  Working directory of the app [project of the app]
      --mount PATH                Path below which the app sits [/]
      --strip-mount               Take the mount off the path that the app sees
      --server-name NAME          Host name that the app answers for; without one,
                                  any
      --server-alias NAME         Further host name of the app; *.example.com stands
                                  for all below it
      --allow-localhost           Answer for localhost too, where serverName says
                                  another host
      --route PATTERN=GROUP       Paths of the app that another group runs, as in
                                  /reports/*=slow
      --default-group NAME        Group that answers for hosts that no group names
      --service-script NAME FILE  Program that gw runs beside the app; it gets no
                                  requests
      --service-argument NAME WORD
                                  One argument of a service
      --config FILE               Configuration file [beside the app]

    Files:
      --document-root DIR         Directory whose files are served before the app is
                                  asked
      --url-alias URL PATH        Part of the paths that a directory, or one file,
                                  answers
      --directory-index NAME      File that is shown for a directory, the first one
                                  that there is
                                  [index.html without an app, else none]
      --directory-listing         Show what is in a directory that has no such file
      --follow-symlinks           Let symbolic links lead out of the directories
                                  that are served
      --mime-types FILE           Media types by the endings of names, before the
                                  ones that gw knows
      --cache-control PATTERN VALUE
                                  Cache-Control of the files whose names fit
      --x-sendfile                Let apps answer with a file by the field
                                  X-Sendfile
      --enable-sendfile           Let the kernel send files, without a copy through
                                  the front end
      --spa-fallback FILE         File that answers a page that nobody else has, for
                                  apps that run in the browser

    Responses:
      --redirect FROM TO          Send clients of one path to another one
      --canonical-host HOST       The one host to which clients of any other are
                                  sent
      --response-header NAME VALUE
                                  Field of every answer of the group
      --compress-responses        Send answers in a coding that makes them smaller,
                                  to clients who take one
      --compress-types TYPE       Media types of the answers that are made smaller
                                  [text/*,*/json,*/xml,*/javascript,*+json,*+xml]
      --error-document STATUS PATH
                                  What clients get for an error, in the place of
                                  gw's page
      --error-override            Let gw answer in the place of the app's own errors
      --map-head-to-get WORD      Ask the app by GET where a client has said HEAD
                                  [auto]
      --server-header             Say Server: gw in every answer of the group

    Network:
      --host ADDRESS              Address to listen on; :: adds IPv6
                                  [0.0.0.0, or that of listen]
      --port N                    Port to listen on; 0 picks a free one
                                  [8000, that of listen, or httpsPort]
      --listen PLACE              ADDRESS:PORT, unix:PATH or unix:@NAME to listen
                                  on; the flag once for each
      --socket-mode MODE          Permissions of UNIX sockets that listen makes; to
                                  connect takes the right to write [660]
      --socket-owner USER:GROUP   Owner and group of UNIX sockets that listen makes
      --proxy-protocol            Every connection begins with a preface of the
                                  PROXY protocol, from a trusted proxy
      --server-backlog N          Client connections that may wait to be accepted
                                  [500]
      --front-ends N              Front end processes on the port [1]
      --max-clients N             Clients connected at once; further ones wait in
                                  the system's queue
      --trust-proxy NETWORK       Proxy in front of gw that is believed, by its
                                  address or network
      --trust-proxy-header NAME   Header in which a trusted proxy tells of its
                                  clients

    TLS:
      --https-port N              Port on which TLS is spoken; 0 picks a free one
      --ssl-certificate-file FILE
                                  Certificate of the server, in PEM
      --ssl-certificate-key-file FILE
                                  Private key of the certificate, in PEM
      --ssl-key-passphrase-file FILE
                                  File with the passphrase of an encrypted key
      --ssl-certificate-chain-file FILE
                                  Certificates between the server's own and the
                                  root, in PEM
      --https-only                Send clients of the plain port to HTTPS
      --http2                     Speak HTTP/2 with clients that can, over TLS
      --hsts-policy POLICY        Strict-Transport-Security of every answer over TLS
      --ssl-min-protocol WORD     Oldest version of TLS that is spoken [TLSv1.2]
      --ssl-cipher-list LIST      Ciphers for TLS 1.2, in the words of OpenSSL
                                  [ECDHE+AESGCM:ECDHE+CHACHA20]
      --ssl-ca-certificate-file FILE
                                  Authorities whose certificates clients may show,
                                  in PEM
      --ssl-crl-file FILE         Lists of certificates that these authorities have
                                  revoked, in PEM
      --ssl-verify-client LEVEL   Whether clients need a certificate: none, optional
                                  or require; LEVEL=PATH below a path
      --ssl-environment           Tell the app what TLS has settled, in fields as
                                  X-SSL-Client-S-DN
      --handshake-timeout TIME    Time for a client to complete the TLS handshake,
                                  or a preface [10s]

    Authentication:
      --host-access-script FILE   Script whose allowAccess decides which clients may
                                  ask
      --auth-user-script FILE     Script whose checkPassword knows users and
                                  passwords
      --auth-user-file FILE       File of users and hashes of their passwords,
                                  instead of a script
      --auth-group-script FILE    Script whose groupsForUser knows the groups of
                                  users
      --auth-group NAME           Group that users have to be in; PATH=NAME for the
                                  requests below a path
      --auth-type WORD            How users prove who they are: Basic or Digest
                                  [Basic]
      --auth-realm TEXT           What browsers show users whom they ask for a
                                  password [serverName, or gw]
      --auth-path PATH            Path that is guarded, with all below it; without
                                  one, everything
      --auth-except-path PATH     Path that is not guarded, with all below it
      --auth-processes N          Processes in which the scripts run [1]
      --auth-timeout TIME         Longest time that the scripts may take for one
                                  request [5s]
      --auth-cache TIME           How long a right password is believed without
                                  asking anew; 0 for never [10s]
      --auth-failures N           Wrong passwords that one client address may send
                                  in a minute; 0 for any number [20]
      --auth-pass-authorization   Let scripts and app see the Authorization field
      --remote-user-header NAME   Field in which the app learns who the user is
                                  [X-Remote-User]

    Processes:
      --processes N               Worker processes that run the app; MIN..MAX for as
                                  many as needed [1]
      --scale-up-wait TIME        How long requests wait before a worker is added,
                                  with MIN..MAX [200ms]
      --concurrency, --threads N  Most requests on one worker at once; auto has gw
                                  find how many do good
                                  [100, or 5 for an app in Python]
      --embedded-mode             Workers own the port: no front end, no queue
      --server-root DIR           Directory for sockets and state
                                  [TMPDIR/gw-HOST:PORT:UID]
      --keep-children             Leave daemons of the app alone when their worker
                                  ends
      --debug-mode                One worker, no time limits, and an inspector; for
                                  development

    Clients:
      --keep-alive-timeout TIME   How long a client's connection may wait for its
                                  next request [75s]
      --header-timeout TIME       Time for a client to send the head of a request,
                                  then 408 [10s]
      --limit-request-line SIZE   Longest first line of a request, then 414 [16k]
      --limit-request-fields N    Most header fields of a request, then 431 [190]
      --limit-request-field-size SIZE
                                  Largest header field of a request, then 431 [64k]
      --max-clients-per-address N
                                  Clients connected at once from one address;
                                  further ones get 429
      --rate-limit RULE           Requests that one client may send, then 429
      --body-timeout TIME         Time for a client to send a request body, then
                                  408; 0 for no limit [20s]
      --body-max-timeout TIME     Longest time for a request body however fast it
                                  comes; 0 for no limit [0s]
      --body-min-rate SIZE        Bytes of a request body that give its client
                                  another second; 0 for none [500]
      --request-spool-size SIZE   Disk for request bodies that wait for a worker; 0
                                  for none [4G]
      --response-socket-timeout TIME
                                  How long a client may take nothing of a response,
                                  then it is cut [socketTimeout]
      --response-min-rate SIZE    Bytes a second that a client has to take of a
                                  response; 0 for any rate [500]
      --response-spool-size SIZE  Disk for responses that slow clients have yet to
                                  take; 0 for none [4G]

    Queue and timeouts:
      --queue-timeout TIME        How long a request waits for a free worker, then
                                  503 [45s]
      --listen-backlog N          Waiting requests for each worker, and connections
                                  at its socket [100]
      --max-queue N               Most requests that may wait; further ones get 503
                                  [listenBacklog x processes]
      --queue-policy WORD         Who of those that wait is next: the oldest; or,
                                  when that one is late, the newest [fifo]
      --queue-late-after TIME     With lifo-when-late, how long the oldest request
                                  waits until the newest is next [200ms]
      --priority PATH=PRIORITY    How much requests to a path matter when not all
                                  can be run: high, normal or low
      --connect-timeout TIME      How long a request waits while no worker is ready,
                                  then 503 [15s]
      --socket-timeout TIME       How long a worker may be silent, then 504 [60s]
      --request-timeout TIME      Time for the app to answer, then 504 [60s]
      --stack-on-timeout          A worker that is replaced for slow requests tells
                                  its stack
      --retry-requests WORD       When another worker may try a request again:
                                  unsent, idempotent or never [unsent]
      --startup-timeout TIME      Time for the app to become ready [15s]
      --deadlock-timeout TIME     How long a worker may show no sign of life, then
                                  it is killed [60s]
      --stream-drain-timeout TIME
                                  Time for streams and WebSockets of an old
                                  generation [60s]
      --graceful-timeout TIME     Time for requests to finish at a stop [15s]
      --eviction-timeout TIME     The same for workers that got SIGUSR1
                                  [gracefulTimeout]
      --lame-duck TIME            Time before a stop in which health checks hear
                                  that gw is not ready; 0 for none [0s]
      --shutdown-timeout TIME     Time from SIGTERM to SIGKILL, and time for the
                                  app's own shutdown code [5s]
      --sticky HOW                Send all requests of a client to one worker, known
                                  by a cookie, address or header
      --sticky-overflow WORD      With --sticky, what a request does when its worker
                                  is full [wait]

    Recycling:
      --inactivity-timeout TIME   Replace a worker that has been idle for this long;
                                  0 for never [0s; 5m with processes 0..N]
      --ignore-activity PATH      Requests to paths that begin like this do not
                                  count as activity
      --poison-limit N            Refuse a request that was alone on this many
                                  workers that died; 0 for never [0]
      --maximum-requests N        Replace a worker after this many requests; 0 for
                                  never [0]
      --restart-interval TIME     Replace a worker after this long; 0 for never [0s]
      --reload-on-changes         Reload when a file of the app changes; for
                                  development
      --track-changes PATH        Further file or directory that reloadOnChanges
                                  watches

    Limits:
      --limit-request-body SIZE   Largest request body, then 413 [10M]
      --header-buffer-size SIZE   Longest line of a response's header [32k]
      --memory-limit SIZE         Memory that a worker may use before it is
                                  replaced; 0 for no limit [0]
      --virtual-memory-limit SIZE
                                  Address space of a worker; 0 for no limit [0]
      --cpu-time-limit TIME       Processor time of a worker before it is replaced;
                                  0 for no limit [0s]
      --cpu-priority N            Nice value of a worker, -20 first to 19 last
      --stack-size SIZE           Stack of a worker, and so how deep its functions
                                  can call each other
      --open-files N              Files and sockets that a worker may have open
      --best-effort-limits        Warn about a limit that this machine refuses, and
                                  go on

    Identity:
      --user NAME                 Who the workers and front ends run as, when root
                                  starts gw
      --group NAME                Their group, when it is not the user's own
      --supplementary-groups GROUPS
                                  Their further groups, instead of all that the user
                                  belongs to
      --umask MASK                Permissions that files of the app do not get, in
                                  octal
      --chroot DIR                The only part of the file system that workers see
      --confine                   Let workers reach their own files, and what
                                  --readable and --writable name, and no others
      --writable PATH             Directory in which confined workers may change
                                  everything
      --readable PATH             Further file or directory that confined workers
                                  may read and run
      --connect-ports PORTS       The only TCP ports that confined workers may
                                  connect to; none in the list means none
      --listen-ports PORTS        The only TCP ports that confined workers may
                                  listen on; none in the list means none
      --deny-root                 Refuse to run the app as root
      --display-name TEXT         What ps shows for a worker; %{GROUP} is (gw:NAME)
                                  [%{GROUP}]

    Environment:
      --setenv NAME=VALUE         Variable of the workers; NODE_ENV is production
                                  unless you say otherwise
      --env-file FILE             File of variables, instead of .env; --no-env-file
                                  for none
      --preload FILE              Module that is loaded before the app, as by bun
                                  --preload
      --passenv NAME              Variable of gw's environment that workers
                                  otherwise do not get
      --locale NAME               LANG and LC_ALL of the workers
      --hash-seed N               Seed of Math.random, to repeat a run; random or 0
                                  to 4294967295 [random]
      --dont-write-bytecode       No cache of compiled modules on disk

    Python:
      --application-type WORD     script: the app is a file of Python; module: it is
                                  a module's name
      --python FILE               Interpreter that runs the app
      --python-home DIR           Virtual environment whose interpreter runs the app
      --python-path DIR           Directory from which modules are imported, after
                                  the working directory
      --python-eggs DIR           Directory for what is unpacked of zipped packages
      --python-optimize N         1 leaves out assert, 2 docstrings as well [0]
      --python-warnings FILTER    What becomes of a warning, as of python -W
      --interrupt-timeout TIME    How long a request that was interrupted at its
                                  time limit may take to end [0s]
      --switch-interval TIME      How long a thread of Python may keep the others
                                  waiting [0.25ms]
      --script-reloading          Reload when the script of a Python app, or one of
                                  its hooks, was touched

    Logs:
      --log-level WORD            error, warn, info or debug [info]
      --access-log                A line for each request, in \`access_log\` of
                                  --log-directory or on standard output
      --access-log-format FORMAT  common, combined, json or a format in Apache's
                                  language [common]
      --access-log-sample SHARE   Part of the requests that went well which get a
                                  line [1]
      --access-log-exclude PATTERN
                                  Paths without a line in the access log, such as
                                  /healthz or /assets/*
      --recorder-directory DIR    Keep whole requests and their answers as files in
                                  it, to look for a mistake
      --recorder-keep N           Recorded requests that each front end keeps; the
                                  oldest go [1000]
      --recorder-body SIZE        How much of each body is recorded; 0 for nothing
                                  [16k]
      --slow-requests TIME        Tell of requests whose answer has not begun within
                                  this time [0s]
      --on-event COMMAND|URL      Command, or URL, that is told of crashes, refused
                                  reloads, ends of certificates and overload
      --evidence-directory DIR    Keep what is known of each process that is ended,
                                  or has crashed, as a file in it
      --evidence-keep N           Files of evidence that are kept; the oldest go
                                  [50]
      --evidence-size SIZE        How large a file of evidence may be; beyond that
                                  its lists are cut [256k]
      --metrics-port N            Port for /metrics, /healthz and /readyz; 0 picks a
                                  free one
      --metrics-host ADDRESS      Address of the port for metrics [127.0.0.1]
      --health-path PATH          Path at which front ends answer that gw lives,
                                  such as /healthz
      --ready-path PATH           Path at which front ends answer whether gw takes
                                  requests
      --server-status             A page that shows what gw does, at /server-status
      --server-status-path PATH   Path of that page, for any host [/server-status]
      --server-status-allow NETWORK
                                  Who else is shown the page, by address or network
      --log-format WORD           Form of gw's log and of the app's output: text,
                                  json or logfmt [text]
      --log-request-ids           What the app's console prints in a request bears
                                  its id
      --log-directory DIR         Logs go to files in it: error_log, and access_log
      --log-target TARGET         terminal, journald or syslog: where gw's log and
                                  the app's output go [terminal]
      --log-to-terminal           Logs go to the terminal, whatever --log-directory
                                  says
      --rotate-logs               Put log files aside when they have grown large
      --max-log-size SIZE         Size at which a log file is put aside [5M]
      --rotate-keep N             How many files of each log are kept that were put
                                  aside [10]
      --rotate-compress           Compress what is put aside, with gzip

    Traces:
      --otlp-endpoint URL         Collector that traces and metrics are sent to,
                                  such as http://localhost:4318
      --otlp-signals WORD         What is sent to the collector: traces, metrics or
                                  both [traces,metrics]
      --otlp-interval TIME        How often metrics are sent to the collector [15s]
      --trace-sample SHARE        Part of the requests that begin a trace which is
                                  recorded, such as 1%
      --server-timing WORD        Whether answers say where their time went: off,
                                  recorded or all [off]
      --trust-trace NETWORK       Who is believed what they say of a trace, by
                                  address or network

    Times are 1500ms, 30s, 5m, 1h or bare seconds; sizes are 512k, 64M, 2G or bare
    bytes. Every option can also be set in the environment (--queue-timeout is
    GW_QUEUE_TIMEOUT) or in gw.config.ts or gw.config.json (queueTimeout).
    gw show-config tells which value is in force, and who set it; gw help OPTION all
    about one, as in gw help memory-limit."
  `);
});

test("help: show-config", () => {
  expect(helpOf("show-config")).toMatchInlineSnapshot(`
    "gw show-config: Show every option's value and who set it

    Usage:
      gw show-config [APP] [options] [--json]

    Examples:
      gw show-config app.ts --processes 4
          value, and default, file:line, variable or flag

    Options of this command:
      --json                      As JSON, with times in milliseconds and sizes in
                                  bytes

    All options of gw start-server can be given too: gw help start-server"
  `);
});

test("help: pause", () => {
  expect(helpOf("pause")).toMatchInlineSnapshot(`
    "gw pause: Hold requests in the queue, for a migration

    Usage:
      gw pause [GROUP] [--for TIME] [--json] [--port N | --server-root DIR]

    New requests wait, and the command returns when none is on a worker any more.
    They go on at gw resume, or by themselves when the time is over; one that has
    waited for longer than --queue-timeout gets 503, and so does one for which the
    queue has no room. When the requests on the workers are not done in time, the
    command fails, and everything goes on. A second pause makes the first one
    longer, and never shorter; the answer says how long. A stop of gw refuses what a
    pause holds: it gets 503, and does not run.

    Examples:
      gw pause --for 5m && migrate; gw resume
          no request meets a database between two states
      gw pause api --for 30s
          one group, for half a minute at most

    Options of this command:
      GROUP                       Only this group, and not all
      --for TIME                  How long at most; up to 1h [60s]
      --json                      Tell it as JSON, for scripts
      --port N                    The gw that serves this port
      --server-root DIR           The gw with this server root"
  `);
});

test("help: no command's help is wider than 80 columns", () => {
  const lines = COMMANDS.flatMap((command) => renderCommandHelp(command));
  expect([...lines, ...renderShortHelp("gw", COMMANDS)].filter((line) => line.length > 80)).toEqual([]);
});
