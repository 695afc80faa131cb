// The order of the guide: every page, by what its reader wants, and the question that it answers. The overview, the list in the README,
// llms.txt and the site's sidebar are made of it.

export type Chapter = { title: string; pages: readonly Entry[] };
/** `isFirst`: also in the README, which names only what most people look for. */
export type Entry = { page: string; title: string; question: string; isFirst?: true };

export const CHAPTERS: readonly Chapter[] = [
  {
    title: "Begin",
    pages: [
      {
        page: "start.md",
        title: "The first five minutes",
        question: "how do I get from nothing to an app that serves?",
        isFirst: true,
      },
      {
        page: "install.md",
        title: "Install",
        question: "how do I get gw, and is it the right one?",
        isFirst: true,
      },
      {
        page: "configuration.md",
        title: "Configuration",
        question: "where do I say what gw should do?",
        isFirst: true,
      },
      { page: "options.md", title: "Options", question: "every option", isFirst: true },
      { page: "development.md", title: "Development", question: "how do I work on an app with gw?" },
    ],
  },
  {
    title: "Apps",
    pages: [
      {
        page: "programs.md",
        title: "What an app can count on",
        question: "what can my app count on when it prints and starts programs?",
      },
      {
        page: "ports.md",
        title: "Ports of apps",
        question: "which of an app's ports does gw serve, and what becomes of the others?",
      },
      { page: "groups.md", title: "Several apps", question: "how do I run several apps in one gw?" },
      { page: "sticky.md", title: "Sticky clients", question: "how do I keep a client on one worker?" },
      { page: "python.md", title: "Python", question: "how do I serve an app in Python?", isFirst: true },
      { page: "django.md", title: "Django", question: "how do I serve a Django project?" },
      {
        page: "frameworks.md",
        title: "Frameworks",
        question: "how do I start an app of my framework?",
        isFirst: true,
      },
      {
        page: "apps.md",
        title: "Published applications",
        question: "which published applications run under gw?",
      },
      { page: "embedded.md", title: "Embedded mode", question: "what is different in embedded mode?" },
    ],
  },
  {
    title: "Clients",
    pages: [
      { page: "tls.md", title: "HTTPS", question: "how do I serve HTTPS?", isFirst: true },
      {
        page: "http2.md",
        title: "HTTP/2",
        question: "how do clients speak HTTP/2 with gw, and how much of it?",
      },
      { page: "auth.md", title: "Passwords and hooks", question: "how do I ask clients for a password?" },
      { page: "files.md", title: "Files", question: "how do I serve files?", isFirst: true },
      {
        page: "responses.md",
        title: "Responses",
        question: "how do I redirect clients, compress answers, and word errors myself?",
      },
      {
        page: "clients.md",
        title: "Limits of clients",
        question: "how slow may clients be, how large what they send, and how often may they ask?",
      },
      {
        page: "overload.md",
        title: "Overload",
        question: "what happens when more is asked than can be done?",
      },
      {
        page: "sockets.md",
        title: "Addresses and sockets",
        question: "how do I listen at several addresses, on a UNIX socket, or at port 80 without root?",
      },
      {
        page: "proxies.md",
        title: "Behind a proxy",
        question: "how does my app see the real client behind a proxy?",
      },
      { page: "http.md", title: "Odd requests", question: "what happens to odd requests?" },
    ],
  },
  {
    title: "Deploy",
    pages: [
      {
        page: "deploy.md",
        title: "A server",
        question: "how do I set up a server, and start gw at boot?",
        isFirst: true,
      },
      {
        page: "containers.md",
        title: "Containers",
        question: "how do I run gw in a container?",
        isFirst: true,
      },
      { page: "kubernetes.md", title: "Kubernetes", question: "how do I run gw in Kubernetes?" },
      {
        page: "reload.md",
        title: "Reload",
        question: "how do I deploy without losing a request?",
        isFirst: true,
      },
      {
        page: "upgrade.md",
        title: "Upgrade of gw",
        question: "how do I put a new version of gw itself into service?",
      },
      { page: "limits.md", title: "Identity and limits", question: "who runs the app, and what may it use?" },
    ],
  },
  {
    title: "Operate",
    pages: [
      {
        page: "troubleshooting.md",
        title: "Troubleshooting",
        question: "something is wrong: what does it mean, and what do I do?",
        isFirst: true,
      },
      {
        page: "lifecycle.md",
        title: "The life of workers",
        question: "why did a worker restart, why did a client get 502, 503 or 504?",
      },
      {
        page: "observability.md",
        title: "Logs, metrics and the status page",
        question:
          "where are the logs, what does the status page show, what happened last night, and who is told of it?",
        isFirst: true,
      },
      {
        page: "evidence.md",
        title: "Evidence",
        question: "what was a worker at when it was killed, or crashed?",
      },
      {
        page: "control.md",
        title: "Commands",
        question: "which commands does a running gw take, and what does `gw status` say?",
      },
      { page: "metrics.md", title: "Metrics", question: "every metric, and what it counts" },
      { page: "access-log.md", title: "The access log", question: "what can a line of the access log hold?" },
      {
        page: "traces.md",
        title: "Traces",
        question: "how do I see where a request spends its time, over several programs?",
      },
      { page: "errors.md", title: "Errors", question: "every error, what it means and what to do" },
      { page: "reasons.md", title: "Reasons", question: "each word for why a worker ended" },
      { page: "signals.md", title: "Signals", question: "what does each signal do?" },
      {
        page: "faults.md",
        title: "Faults",
        question: "what can go wrong, and what then happens; each line with its test",
      },
      {
        page: "confinement.md",
        title: "Confinement",
        question: "how do I keep an app from the rest of the machine?",
      },
      {
        page: "security.md",
        title: "Security",
        question: "what is gw's word on security worth, and how do I report a hole?",
        isFirst: true,
      },
    ],
  },
  {
    title: "Move here",
    pages: [
      { page: "from-pm2.md", title: "From PM2", question: "how do I move from PM2 to gw?" },
      {
        page: "from-node-cluster.md",
        title: "From node:cluster",
        question: "how do I move from node:cluster to gw?",
      },
      { page: "from-passenger.md", title: "From Passenger", question: "how do I move from Passenger to gw?" },
      {
        page: "from-nginx-unit.md",
        title: "From NGINX Unit",
        question: "how do I move from NGINX Unit to gw?",
      },
      { page: "from-mod-wsgi.md", title: "From mod_wsgi", question: "how do I move from mod_wsgi to gw?" },
    ],
  },
  {
    title: "How it is built",
    pages: [
      {
        page: "architecture.md",
        title: "Architecture",
        question: "how is gw built, for whoever wants to change it?",
      },
      { page: "workers.md", title: "Workers", question: "what does a worker keep, whatever its language?" },
      { page: "bun.md", title: "Bun", question: "what does gw build on in Bun?" },
      {
        page: "benchmarks.md",
        title: "Benchmarks",
        question: "how fast is it, and how do I repeat the figures?",
        isFirst: true,
      },
      {
        page: "python-benchmarks.md",
        title: "Benchmarks of apps in Python",
        question: "how fast are apps in Python, beside mod_wsgi, uWSGI and gunicorn?",
      },
    ],
  },
];

export const ENTRIES: readonly Entry[] = CHAPTERS.flatMap(({ pages }) => pages);
