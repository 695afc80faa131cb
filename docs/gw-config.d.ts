// Types of gw.config.ts. Written by gw from its table of options: gw print-types.

/** A time: `1500ms`, `30s`, `5m` or `1h`, or a number of seconds. */
export type Duration = number | `${number}` | `${number}${"ms" | "s" | "m" | "h"}`;
/** An amount of data: `512k`, `64M` or `2G`, or a number of bytes. */
export type Size = number | `${number}` | `${number}${"k" | "K" | "m" | "M" | "g" | "G" | "t" | "T"}`;
/** How many: a number, or `2..8`. */
export type Span = number | `${number}` | `${number}..${number}`;

/** What a group of workers can have for itself. */
export interface GroupConfig {
  /** File of the app; without one, gw serves a welcome page. The file exports `default { fetch(request) }`, a function or a node-style handler, or it starts a server by itself. With `groups` in the configuration file every group names its own. */
  app?: string | undefined;
  /** Export that answers requests. Default: default, or application in Python. */
  callableObject?: string | undefined;
  /** One argument of the app; all words after -- are arguments too. `gw start-server node_modules/.bin/json-server -- db.json --watch` runs that program with the words `db.json` and `--watch`, which gw does not look at. Both ways add up, in the order in which they are typed. */
  appArgument?: string | readonly string[] | undefined;
  /** Another name of `appArgument`. */
  appArguments?: string | readonly string[] | undefined;
  /** Port of the app, where it listens on several. Requests go to one listener of the app; any other, for metrics for example, stays at the address that it asked for. The one that gets the requests is the listener on the port that `PORT` names; else the only one that there is; else the only one that is not bound to loopback. Where that leaves two, the start ends and names both; this option decides between them. */
  appPort?: number | undefined;
  /** Working directory of the app. Default: project of the app. When not given, it is the nearest directory at or above the app's file that holds a `package.json` or `tsconfig.json`, or else the directory of the file. For an app inside of `node_modules`, which is a program made by others, it is the directory that gw was started from. */
  home?: string | undefined;
  /** Path below which the app sits. Default: /. The app sees the rest of the path, as if it were mounted at `/`. It learns of the mount in the way that is usual for its kind: node programs and Express by `req.originalUrl` and `req.baseUrl`, the others by the field `X-Forwarded-Prefix`. */
  mount?: string | undefined;
  /** Take the mount off the path that the app sees. Switch it off (`--no-strip-mount`) for a framework that is configured with its own base path, as Next is with `basePath`. */
  stripMount?: boolean | undefined;
  /** Host name that the app answers for; without one, any. With a name, requests for other hosts get 421, unless another group answers for them or `defaultGroup` names one that takes them. */
  serverName?: string | undefined;
  /** Further host name of the app; *.example.com stands for all below it. */
  serverAlias?: string | readonly string[] | undefined;
  /** Answer for localhost too, where serverName says another host. For health checks and tests on the machine itself: requests whose Host is `localhost`, `127.0.0.1` or `[::1]`. It goes by that name alone, whoever sends it. */
  allowLocalhost?: boolean | undefined;
  /** Paths of the app that another group runs, as in /reports/*=slow. The pattern is a path below the mount; with `/*` at its end, all paths below it. The other group has its own processes, limits and timeouts, and runs the same app unless it names one of its own. It cannot have routes, and it has a mount only if it names one. */
  route?: Readonly<Record<string, string>> | string | readonly string[] | undefined;
  /** Directory whose files are served before the app is asked. A file that exists there answers the request for its path, below the mount of the group; everything else goes to the app. Without an app it is 404. See [files.md](files.md). */
  documentRoot?: string | undefined;
  /** Part of the paths that a directory, or one file, answers. Of several that fit the longest counts, and any before `documentRoot`. What is not there is 404: the app is not asked. */
  urlAlias?: Readonly<Record<string, string>> | string | readonly string[] | undefined;
  /** File that is shown for a directory, the first one that there is. Default: index.html without an app, else none. */
  directoryIndex?: string | readonly string[] | undefined;
  /** Show what is in a directory that has no such file. */
  directoryListing?: boolean | undefined;
  /** Let symbolic links lead out of the directories that are served. Without it, links are followed that stay inside, and are relative; others are 403. Whoever may write there can then publish whatever the front end's user may read. */
  followSymlinks?: boolean | undefined;
  /** Media types by the endings of names, before the ones that gw knows. In the form of /etc/mime.types: a type in each line, and behind it its endings. Looked at before gw starts or reloads, where a wrong line is refused by its number. */
  mimeTypes?: string | undefined;
  /** Cache-Control of the files whose names fit. The first pattern that fits counts. One that begins with a slash is held against the path below the mount, any other against the name; `*` stands for any characters, `?` for one. Where none fits, names with a digest of the content in them, as build tools write them, are `public, max-age=31536000, immutable`; all others have no Cache-Control. */
  cacheControl?: Readonly<Record<string, string>> | string | readonly string[] | undefined;
  /** Let apps answer with a file by the field X-Sendfile. The field's value is a path, from the working directory of the app. The worker opens the file with its own rights, and no client sees the field. See [files.md](files.md). */
  xSendfile?: boolean | undefined;
  /** Let the kernel send files, without a copy through the front end. Those of the front end, and those that apps answer with (`X-Sendfile`), which workers then hand over open. On plain connections of HTTP/1.1, on Linux. Over TLS and HTTP/2, and where the system refuses, the same bytes go the usual way. */
  enableSendfile?: boolean | undefined;
  /** File that answers a page that nobody else has, for apps that run in the browser. It is for navigations alone: GET and HEAD whose `Accept` names `text/html`, at paths where `documentRoot` has no file. They do not reach the app; whatever else a page asks for does, or is 404. */
  spaFallback?: string | undefined;
  /** Send clients of one path to another one. With 308, so that method and body stay as they are; clients may remember it for an hour. `/*` stands for all below, which goes on where `/*` stands in the second; the query goes on, too. The first that fits counts. Paths are below the mount of the group. */
  redirect?: Readonly<Record<string, string>> | string | readonly string[] | undefined;
  /** The one host to which clients of any other are sent. With 308, to the same path and query. Where it names no port, the client's own stays. Paths of health checks are answered before. */
  canonicalHost?: string | undefined;
  /** Field of every answer of the group. It takes the place of the app's own. On pages of gw (errors, redirects) it only adds to what they say themselves. */
  responseHeader?: Readonly<Record<string, string>> | string | readonly string[] | undefined;
  /** Send answers in a coding that makes them smaller, to clients who take one. `br`, `zstd` or `gzip`, by `Accept-Encoding`, for answers of apps and files of 1 kB and more. Each piece of a stream leaves at once. Left as they are: what has a coding or is a part, events, what says `no-transform` or bears a digest. See [responses.md](responses.md). */
  compressResponses?: boolean | undefined;
  /** Media types of the answers that are made smaller. Default: text/*,* /json,* /xml,* /javascript,*+json,*+xml. */
  compressTypes?: string | readonly string[] | undefined;
  /** What clients get for an error, in the place of gw's page. The path, below the mount, leads to a file or to the app, which is asked by GET; the status stays. Where it cannot be had within 5 s, clients get gw's own page. For errors of gw; with `errorOverride` for those of the app as well. See [responses.md](responses.md). */
  errorDocument?: Readonly<Record<string, string>> | string | readonly string[] | undefined;
  /** Let gw answer in the place of the app's own errors. With the `errorDocument` of that status, or a page of gw. The status stays, and so do the app's fields that do not describe its content, `WWW-Authenticate` among them. */
  errorOverride?: boolean | undefined;
  /** Ask the app by GET where a client has said HEAD. Default: auto. The client gets the fields of that answer, and no body. `auto` is on with `compressResponses`, where only the body tells what GET would have got. */
  mapHeadToGet?: "auto" | "on" | "off" | undefined;
  /** Say Server: gw in every answer of the group. Without it, gw says nothing of itself there, and what an app says goes on as it is. `--response-header Server NAME` says something else. */
  serverHeader?: boolean | undefined;
  /** Certificate of the server, in PEM. The chain may stand behind it, as in the fullchain.pem of certbot, and so may the key. In a group it is the one for the names of that group, chosen by the name that the client asks for (SNI); the one given for all, or else the first one, is for clients that name no server. A changed file is taken up within a second, without a reload. */
  sslCertificateFile?: string | undefined;
  /** Private key of the certificate, in PEM. Read by the supervisor alone, before it becomes anybody else: the user of the app need not be able to read it. */
  sslCertificateKeyFile?: string | undefined;
  /** File with the passphrase of an encrypted key. Its first line is the passphrase. */
  sslKeyPassphraseFile?: string | undefined;
  /** Certificates between the server's own and the root, in PEM. For authorities that hand them out in a file of their own; each behind the one that it has issued. */
  sslCertificateChainFile?: string | undefined;
  /** Whether clients need a certificate: none, optional or require; LEVEL=PATH below a path. `require` lets only clients with a good certificate in, `optional` those without one as well; others get 403. The longest path that fits counts. Needs `sslCaCertificateFile`. See [tls.md](tls.md). */
  sslVerifyClient?: string | readonly string[] | undefined;
  /** Tell the app what TLS has settled, in fields as X-SSL-Client-S-DN. They are the SSL_ names of Apache's mod_ssl, in the form of fields: `SSL_CLIENT_VERIFY` is `X-SSL-Client-Verify`. What clients send under such names is taken away. */
  sslEnvironment?: boolean | undefined;
  /** Script whose allowAccess decides which clients may ask. A module that exports `allowAccess(request, client)`: `false` is answered with 403, `true` and nothing let the request go on. It runs in a process of its own, neither in a front end nor in the app. See [auth.md](auth.md). */
  hostAccessScript?: string | undefined;
  /** Script whose checkPassword knows users and passwords. A module that exports `checkPassword(request, user, password)`: `true` for the right password, a name for one that the user is to be called by, `false` for a wrong one, nothing for a user that there is not. */
  authUserScript?: string | undefined;
  /** File of users and hashes of their passwords, instead of a script. Lines of `user:hash`, as `gw password FILE USER` writes them. It is read before the auth process becomes the user of the app, who need not be able to read it; where that user can, a changed file is taken up within a second or two, and elsewhere by `gw reload`. */
  authUserFile?: string | undefined;
  /** Script whose groupsForUser knows the groups of users. A module that exports `groupsForUser(request, user)`: a list of names. Needs `authGroup`. */
  authGroupScript?: string | undefined;
  /** Group that users have to be in; PATH=NAME for the requests below a path. `--auth-group staff --auth-group /admin=admins` asks for `admins` below `/admin`, and for `staff` everywhere else. The longest path that fits counts; of several groups for one path, one is enough. */
  authGroup?: string | readonly string[] | undefined;
  /** How users prove who they are: Basic or Digest. Default: Basic. With `Digest` the script exports `getRealmHash(request, user, realm, algorithm)` in the place of `checkPassword`: the hash of `user:realm:password`, by MD5 or SHA-256, in hexadecimal digits. See [auth.md](auth.md). */
  authType?: "Basic" | "Digest" | undefined;
  /** What browsers show users whom they ask for a password. Default: serverName, or gw. */
  authRealm?: string | undefined;
  /** Path that is guarded, with all below it; without one, everything. The path is the one that clients ask for, with the mount. A path that can be read in several ways is guarded if one reading of it is. */
  authPath?: string | readonly string[] | undefined;
  /** Path that is not guarded, with all below it. */
  authExceptPath?: string | readonly string[] | undefined;
  /** Processes in which the scripts run. Default: 1. */
  authProcesses?: number | undefined;
  /** Longest time that the scripts may take for one request. Default: 5s. Then the client gets 500 (`auth_timeout`), or 503 (`auth_unavailable`) where no auth process was there for all of that time. A process whose loop does not turn for so long is ended and replaced. */
  authTimeout?: Duration | undefined;
  /** How long a right password is believed without asking anew; 0 for never. Default: 10s. For the same user and password from the same client address. `allowAccess` is asked for each request all the same. With Digest it is the hash of a user that is kept so long; each request proves itself. */
  authCache?: Duration | undefined;
  /** Wrong passwords that one client address may send in a minute; 0 for any number. Default: 20. Whoever sends more is answered with 429 (`too_many_failures`) before anybody looks at the password. Addresses of IPv6 count by their first 64 bits. Each front end counts what it sees. */
  authFailures?: number | undefined;
  /** Let scripts and app see the Authorization field. Without it, an app that is guarded by a password does not learn the password. Where gw checks no passwords, because there is only an access script, the app always gets the field. */
  authPassAuthorization?: boolean | undefined;
  /** Field in which the app learns who the user is. Default: X-Remote-User. Where there are scripts or a file of users, clients cannot send it: it is taken off each request, also to other groups, however it is spelled. */
  remoteUserHeader?: string | undefined;
  /** Worker processes that run the app; MIN..MAX for as many as needed. Default: 1. With `2..8` there are two, and more when requests have waited for longer than `scaleUpWait`; they go again when there is less to do. With `0..N` the first one is started by the first request, which waits for it within `connectTimeout`, and the last one leaves after `inactivityTimeout`, which is then 5 minutes unless something else is said. `auto` stands for one for each processor, and in a container for no more than it may use. */
  processes?: Span | "auto" | undefined;
  /** How long requests wait before a worker is added, with MIN..MAX. Default: 200ms. They wait in the queue, or inside the workers: when the app computes and none of their event loops turns, or when answers take that much longer to begin than is usual for the group. */
  scaleUpWait?: Duration | undefined;
  /** Most requests on one worker at once; auto has gw find how many do good. Default: 100, or 5 for an app in Python. Further requests wait in the queue. Use 1 for an app that can do only one thing at a time. In Python each has a thread of its own. With `auto`, which is `1..200`, or with bounds of your own as `MIN..MAX`, gw finds for each worker how many requests it can have before they only wait for each other in it, by how soon it answers and how late its event loop comes; answers that have begun count no more than the higher bound. See [overload.md](overload.md). */
  concurrency?: Span | "auto" | undefined;
  /** Another name of `concurrency`. */
  threads?: Span | "auto" | undefined;
  /** Leave daemons of the app alone when their worker ends. What an app has started and left behind when its worker ends is told to leave (SIGTERM), killed after `shutdownTimeout`, and named in the log. With this option, whatever has a session of its own (`setsid`, `detached: true` of `child_process`) is left alone, also when gw stops. */
  keepChildren?: boolean | undefined;
  /** Requests that one client may send, then 429. Several rules may hold at once. `address 10/s burst=20`: from one address ten requests a second on average, and twenty at once; an address of IPv6 stands for its /64. `header:X-Api-Key 1000/m`: with one value of that field. `user 5/s path=/login`: of one user whom gw has asked for a password, to that path and below it. Without `burst` as many may come at once as the rate says. All front ends count together. See [clients.md](clients.md#how-often-may-a-client-ask). */
  rateLimit?: string | readonly string[] | undefined;
  /** Time for a client to send a request body, then 408; 0 for no limit. Default: 20s. Each `bodyMinRate` bytes that have come give it another second, so that only a client that is slower than that on average runs out of time. Time in which gw does not read, because the app does not take more, is not counted; nor is anything once the app has begun to answer. Silence ends a body after `socketTimeout` in any case. */
  bodyTimeout?: Duration | undefined;
  /** Longest time for a request body however fast it comes; 0 for no limit. Default: 0s. */
  bodyMaxTimeout?: Duration | undefined;
  /** Bytes of a request body that give its client another second; 0 for none. Default: 500. */
  bodyMinRate?: Size | undefined;
  /** Disk for request bodies that wait for a worker; 0 for none. Default: 4G. Requests whose bodies are not whole have no more than half of the workers' places. Beyond that a body is received into a file without a name in `/var/tmp`, of which all front ends together have no more than this and a quarter of what is free, and takes any place once it is whole. Without room there 64 kB of it are received, and the client waits. */
  requestSpoolSize?: Size | undefined;
  /** How long a client may take nothing of a response, then it is cut. Default: socketTimeout. The cause in the log is `client_stalled`. */
  responseSocketTimeout?: Duration | undefined;
  /** Bytes a second that a client has to take of a response; 0 for any rate. Default: 500. On average over the time in which the response waits for the client, after a first `responseSocketTimeout`. A stream that waits for the app is never too slow. A client that is slower is cut, with the cause `client_stalled`. */
  responseMinRate?: Size | undefined;
  /** Disk for responses that slow clients have yet to take; 0 for none. Default: 4G. While more than half of a worker's places are taken, a response whose client takes none of it for now waits in a file without a name in `/var/tmp`, of which all front ends together have no more than this and a quarter of what is free: its worker is free for others as soon as it has sent all of it. One of unknown length has a sixteenth of that at the most, and a live one, such as events, none. Without room there a response holds its place as long as its client lets it. */
  responseSpoolSize?: Size | undefined;
  /** How long a request waits for a free worker, then 503. Default: 45s. It is counted from the moment when the head of the request has been read, or, where its body was waited for, from the end of that. The answer has a `Retry-After` field, and the app never sees the request. */
  queueTimeout?: Duration | undefined;
  /** Waiting requests for each worker, and connections at its socket. Default: 100. Requests wait in the front end's queue, which is as long as this for each process of the group unless `maxQueue` says otherwise. The socket of each worker has the same backlog: that many new connections are kept for a worker whose event loop is busy. With a larger `concurrency`, connections beyond it are tried again an eighth of a second later. */
  listenBacklog?: number | undefined;
  /** Most requests that may wait; further ones get 503. Default: listenBacklog x processes. */
  maxQueue?: number | undefined;
  /** Who of those that wait is next: the oldest; or, when that one is late, the newest. Default: fifo. Clients give up. Under `fifo` a flood has each request wait until its client has done so, and the answers are for nobody. Under `lifo-when-late` the newest is next while the oldest has waited for longer than `queueLateAfter`, so that whoever is answered is answered soon, and a request that finds the queue full takes the place of the oldest, which gets 503 (`displaced`). See [overload.md](overload.md). */
  queuePolicy?: "fifo" | "lifo-when-late" | undefined;
  /** With lifo-when-late, how long the oldest request waits until the newest is next. Default: 200ms. */
  queueLateAfter?: Duration | undefined;
  /** How much requests to a path matter when not all can be run: high, normal or low. Of those that wait, the high ones have sixteen turns for four of the normal and one of the low ones, so that nobody waits for ever, and each priority has the same part of a full queue for itself. Beyond that the low ones are refused first (503, `displaced`). The longest pattern that fits counts; paths are those that clients ask for, with the mount. It is no protection: whoever knows the path can ask for it. */
  priority?: Readonly<Record<string, string>> | string | readonly string[] | undefined;
  /** How long a request waits while no worker is ready, then 503. Default: 15s. */
  connectTimeout?: Duration | undefined;
  /** How long a worker may be silent, then 504. Default: 60s. It is the time between two reads or two writes on the connection to the worker. After the head of the response has been sent, the client's connection is cut instead. */
  socketTimeout?: Duration | undefined;
  /** Time for the app to answer, then 504. Default: 60s. It runs from the moment when the worker has the whole request until the head of its answer, so that slow uploads, downloads and event streams are not cut. The app's `req.signal` aborts. A worker whose active requests have run for longer than this, averaged over its concurrency, is replaced; time in which clients send their bodies does not count. With 0 there is no limit. */
  requestTimeout?: Duration | undefined;
  /** A worker that is replaced for slow requests tells its stack. In the last line of the log on it, as `stack`: where its code was when `--request-timeout` was found to be exceeded; "none" for one whose requests all await something. A worker that hangs, and is killed for `--deadlock-timeout`, tells it always, and `gw stack` asks any worker at any time. A copy of the process is made for that, which takes about 1 ms for each 20 MB that it has. On Linux for x64 only. */
  stackOnTimeout?: boolean | undefined;
  /** When another worker may try a request again: unsent, idempotent or never. Default: unsent. `unsent`: only if no byte of it had reached the first worker. `idempotent`: also a GET, HEAD, OPTIONS or TRACE without a body whose worker died before the first byte of its answer, once. */
  retryRequests?: "unsent" | "idempotent" | "never" | undefined;
  /** Time for the app to become ready. Default: 15s. */
  startupTimeout?: Duration | undefined;
  /** How long a worker may show no sign of life, then it is killed. Default: 60s. A worker whose event loop does not turn for this long, for example in `while (true)`, is replaced; its requests are answered 504. */
  deadlockTimeout?: Duration | undefined;
  /** Time for streams and WebSockets of an old generation. Default: 60s. After a reload, answers that have begun and open WebSockets stay with the old workers for up to this long; requests that have no answer yet have `gracefulTimeout`. An answer that has begun never has less time than one that has not, and what is left at the end has `shutdownTimeout` to leave by itself. */
  streamDrainTimeout?: Duration | undefined;
  /** Time for requests to finish at a stop. Default: 15s. gw leaves as soon as the last one has finished. With 0, active requests are cut off. */
  gracefulTimeout?: Duration | undefined;
  /** The same for workers that got SIGUSR1. Default: gracefulTimeout. */
  evictionTimeout?: Duration | undefined;
  /** Time from SIGTERM to SIGKILL, and time for the app's own shutdown code. Default: 5s. A process that does not leave when it is told to is killed after this time. When the last request of a worker is done, the app's own listeners for SIGTERM run (docs/lifecycle.md), and have this long as well: the time that its requests took does not count. */
  shutdownTimeout?: Duration | undefined;
  /** Replace a worker that has been idle for this long; 0 for never. Default: 0s; 5m with processes 0..N. This frees what an idle app holds. It never interrupts a request. With `processes` of `0..N` the last worker leaves after this time, and the default is 5 minutes. */
  inactivityTimeout?: Duration | undefined;
  /** Requests to paths that begin like this do not count as activity. For health checks, which would keep an idle worker from ever being idle. */
  ignoreActivity?: string | readonly string[] | undefined;
  /** Send all requests of a client to one worker, known by a cookie, address or header. For apps that keep something of a client in a process, as socket.io does with its default settings. `cookie` has gw set one of its own, `gw_route` unless it is named; `header=NAME` takes the value of a field, and whoever sends none goes to any worker. A worker that leaves hands on its clients, and a reload gives each client one of the new workers. See [sticky.md](sticky.md). */
  sticky?: string | undefined;
  /** With --sticky, what a request does when its worker is full. Default: wait. `wait`: it waits for its own worker, while others' requests pass. `move`: another worker takes it. */
  stickyOverflow?: "wait" | "move" | undefined;
  /** Refuse a request that was alone on this many workers that died; 0 for never. Default: 0. A request is known by its method and path, without the query. When it was alone on its worker in this many deaths within a minute, it is answered with 502 (`poisonous_request`) for a minute, in all front ends, and reaches no worker. `gw status` and the log tell which. Only ends of workers count, and none where the client of another request had left a moment before, or a WebSocket was open. A reload forgets all of it. */
  poisonLimit?: number | undefined;
  /** Replace a worker after this many requests; 0 for never. Default: 0. The number varies by a tenth, at random, so that workers do not leave together. The replacement is ready before the old worker stops. */
  maximumRequests?: number | undefined;
  /** Replace a worker after this long; 0 for never. Default: 0s. The time varies by a tenth, at random; one worker is replaced at a time. */
  restartInterval?: Duration | undefined;
  /** Largest request body, then 413. Default: 10M. This holds for bodies of unknown length too. The app does not see a request that announces more. `/upload=1G` beside it is the limit for that path and all below it, as clients write it, with the mount: the longest path that fits says what holds. Letter case makes no difference. Of a path that can be read in several ways the smallest limit holds. */
  limitRequestBody?: Size | readonly Size[] | Readonly<Record<string, Size>> | undefined;
  /** Longest line of a response's header. Default: 32k. All lines together may be four times as long. A response with more is replaced by a 502. */
  headerBufferSize?: Size | undefined;
  /** Memory that a worker may use before it is replaced; 0 for no limit. Default: 0. gw looks ten times a second. A worker above the limit is replaced, its replacement first; one above 1.25 times the limit takes no further request at once. Its garbage collector is told the limit, and the system refuses what goes far beyond. With `auto` each worker has its part of what the machine has, or the container may use: 96 MB for the supervisor and for each front end are left out, and there is room for a second generation of workers, as in a reload. */
  memoryLimit?: Size | "auto" | undefined;
  /** Address space of a worker; 0 for no limit. Default: 0. The JavaScript engine reserves many gigabytes that it never uses, so that `memoryLimit` is nearly always the better choice. A value below what it needs is refused, with that figure. */
  virtualMemoryLimit?: Size | undefined;
  /** Processor time of a worker before it is replaced; 0 for no limit. Default: 0s. It is counted over the worker's whole life, in full seconds. One that does not leave in time is killed by the system. */
  cpuTimeLimit?: Duration | undefined;
  /** Nice value of a worker, -20 first to 19 last. A value below gw's own needs root. */
  cpuPriority?: number | undefined;
  /** Stack of a worker, and so how deep its functions can call each other. The engine does not use more than about 9M, however much there is. */
  stackSize?: Size | undefined;
  /** Files and sockets that a worker may have open. */
  openFiles?: number | undefined;
  /** Warn about a limit that this machine refuses, and go on. Otherwise the start fails. `gw doctor` tells beforehand what the machine allows. */
  bestEffortLimits?: boolean | undefined;
  /** Who the workers and front ends run as, when root starts gw. A name or a number. The supervisor stays root and runs none of the app's code; the front end switches after it has taken the port. */
  user?: string | undefined;
  /** Their group, when it is not the user's own. */
  group?: string | undefined;
  /** Their further groups, instead of all that the user belongs to. An empty list means none. */
  supplementaryGroups?: string | readonly string[] | undefined;
  /** Permissions that files of the app do not get, in octal. */
  umask?: string | undefined;
  /** The only part of the file system that workers see. Needs root. The app, its packages, `home` and `serverRoot` must lie inside; all paths are given as they are outside. */
  chroot?: string | undefined;
  /** Let workers reach their own files, and what --readable and --writable name, and no others. The kernel holds them to it, by Landlock, and whatever they start. They may read and run the app's home, the packages that lie above it, and the system's programs and libraries; they may change nothing, and see no process and no abstract socket of others. [confinement.md](confinement.md) has all of it. A kernel that cannot is an error, unless `bestEffortLimits` is on; `gw doctor` tells. */
  confine?: boolean | undefined;
  /** Directory in which confined workers may change everything. A relative path starts at the working directory, or at the configuration file that names it. */
  writable?: string | readonly string[] | undefined;
  /** Further file or directory that confined workers may read and run. A relative path starts at the working directory, or at the configuration file that names it. */
  readable?: string | readonly string[] | undefined;
  /** The only TCP ports that confined workers may connect to; none in the list means none. On whatever host. Without the option all of them. UDP, and so the names of hosts, is not held back. */
  connectPorts?: string | readonly string[] | undefined;
  /** The only TCP ports that confined workers may listen on; none in the list means none. Where gw itself has the app listen is no matter of it: that is a UNIX socket, and in embedded mode the public port is allowed. `0` stands for a port that the system chooses. */
  listenPorts?: string | readonly string[] | undefined;
  /** What ps shows for a worker; %{GROUP} is (gw:NAME). Default: %{GROUP}. It stands in the place of the program's name in the command line. `top`, `ps -e` and the kernel, when it ends a process for want of memory, name processes by their roles: `gw-front`, `gw-worker`, `gw-auth`, `gw-metrics`, `gw-exporter`, `gw-notifier`, and the supervisor as its file is called. */
  displayName?: string | undefined;
  /** Variable of the workers; NODE_ENV is production unless you say otherwise. It overrides gw's own environment. `HTTPS` is not set, but tells gw something: with `HTTPS=1` apps are shown that clients use https, with `HTTPS=0` http. */
  setenv?: Readonly<Record<string, string>> | string | readonly string[] | undefined;
  /** File of variables, instead of .env; --no-env-file for none. Workers read it with the rights of the app's user, and what they have been given already wins: gw's own environment, `setenv`, `NODE_ENV`, `PORT` and `HOST`. Of several files the last one wins. Without this option they read what `bun` would read in `home`: `.env.MODE.local`, `.env.local` (not in a test), `.env.MODE` and `.env`, where MODE is `production`, `test` or `development`, as `NODE_ENV` says. `GW_*`, `BUN_OPTIONS` and their like are never taken from a file. */
  envFile?: false | string | readonly string[] | undefined;
  /** Module that is loaded before the app, as by bun --preload. For what has to be there first, as OpenTelemetry and Sentry have: `--preload ./instrument.ts`, or a package by its name, `--preload @opentelemetry/auto-instrumentations-node/register`. A relative path starts at `home`, and packages are found from there. Several are loaded in their order. */
  preload?: string | readonly string[] | undefined;
  /** Variable of gw's environment that workers otherwise do not get. Workers get gw's environment without what steers gw, the runtime or the service manager's talk with gw: `GW_*`, `BUN_OPTIONS`, `BUN_JSC_*`, `BUN_INSPECT*`, `NOTIFY_SOCKET`, `LISTEN_FDS` and their like, and with gw's own address in `PORT` and `HOST`. This lets one through. */
  passenv?: string | readonly string[] | undefined;
  /** LANG and LC_ALL of the workers. For programs and libraries that heed them. JavaScript's own formats are those of `en-US` unless the app names others, whatever the machine says. */
  locale?: string | undefined;
  /** Seed of Math.random, to repeat a run; random or 0 to 4294967295. Default: random. Programs that the app starts do not inherit it. */
  hashSeed?: number | "random" | undefined;
  /** No cache of compiled modules on disk. */
  dontWriteBytecode?: boolean | undefined;
  /** script: the app is a file of Python; module: it is a module's name. Files that end in `.py` or `.wsgi` are scripts, and a name with a colon, as in `mysite.wsgi:application`, is a module and its callable. The option is for the other names. A module is imported from the directory in which its name stands: `gw start-server mysite.wsgi:application` is started in the directory above `mysite`. */
  applicationType?: "script" | "module" | undefined;
  /** Interpreter that runs the app. When not given, it is `bin/python3` of a virtual environment `.venv` or `venv` in the working directory of the app or beside it, or else the first `python3` on `PATH`. It has to be Python 3.9 or newer. See [python.md](python.md). */
  python?: string | undefined;
  /** Virtual environment whose interpreter runs the app. */
  pythonHome?: string | undefined;
  /** Directory from which modules are imported, after the working directory. */
  pythonPath?: string | readonly string[] | undefined;
  /** Directory for what is unpacked of zipped packages. */
  pythonEggs?: string | undefined;
  /** 1 leaves out assert, 2 docstrings as well. Default: 0. As `python -O` and `-OO`. */
  pythonOptimize?: number | undefined;
  /** What becomes of a warning, as of python -W. */
  pythonWarnings?: string | readonly string[] | undefined;
  /** How long a request that was interrupted at its time limit may take to end. Default: 0s. With it, the exception `RequestTimeout` is raised in the thread of a request that runs for longer than `requestTimeout`, and only if that does not end it in this time the worker is judged by its age as otherwise. It reaches Python code that computes, and not code that waits in C for a lock or a socket. With 0 no request is interrupted. */
  interruptTimeout?: Duration | undefined;
  /** How long a thread of Python may keep the others waiting. Default: 0.25ms. Python's own is 5ms. A shorter time lets quick requests overtake those that compute, at the price of more switches: 0.25ms leaves them a quarter of the wait beside some that compute, and costs nothing that could be measured. */
  switchInterval?: Duration | undefined;
  /** Reload when the script of a Python app, or one of its hooks, was touched. As mod_wsgi's daemon mode does: `touch wsgi.py` is enough to take up a new version. All groups are loaded anew, as by `gw reload`, and without a lost request; what does not load is shown, and the last good generation serves on. Modules are not followed: for those there is `reloadOnChanges`. An app that is named as a module has no script. */
  scriptReloading?: boolean | undefined;
  /** Tell of requests whose answer has not begun within this time. Default: 0s. A line of the log when it is seen that one is slow, within a second of its time, and one when it is over: how long each of its parts took, on which worker, with how many others. `gw why` and the status page have them too. It runs from the head of the request to the head of its answer, so that downloads and event streams are not slow; an upload is, and its `receive` says so. At most 100 lines in ten seconds; 0 for none. */
  slowRequests?: Duration | undefined;
}

/** The default export of gw.config.ts. */
export interface GwConfig extends GroupConfig {
  /** Group that answers for hosts that no group names. Without it a request for such a host gets 421, when every group has a `serverName`. */
  defaultGroup?: string | undefined;
  /** Program that gw runs beside the app; it gets no requests. It is supervised as a worker is, with the identity, limits and environment that are given for all, and started again whenever it ends. In a file it is an object of names and files. A relative path starts at the working directory, or at the configuration file that names it. */
  serviceScript?: Readonly<Record<string, string>> | string | readonly string[] | undefined;
  /** One argument of a service. In a file it is an object: for the name of each service one word, or a list of words. */
  serviceArgument?: Readonly<Record<string, string | readonly string[]>> | string | readonly string[] | undefined;
  /** Address to listen on; :: adds IPv6. Default: 0.0.0.0, or that of listen. `0.0.0.0` is every interface of this machine over IPv4, `::` also over IPv6, `127.0.0.1` only this machine itself. Apps find it in the variable `HOST`. */
  host?: string | undefined;
  /** Port to listen on; 0 picks a free one. Default: 8000, that of listen, or httpsPort. Where no port is named, it is that of the first place of `listen`, or else `httpsPort`, and then nothing is served beside these. With `httpsPort` beside it, HTTP without TLS is served here; where both are the same, only HTTPS is served. When no flag, `GW_PORT` or file names a port, the variable `PORT` does, which hosting platforms set for any server. Apps find the port that clients use in their own `PORT`, wherever it came from; `--setenv PORT=…` shows them another one. */
  port?: number | undefined;
  /** ADDRESS:PORT, unix:PATH or unix:@NAME to listen on; the flag once for each. `127.0.0.1:8080`, `[::1]:8080`, `unix:/run/shop.sock`, or `unix:@shop` for a socket without a file (Linux). gw then listens there, and at `host` and `port` only where `port` is given as well. The place whose port is `httpsPort` speaks TLS. What a service manager hands over (`LISTEN_FDS`) counts as if it were named here. See [sockets.md](sockets.md). */
  listen?: string | readonly string[] | undefined;
  /** Permissions of UNIX sockets that listen makes; to connect takes the right to write. Default: 660. It does not hang on the umask, and holds from the moment at which the socket is there. */
  socketMode?: string | undefined;
  /** Owner and group of UNIX sockets that listen makes. When not given, whoever starts gw. To give a socket to another user takes root; to give it to another group, a member of that group. */
  socketOwner?: string | undefined;
  /** Every connection begins with a preface of the PROXY protocol, from a trusted proxy. Versions 1 and 2, before TLS as well. It comes from the addresses that `trustProxy` names; connections of anybody else, and those that begin otherwise, are closed, counted and told in the log. See [proxies.md](proxies.md). */
  proxyProtocol?: boolean | undefined;
  /** Client connections that may wait to be accepted. Default: 500. The kernel keeps them for each front end, or for each worker in embedded mode, and makes clients beyond that try again. It grants no more than net.core.somaxconn; what it grants is shown by `gw status`. */
  serverBacklog?: number | undefined;
  /** Front end processes on the port. Default: 1. Each gets its share of every worker's concurrency. One is enough until it uses a whole processor. In embedded mode this says how many workers share the port. */
  frontEnds?: number | undefined;
  /** Clients connected at once; further ones wait in the system's queue. The number holds for all front ends together; each has its share. The default, which is also the highest possible number, is half of the descriptors that a front end may open, because each client may need a second one, to a worker. For that gw raises its limit of descriptors to the hard limit that it was started with (`ulimit -Hn`, `LimitNOFILE`). When the number is reached, no more clients are accepted until one leaves; those that are connected are served as ever. `gw status` shows both numbers. The option has no effect in embedded mode. */
  maxClients?: number | undefined;
  /** Proxy in front of gw that is believed, by its address or network. What such a proxy says in the headers that `trustProxyHeader` names takes the place of what the connection shows: the client's address, the scheme, the host. `unix` stands for whoever comes by a UNIX socket. From anybody else these headers, and all others that serve the same purpose, are removed. See [proxies.md](proxies.md). */
  trustProxy?: string | readonly string[] | undefined;
  /** Header in which a trusted proxy tells of its clients. The first one of the list that a request has is believed, for each thing that it tells. Name only those that your proxy sets or removes by itself. */
  trustProxyHeader?: string | readonly string[] | undefined;
  /** Port on which TLS is spoken; 0 picks a free one. Alone, or beside `port`. Needs a certificate; `gw certificate --self-signed DIR` makes one for development. */
  httpsPort?: number | undefined;
  /** Send clients of the plain port to HTTPS. They get 308, with the same path and query, and the port of HTTPS unless that is 443. A client that has not named a port, while `port` is not 80, has come through something that leads 80 to gw, and is sent to where 443 leads. */
  httpsOnly?: boolean | undefined;
  /** Speak HTTP/2 with clients that can, over TLS. It is agreed on in the handshake (ALPN); apps see the same requests. Switch it off (`--no-http2`) where something between gw and its clients cannot bear it. */
  http2?: boolean | undefined;
  /** Strict-Transport-Security of every answer over TLS. Browsers then ask for this host by HTTPS only, for so many seconds. It takes the place of what the app says. Begin with a short time: it cannot be taken back. */
  hstsPolicy?: string | undefined;
  /** Oldest version of TLS that is spoken. Default: TLSv1.2. Older ones than TLS 1.2 are never spoken. */
  sslMinProtocol?: "TLSv1.2" | "TLSv1.3" | undefined;
  /** Ciphers for TLS 1.2, in the words of OpenSSL. Default: ECDHE+AESGCM:ECDHE+CHACHA20. All by default have forward secrecy: a key that is stolen later opens nothing that was recorded before. TLS 1.3 has its own, which need no choice. */
  sslCipherList?: string | undefined;
  /** Authorities whose certificates clients may show, in PEM. Clients are asked for a certificate then. Without `sslVerifyClient` each request needs a good one. */
  sslCaCertificateFile?: string | undefined;
  /** Lists of certificates that these authorities have revoked, in PEM. One of each authority between a client and the root; without, no certificate of that authority is good. Where a list is past its date, none is either. A changed file is taken up within a second. */
  sslCrlFile?: string | undefined;
  /** Time for a client to complete the TLS handshake, or a preface. Default: 10s. Then its connection is closed, with the cause `tls_handshake_timeout` in the log, or `proxy_preface_timeout` where a preface of the PROXY protocol is to come first. */
  handshakeTimeout?: Duration | undefined;
  /** Workers own the port: no front end, no queue. The app is still supervised, but nothing stands between it and its clients. `frontEnds` then says how many workers share the port, and `processes` has no effect. */
  embeddedMode?: boolean | undefined;
  /** Directory for sockets and state. Default: TMPDIR/gw-HOST:PORT:UID. A private directory of mode 0700. Its path must be short, because the path of a UNIX socket is: see `gw doctor`. With port 0 the process id stands in for the port. */
  serverRoot?: string | undefined;
  /** How long a client's connection may wait for its next request. Default: 75s. Then it is closed, as is one on which nothing was ever asked; that one at a port without TLS after `headerTimeout`, where that is less. A load balancer in front of gw should close its idle connections sooner, so that it never sends a request on one that is being closed. */
  keepAliveTimeout?: Duration | undefined;
  /** Time for a client to send the head of a request, then 408. Default: 10s. From its first byte to its end, however the bytes come; for the first request of a connection without TLS, from the beginning of the connection. One on which nothing has come is closed without a word. It cannot be longer than 11.5 s: after 12 s the runtime closes such a connection itself, without a word. Slow clients do not need more: at 8 kB/s the largest head that is taken comes in 8 s. */
  headerTimeout?: Duration | undefined;
  /** Longest first line of a request, then 414. Default: 16k. The method, the target and the version, without the end of the line. A request of HTTP/2 counts as if it had such a line. More than 16 kB is never taken. */
  limitRequestLine?: Size | undefined;
  /** Most header fields of a request, then 431. Default: 190. More than 190 are never taken, so that the engine of the app's worker takes them all with those that gw adds. In HTTP/2, cookies count as one field, however many there are. */
  limitRequestFields?: number | undefined;
  /** Largest header field of a request, then 431. Default: 64k. Its name and its value, and the two characters between them. The whole head is never larger than 64 kB. */
  limitRequestFieldSize?: Size | undefined;
  /** Clients connected at once from one address; further ones get 429. An address of IPv6 stands for its /64. Proxies that `trustProxy` names are not counted, nor is who comes by a UNIX socket; with `proxyProtocol` the clients count that are told. Over TLS a further one is closed before the handshake, without an answer. With several front ends each has its share, rounded up, and the kernel deals out connections by chance, so that a client may be refused a little sooner. Without the option there is no such limit. */
  maxClientsPerAddress?: number | undefined;
  /** Time before a stop in which health checks hear that gw is not ready; 0 for none. Default: 0s. A stop begins with it: `/readyz`, on the port for metrics and at `readyPath`, answers 503, and everything else is served as before, new connections too. A balancer needs that time to notice: until then it goes on sending requests, and with a port that is closed at once some of them would be lost. Make it a little longer than the balancer's checks take to fail. A second signal ends it. No worker is added or replaced on order meanwhile; one that dies is. */
  lameDuck?: Duration | undefined;
  /** One worker, no time limits, and an inspector; for development. For a debugger: the log names the address of the inspector, on 127.0.0.1 and port 9229 where that is free, before the app is loaded; chrome://inspect and editors find it. Whoever can reach it on this machine can run any code as the app. `processes` is 1, and what may stand still at a breakpoint has a day: `startupTimeout`, `queueTimeout`, `connectTimeout`, `socketTimeout`, `requestTimeout`, `deadlockTimeout`; a time that is given holds all the same. Apps in Python get the one worker and the time, and no inspector. */
  debugMode?: boolean | undefined;
  /** Reload when a file of the app changes; for development. gw watches every module that the app has loaded, except those in node_modules, the configuration file, and what `trackChanges` names. A change that does not load is shown, and the last good generation serves on. */
  reloadOnChanges?: boolean | undefined;
  /** Further file or directory that reloadOnChanges watches. A relative path starts at the working directory, or at the configuration file that names it. */
  trackChanges?: string | readonly string[] | undefined;
  /** Refuse to run the app as root. */
  denyRoot?: boolean | undefined;
  /** error, warn, info or debug. Default: info. */
  logLevel?: "error" | "warn" | "info" | "debug" | undefined;
  /** A line for each request, in `access_log` of --log-directory or on standard output. Requests that gw itself refuses are in it, and those that its parser could not read. Lines come when the client has taken the last byte, or is gone. Front ends hand them on ten times a second; nobody who reads slowly, and no full disk, holds up a request: lines that cannot be kept are dropped, counted and told in gw's log. [docs/observability.md](observability.md) shows the formats. */
  accessLog?: boolean | undefined;
  /** common, combined, json or a format in Apache's language. Default: common. What clients have sent is escaped as Apache does it, or by the rules of JSON: nobody can forge a line. Queries are left out unless `%q` names them, and so are all fields that `%{NAME}i` or `%{NAME}o` does not name. */
  accessLogFormat?: string | undefined;
  /** Part of the requests that went well which get a line. Default: 1. Requests that were answered with 400 or above, that gw refused, or whose client left are written in any case. */
  accessLogSample?: number | string | undefined;
  /** Paths without a line in the access log, such as /healthz or /assets/*. */
  accessLogExclude?: string | readonly string[] | undefined;
  /** Keep whole requests and their answers as files in it, to look for a mistake. One file of JSON for each request that is over, mode 0600: heads, the beginning of both bodies, times, worker and cause. Hidden are the values of queries, of Authorization, Cookie, Set-Cookie and fields with such names, and in forms and JSON what is called password, token, secret and the like; anything else that a body holds is written as it is. Front ends write, as the user of the app, in a directory that they make with the mode 0700 where it is missing. What cannot be written is left out, told once and counted, and no request waits for it. It takes time from each request: for a while, and not for ever. */
  recorderDirectory?: string | undefined;
  /** Recorded requests that each front end keeps; the oldest go. Default: 1000. */
  recorderKeep?: number | undefined;
  /** How much of each body is recorded; 0 for nothing. Default: 16k. */
  recorderBody?: Size | undefined;
  /** Command, or URL, that is told of crashes, refused reloads, ends of certificates and overload. A crash, a crash loop, a reload that was refused, a certificate near its end, requests that are refused for want of room for ten seconds, and that each of these is over: one object of JSON each, on the standard input of the command, or posted to the URL (https, or http on this machine). The command is a line for the shell and runs with the rights of `--user` (where only groups have users, of the first of them) in a process of its own; nothing of an event stands on its command line. One at a time, 10 s each; the same is told once a minute, and 20 in a minute at most. See [observability.md](observability.md#events-for-the-operator). */
  onEvent?: string | undefined;
  /** Keep what is known of each process that is ended, or has crashed, as a file in it. At a memory limit, a limit of processor time, a loop that stands still, requests that run for too long, and a crash: what was in flight, where the code stood, a profile of half a second where the loop still turns, lag, memory, what the collector has, the last lines of the log. One file of JSON each, mode 0600, of gw's own user and not of the app's; the line of the end and `gw why` name it, and `gw evidence` shows it. The directory is made with the mode 0700 where it is missing, and must be for gw's user alone. Nothing is ended later for it. See [evidence.md](evidence.md). */
  evidenceDirectory?: string | undefined;
  /** Files of evidence that are kept; the oldest go. Default: 50. */
  evidenceKeep?: number | undefined;
  /** How large a file of evidence may be; beyond that its lists are cut. Default: 256k. */
  evidenceSize?: Size | undefined;
  /** Port for /metrics, /healthz and /readyz; 0 picks a free one. A process of its own answers there, in daemon mode and in embedded mode. `/metrics` is what Prometheus reads, in its own text format or as OpenMetrics; [docs/observability.md](observability.md) lists all of it. `/healthz` says that gw lives, `/readyz` that it takes requests and is not about to stop. */
  metricsPort?: number | undefined;
  /** Address of the port for metrics. Default: 127.0.0.1. Whoever reaches it can read all figures: keep it off the networks of clients. */
  metricsHost?: string | undefined;
  /** Path at which front ends answer that gw lives, such as /healthz. Clients reach it on the port of the app, whatever host they ask for, over HTTP and HTTPS, and nobody is asked who they are. Only GET and HEAD are answered there; without this option no path is taken from the app. */
  healthPath?: string | undefined;
  /** Path at which front ends answer whether gw takes requests. 200 while at least one group has a worker that takes requests, or starts one for the first; else 503. */
  readyPath?: string | undefined;
  /** A page that shows what gw does, at /server-status. Capacity, queue, requests a second and latency of the last ten minutes, every worker, what is under way, errors and restarts, and the configuration in force. It is shown to clients on this machine, to those of `serverStatusAllow`, and on the port for metrics; to everybody else the path is forbidden. A process of its own renders it, so that it takes no time from requests. What can be done there needs the word that `gw status-token` prints. See [observability.md](observability.md). */
  serverStatus?: boolean | undefined;
  /** Path of that page, for any host. Default: /server-status. */
  serverStatusPath?: string | undefined;
  /** Who else is shown the page, by address or network. `unix` stands for whoever comes by a UNIX socket. What counts is the address of the connection, or the one that a proxy of `trustProxy` tells; a request that has come through any other proxy is refused. */
  serverStatusAllow?: string | readonly string[] | undefined;
  /** Form of gw's log and of the app's output: text, json or logfmt. Default: text. In `text`, the app's output keeps its form. In the other two each line says its level, its source and its process; fields are named as OpenTelemetry and the Elastic Common Schema name them, and a line that an app prints as an object of JSON keeps its own fields and its level. */
  logFormat?: "text" | "json" | "logfmt" | undefined;
  /** What the app's console prints in a request bears its id. `[worker 1 t8ms7q2c4f-1] text`, or a field in the other formats: the same id as in gw's log, in the access log and in `X-Request-Id` of gw's own errors. So do errors that gw or the runtime prints of a handler. It costs a request 1 to 2 µs of its worker and each call two more writes. What is written past `console` bears none, nor does the error of a promise that nobody awaits. */
  logRequestIds?: boolean | undefined;
  /** Logs go to files in it: error_log, and access_log. `error_log` holds gw's own log and what apps print. gw makes the directory where it is missing, with the mode 0750, and its files with the mode 0640; the supervisor alone writes them, so that a directory of root's may stay so. No file is opened through a link. SIGUSR2 opens them anew, for logrotate and its like. */
  logDirectory?: string | undefined;
  /** terminal, journald or syslog: where gw's log and the app's output go. Default: terminal. The journal gets fields (`journalctl GW_SOURCE=front`), syslog lines of the facility daemon. Behind a colon may stand the path of the socket, `syslog:/run/log`. A socket that is full or gone costs lines, which are counted and told on the terminal. The access log stays where it is. */
  logTarget?: string | undefined;
  /** Logs go to the terminal, whatever --log-directory says. */
  logToTerminal?: boolean | undefined;
  /** Put log files aside when they have grown large. The file gets the time (UTC) behind its name, `access_log.20251129T101530Z`, and a new one is begun. */
  rotateLogs?: boolean | undefined;
  /** Size at which a log file is put aside. Default: 5M. */
  maxLogSize?: Size | undefined;
  /** How many files of each log are kept that were put aside. Default: 10. */
  rotateKeep?: number | undefined;
  /** Compress what is put aside, with gzip. */
  rotateCompress?: boolean | undefined;
  /** Collector that traces and metrics are sent to, such as http://localhost:4318. By OTLP over HTTP, at `/v1/traces` and `/v1/metrics` below this URL, from a process of its own: a collector that is slow or gone costs what there is no room for, which is counted and told in the log, and nothing else. OpenTelemetry's own variables say the rest: `OTEL_SERVICE_NAME`, `OTEL_RESOURCE_ATTRIBUTES`, `OTEL_EXPORTER_OTLP_HEADERS`, `OTEL_EXPORTER_OTLP_COMPRESSION`, `OTEL_EXPORTER_OTLP_CERTIFICATE`, `OTEL_EXPORTER_OTLP_TIMEOUT`. See [traces.md](traces.md). */
  otlpEndpoint?: string | undefined;
  /** What is sent to the collector: traces, metrics or both. Default: traces,metrics. */
  otlpSignals?: string | readonly string[] | undefined;
  /** How often metrics are sent to the collector. Default: 15s. */
  otlpInterval?: Duration | undefined;
  /** Part of the requests that begin a trace which is recorded, such as 1%. With it, or with `otlpEndpoint`, each request belongs to a trace (W3C Trace Context): the app gets `traceparent` and `tracestate`, and the access log knows the trace id; `0` does that as well, and records none. With `otlpEndpoint` 1% are recorded where nothing else is said. Requests of whom `trustTrace` names are recorded when they say so, and at no other time. Without both gw hands on what clients say of traces as it is. See [traces.md](traces.md). */
  traceSample?: number | string | undefined;
  /** Whether answers say where their time went: off, recorded or all. Default: off. `Server-Timing: gw-receive;dur=0.1, gw-queue;dur=3, gw-connect;dur=0, gw-app;dur=12.3`, in milliseconds, which browsers show beside the answer; with traces also `traceparent`. `recorded`: answers of requests whose trace is recorded. Anybody who asks learns from it how busy the app is. */
  serverTiming?: "off" | "recorded" | "all" | undefined;
  /** Who is believed what they say of a trace, by address or network. Their requests go on with the trace of their `traceparent`, and it says whether they are recorded. For anybody else gw begins a new trace, links it to the one that was named, and decides by `traceSample`: no client can have gw record more than that, or put its requests into somebody's trace. A proxy is to be named only if it takes away, or makes anew, what its own clients say. `0.0.0.0/0` and `::/0` stand for everybody. */
  trustTrace?: string | readonly string[] | undefined;
  /** Groups of workers by name, each with its own app, instead of one app. */
  groups?: Readonly<Record<string, GroupConfig>> | undefined;
}

/** The client of a request; behind a trusted proxy the proxy's client. */
export interface HookClient {
  readonly address: string;
  readonly port: number;
}

/** What a hook is told of a request before the app gets it. */
export interface HookRequest {
  readonly method: string;
  /** As the client has sent it: path and query. */
  readonly target: string;
  /** Without credentials, unless authPassAuthorization is on. */
  readonly headers: Headers;
  readonly client: HookClient;
  readonly tls: {
    isHttps(): boolean;
    /** By the name that mod_ssl has for it; undefined where nothing is known. */
    varLookup(name: string): string | undefined;
  };
}

/** Answers what it is given, and so lends it the type. */
export function defineConfig(config: GwConfig): GwConfig;
