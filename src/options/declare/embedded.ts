// What becomes of each part of gw in embedded mode, where there is no front end: the workers listen at the port themselves. Rules,
// warnings and docs/embedded.md are made from these rows, and a test holds that every option of front ends is in one of them.

import { KEYS, type Key, type OptionSection, rowOf } from "./table.ts";

export type EmbeddedRow = {
  about: string;
  options: readonly Key[];
  /** `refused`: gw does not start with one of them; `idle`: it starts, with a warning; `works`: as it does otherwise. */
  fate: "refused" | "idle" | "works";
  /** Completes `… in embedded mode, `, or of what works is a sentence of its own. */
  why: string;
  /** What to do instead, or what holds. A sentence. */
  instead: string;
};

const section = (name: OptionSection) => KEYS.filter((key) => rowOf(key).group === name);

export const EMBEDDED_ROWS: readonly EmbeddedRow[] = [
  {
    about: "The port",
    options: ["host", "port", "serverBacklog", "frontEnds"],
    fate: "works",
    why: "Each worker listens there, and the kernel deals connections out among them",
    instead: "`frontEnds` says how many workers there are.",
  },
  {
    about: "Further places: addresses, UNIX sockets, sockets that were handed over",
    options: ["listen", "socketMode", "socketOwner"],
    fate: "refused",
    why: "where the workers take clients themselves, at host and port alone",
    instead: "Leave out embedded mode.",
  },
  {
    about: "Proxies in front: their headers, and the PROXY protocol",
    options: ["trustProxy", "trustProxyHeader", "proxyProtocol"],
    fate: "refused",
    why: "where there is nobody between client and app who could believe them",
    instead: "Many frameworks can trust a proxy themselves; none of them reads the PROXY protocol.",
  },
  {
    about: "TLS, certificates of clients, HTTP/2 for clients",
    options: section("TLS"),
    fate: "refused",
    why: "which has no front end to speak TLS",
    instead: "A proxy in front of gw speaks it.",
  },
  {
    about: "Who may ask: hooks and files of users",
    options: section("Authentication"),
    fate: "refused",
    why: "which has no front end that could ask who may",
    instead:
      "The app, or a proxy in front, asks for itself. Identity headers of clients reach the app as they are.",
  },
  {
    about: "Files",
    options: section("Files").filter((key) => key !== "xSendfile" && key !== "enableSendfile"),
    fate: "refused",
    why: "which has no front end that could serve them",
    instead: "The app serves them.",
  },
  {
    about: "Redirects, and what all answers have",
    options: section("Responses"),
    fate: "refused",
    why: "which has no front end that could see to it",
    instead: "The app answers so itself, or a proxy in front of gw does.",
  },
  {
    about: "Files that apps answer with",
    options: ["xSendfile", "enableSendfile"],
    fate: "works",
    why: "The worker sends them itself",
    instead: "The kernel has no part in it: `enableSendfile` changes nothing.",
  },
  {
    about: "Several apps, hosts, services",
    options: [
      "mount",
      "serverName",
      "serverAlias",
      "allowLocalhost",
      "route",
      "defaultGroup",
      "serviceScript",
      "serviceArgument",
    ],
    fate: "refused",
    why: "which serves one app on the whole port",
    instead: "One gw for each app, on ports of their own.",
  },
  {
    about: "One client, one worker",
    options: ["sticky"],
    fate: "refused",
    why: "where the kernel deals connections out to the workers",
    instead: "With `frontEnds` 1 there is one worker.",
  },
  {
    about: "Access log",
    options: ["accessLog", "accessLogFormat", "accessLogSample", "accessLogExclude"],
    fate: "refused",
    why: "which has no front end that sees each request",
    instead: "The app writes one. gw's own log, its forms, files and rotation are as ever.",
  },
  {
    about: "Recorded requests",
    options: ["recorderDirectory", "recorderKeep", "recorderBody"],
    fate: "refused",
    why: "which has no front end that sees each request",
    instead: "A proxy in front records, or the app.",
  },
  {
    about: "Evidence of ends",
    options: ["evidenceDirectory", "evidenceKeep", "evidenceSize"],
    fate: "works",
    why: "The supervisor keeps it, and asks the workers",
    instead: "It has no list of requests; the file says so.",
  },
  {
    about: "Traces, and Server-Timing",
    options: ["traceSample", "trustTrace", "serverTiming"],
    fate: "refused",
    why: "which has no front end that could begin one",
    instead: "The app keeps traces itself; `traceparent` of clients reaches it as it is.",
  },
  {
    about: "Metrics for a collector",
    options: ["otlpEndpoint", "otlpSignals", "otlpInterval"],
    fate: "works",
    why: "A process of its own sends them",
    instead: "It tells of processes and groups, and there are no traces.",
  },
  {
    about: "Slow requests",
    options: ["slowRequests"],
    fate: "refused",
    why: "where nobody sees single requests",
    instead:
      "The app measures its own; `gw requests` is refused, and `gw why` tells of processes and reloads.",
  },
  {
    about: "Health checks on the port of clients",
    options: ["healthPath", "readyPath", "lameDuck"],
    fate: "refused",
    why: "which has no front end that could answer them",
    instead: "They are on the port for metrics.",
  },
  {
    about: "Metrics, health checks and events",
    options: ["metricsPort", "metricsHost", "onEvent"],
    fate: "works",
    why: "Processes of their own answer there, and tell of events",
    instead:
      "It tells of processes and groups, and of requests how many the workers have begun and have not answered: no times, no statuses.",
  },
  {
    about: "Status page",
    options: ["serverStatus", "serverStatusPath"],
    fate: "works",
    why: "A process of its own answers there",
    instead: "On the port for metrics; it tells of processes and groups.",
  },
  {
    about: "Who is shown the status page on the port of clients",
    options: ["serverStatusAllow"],
    fate: "refused",
    why: "which has no front end that could show it",
    instead: "It is on the port for metrics.",
  },
  {
    about: "How slow clients may be, how large their requests, and how often they may ask",
    options: section("Clients"),
    fate: "refused",
    why: "which has no front end that could hold clients to it",
    instead: "A proxy in front of gw does; the runtime has limits of its own, which cannot be changed.",
  },
  {
    about: "Number of workers",
    options: ["processes"],
    fate: "idle",
    why: "where --front-ends says how many workers share the port",
    instead: "Give `frontEnds`.",
  },
  {
    about: "Queue, dispatch, and limits of waiting",
    options: [
      "concurrency",
      "queueTimeout",
      "listenBacklog",
      "maxQueue",
      "queuePolicy",
      "queueLateAfter",
      "priority",
      "connectTimeout",
      "socketTimeout",
      "requestTimeout",
      "ignoreActivity",
      "retryRequests",
      "headerBufferSize",
      "scaleUpWait",
      "stripMount",
      "poisonLimit",
      "stickyOverflow",
      "maxClients",
    ],
    fate: "idle",
    why: "which has no front end and no queue",
    instead: "Clients wait in the kernel's queue (`serverBacklog`); `gw pause` is refused.",
  },
  {
    about: "Bodies",
    options: ["limitRequestBody"],
    fate: "works",
    why: "The runtime refuses what is larger",
    instead: "Its answer is a bare 413, without a cause.",
  },
];
