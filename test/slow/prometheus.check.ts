// Debian's own Prometheus scrapes gw, reads the rules and evaluates each of them, and each query of the dashboard: without an
// error, and without an empty result. `npm run test:prometheus`; it needs the package prometheus.
import { expect, setDefaultTimeout } from "bun:test";
import { join } from "node:path";
import { ALERTS, PANELS } from "../../docs/grafana.ts";
import { openTestCollector } from "../support/collector.ts";
import { freePort } from "../support/free-port.ts";
import { eventually, runGw, startGw } from "../support/gw.ts";
import { type Need, testWith } from "../support/needs.ts";
import { childInRole } from "../support/proc-status.ts";
import { startLoad } from "../support/steady-load.ts";
import { makeTempDir } from "../support/temp-dir.ts";

setDefaultTimeout(180_000);

const WITH_PROMETHEUS: Need = {
  isMet: Bun.which("prometheus") !== null && Bun.which("promtool") !== null,
  why: "needs prometheus and promtool",
};

const ROOT = join(import.meta.dir, "../..");
const RULES = join(ROOT, "deploy/grafana/gw-rules.yml");
const APP = `export default { fetch: async (request) => new Response(await request.text() || "hello") };`;

type Answer = { status: string; data: { result: unknown[] } };

function run(...command: string[]): string {
  const { exitCode, stdout, stderr } = Bun.spawnSync(command);
  const said = `${stdout}${stderr}`;
  if (exitCode !== 0) throw new Error(`${command.join(" ")}: ${said}`);
  return said;
}

testWith(WITH_PROMETHEUS)(
  "prometheus: takes the rules, the text, and has an answer to every query",
  async () => {
    using dir = makeTempDir();
    const [metrics, https, web] = [freePort(), freePort(), freePort()];
    const tls = join(dir.path, "tls");
    expect((await runGw(["certificate", "--self-signed", tls])).code).toBe(0);
    const pem = [
      "--ssl-certificate-file",
      join(tls, "cert.pem"),
      "--ssl-certificate-key-file",
      join(tls, "key.pem"),
    ];
    const args = [
      dir.write("app.ts", APP),
      "--https-port",
      String(https),
      ...pem,
      "--metrics-port",
      String(metrics),
    ];
    using collector = openTestCollector();
    await using gw = await startGw([
      ...args,
      ...["--otlp-endpoint", collector.url],
      "--processes",
      "2",
      "--access-log",
      "--log-directory",
      join(dir.path, "log"),
    ]);
    await using load = startLoad(gw.url, 2);
    run("promtool", "check", "rules", RULES);
    const text = await (await fetch(`http://127.0.0.1:${metrics}/metrics`)).text();
    const checked = Bun.spawnSync(["promtool", "check", "metrics"], { stdin: Buffer.from(text) });
    expect([checked.exitCode, String(checked.stderr)]).toEqual([0, ""]);

    const config = dir.write(
      "prometheus.yml",
      `global: { scrape_interval: 1s, evaluation_interval: 1s }
rule_files: ["${RULES}"]
scrape_configs:
  - job_name: gw
    static_configs: [{ targets: ["127.0.0.1:${metrics}"] }]
`,
    );
    const prometheus = Bun.spawn(
      [
        "prometheus",
        `--config.file=${config}`,
        `--storage.tsdb.path=${join(dir.path, "data")}`,
        `--web.listen-address=127.0.0.1:${web}`,
      ],
      { stdout: "ignore", stderr: Bun.file(join(dir.path, "prometheus.log")) },
    );
    try {
      const get = async (path: string) => (await fetch(`http://127.0.0.1:${web}${path}`)).json();
      const query = (expr: string): Promise<Answer> => get(`/api/v1/query?query=${encodeURIComponent(expr)}`);
      await eventually(
        () =>
          get("/api/v1/status/runtimeinfo").then(
            () => true,
            () => false,
          ),
        "it answers",
        60_000,
      );
      process.kill(childInRole(gw.pid, "__worker").pid, "SIGKILL");
      const overTls = { tls: { rejectUnauthorized: false }, keepalive: false };
      const refused = async () => {
        await fetch(`https://127.0.0.1:${https}/`, overTls).then((answer) => answer.text());
        await (await fetch(gw.url, { headers: { Host: "a b" } }).catch(() => undefined))?.body?.cancel();
      };
      const expressions = [
        ...PANELS.flatMap(({ queries }) => queries.map(({ expr }) => expr)),
        ...ALERTS.map(({ value }) => value),
      ];
      for (const expr of expressions) {
        const filled = expr.replaceAll("$__rate_interval", "1m").replaceAll("$group", ".*");
        let answer: Answer | undefined;
        await eventually(
          async () => {
            await refused();
            answer = await query(filled);
            return answer.status !== "success" || answer.data.result.length > 0;
          },
          `there is a result for ${filled}`,
          60_000,
        );
        expect([filled, answer?.status]).toEqual([filled, "success"]);
      }
      const { data } = (await get("/api/v1/rules")) as {
        data: { groups: { rules: { name: string; health: string }[] }[] };
      };
      const rules = data.groups.flatMap((group) => group.rules);
      expect(rules.map(({ name, health }) => [name, health])).toEqual(
        ALERTS.map(({ alert }) => [alert, "ok"]),
      );
    } finally {
      prometheus.kill();
      await prometheus.exited;
      await load.finish();
    }
  },
);
