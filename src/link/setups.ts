// Parts of what a child is told at its start: what it may use, and who it becomes. Types only.

/** How slow clients may be. Times in milliseconds, rates in bytes per second. */
export type PaceSettings = {
  /** Of a request body, while it is waited for; see front/visit/allowance. */
  body: { timeoutMs: number; maxTimeoutMs: number; minRate: number };
  /** A client that takes nothing for so long, or less on average while it holds an answer up; rate 0 for none. */
  answer: { timeoutMs: number; minRate: number };
  /** So much of answers may wait on the disk for slow clients; absent, or 0, for nothing. */
  spoolBytes?: number;
  /** The same for bodies that workers have yet to take. */
  bodySpoolBytes?: number;
};

/** How connections of clients are kept. */
export type ConnectionSetup = {
  /** Without a request. */
  keepAliveMs: number;
  /** From the first byte of a head to its end. */
  headTimeoutMs: number;
};

/** How large heads of requests may be: their first line, each field with its name, and how many fields. */
export type HeadLimits = { lineBytes: number; fieldBytes: number; fields: number };

/** A size for a path and all below it. */
export type SizeLimit = { path: string; bytes: number };

/** How many requests one client may send: one rule; a request that several are about has to keep all of them. */
export type RateLimit = {
  /** As it is written in the configuration: clients and the log call it so. */
  text: string;
  /** Whose requests are counted together: those from one address, of one user, or with one value of this field. */
  by: "address" | "user" | { header: string };
  /** So many requests in so much time, on average. */
  count: number;
  windowMs: number;
  /** So many may come at once. */
  burst: number;
  /** Only requests to this path and below it; absent for all. */
  path?: string;
};

export type RatesSetup = {
  /** The memory that all front ends share, inherited; absent where there is none. */
  descriptor?: number;
  /** How many front ends count for themselves, each for its part; 1 where they count together. */
  parts: number;
  /** Drawn at each start of gw: nobody can find out which keys meet in the memory. */
  salt: number;
};

/** Where clients reach gw. */
export type PublicAddress = { host: string; port: number };

/** What a worker may use, set before it loads the app. Absent: as gw itself was started. */
export type LimitSetup = {
  memoryBytes?: number;
  virtualMemoryBytes?: number;
  cpuTimeMs?: number;
  /** Nice value. */
  cpuPriority?: number;
  stackBytes?: number;
  openFiles?: number;
  /** A limit that the system refuses is a warning, not the end of the start. */
  isBestEffort: boolean;
};

/** Who a child becomes before it meets foreign code or bytes. Absent: it stays who it is. */
export type IdentitySetup = {
  account?: { name: string; uid: number; gid: number; groups: number[] };
  umask?: number;
  chroot?: string;
  /** It has taken on its confinement by now; what that holds, in words. */
  confinement?: string;
  /** Among what it gives up is not the right to listen on a port below 1024: nobody else listens for it. */
  keepsLowPorts?: true;
};

/** A certificate and the names of servers that it is shown for. */
export type TlsCertificate = {
  /** Lower-case names, or `*.name` for all that have one label before it. */
  names: string[];
  /** PEM: the server's own certificate, and behind it those that lead to the root. */
  certificate: string;
  /** PEM, not encrypted. Never logged, and never told to anybody but a front. */
  key: string;
};

/** A socket that clients come in by. */
export type ListenerSetup = { isTls: boolean } & (
  | { host: string; port: number }
  /** Inherited: it is bound once, and all front ends accept from it. `name`: as operators call it. */
  | { descriptor: number; name: string }
);

/** How a front speaks TLS. */
export type TlsSetup = {
  /** By which clients are led to it. */
  port: number;
  /** At least one; the first is for clients that name no server, or one that nobody has. */
  certificates: TlsCertificate[];
  minVersion: "TLSv1.2" | "TLSv1.3";
  /** For TLS 1.2, in the words of OpenSSL. */
  ciphers: string;
  /** Offers HTTP/2 by ALPN, beside HTTP/1.1. */
  http2: boolean;
  /** From the connection to the end of the handshake. */
  handshakeTimeoutMs: number;
  /** Asks clients for a certificate; PEM. */
  client?: { ca: string; crl?: string };
};

/** The status page: a front decides who is shown it, and another process renders it. */
export type StatusPageSetup = {
  path: string;
  /** Networks whose clients are shown it, beside those of this machine. */
  allow: string[];
  /** By which clients of this machine may call gw, beside `localhost` and addresses. */
  hosts: string[];
};

/** Paths at which a front answers health checks itself. */
export type HealthPaths = { health?: string; ready?: string };

/** Where whole requests are kept, how many of them, and how much of each body. */
export type RecorderSetup = { directory: string; keep: number; bodyBytes: number };

/** Which requests get a line of the access log, and what is in it. */
export type AccessLogSetup = {
  /** A name, or a format in Apache's language; see core/logging/access-format. */
  format: string;
  /** The share of the requests that went well which get a line, from 0 to 1. */
  sample: number;
  /** Paths without a line: `/a`, or `/a/*` for all below. */
  exclude: string[];
};

/** How requests are told apart by traces. */
export type TraceSetup = {
  /** The share of the requests which begin a trace that is recorded, from 0 to 1; absent: no traces are kept. */
  sample?: number;
  /** Answers of which requests say where their time went. */
  timing: "off" | "recorded" | "all";
  /** Whom to believe what they say of a trace: addresses and networks, or `unix`. */
  trust: string[];
  /** What is recorded is told to the supervisor. */
  isTold: boolean;
};

/** By what a group's clients are known again, so that all requests of one go to one worker. */
export type StickySettings = {
  /** What happens to a request whose worker has as many as it may have. */
  overflow: "wait" | "move";
  /** Drawn at each start of gw, the same for all front ends: nobody can choose marks that meet on one worker. */
  salt: number;
} & ({ by: "address" } | { by: "header"; name: string } | { by: "cookie"; name: string; secure: boolean });

/** How much a request matters, when not all can be run or wait. */
export type Priority = "high" | "normal" | "low";

/** The requests to a path, or with `/*` at its end to all below. */
export type PriorityRule = { path: string; priority: Priority };

/** Who of those that wait is next. */
export type QueueOrder = {
  /** The newest one, while the oldest has waited for so long; absent: always the oldest. */
  newestFirstMs?: number;
  priorities?: PriorityRule[];
};

/** How much is asked of a client's certificate: nothing, that it is good where there is one, or that there is a good one. */
export type CertificateDemand = "none" | "optional" | "require";

/** What is asked of certificates for the requests to a path and all below it. */
export type CertificateRule = { path: string; demand: CertificateDemand };

export type CertificateSetup = {
  rules: CertificateRule[];
  /** The app is told what TLS has settled, in fields. */
  tellsApp: boolean;
};

/** Proxies in front of gw. */
export type ProxyTrust = {
  /** Their addresses and networks: `192.0.2.1`, `10.0.0.0/8`. */
  from: string[];
  /** The headers they speak by, in lower case. */
  headers: string[];
};

/** Files that a front serves in the place of a group's workers. */
export type FilesSetup = {
  /** A directory whose files win over the app. */
  root?: string;
  /** Parts of the paths that are served from elsewhere, below the mount. */
  aliases: { url: string; path: string }[];
  /** Names of what is shown for a directory, the first one that there is. */
  index: string[];
  /** A directory without such a file is shown as a list. */
  listing: boolean;
  /** Symbolic links may lead out of the directory. */
  followsLinks: boolean;
  /** A file of media types by ending, in the form of /etc/mime.types. */
  mimeTypes?: string;
  /** Values of Cache-Control, the first pattern that fits. */
  caching: { pattern: string; value: string }[];
  /** Name of the file at the root that answers navigations to what is no file. */
  fallback?: string;
  /** There is no app: what is no file is nothing. */
  isWhole: boolean;
  /** Files leave by the kernel, where that can be. */
  sendfile: boolean;
};

/** Which requests for a group are sent to another address. */
export type RedirectSetup = {
  /** The one host that the group answers for, in lower case; with a port where it has one of its own. */
  canonicalHost?: string;
  /** Paths below the mount, `/*` at the end for all below; and a path or an address, `/*` at its end for what that stood for. */
  paths: { from: string; to: string }[];
};

/** What all answers of a group have in common. */
export type AnswerSetup = {
  /** Flat [name, value …]; in the place of what an app says by these names. */
  fields?: string[];
  /** Media types of what is made smaller for clients who take that: `text/html`, where `*` may stand for a part; absent: none is. */
  compressedTypes?: string[];
  /** Paths below the mount of what clients get for an error with this status, in the place of gw's own page. */
  documents?: { status: number; path: string }[];
  /** Errors of apps are answered by gw, too. */
  overrides?: boolean;
  /** Apps are asked by GET where the client has said HEAD. */
  mapsHead?: boolean;
};

/** What becomes of a worker's answers that name a file in the place of a body. */
export type WorkerFiles = {
  /** They are handed to the front open, where it can send them by the kernel. */
  handsOver: boolean;
  /** The field X-Sendfile of an app's answer names one. */
  byField: boolean;
};

/** What a worker in Python is told besides. */
export type PythonSetup = {
  /** Set instead of `app`'s file where the app is a module. */
  module?: string;
  /** Requests that it works on at once, each in a thread of its own. */
  threads: number;
  /** How many processes serve the same app, at most. */
  processes: number;
  /** What ps shows. */
  title: string;
  /** There are, or may be, other processes that serve the same app. */
  isMultiprocess: boolean;
  /** It serves one request in its life. */
  isRunOnce: boolean;
  /** Directories that modules are imported from. */
  path: string[];
  switchIntervalMs: number;
  /** A request is interrupted when it is so old. */
  interruptAfterMs?: number;
  /** Where what packages unpack is to be. */
  eggs?: string;
  /** That of the C library as well. */
  locale?: string;
  /** The field in which the front tells the user, and how the user has been asked; absent where nobody is. */
  user?: { field: string; authType: string };
  /** What X-Forwarded-Prefix says is the front's own word. */
  trustsPrefix: boolean;
  /** So is X-Forwarded-Port. */
  trustsPort: boolean;
  /** The front tells in fields what TLS has settled. */
  tellsSsl: boolean;
  /** A script that was touched is loaded anew. */
  reloadsScript: boolean;
  /** What the operator has set: in the environ of each request as well. */
  variables: Record<string, string>;
  /** Variables that are for the interpreter, and not for the app and what it starts. */
  hides: string[];
};
