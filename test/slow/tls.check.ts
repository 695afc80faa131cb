// What other people's scanners say of gw's TLS: sslscan, and the sections of testssl about protocols, ciphers, forward secrecy and
// known attacks. `npm run test:tls`, about a minute; it needs the packages sslscan and testssl.sh of Debian.
import { expect, setDefaultTimeout } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { freePort } from "../support/free-port.ts";
import { runGw, startGw } from "../support/gw.ts";
import { type Need, testWith } from "../support/needs.ts";
import { makeTempDir, type TempDir } from "../support/temp-dir.ts";

setDefaultTimeout(600_000);

const WITH_SCANNERS: Need = {
  isMet: Bun.which("sslscan") !== null && Bun.which("testssl") !== null,
  why: "needs sslscan and testssl",
};

type Finding = { id: string; severity: string; finding: string };

const APP = `export default { fetch: () => new Response("hello") };`;

/** What is worse than nothing to worry about. */
const isBad = ({ severity }: Finding) => !["OK", "INFO", "LOW"].includes(severity);

async function startTls(dir: TempDir) {
  const tls = join(dir.path, "tls");
  expect((await runGw(["certificate", "--self-signed", tls])).code).toBe(0);
  const port = String(freePort());
  const pair = [
    "--ssl-certificate-file",
    join(tls, "cert.pem"),
    "--ssl-certificate-key-file",
    join(tls, "key.pem"),
  ];
  return startGw([dir.write("app.ts", APP), "--port", port, "--https-port", port, ...pair]);
}

testWith(WITH_SCANNERS)(
  "tls: sslscan sees TLS 1.2 and 1.3 with forward secrecy, and nothing else",
  async () => {
    using dir = makeTempDir();
    await using gw = await startTls(dir);
    const { stdout } = Bun.spawnSync(["sslscan", "--no-colour", `127.0.0.1:${gw.port}`]);
    const said = stdout.toString();
    expect([...said.matchAll(/^(\S+) +enabled$/gm)].map(([, version]) => version)).toEqual([
      "TLSv1.2",
      "TLSv1.3",
    ]);
    const ciphers = [...said.matchAll(/^(?:Preferred|Accepted) +\S+ +\d+ bits +(\S+)/gm)].map(
      ([, name = ""]) => name,
    );
    expect(ciphers.length).toBeGreaterThan(4);
    for (const name of ciphers) expect(name).toMatch(/^(?:TLS_|ECDHE-).*(?:GCM|CHACHA20)/);
    expect(said).toContain("Session renegotiation not supported");
    expect(said).not.toMatch(/(?<!not )vulnerable to heartbleed/);
  },
);

testWith(WITH_SCANNERS)(
  "tls: testssl finds nothing above low in protocols, ciphers, forward secrecy and known attacks",
  async () => {
    using dir = makeTempDir();
    await using gw = await startTls(dir);
    const report = join(dir.path, "report.json");
    const sections = ["-p", "-s", "-f", "-U"];
    const how = ["--quiet", "--color", "0", "--warnings", "off", "--jsonfile", report];
    const child = Bun.spawn(["testssl", ...how, ...sections, `127.0.0.1:${gw.port}`], {
      stdout: "ignore",
      stderr: "ignore",
    });
    await child.exited;
    const findings = JSON.parse(readFileSync(report, "utf8")) as Finding[];
    expect(findings.length).toBeGreaterThan(40);
    expect(findings.filter(isBad)).toEqual([]);
  },
);
