// gw certificate on the binary: what it writes, what it leaves alone.
import { expect, setDefaultTimeout, test } from "bun:test";
import { X509Certificate } from "node:crypto";
import { existsSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { certificateOf } from "../../../src/cli/certificate/certificate-words.ts";
import { gwCommand } from "../../support/gw.ts";
import { makeTempDir } from "../../support/temp-dir.ts";

setDefaultTimeout(60_000);

function run(...words: string[]) {
  const { exitCode, stdout, stderr } = Bun.spawnSync([...gwCommand(), "certificate", ...words]);
  return { exitCode, out: stdout.toString(), err: stderr.toString() };
}

test("certificate: both files are written for their owner alone, and kept until --force", () => {
  using dir = makeTempDir();
  const tls = join(dir.path, "tls");
  const [cert, key] = [join(tls, "cert.pem"), join(tls, "key.pem")];
  const made = run("--self-signed", tls, "--name", "Shop.test,::1", "--days", "30");
  expect([made.exitCode, made.err]).toEqual([0, ""]);
  expect(made.out).toContain(`gw start-server app.ts --https-port 8443 --ssl-certificate-file ${cert}`);
  expect([cert, key].map((path) => statSync(path).mode & 0o777)).toEqual([0o600, 0o600]);
  const first = readFileSync(cert, "utf8");
  const read = new X509Certificate(first);
  expect(read.subjectAltName).toBe("DNS:shop.test, IP Address:0:0:0:0:0:0:0:1");
  const days = (Date.parse(read.validTo) - Date.now()) / 86_400_000;
  expect([days > 29.9, days <= 30]).toEqual([true, true]);

  const again = run("--self-signed", tls);
  expect([again.exitCode, again.err]).toEqual([64, expect.stringContaining(`"${cert}" is there already`)]);
  expect(readFileSync(cert, "utf8")).toBe(first);
  expect(run("--self-signed", tls, "--force").exitCode).toBe(0);
  expect(readFileSync(cert, "utf8")).not.toBe(first);
});

test("certificate: where nothing can be written nothing is left", () => {
  using dir = makeTempDir();
  const file = dir.write("file", "");
  const { exitCode, err } = run("--self-signed", join(file, "tls"));
  expect([exitCode, err]).toEqual([64, expect.stringContaining("The files cannot be written: ")]);
  expect(existsSync(join(dir.path, "tls"))).toBe(false);
});

test("certificate: it has to be told which kind", () => {
  expect(run().err).toContain("gw certificate needs --self-signed DIR");
  expect(run("--self-signed", "x", "--name", "a/b").exitCode).toBe(64);
});

test("certificate: an address with its interface is no name for one", () => {
  using dir = makeTempDir();
  const { exitCode, err } = run("--self-signed", join(dir.path, "tls"), "--name", "fe80::1%eth0");
  expect([exitCode, err]).toEqual([64, expect.stringContaining('--name cannot be "fe80::1%eth0"')]);
});

test("certificate: for this machine by default", () => {
  expect(certificateOf(new Map([["self-signed", "tls"]]))).toEqual({
    directory: "tls",
    names: ["localhost", "127.0.0.1", "::1"],
    days: 365,
    replaces: false,
  });
});
