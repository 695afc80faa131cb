// What serves apps in Python, side by side: gw, and what else does it on Debian, with the same app, the same interpreter and as many
// threads. `npm run bench -- --python`.
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Beside, besideFigures } from "./beside.ts";
import { type Contender, type Contenders, gw, startApacheWith, startContenders } from "./contenders.ts";
import type { Pace } from "./load.ts";
import { nginxBefore } from "./peers.ts";
import type { Section } from "./plan.ts";

/** Debian's, for which mod_wsgi is built. */
const INTERPRETER = "/usr/bin/python3";
const THREADS = 10;

const HELLO = "hello_wsgi.py";
const FLASK = "flask_wsgi.py";
const MIXED = "mixed_wsgi.py";

/** Programs of the others, by whom they are part of. */
export const PYTHON_PEERS = {
  "mod_wsgi daemon mode": "apache2",
  "uWSGI behind nginx": "uwsgi",
  "gunicorn behind nginx": "gunicorn",
} as const;

export const MOD_WSGI = "mod_wsgi daemon mode";

const gwPython = (name: string, app: string, ...flags: string[]): Contender => {
  const threads = ["--concurrency", String(THREADS)];
  return gw(name, app, ...threads, "--python", INTERPRETER, ...flags);
};

const modWsgi = (app: string): Contender => ({
  name: MOD_WSGI,
  start: (ground, port) => startApacheWith(ground, port, app, THREADS),
});

/** A server of WSGI on a socket, and nginx in front of it. */
function behindNginx(
  name: string,
  program: string,
  isUwsgi: boolean,
  command: (socket: string) => string[],
): Contender {
  return {
    name,
    start(ground, port) {
      if (Bun.which("nginx") === null || Bun.which(program) === null) return false;
      const socket = join(ground.folder, `${program}-${port}.sock`);
      const config = join(ground.folder, `nginx-${port}.conf`);
      writeFileSync(config, nginxBefore(ground.folder, port, socket, isUwsgi));
      ground.run("app", command(socket));
      ground.run("front end", ["nginx", "-c", config]);
      return true;
    },
  };
}

const uwsgi = (app: string): Contender =>
  behindNginx("uWSGI behind nginx", "uwsgi", true, (socket) => [
    "uwsgi",
    ...["--plugin", "python3", "--socket", socket, "--chmod-socket=666", "--wsgi-file", app],
    ...["--threads", String(THREADS), "--listen", "100", "--die-on-term", "--disable-logging"],
  ]);

const gunicorn = (app: string): Contender =>
  behindNginx("gunicorn behind nginx", "gunicorn", false, (socket) => [
    ...[INTERPRETER, Bun.which("gunicorn") ?? "gunicorn", "--workers", "1", "--threads", String(THREADS)],
    ...["--bind", `unix:${socket}`, app.replace(/\.py$/, ":application")],
  ]);

const all = (app: string): Contender[] => [
  modWsgi(app),
  uwsgi(app),
  gunicorn(app),
  gwPython("gw", app),
  gwPython("gw, two front ends", app, "--front-ends", "2"),
];

const crowds = [8, 64].map((concurrency) => ({ title: `${concurrency} clients`, path: "/", concurrency }));

export const PYTHON_SECTIONS: readonly Section[] = [
  {
    name: "python-hello",
    title: "Eight bytes from Python",
    about: `One process with ${THREADS} threads, behind one front end.`,
    base: MOD_WSGI,
    contenders: all(HELLO),
    loads: crowds,
  },
  {
    name: "python-flask",
    title: "Flask",
    about: "An app with one route; otherwise the same.",
    base: MOD_WSGI,
    contenders: all(FLASK),
    loads: crowds,
  },
];

/** A request that asks for next to nothing, while three others compute. */
export async function measureBeside(gwBinary: string, pace: Pace): Promise<Beside> {
  await using contenders: Contenders = await startContenders(gwBinary, [
    ...all(MIXED),
    gwPython("gw, --switch-interval 5ms", MIXED, "--switch-interval", "5ms"),
  ]);
  const figures = await besideFigures(contenders.live, pace);
  return figures;
}
