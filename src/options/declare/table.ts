// The declaration: every option of gw, once. Flag, environment variable, key of the configuration file, schema,
// help, docs/options.md and the type `Settings` are computed from these rows; a row may not override them.

import { domainToASCII } from "node:url";
import { parseAccessFormat } from "../../core/logging/access-format.ts";
import { LOG_FORMATS } from "../../core/logging/log-format.ts";
import { readTarget } from "../../core/logging/system-log.ts";
import { FORWARDING_HEADERS } from "../../core/requests/forwarding-headers.ts";
import { FIELDS_MOST, HEAD_BYTES_MOST, LINE_BYTES_MOST } from "../../core/requests/head-bounds.ts";
import { AUTO_BYTES, AUTO_SPAN, orAuto } from "./kinds/auto-kinds.ts";
import { concurrency } from "./kinds/concurrency-kind.ts";
import {
  choice,
  count,
  countOr,
  duration,
  type Kind,
  octal,
  onOff,
  path,
  size,
  span,
  text,
} from "./kinds/kinds.ts";
import { asPath, list, pairs } from "./kinds/list-kinds.ts";
import { listenPlaces } from "./kinds/listen-kind.ts";
import { rateLimits } from "./kinds/rate-limit-kind.ts";
import { share } from "./kinds/share-kind.ts";
import { sizeByPath } from "./kinds/size-by-path-kind.ts";
import { sticky } from "./kinds/sticky-kind.ts";

export const OPTION_SECTIONS = [
  "What to serve",
  "Files",
  "Responses",
  "Network",
  "TLS",
  "Authentication",
  "Processes",
  "Clients",
  "Queue and timeouts",
  "Recycling",
  "Limits",
  "Identity",
  "Environment",
  "Python",
  "Logs",
  "Traces",
] as const;
export type OptionSection = (typeof OPTION_SECTIONS)[number];

export type OptionRow = {
  kind: Kind<unknown>;
  /** The value when nobody gives one. */
  default?: unknown;
  /** Instead of a default: how the value follows from others, in words; `resolve` computes it. */
  derived?: string;
  group: OptionSection;
  /** One line of help, without a final full stop. */
  summary: string;
  /** More for the docs page: full sentences. */
  details?: string;
  /** The process that acts on it. */
  reach: "supervisor" | "front" | "worker" | "auth";
  /** Whether the value may differ between groups of workers, or holds for gw as a whole. */
  scope: "server" | "group";
  /** What takes up a changed value: `gw reload`, or only a new start of gw. */
  change: "reload" | "restart";
  /** The version of gw in which it comes, or came: that of package.json for a new one. */
  since: string;
  alias?: string;
  /** Also given as the first bare word of the command line. */
  positional?: true;
  /** False where a configuration file cannot sensibly set it. */
  inFile?: false;
};

const host = text({
  placeholder: "ADDRESS",
  accepts: "an IP address or a host name, without scheme and port",
  read: (value) => /^(?:\[([0-9A-Fa-f:.%\w]+)\]|([0-9A-Za-z:._%-]+))$/.exec(value)?.slice(1).find(Boolean),
});

const exportName = text({
  placeholder: "NAME",
  accepts: "the name of an export, for example default or app",
  read: (value) => (/^[\p{ID_Start}$_][\p{ID_Continue}$]*$/u.test(value) ? value : undefined),
});

const MOUNT = /^\/(?:[A-Za-z0-9._~!$&'()*+,;=:@-]+(?:\/[A-Za-z0-9._~!$&'()*+,;=:@-]+)*\/?)?$/;

/**
 * Case and the dot of the root are not what tells two hosts apart, and clients send names of other scripts in the ASCII form
 * that IDNA gives them. What IDNA forbids stays as it is, and no client can ask for it.
 */
const plainHost = (name: string) => (domainToASCII(name) || name.toLowerCase()).replace(/\.$/, "");

/** Labels of letters and digits of any script; a mark belongs to the letter before it. */
const HOST_NAME = /^[\p{L}\p{N}_-][\p{L}\p{M}\p{N}_-]*(?:\.[\p{L}\p{N}_-][\p{L}\p{M}\p{N}_-]*)*\.?$/u;

const hostName = text({
  placeholder: "NAME",
  accepts: "a host name such as www.example.com, without scheme and port",
  read: (value) => (HOST_NAME.test(value) ? plainHost(value) : undefined),
});

/** Of groups of workers, and of services. */
export const GROUP_NAME = /^[A-Za-z][A-Za-z0-9_-]{0,31}$/;

/** What a name of this form is, in words. */
export const NAME_FORM = "a letter, then up to 31 letters, digits, - and _";

const groupName = text({
  placeholder: "NAME",
  accepts: `the name of a group: ${NAME_FORM}`,
  read: (value) => (GROUP_NAME.test(value) ? value : undefined),
});

const ACCOUNT = /^(?:[A-Za-z_][A-Za-z0-9_.-]*\$?|\d{1,10})$/;
const account = (what: string) =>
  text({
    placeholder: "NAME",
    accepts: `the name or the number of a ${what}`,
    read: (value) => (ACCOUNT.test(value) ? value : undefined),
  });

const paths = (what: string) =>
  list({
    placeholder: "PATH",
    accepts: `${what}; the flag once for each, the variable with line feeds between them`,
    separator: "\n",
    item: /^[^\0\n]+$/,
    anchor: asPath,
  });

const tcpPorts = list({
  placeholder: "PORTS",
  accepts: "numbers from 0 to 65535 with commas between them",
  separator: ",",
  item: /^(?:\d{1,4}|[1-5]\d{4}|6[0-4]\d{3}|65[0-4]\d\d|655[0-2]\d|6553[0-5])$/,
});

const socketOwner = text({
  placeholder: "USER:GROUP",
  accepts: "USER, USER:GROUP or :GROUP, by name or number",
  read: (value) =>
    /^(?=.)(?:[A-Za-z_][A-Za-z0-9_.-]*\$?|\d{1,10})?(?::(?:[A-Za-z_][A-Za-z0-9_.-]*\$?|\d{1,10}))?$/.test(
      value,
    )
      ? value
      : undefined,
});

/** RFC 6797 section 6.1. */
const HSTS = /^max-age=\d{1,10}(?: *; *(?:includeSubDomains|preload)){0,2}$/i;

const localeName = text({
  placeholder: "NAME",
  accepts: "the name of a locale, for example C.UTF-8 or de_AT.UTF-8",
  read: (value) => (/^[A-Za-z0-9_.@-]+$/.test(value) ? value : undefined),
});

const logTarget = text({
  placeholder: "TARGET",
  accepts: "terminal, journald or syslog, the latter two with :/PATH of their socket where it is another one",
  read: (value) => (value === "terminal" || readTarget(value) ? value : undefined),
});

const checkPath = text({
  placeholder: "PATH",
  accepts: "a path that begins with a slash, for example /healthz",
  read: (value) => (/^\/[!-~]{0,200}$/.test(value) && !/[?#]/.test(value) ? value : undefined),
});

const accessFormat = text({
  placeholder: "FORMAT",
  accepts: "common, combined, json or a format of Apache's directives, for example '%h %s %{app}n'",
  read: (value) => (value === "json" || typeof parseAccessFormat(value) !== "string" ? value : undefined),
  faultIn: (value) => {
    const fault = value === "json" ? undefined : parseAccessFormat(value);
    if (typeof fault !== "string") return undefined;
    return `It ${fault}${fault.includes("directive") ? "; docs/access-log.md lists all directives" : ""}`;
  },
});

const title = text({
  placeholder: "TEXT",
  accepts: "up to 200 printable characters; %{GROUP} stands for (gw:NAME)",
  read: (value) => (/^\P{C}{1,200}$/u.test(value) ? value : undefined),
});

const FILE_SEGMENT = "(?:[A-Za-z0-9_~-][A-Za-z0-9._~-]*|\\.well-known)";
/** A part of the paths of clients that nobody can read in two ways: no dot segments, no escapes. */
const FILE_URL = new RegExp(`^/(?:${FILE_SEGMENT}(?:/${FILE_SEGMENT})*/?)?$`);

/** One name in a directory. */
const FILE_NAME = /^(?!\.)[^/\\\0,]{1,255}$/;

/** A path as clients ask for it, and perhaps a query, that names one thing to everybody who reads it. */
const DOCUMENT = '(?!/[^?]*/\\.{1,2}(?:[/?]|$))(?!/\\.{1,2}(?:[/?]|$))(?![^?]*//)/[!"$-~]*';

/** Text and what is like it; pictures, sound, film and archives are as small as they get. */
const COMPRESSED_TYPES: readonly string[] = ["text/*", "*/json", "*/xml", "*/javascript", "*+json", "*+xml"];
const TYPE_WORD = "[!#$%&'+.^_`|~0-9A-Za-z-]+";

/** Characters of a path, and of the rest of an address, that mean nothing to whoever reads a list of pairs. */
const REDIRECT_FROM = /^\/(?:[A-Za-z0-9._~!$&'()+,;:@%/-]*\/)?(?:[A-Za-z0-9._~!$&'()+,;:@%-]+|\*)?$/;
const REDIRECT_TO =
  /^(?:https?:\/\/[A-Za-z0-9.-]+(?::\d{1,5})?(?=\/|$)|(?=\/(?!\/)))(?:\/[A-Za-z0-9._~!$&'()+,;:@%?#=/-]*)?(?:(?<=\/)\*)?$/;

/** A name in the one spelling that clients are compared by, with its port. */
function readCanonicalHost(value: string): string | undefined {
  const [, name = "", port = ""] = /^([^:]+)(:\d{1,5})?$/.exec(value) ?? [];
  return HOST_NAME.test(name) && Number(port.slice(1)) < 65_536 ? plainHost(name) + port : undefined;
}

/** An address of IPv4 or IPv6, alone or with the number of bits that count; or whoever comes by a UNIX socket. */
const NETWORK =
  /^(?:unix|(?:\d{1,3}\.){3}\d{1,3}(?:\/(?:[12]?\d|3[0-2]))?|(?=[^/]*:)[0-9A-Fa-f:.]+(?:\/(?:\d{1,2}|1[01]\d|12[0-8]))?)$/;

/** Keys of the collector stand in OTEL_EXPORTER_OTLP_HEADERS: a URL is shown in logs. */
/** A URL goes to a stranger over TLS, or stays on this machine. */
const eventTarget = text({
  placeholder: "COMMAND|URL",
  accepts: "a command line, a URL with https, or one with http on this machine (localhost, 127.0.0.1, ::1)",
  read: (word) => {
    if (word.trim() === "" || word.includes("\0") || word.length > 4096) return undefined;
    if (!/^[a-z][a-z0-9+.-]*:\/\//i.test(word)) return word;
    if (!URL.canParse(word)) return undefined;
    const { protocol, hostname } = new URL(word);
    const isHere = /^(localhost|127(\.\d+){3}|\[::1\])$/.test(hostname);
    return protocol === "https:" || (protocol === "http:" && isHere) ? word : undefined;
  },
});

const collectorUrl = text({
  placeholder: "URL",
  accepts: "a URL of http or https, without a user, a query and a fragment",
  read(value) {
    const url = URL.canParse(value) ? new URL(value) : undefined;
    const isPlain = url && !url.username && !url.password && !url.search && !url.hash;
    return isPlain && /^https?:$/.test(url.protocol) ? url.href.replace(/\/$/, "") : undefined;
  },
});

/** `LEVEL`, or `LEVEL=PATH`. */
const VERIFY_CLIENT = /^(?:none|optional|require)(?:=\/[^\s,?#]*)?$/;
/** `NAME`, or `PATH=NAME`. */
const AUTH_GROUP = /^(?:\/[^\s,=?#]*=)?[^\s,=/][^,=/\p{Cc}]{0,127}$/u;
const LEADING_PATH = /^\/[^\s,?#*]*$/;

/** A path as clients ask for it, without a query; `/*` at its end stands for all below. */
const PATTERN = "/(?:[^\\s,?#=*]*/\\*|\\*|[^\\s,?#=*]*)";

/** A field that no protocol, no proxy and no gateway uses for something else. */
const USER_HEADER =
  /^(?!(?:connection|keep-alive|te|trailer|upgrade|host|expect|cookie|date|via|range|origin|referer|from|forwarded|(?:proxy|content|transfer|accept|authorization|if|sec|x-gw|x-forwarded)\b.*)$)[A-Za-z0-9][A-Za-z0-9-]{0,63}$/i;

/** Of a request body, where nothing is said. */
export const USUAL_BODY_BYTES = 10 * 2 ** 20;

/** A request with less could not say which host it is for. */
const FIELD_BYTES_LEAST = 256;

export const OPTIONS = {
  app: {
    kind: path("FILE"),
    group: "What to serve",
    summary: "File of the app; without one, gw serves a welcome page",
    details:
      "The file exports `default { fetch(request) }`, a function or a node-style handler, or it starts a server by itself. With `groups` in the configuration file every group names its own.",
    reach: "worker",
    scope: "group",
    change: "reload",
    since: "0.1.0",
    positional: true,
  },
  callableObject: {
    kind: exportName,
    derived: "default, or application in Python",
    group: "What to serve",
    summary: "Export that answers requests",
    reach: "worker",
    scope: "group",
    change: "reload",
    since: "0.1.0",
  },
  appArgument: {
    kind: list({
      placeholder: "WORD",
      accepts: "words; the flag once for each, the variable with line feeds between them",
      separator: "\n",
      item: /^[^\0]*$/,
      isVerbatim: true,
    }),
    default: [],
    group: "What to serve",
    summary: "One argument of the app; all words after -- are arguments too",
    details:
      "`gw start-server node_modules/.bin/json-server -- db.json --watch` runs that program with the words `db.json` and `--watch`, which gw does not look at. Both ways add up, in the order in which they are typed.",
    reach: "worker",
    scope: "group",
    change: "reload",
    since: "0.1.0",
    alias: "appArguments",
  },
  appPort: {
    kind: count({ min: 1, max: 65535 }),
    group: "What to serve",
    summary: "Port of the app, where it listens on several",
    details:
      "Requests go to one listener of the app; any other, for metrics for example, stays at the address that it asked for. The one that gets the requests is the listener on the port that `PORT` names; else the only one that there is; else the only one that is not bound to loopback. Where that leaves two, the start ends and names both; this option decides between them.",
    reach: "worker",
    scope: "group",
    change: "reload",
    since: "0.1.0",
  },
  home: {
    kind: path("DIR"),
    derived: "project of the app",
    group: "What to serve",
    summary: "Working directory of the app",
    details:
      "When not given, it is the nearest directory at or above the app's file that holds a `package.json` or `tsconfig.json`, or else the directory of the file. For an app inside of `node_modules`, which is a program made by others, it is the directory that gw was started from.",
    reach: "worker",
    scope: "group",
    change: "reload",
    since: "0.1.0",
  },
  mount: {
    kind: text({
      placeholder: "PATH",
      accepts: "a path that begins with a slash, for example /api",
      read: (value) => (MOUNT.test(value) ? value.replace(/(?<=.)\/+$/, "") : undefined),
    }),
    default: "/",
    group: "What to serve",
    summary: "Path below which the app sits",
    details:
      "The app sees the rest of the path, as if it were mounted at `/`. It learns of the mount in the way that is usual for its kind: node programs and Express by `req.originalUrl` and `req.baseUrl`, the others by the field `X-Forwarded-Prefix`.",
    reach: "front",
    scope: "group",
    change: "reload",
    since: "0.1.0",
  },
  stripMount: {
    kind: onOff(),
    default: true,
    group: "What to serve",
    summary: "Take the mount off the path that the app sees",
    details:
      "Switch it off (`--no-strip-mount`) for a framework that is configured with its own base path, as Next is with `basePath`.",
    reach: "front",
    scope: "group",
    change: "reload",
    since: "0.1.0",
  },
  serverName: {
    kind: hostName,
    group: "What to serve",
    summary: "Host name that the app answers for; without one, any",
    details:
      "With a name, requests for other hosts get 421, unless another group answers for them or `defaultGroup` names one that takes them.",
    reach: "front",
    scope: "group",
    change: "reload",
    since: "0.1.0",
  },
  serverAlias: {
    kind: list({
      placeholder: "NAME",
      accepts:
        "host names, where *.example.com stands for all below it; the flag once for each, or commas between",
      separator: ",",
      item: new RegExp(`^(?:\\*\\.)?${HOST_NAME.source.slice(1)}`, "u"),
      normal: plainHost,
    }),
    default: [],
    group: "What to serve",
    summary: "Further host name of the app; *.example.com stands for all below it",
    reach: "front",
    scope: "group",
    change: "reload",
    since: "0.1.0",
  },
  allowLocalhost: {
    kind: onOff(),
    default: false,
    group: "What to serve",
    summary: "Answer for localhost too, where serverName says another host",
    details:
      "For health checks and tests on the machine itself: requests whose Host is `localhost`, `127.0.0.1` or `[::1]`. It goes by that name alone, whoever sends it.",
    reach: "front",
    scope: "group",
    change: "reload",
    since: "0.1.0",
  },
  route: {
    kind: pairs({
      placeholder: "PATTERN=GROUP",
      accepts: "PATTERN=GROUP such as /reports/*=slow; the flag once for each",
      item: /^\/(?:[^\s?#=*/]+\/)*(?:[^\s?#=*/]+|\*)?=[A-Za-z][A-Za-z0-9_-]{0,31}$/,
      left: {
        form: /^\/(?:[^\s?#=*/]+\/)*(?:[^\s?#=*/]+|\*)?$/,
        is: "a pattern: a path such as /reports, or /reports/* for all paths below it",
      },
      right: { form: GROUP_NAME, is: `the name of a group: ${NAME_FORM}` },
    }),
    default: [],
    group: "What to serve",
    summary: "Paths of the app that another group runs, as in /reports/*=slow",
    details:
      "The pattern is a path below the mount; with `/*` at its end, all paths below it. The other group has its own processes, limits and timeouts, and runs the same app unless it names one of its own. It cannot have routes, and it has a mount only if it names one.",
    reach: "front",
    scope: "group",
    change: "reload",
    since: "0.1.0",
  },
  defaultGroup: {
    kind: groupName,
    group: "What to serve",
    summary: "Group that answers for hosts that no group names",
    details: "Without it a request for such a host gets 421, when every group has a `serverName`.",
    reach: "front",
    scope: "server",
    change: "reload",
    since: "0.1.0",
  },
  serviceScript: {
    kind: pairs({
      placeholder: "NAME FILE",
      accepts: "a name and a file; the flag once for each service",
      item: /^[A-Za-z][A-Za-z0-9_-]{0,31}=[^\0]+$/,
      left: { form: GROUP_NAME, is: `the name of a service: ${NAME_FORM}` },
      words: 2,
      isPath: true,
    }),
    default: [],
    group: "What to serve",
    summary: "Program that gw runs beside the app; it gets no requests",
    details:
      "It is supervised as a worker is, with the identity, limits and environment that are given for all, and started again whenever it ends. In a file it is an object of names and files. A relative path starts at the working directory, or at the configuration file that names it.",
    reach: "worker",
    scope: "server",
    change: "reload",
    since: "0.1.0",
  },
  serviceArgument: {
    kind: pairs({
      placeholder: "NAME WORD",
      accepts: "the name of a service and a word; the flag once for each word",
      item: /^[A-Za-z][A-Za-z0-9_-]{0,31}=[^\0]*$/,
      left: { form: GROUP_NAME, is: `the name of a service: ${NAME_FORM}` },
      words: 2,
      isVerbatim: true,
    }),
    default: [],
    group: "What to serve",
    summary: "One argument of a service",
    details: "In a file it is an object: for the name of each service one word, or a list of words.",
    reach: "worker",
    scope: "server",
    change: "reload",
    since: "0.1.0",
  },
  documentRoot: {
    kind: path("DIR"),
    group: "Files",
    summary: "Directory whose files are served before the app is asked",
    details:
      "A file that exists there answers the request for its path, below the mount of the group; everything else goes to the app. Without an app it is 404. See [files.md](files.md).",
    reach: "front",
    scope: "group",
    change: "reload",
    since: "0.1.0",
  },
  urlAlias: {
    kind: pairs({
      placeholder: "URL PATH",
      accepts: "a path of clients such as /static and a directory or a file; the flag once for each",
      item: new RegExp(`${FILE_URL.source.slice(0, -1)}=[^\\0]+$`),
      left: { form: FILE_URL, is: "a path such as /static, of plain characters" },
      words: 2,
      isPath: true,
    }),
    default: [],
    group: "Files",
    summary: "Part of the paths that a directory, or one file, answers",
    details:
      "Of several that fit the longest counts, and any before `documentRoot`. What is not there is 404: the app is not asked.",
    reach: "front",
    scope: "group",
    change: "reload",
    since: "0.1.0",
  },
  directoryIndex: {
    kind: list({
      placeholder: "NAME",
      accepts: "names of files such as index.html; the flag once for each, or commas between",
      separator: ",",
      item: FILE_NAME,
    }),
    derived: "index.html without an app, else none",
    group: "Files",
    summary: "File that is shown for a directory, the first one that there is",
    reach: "front",
    scope: "group",
    change: "reload",
    since: "0.1.0",
  },
  directoryListing: {
    kind: onOff(),
    default: false,
    group: "Files",
    summary: "Show what is in a directory that has no such file",
    reach: "front",
    scope: "group",
    change: "reload",
    since: "0.1.0",
  },
  followSymlinks: {
    kind: onOff(),
    default: false,
    group: "Files",
    summary: "Let symbolic links lead out of the directories that are served",
    details:
      "Without it, links are followed that stay inside, and are relative; others are 403. Whoever may write there can then publish whatever the front end's user may read.",
    reach: "front",
    scope: "group",
    change: "reload",
    since: "0.1.0",
  },
  mimeTypes: {
    kind: path("FILE"),
    group: "Files",
    summary: "Media types by the endings of names, before the ones that gw knows",
    details:
      "In the form of /etc/mime.types: a type in each line, and behind it its endings. Looked at before gw starts or reloads, where a wrong line is refused by its number.",
    reach: "front",
    scope: "group",
    change: "reload",
    since: "0.1.0",
  },
  cacheControl: {
    kind: pairs({
      placeholder: "PATTERN VALUE",
      accepts: "a pattern such as *.html or /assets/* and a value such as no-cache; the flag once for each",
      item: /^[^=\s]+=[^\x00-\x1f\x7f-\uffff]+$/,
      left: { form: /^[^=\s]+$/, is: "a pattern without spaces and equals signs" },
      right: { form: /^[^\x00-\x1f\x7f-\uffff]+$/, is: "a value of Cache-Control" },
      words: 2,
    }),
    default: [],
    group: "Files",
    summary: "Cache-Control of the files whose names fit",
    details:
      "The first pattern that fits counts. One that begins with a slash is held against the path below the mount, any other against the name; `*` stands for any characters, `?` for one. Where none fits, names with a digest of the content in them, as build tools write them, are `public, max-age=31536000, immutable`; all others have no Cache-Control.",
    reach: "front",
    scope: "group",
    change: "reload",
    since: "0.1.0",
  },
  xSendfile: {
    kind: onOff(),
    default: false,
    group: "Files",
    summary: "Let apps answer with a file by the field X-Sendfile",
    details:
      "The field's value is a path, from the working directory of the app. The worker opens the file with its own rights, and no client sees the field. See [files.md](files.md).",
    reach: "worker",
    scope: "group",
    change: "reload",
    since: "0.1.0",
  },
  enableSendfile: {
    kind: onOff(),
    default: false,
    group: "Files",
    summary: "Let the kernel send files, without a copy through the front end",
    details:
      "Those of the front end, and those that apps answer with (`X-Sendfile`), which workers then hand over open. On plain connections of HTTP/1.1, on Linux. Over TLS and HTTP/2, and where the system refuses, the same bytes go the usual way.",
    reach: "front",
    scope: "group",
    change: "reload",
    since: "0.1.0",
  },
  spaFallback: {
    kind: text({
      placeholder: "FILE",
      accepts: "the name of a file in documentRoot, such as index.html",
      read: (value) => (FILE_NAME.test(value) ? value : undefined),
    }),
    group: "Files",
    summary: "File that answers a page that nobody else has, for apps that run in the browser",
    details:
      "It is for navigations alone: GET and HEAD whose `Accept` names `text/html`, at paths where `documentRoot` has no file. They do not reach the app; whatever else a page asks for does, or is 404.",
    reach: "front",
    scope: "group",
    change: "reload",
    since: "0.1.0",
  },
  redirect: {
    kind: pairs({
      placeholder: "FROM TO",
      accepts:
        "a path such as /old or /blog/*, and a path or an http(s) address, with /* at its end where the first has it; the flag once for each",
      item: new RegExp(`${REDIRECT_FROM.source.slice(0, -1)}=${REDIRECT_TO.source.slice(1)}`),
      left: { form: REDIRECT_FROM, is: "a path such as /old or /blog/*, without = ? and #" },
      right: { form: REDIRECT_TO, is: "a path or an http(s) address" },
      words: 2,
    }),
    default: [],
    group: "Responses",
    summary: "Send clients of one path to another one",
    details:
      "With 308, so that method and body stay as they are; clients may remember it for an hour. `/*` stands for all below, which goes on where `/*` stands in the second; the query goes on, too. The first that fits counts. Paths are below the mount of the group.",
    reach: "front",
    scope: "group",
    change: "reload",
    since: "0.1.0",
  },
  canonicalHost: {
    kind: text({
      placeholder: "HOST",
      accepts: "a host name such as www.example.com, with a port where it has one of its own",
      read: readCanonicalHost,
    }),
    group: "Responses",
    summary: "The one host to which clients of any other are sent",
    details:
      "With 308, to the same path and query. Where it names no port, the client's own stays. Paths of health checks are answered before.",
    reach: "front",
    scope: "group",
    change: "reload",
    since: "0.1.0",
  },
  responseHeader: {
    kind: pairs({
      placeholder: "NAME VALUE",
      accepts: "the name of a header field and its value; the flag once for each",
      item: /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+=[\t\x20-\x7e]+$/,
      left: { form: /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/, is: "the name of a field" },
      right: { form: /^[\t\x20-\x7e]+$/, is: "a value of printable ASCII characters" },
      words: 2,
    }),
    default: [],
    group: "Responses",
    summary: "Field of every answer of the group",
    details:
      "It takes the place of the app's own. On pages of gw (errors, redirects) it only adds to what they say themselves.",
    reach: "front",
    scope: "group",
    change: "reload",
    since: "0.1.0",
  },
  compressResponses: {
    kind: onOff(),
    default: false,
    group: "Responses",
    summary: "Send answers in a coding that makes them smaller, to clients who take one",
    details:
      "`br`, `zstd` or `gzip`, by `Accept-Encoding`, for answers of apps and files of 1 kB and more. Each piece of a stream leaves at once. Left as they are: what has a coding or is a part, events, what says `no-transform` or bears a digest. See [responses.md](responses.md).",
    reach: "front",
    scope: "group",
    change: "reload",
    since: "0.1.0",
  },
  compressTypes: {
    kind: list({
      placeholder: "TYPE",
      accepts:
        "media types such as text/html, text/*, */json or *+json, not text/event-stream, which nobody wants late; the flag once for each, or commas between",
      separator: ",",
      item: new RegExp(`^(?!text/event-stream$)(?:${TYPE_WORD}/(?:${TYPE_WORD}|\\*)|\\*[/+]${TYPE_WORD})$`),
      normal: (type) => type.toLowerCase(),
    }),
    default: COMPRESSED_TYPES,
    group: "Responses",
    summary: "Media types of the answers that are made smaller",
    reach: "front",
    scope: "group",
    change: "reload",
    since: "0.1.0",
  },
  errorDocument: {
    kind: pairs({
      placeholder: "STATUS PATH",
      accepts: "a status from 400 to 599 and a path of clients such as /404.html; the flag once for each",
      item: new RegExp(`^[45]\\d\\d=${DOCUMENT}$`),
      left: { form: /^[45]\d\d$/, is: "a status from 400 to 599" },
      right: { form: new RegExp(`^${DOCUMENT}$`), is: "a path such as /404.html, without dot segments" },
      words: 2,
    }),
    default: [],
    group: "Responses",
    summary: "What clients get for an error, in the place of gw's page",
    details:
      "The path, below the mount, leads to a file or to the app, which is asked by GET; the status stays. Where it cannot be had within 5 s, clients get gw's own page. For errors of gw; with `errorOverride` for those of the app as well. See [responses.md](responses.md).",
    reach: "front",
    scope: "group",
    change: "reload",
    since: "0.1.0",
  },
  errorOverride: {
    kind: onOff(),
    default: false,
    group: "Responses",
    summary: "Let gw answer in the place of the app's own errors",
    details:
      "With the `errorDocument` of that status, or a page of gw. The status stays, and so do the app's fields that do not describe its content, `WWW-Authenticate` among them.",
    reach: "front",
    scope: "group",
    change: "reload",
    since: "0.1.0",
  },
  mapHeadToGet: {
    kind: choice("auto", "on", "off"),
    default: "auto",
    group: "Responses",
    summary: "Ask the app by GET where a client has said HEAD",
    details:
      "The client gets the fields of that answer, and no body. `auto` is on with `compressResponses`, where only the body tells what GET would have got.",
    reach: "front",
    scope: "group",
    change: "reload",
    since: "0.1.0",
  },
  serverHeader: {
    kind: onOff(),
    default: false,
    group: "Responses",
    summary: "Say Server: gw in every answer of the group",
    details:
      "Without it, gw says nothing of itself there, and what an app says goes on as it is. `--response-header Server NAME` says something else.",
    reach: "front",
    scope: "group",
    change: "reload",
    since: "0.1.0",
  },
  config: {
    kind: path("FILE"),
    derived: "beside the app",
    group: "What to serve",
    summary: "Configuration file",
    details:
      "When not given, `gw.config.ts` or `gw.config.json` is looked for beside the app's file, or in the working directory when no app is given or it lies in `node_modules`. Each reload looks for it again.",
    reach: "supervisor",
    scope: "server",
    change: "reload",
    since: "0.1.0",
    inFile: false,
  },
  host: {
    kind: host,
    derived: "0.0.0.0, or that of listen",
    group: "Network",
    summary: "Address to listen on; :: adds IPv6",
    details:
      "`0.0.0.0` is every interface of this machine over IPv4, `::` also over IPv6, `127.0.0.1` only this machine itself. Apps find it in the variable `HOST`.",
    reach: "front",
    scope: "server",
    change: "restart",
    since: "0.1.0",
  },
  port: {
    kind: count({ min: 0, max: 65535 }),
    derived: "8000, that of listen, or httpsPort",
    group: "Network",
    summary: "Port to listen on; 0 picks a free one",
    details:
      "Where no port is named, it is that of the first place of `listen`, or else `httpsPort`, and then nothing is served beside these. With `httpsPort` beside it, HTTP without TLS is served here; where both are the same, only HTTPS is served. When no flag, `GW_PORT` or file names a port, the variable `PORT` does, which hosting platforms set for any server. Apps find the port that clients use in their own `PORT`, wherever it came from; `--setenv PORT=…` shows them another one.",
    reach: "front",
    scope: "server",
    change: "restart",
    since: "0.1.0",
  },
  listen: {
    kind: listenPlaces(),
    default: [],
    group: "Network",
    summary: "ADDRESS:PORT, unix:PATH or unix:@NAME to listen on; the flag once for each",
    details:
      "`127.0.0.1:8080`, `[::1]:8080`, `unix:/run/shop.sock`, or `unix:@shop` for a socket without a file (Linux). gw then listens there, and at `host` and `port` only where `port` is given as well. The place whose port is `httpsPort` speaks TLS. What a service manager hands over (`LISTEN_FDS`) counts as if it were named here. See [sockets.md](sockets.md).",
    reach: "front",
    scope: "server",
    change: "restart",
    since: "0.1.0",
  },
  socketMode: {
    kind: octal({ placeholder: "MODE", max: 0o777 }),
    derived: "660",
    group: "Network",
    summary: "Permissions of UNIX sockets that listen makes; to connect takes the right to write",
    details: "It does not hang on the umask, and holds from the moment at which the socket is there.",
    reach: "supervisor",
    scope: "server",
    change: "restart",
    since: "0.1.0",
  },
  socketOwner: {
    kind: socketOwner,
    group: "Network",
    summary: "Owner and group of UNIX sockets that listen makes",
    details:
      "When not given, whoever starts gw. To give a socket to another user takes root; to give it to another group, a member of that group.",
    reach: "supervisor",
    scope: "server",
    change: "restart",
    since: "0.1.0",
  },
  proxyProtocol: {
    kind: onOff(),
    default: false,
    group: "Network",
    summary: "Every connection begins with a preface of the PROXY protocol, from a trusted proxy",
    details:
      "Versions 1 and 2, before TLS as well. It comes from the addresses that `trustProxy` names; connections of anybody else, and those that begin otherwise, are closed, counted and told in the log. See [proxies.md](proxies.md).",
    reach: "front",
    scope: "server",
    change: "reload",
    since: "0.1.0",
  },
  serverBacklog: {
    kind: count({ min: 1, max: 65_535 }),
    default: 500,
    group: "Network",
    summary: "Client connections that may wait to be accepted",
    details:
      "The kernel keeps them for each front end, or for each worker in embedded mode, and makes clients beyond that try again. It grants no more than net.core.somaxconn; what it grants is shown by `gw status`.",
    reach: "front",
    scope: "server",
    change: "reload",
    since: "0.1.0",
  },
  frontEnds: {
    kind: count({ min: 1, max: 64 }),
    default: 1,
    group: "Network",
    summary: "Front end processes on the port",
    details:
      "Each gets its share of every worker's concurrency. One is enough until it uses a whole processor. In embedded mode this says how many workers share the port.",
    reach: "supervisor",
    scope: "server",
    change: "reload",
    since: "0.1.0",
  },
  maxClients: {
    kind: count({ min: 1, max: 1_000_000 }),
    group: "Network",
    summary: "Clients connected at once; further ones wait in the system's queue",
    details:
      "The number holds for all front ends together; each has its share. The default, which is also the highest possible number, is half of the descriptors that a front end may open, because each client may need a second one, to a worker. For that gw raises its limit of descriptors to the hard limit that it was started with (`ulimit -Hn`, `LimitNOFILE`). When the number is reached, no more clients are accepted until one leaves; those that are connected are served as ever. `gw status` shows both numbers. The option has no effect in embedded mode.",
    reach: "front",
    scope: "server",
    change: "reload",
    since: "0.1.0",
  },
  trustProxy: {
    kind: list({
      placeholder: "NETWORK",
      accepts:
        "addresses and networks such as 10.0.0.0/8 or ::1, or unix; the flag once for each, or commas between",
      separator: ",",
      item: NETWORK,
      normal: (network) => network.toLowerCase(),
    }),
    default: [],
    group: "Network",
    summary: "Proxy in front of gw that is believed, by its address or network",
    details:
      "What such a proxy says in the headers that `trustProxyHeader` names takes the place of what the connection shows: the client's address, the scheme, the host. `unix` stands for whoever comes by a UNIX socket. From anybody else these headers, and all others that serve the same purpose, are removed. See [proxies.md](proxies.md).",
    reach: "front",
    scope: "server",
    change: "reload",
    since: "0.1.0",
  },
  trustProxyHeader: {
    kind: list({
      placeholder: "NAME",
      accepts: `names out of ${FORWARDING_HEADERS.join(", ")}; the flag once for each, or commas between`,
      separator: ",",
      item: new RegExp(`^(?:${FORWARDING_HEADERS.join("|")})$`, "i"),
      normal: (name) => name.toLowerCase(),
    }),
    default: [],
    group: "Network",
    summary: "Header in which a trusted proxy tells of its clients",
    details:
      "The first one of the list that a request has is believed, for each thing that it tells. Name only those that your proxy sets or removes by itself.",
    reach: "front",
    scope: "server",
    change: "reload",
    since: "0.1.0",
  },
  httpsPort: {
    kind: count({ min: 0, max: 65535 }),
    group: "TLS",
    summary: "Port on which TLS is spoken; 0 picks a free one",
    details:
      "Alone, or beside `port`. Needs a certificate; `gw certificate --self-signed DIR` makes one for development.",
    reach: "front",
    scope: "server",
    change: "restart",
    since: "0.1.0",
  },
  sslCertificateFile: {
    kind: path("FILE"),
    group: "TLS",
    summary: "Certificate of the server, in PEM",
    details:
      "The chain may stand behind it, as in the fullchain.pem of certbot, and so may the key. In a group it is the one for the names of that group, chosen by the name that the client asks for (SNI); the one given for all, or else the first one, is for clients that name no server. A changed file is taken up within a second, without a reload.",
    reach: "front",
    scope: "group",
    change: "reload",
    since: "0.1.0",
  },
  sslCertificateKeyFile: {
    kind: path("FILE"),
    group: "TLS",
    summary: "Private key of the certificate, in PEM",
    details:
      "Read by the supervisor alone, before it becomes anybody else: the user of the app need not be able to read it.",
    reach: "front",
    scope: "group",
    change: "reload",
    since: "0.1.0",
  },
  sslKeyPassphraseFile: {
    kind: path("FILE"),
    group: "TLS",
    summary: "File with the passphrase of an encrypted key",
    details: "Its first line is the passphrase.",
    reach: "front",
    scope: "group",
    change: "reload",
    since: "0.1.0",
  },
  sslCertificateChainFile: {
    kind: path("FILE"),
    group: "TLS",
    summary: "Certificates between the server's own and the root, in PEM",
    details:
      "For authorities that hand them out in a file of their own; each behind the one that it has issued.",
    reach: "front",
    scope: "group",
    change: "reload",
    since: "0.1.0",
  },
  httpsOnly: {
    kind: onOff(),
    default: false,
    group: "TLS",
    summary: "Send clients of the plain port to HTTPS",
    details:
      "They get 308, with the same path and query, and the port of HTTPS unless that is 443. A client that has not named a port, while `port` is not 80, has come through something that leads 80 to gw, and is sent to where 443 leads.",
    reach: "front",
    scope: "server",
    change: "reload",
    since: "0.1.0",
  },
  http2: {
    kind: onOff(),
    default: true,
    group: "TLS",
    summary: "Speak HTTP/2 with clients that can, over TLS",
    details:
      "It is agreed on in the handshake (ALPN); apps see the same requests. Switch it off (`--no-http2`) where something between gw and its clients cannot bear it.",
    reach: "front",
    scope: "server",
    change: "reload",
    since: "0.1.0",
  },
  hstsPolicy: {
    kind: text({
      placeholder: "POLICY",
      accepts: "a policy such as max-age=31536000; includeSubDomains",
      read: (value) => (HSTS.test(value) ? value : undefined),
    }),
    group: "TLS",
    summary: "Strict-Transport-Security of every answer over TLS",
    details:
      "Browsers then ask for this host by HTTPS only, for so many seconds. It takes the place of what the app says. Begin with a short time: it cannot be taken back.",
    reach: "front",
    scope: "server",
    change: "reload",
    since: "0.1.0",
  },
  sslMinProtocol: {
    kind: choice("TLSv1.2", "TLSv1.3"),
    default: "TLSv1.2",
    group: "TLS",
    summary: "Oldest version of TLS that is spoken",
    details: "Older ones than TLS 1.2 are never spoken.",
    reach: "front",
    scope: "server",
    change: "reload",
    since: "0.1.0",
  },
  sslCipherList: {
    kind: text({
      placeholder: "LIST",
      accepts: "ciphers for TLS 1.2 in the words of OpenSSL, such as ECDHE+AESGCM:ECDHE+CHACHA20",
      read: (value) => (/^[A-Za-z0-9+:!@_-]+$/.test(value) ? value : undefined),
    }),
    default: "ECDHE+AESGCM:ECDHE+CHACHA20",
    group: "TLS",
    summary: "Ciphers for TLS 1.2, in the words of OpenSSL",
    details:
      "All by default have forward secrecy: a key that is stolen later opens nothing that was recorded before. TLS 1.3 has its own, which need no choice.",
    reach: "front",
    scope: "server",
    change: "reload",
    since: "0.1.0",
  },
  sslCaCertificateFile: {
    kind: path("FILE"),
    group: "TLS",
    summary: "Authorities whose certificates clients may show, in PEM",
    details:
      "Clients are asked for a certificate then. Without `sslVerifyClient` each request needs a good one.",
    reach: "front",
    scope: "server",
    change: "reload",
    since: "0.1.0",
  },
  sslCrlFile: {
    kind: path("FILE"),
    group: "TLS",
    summary: "Lists of certificates that these authorities have revoked, in PEM",
    details:
      "One of each authority between a client and the root; without, no certificate of that authority is good. Where a list is past its date, none is either. A changed file is taken up within a second.",
    reach: "front",
    scope: "server",
    change: "reload",
    since: "0.1.0",
  },
  sslVerifyClient: {
    kind: list({
      placeholder: "LEVEL",
      accepts:
        "none, optional or require, or one of them for a path, as require=/admin; the flag once for each, or commas between",
      separator: ",",
      item: VERIFY_CLIENT,
    }),
    default: [],
    group: "TLS",
    summary: "Whether clients need a certificate: none, optional or require; LEVEL=PATH below a path",
    details:
      "`require` lets only clients with a good certificate in, `optional` those without one as well; others get 403. The longest path that fits counts. Needs `sslCaCertificateFile`. See [tls.md](tls.md).",
    reach: "front",
    scope: "group",
    change: "reload",
    since: "0.1.0",
  },
  sslEnvironment: {
    kind: onOff(),
    default: false,
    group: "TLS",
    summary: "Tell the app what TLS has settled, in fields as X-SSL-Client-S-DN",
    details:
      "They are the SSL_ names of Apache's mod_ssl, in the form of fields: `SSL_CLIENT_VERIFY` is `X-SSL-Client-Verify`. What clients send under such names is taken away.",
    reach: "front",
    scope: "group",
    change: "reload",
    since: "0.1.0",
  },
  handshakeTimeout: {
    kind: duration(),
    default: 10_000,
    group: "TLS",
    summary: "Time for a client to complete the TLS handshake, or a preface",
    details:
      "Then its connection is closed, with the cause `tls_handshake_timeout` in the log, or `proxy_preface_timeout` where a preface of the PROXY protocol is to come first.",
    reach: "front",
    scope: "server",
    change: "reload",
    since: "0.1.0",
  },
  hostAccessScript: {
    kind: path("FILE"),
    group: "Authentication",
    summary: "Script whose allowAccess decides which clients may ask",
    details:
      "A module that exports `allowAccess(request, client)`: `false` is answered with 403, `true` and nothing let the request go on. It runs in a process of its own, neither in a front end nor in the app. See [auth.md](auth.md).",
    reach: "auth",
    scope: "group",
    change: "reload",
    since: "0.1.0",
  },
  authUserScript: {
    kind: path("FILE"),
    group: "Authentication",
    summary: "Script whose checkPassword knows users and passwords",
    details:
      "A module that exports `checkPassword(request, user, password)`: `true` for the right password, a name for one that the user is to be called by, `false` for a wrong one, nothing for a user that there is not.",
    reach: "auth",
    scope: "group",
    change: "reload",
    since: "0.1.0",
  },
  authUserFile: {
    kind: path("FILE"),
    group: "Authentication",
    summary: "File of users and hashes of their passwords, instead of a script",
    details:
      "Lines of `user:hash`, as `gw password FILE USER` writes them. It is read before the auth process becomes the user of the app, who need not be able to read it; where that user can, a changed file is taken up within a second or two, and elsewhere by `gw reload`.",
    reach: "auth",
    scope: "group",
    change: "reload",
    since: "0.1.0",
  },
  authGroupScript: {
    kind: path("FILE"),
    group: "Authentication",
    summary: "Script whose groupsForUser knows the groups of users",
    details: "A module that exports `groupsForUser(request, user)`: a list of names. Needs `authGroup`.",
    reach: "auth",
    scope: "group",
    change: "reload",
    since: "0.1.0",
  },
  authGroup: {
    kind: list({
      placeholder: "NAME",
      accepts:
        "names of groups of users, or PATH=NAME for those of one path; the flag once for each, or commas between",
      separator: ",",
      item: AUTH_GROUP,
    }),
    default: [],
    group: "Authentication",
    summary: "Group that users have to be in; PATH=NAME for the requests below a path",
    details:
      "`--auth-group staff --auth-group /admin=admins` asks for `admins` below `/admin`, and for `staff` everywhere else. The longest path that fits counts; of several groups for one path, one is enough.",
    reach: "auth",
    scope: "group",
    change: "reload",
    since: "0.1.0",
  },
  authType: {
    kind: choice("Basic", "Digest"),
    default: "Basic",
    group: "Authentication",
    summary: "How users prove who they are: Basic or Digest",
    details:
      "With `Digest` the script exports `getRealmHash(request, user, realm, algorithm)` in the place of `checkPassword`: the hash of `user:realm:password`, by MD5 or SHA-256, in hexadecimal digits. See [auth.md](auth.md).",
    reach: "auth",
    scope: "group",
    change: "reload",
    since: "0.1.0",
  },
  authRealm: {
    kind: text({
      placeholder: "TEXT",
      accepts: "up to 128 printable characters of ASCII, without quotes and backslashes",
      read: (value) => (/^[\x20-\x7e]{1,128}$/.test(value) && !/["\\]/.test(value) ? value : undefined),
    }),
    derived: "serverName, or gw",
    group: "Authentication",
    summary: "What browsers show users whom they ask for a password",
    reach: "front",
    scope: "group",
    change: "reload",
    since: "0.1.0",
  },
  authPath: {
    kind: list({
      placeholder: "PATH",
      accepts: "paths as clients write them, such as /admin; the flag once for each, or commas between",
      separator: ",",
      item: LEADING_PATH,
    }),
    default: [],
    group: "Authentication",
    summary: "Path that is guarded, with all below it; without one, everything",
    details:
      "The path is the one that clients ask for, with the mount. A path that can be read in several ways is guarded if one reading of it is.",
    reach: "front",
    scope: "group",
    change: "reload",
    since: "0.1.0",
  },
  authExceptPath: {
    kind: list({
      placeholder: "PATH",
      accepts: "paths as clients write them, such as /health; the flag once for each, or commas between",
      separator: ",",
      item: LEADING_PATH,
    }),
    default: [],
    group: "Authentication",
    summary: "Path that is not guarded, with all below it",
    reach: "front",
    scope: "group",
    change: "reload",
    since: "0.1.0",
  },
  authProcesses: {
    kind: count({ min: 1, max: 64 }),
    default: 1,
    group: "Authentication",
    summary: "Processes in which the scripts run",
    reach: "supervisor",
    scope: "group",
    change: "reload",
    since: "0.1.0",
  },
  authTimeout: {
    kind: duration(),
    default: 5_000,
    group: "Authentication",
    summary: "Longest time that the scripts may take for one request",
    details:
      "Then the client gets 500 (`auth_timeout`), or 503 (`auth_unavailable`) where no auth process was there for all of that time. A process whose loop does not turn for so long is ended and replaced.",
    reach: "front",
    scope: "group",
    change: "reload",
    since: "0.1.0",
  },
  authCache: {
    kind: duration({ min: 0 }),
    default: 10_000,
    group: "Authentication",
    summary: "How long a right password is believed without asking anew; 0 for never",
    details:
      "For the same user and password from the same client address. `allowAccess` is asked for each request all the same. With Digest it is the hash of a user that is kept so long; each request proves itself.",
    reach: "front",
    scope: "group",
    change: "reload",
    since: "0.1.0",
  },
  authFailures: {
    kind: count({ min: 0, max: 100_000 }),
    default: 20,
    group: "Authentication",
    summary: "Wrong passwords that one client address may send in a minute; 0 for any number",
    details:
      "Whoever sends more is answered with 429 (`too_many_failures`) before anybody looks at the password. Addresses of IPv6 count by their first 64 bits. Each front end counts what it sees.",
    reach: "front",
    scope: "group",
    change: "reload",
    since: "0.1.0",
  },
  authPassAuthorization: {
    kind: onOff(),
    default: false,
    group: "Authentication",
    summary: "Let scripts and app see the Authorization field",
    details:
      "Without it, an app that is guarded by a password does not learn the password. Where gw checks no passwords, because there is only an access script, the app always gets the field.",
    reach: "front",
    scope: "group",
    change: "reload",
    since: "0.1.0",
  },
  remoteUserHeader: {
    kind: text({
      placeholder: "NAME",
      accepts: "the name of a header field that means nothing else, such as X-Remote-User",
      read: (value) => (USER_HEADER.test(value) ? value : undefined),
    }),
    default: "X-Remote-User",
    group: "Authentication",
    summary: "Field in which the app learns who the user is",
    details:
      "Where there are scripts or a file of users, clients cannot send it: it is taken off each request, also to other groups, however it is spelled.",
    reach: "front",
    scope: "group",
    change: "reload",
    since: "0.1.0",
  },
  processes: {
    kind: orAuto(span({ max: 1024 }), AUTO_SPAN),
    default: { min: 1, max: 1 },
    group: "Processes",
    summary: "Worker processes that run the app; MIN..MAX for as many as needed",
    details:
      "With `2..8` there are two, and more when requests have waited for longer than `scaleUpWait`; they go again when there is less to do. With `0..N` the first one is started by the first request, which waits for it within `connectTimeout`, and the last one leaves after `inactivityTimeout`, which is then 5 minutes unless something else is said. `auto` stands for one for each processor, and in a container for no more than it may use.",
    reach: "supervisor",
    scope: "group",
    change: "reload",
    since: "0.1.0",
  },
  scaleUpWait: {
    kind: duration(),
    default: 200,
    group: "Processes",
    summary: "How long requests wait before a worker is added, with MIN..MAX",
    details:
      "They wait in the queue, or inside the workers: when the app computes and none of their event loops turns, or when answers take that much longer to begin than is usual for the group.",
    reach: "front",
    scope: "group",
    change: "reload",
    since: "0.1.0",
  },
  concurrency: {
    kind: concurrency(),
    derived: "100, or 5 for an app in Python",
    group: "Processes",
    summary: "Most requests on one worker at once; auto has gw find how many do good",
    details:
      "Further requests wait in the queue. Use 1 for an app that can do only one thing at a time. In Python each has a thread of its own. With `auto`, which is `1..200`, or with bounds of your own as `MIN..MAX`, gw finds for each worker how many requests it can have before they only wait for each other in it, by how soon it answers and how late its event loop comes; answers that have begun count no more than the higher bound. See [overload.md](overload.md).",
    reach: "front",
    scope: "group",
    change: "reload",
    since: "0.1.0",
    alias: "threads",
  },
  embeddedMode: {
    kind: onOff(),
    default: false,
    group: "Processes",
    summary: "Workers own the port: no front end, no queue",
    details:
      "The app is still supervised, but nothing stands between it and its clients. `frontEnds` then says how many workers share the port, and `processes` has no effect.",
    reach: "supervisor",
    scope: "server",
    change: "restart",
    since: "0.1.0",
  },
  serverRoot: {
    kind: path("DIR"),
    derived: "TMPDIR/gw-HOST:PORT:UID",
    group: "Processes",
    summary: "Directory for sockets and state",
    details:
      "A private directory of mode 0700. Its path must be short, because the path of a UNIX socket is: see `gw doctor`. With port 0 the process id stands in for the port.",
    reach: "supervisor",
    scope: "server",
    change: "restart",
    since: "0.1.0",
  },
  keepChildren: {
    kind: onOff(),
    default: false,
    group: "Processes",
    summary: "Leave daemons of the app alone when their worker ends",
    details:
      "What an app has started and left behind when its worker ends is told to leave (SIGTERM), killed after `shutdownTimeout`, and named in the log. With this option, whatever has a session of its own (`setsid`, `detached: true` of `child_process`) is left alone, also when gw stops.",
    reach: "supervisor",
    scope: "group",
    change: "reload",
    since: "0.1.0",
  },
  keepAliveTimeout: {
    kind: duration({ max: 24 * 3_600_000 }),
    default: 75_000,
    group: "Clients",
    summary: "How long a client's connection may wait for its next request",
    details:
      "Then it is closed, as is one on which nothing was ever asked; that one at a port without TLS after `headerTimeout`, where that is less. A load balancer in front of gw should close its idle connections sooner, so that it never sends a request on one that is being closed.",
    reach: "front",
    scope: "server",
    change: "reload",
    since: "0.1.0",
  },
  headerTimeout: {
    kind: duration({ max: 11_500 }),
    default: 10_000,
    group: "Clients",
    summary: "Time for a client to send the head of a request, then 408",
    details:
      "From its first byte to its end, however the bytes come; for the first request of a connection without TLS, from the beginning of the connection. One on which nothing has come is closed without a word. It cannot be longer than 11.5 s: after 12 s the runtime closes such a connection itself, without a word. Slow clients do not need more: at 8 kB/s the largest head that is taken comes in 8 s.",
    reach: "front",
    scope: "server",
    change: "reload",
    since: "0.1.0",
  },
  limitRequestLine: {
    kind: size({ min: FIELD_BYTES_LEAST, max: LINE_BYTES_MOST }),
    default: LINE_BYTES_MOST,
    group: "Clients",
    summary: "Longest first line of a request, then 414",
    details:
      "The method, the target and the version, without the end of the line. A request of HTTP/2 counts as if it had such a line. More than 16 kB is never taken.",
    reach: "front",
    scope: "server",
    change: "reload",
    since: "0.1.0",
  },
  limitRequestFields: {
    kind: count({ min: 1, max: FIELDS_MOST }),
    default: FIELDS_MOST,
    group: "Clients",
    summary: "Most header fields of a request, then 431",
    details: `More than ${FIELDS_MOST} are never taken, so that the engine of the app's worker takes them all with those that gw adds. In HTTP/2, cookies count as one field, however many there are.`,
    reach: "front",
    scope: "server",
    change: "reload",
    since: "0.1.0",
  },
  limitRequestFieldSize: {
    kind: size({ min: FIELD_BYTES_LEAST, max: HEAD_BYTES_MOST }),
    default: HEAD_BYTES_MOST,
    group: "Clients",
    summary: "Largest header field of a request, then 431",
    details:
      "Its name and its value, and the two characters between them. The whole head is never larger than 64 kB.",
    reach: "front",
    scope: "server",
    change: "reload",
    since: "0.1.0",
  },
  maxClientsPerAddress: {
    kind: count({ min: 1, max: 1_000_000 }),
    group: "Clients",
    summary: "Clients connected at once from one address; further ones get 429",
    details:
      "An address of IPv6 stands for its /64. Proxies that `trustProxy` names are not counted, nor is who comes by a UNIX socket; with `proxyProtocol` the clients count that are told. Over TLS a further one is closed before the handshake, without an answer. With several front ends each has its share, rounded up, and the kernel deals out connections by chance, so that a client may be refused a little sooner. Without the option there is no such limit.",
    reach: "front",
    scope: "server",
    change: "reload",
    since: "0.1.0",
  },
  rateLimit: {
    kind: rateLimits(),
    default: [],
    group: "Clients",
    summary: "Requests that one client may send, then 429",
    details:
      "Several rules may hold at once. `address 10/s burst=20`: from one address ten requests a second on average, and twenty at once; an address of IPv6 stands for its /64. `header:X-Api-Key 1000/m`: with one value of that field. `user 5/s path=/login`: of one user whom gw has asked for a password, to that path and below it. Without `burst` as many may come at once as the rate says. All front ends count together. See [clients.md](clients.md#how-often-may-a-client-ask).",
    reach: "front",
    scope: "group",
    change: "reload",
    since: "0.1.0",
  },
  bodyTimeout: {
    kind: duration({ min: 0 }),
    default: 20_000,
    group: "Clients",
    summary: "Time for a client to send a request body, then 408; 0 for no limit",
    details:
      "Each `bodyMinRate` bytes that have come give it another second, so that only a client that is slower than that on average runs out of time. Time in which gw does not read, because the app does not take more, is not counted; nor is anything once the app has begun to answer. Silence ends a body after `socketTimeout` in any case.",
    reach: "front",
    scope: "group",
    change: "reload",
    since: "0.1.0",
  },
  bodyMaxTimeout: {
    kind: duration({ min: 0 }),
    default: 0,
    group: "Clients",
    summary: "Longest time for a request body however fast it comes; 0 for no limit",
    reach: "front",
    scope: "group",
    change: "reload",
    since: "0.1.0",
  },
  bodyMinRate: {
    kind: size({ min: 0, max: 2 ** 30 }),
    default: 500,
    group: "Clients",
    summary: "Bytes of a request body that give its client another second; 0 for none",
    reach: "front",
    scope: "group",
    change: "reload",
    since: "0.1.0",
  },
  requestSpoolSize: {
    kind: size({ min: 0, max: 2 ** 40 }),
    default: 2 ** 32,
    group: "Clients",
    summary: "Disk for request bodies that wait for a worker; 0 for none",
    details:
      "Requests whose bodies are not whole have no more than half of the workers' places. Beyond that a body is received into a file without a name in `/var/tmp`, of which all front ends together have no more than this and a quarter of what is free, and takes any place once it is whole. Without room there 64 kB of it are received, and the client waits.",
    reach: "front",
    scope: "group",
    change: "reload",
    since: "0.1.0",
  },
  responseSocketTimeout: {
    kind: duration(),
    derived: "socketTimeout",
    group: "Clients",
    summary: "How long a client may take nothing of a response, then it is cut",
    details: "The cause in the log is `client_stalled`.",
    reach: "front",
    scope: "group",
    change: "reload",
    since: "0.1.0",
  },
  responseMinRate: {
    kind: size({ min: 0, max: 2 ** 30 }),
    default: 500,
    group: "Clients",
    summary: "Bytes a second that a client has to take of a response; 0 for any rate",
    details:
      "On average over the time in which the response waits for the client, after a first `responseSocketTimeout`. A stream that waits for the app is never too slow. A client that is slower is cut, with the cause `client_stalled`.",
    reach: "front",
    scope: "group",
    change: "reload",
    since: "0.1.0",
  },
  responseSpoolSize: {
    kind: size({ min: 0, max: 2 ** 40 }),
    default: 2 ** 32,
    group: "Clients",
    summary: "Disk for responses that slow clients have yet to take; 0 for none",
    details:
      "While more than half of a worker's places are taken, a response whose client takes none of it for now waits in a file without a name in `/var/tmp`, of which all front ends together have no more than this and a quarter of what is free: its worker is free for others as soon as it has sent all of it. One of unknown length has a sixteenth of that at the most, and a live one, such as events, none. Without room there a response holds its place as long as its client lets it.",
    reach: "front",
    scope: "group",
    change: "reload",
    since: "0.1.0",
  },
  queueTimeout: {
    kind: duration(),
    default: 45_000,
    group: "Queue and timeouts",
    summary: "How long a request waits for a free worker, then 503",
    details:
      "It is counted from the moment when the head of the request has been read, or, where its body was waited for, from the end of that. The answer has a `Retry-After` field, and the app never sees the request.",
    reach: "front",
    scope: "group",
    change: "reload",
    since: "0.1.0",
  },
  listenBacklog: {
    kind: count({ min: 1, max: 65_535 }),
    default: 100,
    group: "Queue and timeouts",
    summary: "Waiting requests for each worker, and connections at its socket",
    details:
      "Requests wait in the front end's queue, which is as long as this for each process of the group unless `maxQueue` says otherwise. The socket of each worker has the same backlog: that many new connections are kept for a worker whose event loop is busy. With a larger `concurrency`, connections beyond it are tried again an eighth of a second later.",
    reach: "front",
    scope: "group",
    change: "reload",
    since: "0.1.0",
  },
  maxQueue: {
    kind: count({ min: 0, max: 1_000_000 }),
    derived: "listenBacklog x processes",
    group: "Queue and timeouts",
    summary: "Most requests that may wait; further ones get 503",
    reach: "front",
    scope: "group",
    change: "reload",
    since: "0.1.0",
  },
  queuePolicy: {
    kind: choice("fifo", "lifo-when-late"),
    default: "fifo",
    group: "Queue and timeouts",
    summary: "Who of those that wait is next: the oldest; or, when that one is late, the newest",
    details:
      "Clients give up. Under `fifo` a flood has each request wait until its client has done so, and the answers are for nobody. Under `lifo-when-late` the newest is next while the oldest has waited for longer than `queueLateAfter`, so that whoever is answered is answered soon, and a request that finds the queue full takes the place of the oldest, which gets 503 (`displaced`). See [overload.md](overload.md).",
    reach: "front",
    scope: "group",
    change: "reload",
    since: "0.1.0",
  },
  queueLateAfter: {
    kind: duration(),
    default: 200,
    group: "Queue and timeouts",
    summary: "With lifo-when-late, how long the oldest request waits until the newest is next",
    reach: "front",
    scope: "group",
    change: "reload",
    since: "0.1.0",
  },
  priority: {
    kind: pairs({
      placeholder: "PATH=PRIORITY",
      accepts:
        "a path and high, normal or low, such as /health=high; with /* at the end of the path all below; the flag once for each",
      item: new RegExp(`^${PATTERN}=(?:high|normal|low)$`),
      left: { form: new RegExp(`^${PATTERN}$`), is: "a path such as /health or /api/*, without ? and #" },
      right: { form: /^(?:high|normal|low)$/, is: "high, normal or low" },
    }),
    default: [],
    group: "Queue and timeouts",
    summary: "How much requests to a path matter when not all can be run: high, normal or low",
    details:
      "Of those that wait, the high ones have sixteen turns for four of the normal and one of the low ones, so that nobody waits for ever, and each priority has the same part of a full queue for itself. Beyond that the low ones are refused first (503, `displaced`). The longest pattern that fits counts; paths are those that clients ask for, with the mount. It is no protection: whoever knows the path can ask for it.",
    reach: "front",
    scope: "group",
    change: "reload",
    since: "0.1.0",
  },
  connectTimeout: {
    kind: duration(),
    default: 15_000,
    group: "Queue and timeouts",
    summary: "How long a request waits while no worker is ready, then 503",
    reach: "front",
    scope: "group",
    change: "reload",
    since: "0.1.0",
  },
  socketTimeout: {
    kind: duration(),
    default: 60_000,
    group: "Queue and timeouts",
    summary: "How long a worker may be silent, then 504",
    details:
      "It is the time between two reads or two writes on the connection to the worker. After the head of the response has been sent, the client's connection is cut instead.",
    reach: "front",
    scope: "group",
    change: "reload",
    since: "0.1.0",
  },
  requestTimeout: {
    kind: duration({ min: 0 }),
    default: 60_000,
    group: "Queue and timeouts",
    summary: "Time for the app to answer, then 504",
    details:
      "It runs from the moment when the worker has the whole request until the head of its answer, so that slow uploads, downloads and event streams are not cut. The app's `req.signal` aborts. A worker whose active requests have run for longer than this, averaged over its concurrency, is replaced; time in which clients send their bodies does not count. With 0 there is no limit.",
    reach: "front",
    scope: "group",
    change: "reload",
    since: "0.1.0",
  },
  stackOnTimeout: {
    kind: onOff(),
    default: false,
    group: "Queue and timeouts",
    summary: "A worker that is replaced for slow requests tells its stack",
    details:
      'In the last line of the log on it, as `stack`: where its code was when `--request-timeout` was found to be exceeded; "none" for one whose requests all await something. A worker that hangs, and is killed for `--deadlock-timeout`, tells it always, and `gw stack` asks any worker at any time. A copy of the process is made for that, which takes about 1 ms for each 20 MB that it has. On Linux for x64 only.',
    reach: "supervisor",
    scope: "group",
    change: "reload",
    since: "0.1.0",
  },
  retryRequests: {
    kind: choice("unsent", "idempotent", "never"),
    default: "unsent",
    group: "Queue and timeouts",
    summary: "When another worker may try a request again: unsent, idempotent or never",
    details:
      "`unsent`: only if no byte of it had reached the first worker. `idempotent`: also a GET, HEAD, OPTIONS or TRACE without a body whose worker died before the first byte of its answer, once.",
    reach: "front",
    scope: "group",
    change: "reload",
    since: "0.1.0",
  },
  startupTimeout: {
    kind: duration(),
    default: 15_000,
    group: "Queue and timeouts",
    summary: "Time for the app to become ready",
    reach: "supervisor",
    scope: "group",
    change: "reload",
    since: "0.1.0",
  },
  deadlockTimeout: {
    kind: duration({ min: 2_000 }),
    default: 60_000,
    group: "Queue and timeouts",
    summary: "How long a worker may show no sign of life, then it is killed",
    details:
      "A worker whose event loop does not turn for this long, for example in `while (true)`, is replaced; its requests are answered 504.",
    reach: "supervisor",
    scope: "group",
    change: "reload",
    since: "0.1.0",
  },
  streamDrainTimeout: {
    kind: duration({ min: 0 }),
    default: 60_000,
    group: "Queue and timeouts",
    summary: "Time for streams and WebSockets of an old generation",
    details:
      "After a reload, answers that have begun and open WebSockets stay with the old workers for up to this long; requests that have no answer yet have `gracefulTimeout`. An answer that has begun never has less time than one that has not, and what is left at the end has `shutdownTimeout` to leave by itself.",
    reach: "supervisor",
    scope: "group",
    change: "reload",
    since: "0.1.0",
  },
  gracefulTimeout: {
    kind: duration({ min: 0 }),
    default: 15_000,
    group: "Queue and timeouts",
    summary: "Time for requests to finish at a stop",
    details: "gw leaves as soon as the last one has finished. With 0, active requests are cut off.",
    reach: "supervisor",
    scope: "group",
    change: "reload",
    since: "0.1.0",
  },
  evictionTimeout: {
    kind: duration({ min: 0 }),
    derived: "gracefulTimeout",
    group: "Queue and timeouts",
    summary: "The same for workers that got SIGUSR1",
    reach: "supervisor",
    scope: "group",
    change: "reload",
    since: "0.1.0",
  },
  lameDuck: {
    kind: duration({ min: 0 }),
    default: 0,
    group: "Queue and timeouts",
    summary: "Time before a stop in which health checks hear that gw is not ready; 0 for none",
    details:
      "A stop begins with it: `/readyz`, on the port for metrics and at `readyPath`, answers 503, and everything else is served as before, new connections too. A balancer needs that time to notice: until then it goes on sending requests, and with a port that is closed at once some of them would be lost. Make it a little longer than the balancer's checks take to fail. A second signal ends it. No worker is added or replaced on order meanwhile; one that dies is.",
    reach: "front",
    scope: "server",
    change: "reload",
    since: "0.1.0",
  },
  shutdownTimeout: {
    kind: duration(),
    default: 5_000,
    group: "Queue and timeouts",
    summary: "Time from SIGTERM to SIGKILL, and time for the app's own shutdown code",
    details:
      "A process that does not leave when it is told to is killed after this time. When the last request of a worker is done, the app's own listeners for SIGTERM run (docs/lifecycle.md), and have this long as well: the time that its requests took does not count.",
    reach: "supervisor",
    scope: "group",
    change: "reload",
    since: "0.1.0",
  },
  inactivityTimeout: {
    kind: duration({ min: 0 }),
    derived: "0s; 5m with processes 0..N",
    group: "Recycling",
    summary: "Replace a worker that has been idle for this long; 0 for never",
    details:
      "This frees what an idle app holds. It never interrupts a request. With `processes` of `0..N` the last worker leaves after this time, and the default is 5 minutes.",
    reach: "supervisor",
    scope: "group",
    change: "reload",
    since: "0.1.0",
  },
  ignoreActivity: {
    kind: list({
      placeholder: "PATH",
      accepts: "paths that begin with a slash; the flag once for each, the variable with commas between them",
      separator: ",",
      item: LEADING_PATH,
    }),
    default: [],
    group: "Recycling",
    summary: "Requests to paths that begin like this do not count as activity",
    details: "For health checks, which would keep an idle worker from ever being idle.",
    reach: "front",
    scope: "group",
    change: "reload",
    since: "0.1.0",
  },
  sticky: {
    kind: sticky(),
    group: "Queue and timeouts",
    summary: "Send all requests of a client to one worker, known by a cookie, address or header",
    details:
      "For apps that keep something of a client in a process, as socket.io does with its default settings. `cookie` has gw set one of its own, `gw_route` unless it is named; `header=NAME` takes the value of a field, and whoever sends none goes to any worker. A worker that leaves hands on its clients, and a reload gives each client one of the new workers. See [sticky.md](sticky.md).",
    reach: "front",
    scope: "group",
    change: "reload",
    since: "0.1.0",
  },
  stickyOverflow: {
    kind: choice("wait", "move"),
    default: "wait",
    group: "Queue and timeouts",
    summary: "With --sticky, what a request does when its worker is full",
    details:
      "`wait`: it waits for its own worker, while others' requests pass. `move`: another worker takes it.",
    reach: "front",
    scope: "group",
    change: "reload",
    since: "0.1.0",
  },
  poisonLimit: {
    kind: count({ max: 1_000 }),
    default: 0,
    group: "Recycling",
    summary: "Refuse a request that was alone on this many workers that died; 0 for never",
    details:
      "A request is known by its method and path, without the query. When it was alone on its worker in this many deaths within a minute, it is answered with 502 (`poisonous_request`) for a minute, in all front ends, and reaches no worker. `gw status` and the log tell which. Only ends of workers count, and none where the client of another request had left a moment before, or a WebSocket was open. A reload forgets all of it.",
    reach: "supervisor",
    scope: "group",
    change: "reload",
    since: "0.1.0",
  },
  maximumRequests: {
    kind: count(),
    default: 0,
    group: "Recycling",
    summary: "Replace a worker after this many requests; 0 for never",
    details:
      "The number varies by a tenth, at random, so that workers do not leave together. The replacement is ready before the old worker stops.",
    reach: "supervisor",
    scope: "group",
    change: "reload",
    since: "0.1.0",
  },
  restartInterval: {
    kind: duration({ min: 0 }),
    default: 0,
    group: "Recycling",
    summary: "Replace a worker after this long; 0 for never",
    details: "The time varies by a tenth, at random; one worker is replaced at a time.",
    reach: "supervisor",
    scope: "group",
    change: "reload",
    since: "0.1.0",
  },
  debugMode: {
    kind: onOff(),
    default: false,
    group: "Processes",
    summary: "One worker, no time limits, and an inspector; for development",
    details:
      "For a debugger: the log names the address of the inspector, on 127.0.0.1 and port 9229 where that is free, before the app is loaded; chrome://inspect and editors find it. Whoever can reach it on this machine can run any code as the app. `processes` is 1, and what may stand still at a breakpoint has a day: `startupTimeout`, `queueTimeout`, `connectTimeout`, `socketTimeout`, `requestTimeout`, `deadlockTimeout`; a time that is given holds all the same. Apps in Python get the one worker and the time, and no inspector.",
    reach: "worker",
    scope: "server",
    change: "reload",
    since: "0.1.0",
  },
  reloadOnChanges: {
    kind: onOff(),
    default: false,
    group: "Recycling",
    summary: "Reload when a file of the app changes; for development",
    details:
      "gw watches every module that the app has loaded, except those in node_modules, the configuration file, and what `trackChanges` names. A change that does not load is shown, and the last good generation serves on.",
    reach: "supervisor",
    scope: "server",
    change: "reload",
    since: "0.1.0",
  },
  trackChanges: {
    kind: list({
      placeholder: "PATH",
      accepts: "files or directories; the flag once for each, the variable with line feeds between them",
      separator: "\n",
      item: /^[^\0\n]+$/,
      anchor: asPath,
    }),
    default: [],
    group: "Recycling",
    summary: "Further file or directory that reloadOnChanges watches",
    details: "A relative path starts at the working directory, or at the configuration file that names it.",
    reach: "supervisor",
    scope: "server",
    change: "reload",
    since: "0.1.0",
  },
  limitRequestBody: {
    kind: sizeByPath(),
    default: [{ path: "/", bytes: USUAL_BODY_BYTES }],
    group: "Limits",
    summary: "Largest request body, then 413",
    details:
      "This holds for bodies of unknown length too. The app does not see a request that announces more. `/upload=1G` beside it is the limit for that path and all below it, as clients write it, with the mount: the longest path that fits says what holds. Letter case makes no difference. Of a path that can be read in several ways the smallest limit holds.",
    reach: "front",
    scope: "group",
    change: "reload",
    since: "0.1.0",
  },
  headerBufferSize: {
    kind: size({ min: 8 * 2 ** 10, max: 16 * 2 ** 20 }),
    default: 32 * 2 ** 10,
    group: "Limits",
    summary: "Longest line of a response's header",
    details: "All lines together may be four times as long. A response with more is replaced by a 502.",
    reach: "front",
    scope: "group",
    change: "reload",
    since: "0.1.0",
  },
  memoryLimit: {
    kind: orAuto(size({ min: 0 }), AUTO_BYTES),
    default: 0,
    group: "Limits",
    summary: "Memory that a worker may use before it is replaced; 0 for no limit",
    details:
      "gw looks ten times a second. A worker above the limit is replaced, its replacement first; one above 1.25 times the limit takes no further request at once. Its garbage collector is told the limit, and the system refuses what goes far beyond. With `auto` each worker has its part of what the machine has, or the container may use: 96 MB for the supervisor and for each front end are left out, and there is room for a second generation of workers, as in a reload.",
    reach: "worker",
    scope: "group",
    change: "reload",
    since: "0.1.0",
  },
  virtualMemoryLimit: {
    kind: size({ min: 0 }),
    default: 0,
    group: "Limits",
    summary: "Address space of a worker; 0 for no limit",
    details:
      "The JavaScript engine reserves many gigabytes that it never uses, so that `memoryLimit` is nearly always the better choice. A value below what it needs is refused, with that figure.",
    reach: "worker",
    scope: "group",
    change: "reload",
    since: "0.1.0",
  },
  cpuTimeLimit: {
    kind: duration({ min: 0 }),
    default: 0,
    group: "Limits",
    summary: "Processor time of a worker before it is replaced; 0 for no limit",
    details:
      "It is counted over the worker's whole life, in full seconds. One that does not leave in time is killed by the system.",
    reach: "worker",
    scope: "group",
    change: "reload",
    since: "0.1.0",
  },
  cpuPriority: {
    kind: count({ min: -20, max: 19 }),
    group: "Limits",
    summary: "Nice value of a worker, -20 first to 19 last",
    details: "A value below gw's own needs root.",
    reach: "worker",
    scope: "group",
    change: "reload",
    since: "0.1.0",
  },
  stackSize: {
    kind: size({ min: 512 * 2 ** 10, max: 2 ** 30 }),
    group: "Limits",
    summary: "Stack of a worker, and so how deep its functions can call each other",
    details: "The engine does not use more than about 9M, however much there is.",
    reach: "worker",
    scope: "group",
    change: "reload",
    since: "0.1.0",
  },
  openFiles: {
    kind: count({ min: 64, max: 2 ** 30 }),
    group: "Limits",
    summary: "Files and sockets that a worker may have open",
    reach: "worker",
    scope: "group",
    change: "reload",
    since: "0.1.0",
  },
  bestEffortLimits: {
    kind: onOff(),
    default: false,
    group: "Limits",
    summary: "Warn about a limit that this machine refuses, and go on",
    details: "Otherwise the start fails. `gw doctor` tells beforehand what the machine allows.",
    reach: "worker",
    scope: "group",
    change: "reload",
    since: "0.1.0",
  },
  user: {
    kind: account("user"),
    group: "Identity",
    summary: "Who the workers and front ends run as, when root starts gw",
    details:
      "A name or a number. The supervisor stays root and runs none of the app's code; the front end switches after it has taken the port.",
    reach: "worker",
    scope: "group",
    change: "reload",
    since: "0.1.0",
  },
  group: {
    kind: account("group"),
    group: "Identity",
    summary: "Their group, when it is not the user's own",
    reach: "worker",
    scope: "group",
    change: "reload",
    since: "0.1.0",
  },
  supplementaryGroups: {
    kind: list({
      placeholder: "GROUPS",
      accepts: "names or numbers of groups with commas between them",
      separator: ",",
      item: ACCOUNT,
    }),
    group: "Identity",
    summary: "Their further groups, instead of all that the user belongs to",
    details: "An empty list means none.",
    reach: "worker",
    scope: "group",
    change: "reload",
    since: "0.1.0",
  },
  umask: {
    kind: octal({ placeholder: "MASK", max: 0o777 }),
    group: "Identity",
    summary: "Permissions that files of the app do not get, in octal",
    reach: "worker",
    scope: "group",
    change: "reload",
    since: "0.1.0",
  },
  chroot: {
    kind: path("DIR"),
    group: "Identity",
    summary: "The only part of the file system that workers see",
    details:
      "Needs root. The app, its packages, `home` and `serverRoot` must lie inside; all paths are given as they are outside.",
    reach: "worker",
    scope: "group",
    change: "reload",
    since: "0.1.0",
  },
  confine: {
    kind: onOff(),
    default: false,
    group: "Identity",
    summary: "Let workers reach their own files, and what --readable and --writable name, and no others",
    details:
      "The kernel holds them to it, by Landlock, and whatever they start. They may read and run the app's home, the packages that lie above it, and the system's programs and libraries; they may change nothing, and see no process and no abstract socket of others. [confinement.md](confinement.md) has all of it. A kernel that cannot is an error, unless `bestEffortLimits` is on; `gw doctor` tells.",
    reach: "worker",
    scope: "group",
    change: "reload",
    since: "0.1.0",
  },
  writable: {
    kind: paths("directories that exist"),
    default: [],
    group: "Identity",
    summary: "Directory in which confined workers may change everything",
    details: "A relative path starts at the working directory, or at the configuration file that names it.",
    reach: "worker",
    scope: "group",
    change: "reload",
    since: "0.1.0",
  },
  readable: {
    kind: paths("files or directories that exist"),
    default: [],
    group: "Identity",
    summary: "Further file or directory that confined workers may read and run",
    details: "A relative path starts at the working directory, or at the configuration file that names it.",
    reach: "worker",
    scope: "group",
    change: "reload",
    since: "0.1.0",
  },
  connectPorts: {
    kind: tcpPorts,
    group: "Identity",
    summary: "The only TCP ports that confined workers may connect to; none in the list means none",
    details:
      "On whatever host. Without the option all of them. UDP, and so the names of hosts, is not held back.",
    reach: "worker",
    scope: "group",
    change: "reload",
    since: "0.1.0",
  },
  listenPorts: {
    kind: tcpPorts,
    group: "Identity",
    summary: "The only TCP ports that confined workers may listen on; none in the list means none",
    details:
      "Where gw itself has the app listen is no matter of it: that is a UNIX socket, and in embedded mode the public port is allowed. `0` stands for a port that the system chooses.",
    reach: "worker",
    scope: "group",
    change: "reload",
    since: "0.1.0",
  },
  denyRoot: {
    kind: onOff(),
    default: false,
    group: "Identity",
    summary: "Refuse to run the app as root",
    reach: "supervisor",
    scope: "server",
    change: "reload",
    since: "0.1.0",
  },
  displayName: {
    kind: title,
    default: "%{GROUP}",
    group: "Identity",
    summary: "What ps shows for a worker; %{GROUP} is (gw:NAME)",
    details:
      "It stands in the place of the program's name in the command line. `top`, `ps -e` and the kernel, when it ends a process for want of memory, name processes by their roles: `gw-front`, `gw-worker`, `gw-auth`, `gw-metrics`, `gw-exporter`, `gw-notifier`, and the supervisor as its file is called.",
    reach: "supervisor",
    scope: "group",
    change: "reload",
    since: "0.1.0",
  },
  setenv: {
    kind: pairs({
      placeholder: "NAME=VALUE",
      accepts: "NAME=VALUE; the flag once for each, the variable with line feeds between them",
      item: /^[A-Za-z_][A-Za-z0-9_]*=[^\0]*$/,
      words: 2,
    }),
    default: [],
    group: "Environment",
    summary: "Variable of the workers; NODE_ENV is production unless you say otherwise",
    details:
      "It overrides gw's own environment. `HTTPS` is not set, but tells gw something: with `HTTPS=1` apps are shown that clients use https, with `HTTPS=0` http.",
    reach: "worker",
    scope: "group",
    change: "reload",
    since: "0.1.0",
  },
  envFile: {
    kind: list({
      placeholder: "FILE",
      accepts: "files; the flag once for each, the variable with line feeds between them",
      separator: "\n",
      item: /^[^\0\n]+$/,
      anchor: asPath,
      canBeNone: true,
    }),
    group: "Environment",
    summary: "File of variables, instead of .env; --no-env-file for none",
    details:
      "Workers read it with the rights of the app's user, and what they have been given already wins: gw's own environment, `setenv`, `NODE_ENV`, `PORT` and `HOST`. Of several files the last one wins. Without this option they read what `bun` would read in `home`: `.env.MODE.local`, `.env.local` (not in a test), `.env.MODE` and `.env`, where MODE is `production`, `test` or `development`, as `NODE_ENV` says. `GW_*`, `BUN_OPTIONS` and their like are never taken from a file.",
    reach: "worker",
    scope: "group",
    change: "reload",
    since: "0.1.0",
  },
  preload: {
    kind: list({
      placeholder: "FILE",
      accepts: "files or packages; the flag once for each, the variable with line feeds between them",
      separator: "\n",
      item: /^[^\0\n]+$/,
    }),
    default: [],
    group: "Environment",
    summary: "Module that is loaded before the app, as by bun --preload",
    details:
      "For what has to be there first, as OpenTelemetry and Sentry have: `--preload ./instrument.ts`, or a package by its name, `--preload @opentelemetry/auto-instrumentations-node/register`. A relative path starts at `home`, and packages are found from there. Several are loaded in their order.",
    reach: "worker",
    scope: "group",
    change: "reload",
    since: "0.1.0",
  },
  passenv: {
    kind: list({
      placeholder: "NAME",
      accepts: "names of variables; the flag once for each, or commas between them",
      separator: ",",
      item: /^[A-Za-z_][A-Za-z0-9_]*$/,
    }),
    default: [],
    group: "Environment",
    summary: "Variable of gw's environment that workers otherwise do not get",
    details:
      "Workers get gw's environment without what steers gw, the runtime or the service manager's talk with gw: `GW_*`, `BUN_OPTIONS`, `BUN_JSC_*`, `BUN_INSPECT*`, `NOTIFY_SOCKET`, `LISTEN_FDS` and their like, and with gw's own address in `PORT` and `HOST`. This lets one through.",
    reach: "worker",
    scope: "group",
    change: "reload",
    since: "0.1.0",
  },
  locale: {
    kind: localeName,
    group: "Environment",
    summary: "LANG and LC_ALL of the workers",
    details:
      "For programs and libraries that heed them. JavaScript's own formats are those of `en-US` unless the app names others, whatever the machine says.",
    reach: "worker",
    scope: "group",
    change: "reload",
    since: "0.1.0",
  },
  hashSeed: {
    kind: countOr("random", { min: 0, max: 2 ** 32 - 1 }),
    default: "random",
    group: "Environment",
    summary: "Seed of Math.random, to repeat a run; random or 0 to 4294967295",
    details: "Programs that the app starts do not inherit it.",
    reach: "worker",
    scope: "group",
    change: "reload",
    since: "0.1.0",
  },
  dontWriteBytecode: {
    kind: onOff(),
    default: false,
    group: "Environment",
    summary: "No cache of compiled modules on disk",
    reach: "worker",
    scope: "group",
    change: "reload",
    since: "0.1.0",
  },
  applicationType: {
    kind: choice("script", "module"),
    group: "Python",
    summary: "script: the app is a file of Python; module: it is a module's name",
    details:
      "Files that end in `.py` or `.wsgi` are scripts, and a name with a colon, as in `mysite.wsgi:application`, is a module and its callable. The option is for the other names. A module is imported from the directory in which its name stands: `gw start-server mysite.wsgi:application` is started in the directory above `mysite`.",
    reach: "worker",
    scope: "group",
    change: "reload",
    since: "0.1.0",
  },
  python: {
    kind: path("FILE"),
    group: "Python",
    summary: "Interpreter that runs the app",
    details:
      "When not given, it is `bin/python3` of a virtual environment `.venv` or `venv` in the working directory of the app or beside it, or else the first `python3` on `PATH`. It has to be Python 3.9 or newer. See [python.md](python.md).",
    reach: "worker",
    scope: "group",
    change: "reload",
    since: "0.1.0",
  },
  pythonHome: {
    kind: path("DIR"),
    group: "Python",
    summary: "Virtual environment whose interpreter runs the app",
    reach: "worker",
    scope: "group",
    change: "reload",
    since: "0.1.0",
  },
  pythonPath: {
    kind: list({
      placeholder: "DIR",
      accepts: "directories; the flag once for each, the variable with line feeds between them",
      separator: "\n",
      item: /^[^\0\n]+$/,
      anchor: asPath,
    }),
    default: [],
    group: "Python",
    summary: "Directory from which modules are imported, after the working directory",
    reach: "worker",
    scope: "group",
    change: "reload",
    since: "0.1.0",
  },
  pythonEggs: {
    kind: path("DIR"),
    group: "Python",
    summary: "Directory for what is unpacked of zipped packages",
    reach: "worker",
    scope: "group",
    change: "reload",
    since: "0.1.0",
  },
  pythonOptimize: {
    kind: count({ min: 0, max: 2 }),
    default: 0,
    group: "Python",
    summary: "1 leaves out assert, 2 docstrings as well",
    details: "As `python -O` and `-OO`.",
    reach: "worker",
    scope: "group",
    change: "reload",
    since: "0.1.0",
  },
  pythonWarnings: {
    kind: list({
      placeholder: "FILTER",
      accepts:
        "filters such as error or ignore::DeprecationWarning; the flag once for each, or commas between",
      separator: ",",
      item: /^[A-Za-z]*(?::[^,\0\n]*){0,4}$/,
    }),
    default: [],
    group: "Python",
    summary: "What becomes of a warning, as of python -W",
    reach: "worker",
    scope: "group",
    change: "reload",
    since: "0.1.0",
  },
  interruptTimeout: {
    kind: duration({ min: 0 }),
    default: 0,
    group: "Python",
    summary: "How long a request that was interrupted at its time limit may take to end",
    details:
      "With it, the exception `RequestTimeout` is raised in the thread of a request that runs for longer than `requestTimeout`, and only if that does not end it in this time the worker is judged by its age as otherwise. It reaches Python code that computes, and not code that waits in C for a lock or a socket. With 0 no request is interrupted.",
    reach: "worker",
    scope: "group",
    change: "reload",
    since: "0.1.0",
  },
  switchInterval: {
    kind: duration({ min: 0.125, max: 1_000, stepMs: 0.125 }),
    default: 0.25,
    group: "Python",
    summary: "How long a thread of Python may keep the others waiting",
    details:
      "Python's own is 5ms. A shorter time lets quick requests overtake those that compute, at the price of more switches: 0.25ms leaves them a quarter of the wait beside some that compute, and costs nothing that could be measured.",
    reach: "worker",
    scope: "group",
    change: "reload",
    since: "0.1.0",
  },
  scriptReloading: {
    kind: onOff(),
    default: true,
    group: "Python",
    summary: "Reload when the script of a Python app, or one of its hooks, was touched",
    details:
      "As mod_wsgi's daemon mode does: `touch wsgi.py` is enough to take up a new version. All groups are loaded anew, as by `gw reload`, and without a lost request; what does not load is shown, and the last good generation serves on. Modules are not followed: for those there is `reloadOnChanges`. An app that is named as a module has no script.",
    reach: "supervisor",
    scope: "group",
    change: "reload",
    since: "0.1.0",
  },
  logLevel: {
    kind: choice("error", "warn", "info", "debug"),
    default: "info",
    group: "Logs",
    summary: "error, warn, info or debug",
    reach: "supervisor",
    scope: "server",
    change: "reload",
    since: "0.1.0",
  },
  accessLog: {
    kind: onOff(),
    default: false,
    group: "Logs",
    summary: "A line for each request, in `access_log` of --log-directory or on standard output",
    details:
      "Requests that gw itself refuses are in it, and those that its parser could not read. Lines come when the client has taken the last byte, or is gone. Front ends hand them on ten times a second; nobody who reads slowly, and no full disk, holds up a request: lines that cannot be kept are dropped, counted and told in gw's log. [docs/observability.md](observability.md) shows the formats.",
    reach: "front",
    scope: "server",
    change: "reload",
    since: "0.1.0",
  },
  accessLogFormat: {
    kind: accessFormat,
    default: "common",
    group: "Logs",
    summary: "common, combined, json or a format in Apache's language",
    details:
      "What clients have sent is escaped as Apache does it, or by the rules of JSON: nobody can forge a line. Queries are left out unless `%q` names them, and so are all fields that `%{NAME}i` or `%{NAME}o` does not name.",
    reach: "front",
    scope: "server",
    change: "reload",
    since: "0.1.0",
  },
  accessLogSample: {
    kind: share(),
    default: 1,
    group: "Logs",
    summary: "Part of the requests that went well which get a line",
    details:
      "Requests that were answered with 400 or above, that gw refused, or whose client left are written in any case.",
    reach: "front",
    scope: "server",
    change: "reload",
    since: "0.1.0",
  },
  accessLogExclude: {
    kind: list({
      placeholder: "PATTERN",
      accepts: "paths; with /* at the end all below; the flag once for each, or commas between them",
      separator: ",",
      item: new RegExp(`^${PATTERN}$`),
    }),
    default: [],
    group: "Logs",
    summary: "Paths without a line in the access log, such as /healthz or /assets/*",
    reach: "front",
    scope: "server",
    change: "reload",
    since: "0.1.0",
  },
  recorderDirectory: {
    kind: path("DIR"),
    group: "Logs",
    summary: "Keep whole requests and their answers as files in it, to look for a mistake",
    details:
      "One file of JSON for each request that is over, mode 0600: heads, the beginning of both bodies, times, worker and cause. Hidden are the values of queries, of Authorization, Cookie, Set-Cookie and fields with such names, and in forms and JSON what is called password, token, secret and the like; anything else that a body holds is written as it is. Front ends write, as the user of the app, in a directory that they make with the mode 0700 where it is missing. What cannot be written is left out, told once and counted, and no request waits for it. It takes time from each request: for a while, and not for ever.",
    reach: "front",
    scope: "server",
    change: "reload",
    since: "0.1.0",
  },
  recorderKeep: {
    kind: count({ min: 1, max: 100_000 }),
    default: 1000,
    group: "Logs",
    summary: "Recorded requests that each front end keeps; the oldest go",
    reach: "front",
    scope: "server",
    change: "reload",
    since: "0.1.0",
  },
  recorderBody: {
    kind: size({ min: 0, max: 2 ** 20 }),
    default: 16_384,
    group: "Logs",
    summary: "How much of each body is recorded; 0 for nothing",
    reach: "front",
    scope: "server",
    change: "reload",
    since: "0.1.0",
  },
  slowRequests: {
    kind: duration({ min: 0 }),
    default: 0,
    group: "Logs",
    summary: "Tell of requests whose answer has not begun within this time",
    details:
      "A line of the log when it is seen that one is slow, within a second of its time, and one when it is over: how long each of its parts took, on which worker, with how many others. `gw why` and the status page have them too. It runs from the head of the request to the head of its answer, so that downloads and event streams are not slow; an upload is, and its `receive` says so. At most 100 lines in ten seconds; 0 for none.",
    reach: "front",
    scope: "group",
    change: "reload",
    since: "0.1.0",
  },
  onEvent: {
    kind: eventTarget,
    group: "Logs",
    summary: "Command, or URL, that is told of crashes, refused reloads, ends of certificates and overload",
    details:
      "A crash, a crash loop, a reload that was refused, a certificate near its end, requests that are refused for want of room for ten seconds, and that each of these is over: one object of JSON each, on the standard input of the command, or posted to the URL (https, or http on this machine). The command is a line for the shell and runs with the rights of `--user` (where only groups have users, of the first of them) in a process of its own; nothing of an event stands on its command line. One at a time, 10 s each; the same is told once a minute, and 20 in a minute at most. See [observability.md](observability.md#events-for-the-operator).",
    reach: "supervisor",
    scope: "server",
    change: "restart",
    since: "0.1.0",
  },
  evidenceDirectory: {
    kind: path("DIR"),
    group: "Logs",
    summary: "Keep what is known of each process that is ended, or has crashed, as a file in it",
    details:
      "At a memory limit, a limit of processor time, a loop that stands still, requests that run for too long, and a crash: what was in flight, where the code stood, a profile of half a second where the loop still turns, lag, memory, what the collector has, the last lines of the log. One file of JSON each, mode 0600, of gw's own user and not of the app's; the line of the end and `gw why` name it, and `gw evidence` shows it. The directory is made with the mode 0700 where it is missing, and must be for gw's user alone. Nothing is ended later for it. See [evidence.md](evidence.md).",
    reach: "supervisor",
    scope: "server",
    change: "reload",
    since: "0.1.0",
  },
  evidenceKeep: {
    kind: count({ min: 1, max: 10_000 }),
    default: 50,
    group: "Logs",
    summary: "Files of evidence that are kept; the oldest go",
    reach: "supervisor",
    scope: "server",
    change: "reload",
    since: "0.1.0",
  },
  evidenceSize: {
    kind: size({ min: 16_384, max: 4 * 2 ** 20 }),
    default: 262_144,
    group: "Logs",
    summary: "How large a file of evidence may be; beyond that its lists are cut",
    reach: "supervisor",
    scope: "server",
    change: "reload",
    since: "0.1.0",
  },
  metricsPort: {
    kind: count({ min: 0, max: 65_535 }),
    group: "Logs",
    summary: "Port for /metrics, /healthz and /readyz; 0 picks a free one",
    details:
      "A process of its own answers there, in daemon mode and in embedded mode. `/metrics` is what Prometheus reads, in its own text format or as OpenMetrics; [docs/observability.md](observability.md) lists all of it. `/healthz` says that gw lives, `/readyz` that it takes requests and is not about to stop.",
    reach: "supervisor",
    scope: "server",
    change: "restart",
    since: "0.1.0",
  },
  metricsHost: {
    kind: host,
    default: "127.0.0.1",
    group: "Logs",
    summary: "Address of the port for metrics",
    details: "Whoever reaches it can read all figures: keep it off the networks of clients.",
    reach: "supervisor",
    scope: "server",
    change: "restart",
    since: "0.1.0",
  },
  healthPath: {
    kind: checkPath,
    group: "Logs",
    summary: "Path at which front ends answer that gw lives, such as /healthz",
    details:
      "Clients reach it on the port of the app, whatever host they ask for, over HTTP and HTTPS, and nobody is asked who they are. Only GET and HEAD are answered there; without this option no path is taken from the app.",
    reach: "front",
    scope: "server",
    change: "reload",
    since: "0.1.0",
  },
  readyPath: {
    kind: checkPath,
    group: "Logs",
    summary: "Path at which front ends answer whether gw takes requests",
    details:
      "200 while at least one group has a worker that takes requests, or starts one for the first; else 503.",
    reach: "front",
    scope: "server",
    change: "reload",
    since: "0.1.0",
  },
  serverStatus: {
    kind: onOff(),
    default: false,
    group: "Logs",
    summary: "A page that shows what gw does, at /server-status",
    details:
      "Capacity, queue, requests a second and latency of the last ten minutes, every worker, what is under way, errors and restarts, and the configuration in force. It is shown to clients on this machine, to those of `serverStatusAllow`, and on the port for metrics; to everybody else the path is forbidden. A process of its own renders it, so that it takes no time from requests. What can be done there needs the word that `gw status-token` prints. See [observability.md](observability.md).",
    reach: "supervisor",
    scope: "server",
    change: "restart",
    since: "0.1.0",
  },
  serverStatusPath: {
    kind: checkPath,
    default: "/server-status",
    group: "Logs",
    summary: "Path of that page, for any host",
    reach: "supervisor",
    scope: "server",
    change: "restart",
    since: "0.1.0",
  },
  serverStatusAllow: {
    kind: list({
      placeholder: "NETWORK",
      accepts:
        "addresses and networks such as 10.0.0.0/8 or ::1, or unix; the flag once for each, or commas between",
      separator: ",",
      item: NETWORK,
      normal: (network) => network.toLowerCase(),
    }),
    default: [],
    group: "Logs",
    summary: "Who else is shown the page, by address or network",
    details:
      "`unix` stands for whoever comes by a UNIX socket. What counts is the address of the connection, or the one that a proxy of `trustProxy` tells; a request that has come through any other proxy is refused.",
    reach: "front",
    scope: "server",
    change: "reload",
    since: "0.1.0",
  },
  logFormat: {
    kind: choice(...LOG_FORMATS),
    default: "text",
    group: "Logs",
    summary: "Form of gw's log and of the app's output: text, json or logfmt",
    details:
      "In `text`, the app's output keeps its form. In the other two each line says its level, its source and its process; fields are named as OpenTelemetry and the Elastic Common Schema name them, and a line that an app prints as an object of JSON keeps its own fields and its level.",
    reach: "supervisor",
    scope: "server",
    change: "reload",
    since: "0.1.0",
  },
  logRequestIds: {
    kind: onOff(),
    default: false,
    group: "Logs",
    summary: "What the app's console prints in a request bears its id",
    details:
      "`[worker 1 t8ms7q2c4f-1] text`, or a field in the other formats: the same id as in gw's log, in the access log and in `X-Request-Id` of gw's own errors. So do errors that gw or the runtime prints of a handler. It costs a request 1 to 2 µs of its worker and each call two more writes. What is written past `console` bears none, nor does the error of a promise that nobody awaits.",
    reach: "worker",
    scope: "server",
    change: "reload",
    since: "0.1.0",
  },
  logDirectory: {
    kind: path("DIR"),
    group: "Logs",
    summary: "Logs go to files in it: error_log, and access_log",
    details:
      "`error_log` holds gw's own log and what apps print. gw makes the directory where it is missing, with the mode 0750, and its files with the mode 0640; the supervisor alone writes them, so that a directory of root's may stay so. No file is opened through a link. SIGUSR2 opens them anew, for logrotate and its like.",
    reach: "supervisor",
    scope: "server",
    change: "restart",
    since: "0.1.0",
  },
  logTarget: {
    kind: logTarget,
    default: "terminal",
    group: "Logs",
    summary: "terminal, journald or syslog: where gw's log and the app's output go",
    details:
      "The journal gets fields (`journalctl GW_SOURCE=front`), syslog lines of the facility daemon. Behind a colon may stand the path of the socket, `syslog:/run/log`. A socket that is full or gone costs lines, which are counted and told on the terminal. The access log stays where it is.",
    reach: "supervisor",
    scope: "server",
    change: "restart",
    since: "0.1.0",
  },
  logToTerminal: {
    kind: onOff(),
    default: false,
    group: "Logs",
    summary: "Logs go to the terminal, whatever --log-directory says",
    reach: "supervisor",
    scope: "server",
    change: "restart",
    since: "0.1.0",
  },
  rotateLogs: {
    kind: onOff(),
    default: false,
    group: "Logs",
    summary: "Put log files aside when they have grown large",
    details:
      "The file gets the time (UTC) behind its name, `access_log.20251129T101530Z`, and a new one is begun.",
    reach: "supervisor",
    scope: "server",
    change: "restart",
    since: "0.1.0",
  },
  maxLogSize: {
    kind: size({ min: 1024 }),
    default: 5 * 2 ** 20,
    group: "Logs",
    summary: "Size at which a log file is put aside",
    reach: "supervisor",
    scope: "server",
    change: "restart",
    since: "0.1.0",
  },
  rotateKeep: {
    kind: count({ min: 0, max: 100_000 }),
    default: 10,
    group: "Logs",
    summary: "How many files of each log are kept that were put aside",
    reach: "supervisor",
    scope: "server",
    change: "restart",
    since: "0.1.0",
  },
  rotateCompress: {
    kind: onOff(),
    default: false,
    group: "Logs",
    summary: "Compress what is put aside, with gzip",
    reach: "supervisor",
    scope: "server",
    change: "restart",
    since: "0.1.0",
  },
  otlpEndpoint: {
    kind: collectorUrl,
    group: "Traces",
    summary: "Collector that traces and metrics are sent to, such as http://localhost:4318",
    details:
      "By OTLP over HTTP, at `/v1/traces` and `/v1/metrics` below this URL, from a process of its own: a collector that is slow or gone costs what there is no room for, which is counted and told in the log, and nothing else. OpenTelemetry's own variables say the rest: `OTEL_SERVICE_NAME`, `OTEL_RESOURCE_ATTRIBUTES`, `OTEL_EXPORTER_OTLP_HEADERS`, `OTEL_EXPORTER_OTLP_COMPRESSION`, `OTEL_EXPORTER_OTLP_CERTIFICATE`, `OTEL_EXPORTER_OTLP_TIMEOUT`. See [traces.md](traces.md).",
    reach: "supervisor",
    scope: "server",
    change: "restart",
    since: "0.1.0",
  },
  otlpSignals: {
    kind: list({
      placeholder: "WORD",
      accepts: "traces, metrics; the flag once for each, or commas between",
      separator: ",",
      item: /^(?:traces|metrics)$/,
    }),
    default: ["traces", "metrics"],
    group: "Traces",
    summary: "What is sent to the collector: traces, metrics or both",
    reach: "supervisor",
    scope: "server",
    change: "restart",
    since: "0.1.0",
  },
  otlpInterval: {
    kind: duration({ min: 1000 }),
    default: 15_000,
    group: "Traces",
    summary: "How often metrics are sent to the collector",
    reach: "supervisor",
    scope: "server",
    change: "restart",
    since: "0.1.0",
  },
  traceSample: {
    kind: share(),
    group: "Traces",
    summary: "Part of the requests that begin a trace which is recorded, such as 1%",
    details:
      "With it, or with `otlpEndpoint`, each request belongs to a trace (W3C Trace Context): the app gets `traceparent` and `tracestate`, and the access log knows the trace id; `0` does that as well, and records none. With `otlpEndpoint` 1% are recorded where nothing else is said. Requests of whom `trustTrace` names are recorded when they say so, and at no other time. Without both gw hands on what clients say of traces as it is. See [traces.md](traces.md).",
    reach: "front",
    scope: "server",
    change: "reload",
    since: "0.1.0",
  },
  serverTiming: {
    kind: choice("off", "recorded", "all"),
    default: "off",
    group: "Traces",
    summary: "Whether answers say where their time went: off, recorded or all",
    details:
      "`Server-Timing: gw-receive;dur=0.1, gw-queue;dur=3, gw-connect;dur=0, gw-app;dur=12.3`, in milliseconds, which browsers show beside the answer; with traces also `traceparent`. `recorded`: answers of requests whose trace is recorded. Anybody who asks learns from it how busy the app is.",
    reach: "front",
    scope: "server",
    change: "reload",
    since: "0.1.0",
  },
  trustTrace: {
    kind: list({
      placeholder: "NETWORK",
      accepts:
        "addresses and networks such as 10.0.0.0/8 or ::1, or unix; the flag once for each, or commas between",
      separator: ",",
      item: NETWORK,
      normal: (network) => network.toLowerCase(),
    }),
    default: [],
    group: "Traces",
    summary: "Who is believed what they say of a trace, by address or network",
    details:
      "Their requests go on with the trace of their `traceparent`, and it says whether they are recorded. For anybody else gw begins a new trace, links it to the one that was named, and decides by `traceSample`: no client can have gw record more than that, or put its requests into somebody's trace. A proxy is to be named only if it takes away, or makes anew, what its own clients say. `0.0.0.0/0` and `::/0` stand for everybody.",
    reach: "front",
    scope: "server",
    change: "reload",
    since: "0.1.0",
  },
} as const satisfies Record<string, OptionRow>;

export type Key = keyof typeof OPTIONS;
type Rows = typeof OPTIONS;

type ValueOf<R> = R extends { kind: Kind<infer T> } ? T : never;

/** Keys without a default. */
type Optional = { [K in Key]: Rows[K] extends { default: unknown } ? never : K }[Key];

/** Options whose value follows from others. The rest may stay without one: no app is the welcome page, no user nobody else. */
export type Derived = Exclude<{ [K in Key]: Rows[K] extends { derived: string } ? K : never }[Key], "config">;

/** Every option with its value: times in milliseconds, sizes in bytes, paths absolute. */
export type Settings = Readonly<
  { [K in Exclude<Key, Optional>]: ValueOf<Rows[K]> } & { [K in Derived]: ValueOf<Rows[K]> } & {
    [K in Exclude<Optional, Derived>]: ValueOf<Rows[K]> | undefined;
  }
>;

export const KEYS = Object.keys(OPTIONS) as Key[];

/** The row of an option in the general form that views and parsers work on. */
export function rowOf(key: Key): OptionRow {
  return OPTIONS[key];
}
