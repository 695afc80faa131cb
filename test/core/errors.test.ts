import { describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import {
  asGwError,
  type Cause,
  describe as describeError,
  ERRORS,
  type ErrorRow,
  GwError,
  reasonOf,
} from "../../src/core/errors.ts";

const ROOT = resolve(import.meta.dir, "../..");
const ROWS: [string, ErrorRow][] = Object.entries(ERRORS);
const PLACEHOLDER = /\{(\w+)\}/g;

/** RFC 9209, section 2.3. */
const PROXY_ERRORS: readonly string[] = [
  "dns_timeout",
  "dns_error",
  "destination_not_found",
  "destination_unavailable",
  "destination_ip_prohibited",
  "destination_ip_unroutable",
  "connection_refused",
  "connection_terminated",
  "connection_timeout",
  "connection_read_timeout",
  "connection_write_timeout",
  "connection_limit_reached",
  "tls_protocol_error",
  "tls_certificate_error",
  "tls_alert_received",
  "http_request_error",
  "http_request_denied",
  "http_response_incomplete",
  "http_response_header_section_size",
  "http_response_header_size",
  "http_response_body_size",
  "http_response_trailer_section_size",
  "http_response_trailer_size",
  "http_response_transfer_coding",
  "http_response_content_coding",
  "http_response_timeout",
  "http_upgrade_failed",
  "http_protocol_error",
  "proxy_internal_response",
  "proxy_internal_error",
  "proxy_configuration_error",
  "proxy_loop_detected",
];

/** Without a status nothing can be answered: the connection, or a stream of it, is cut, and the log says so. */
const isCut = ({ hint }: ErrorRow) => /(?:connection|stream) was cut/i.test(hint);

/** Nobody is answered and nothing ends: the log alone says so. */
const isWait = ({ hint }: ErrorRow) => /^they wait/i.test(hint);

/** It is thrown into the app's handler, and told as its error. */
const isOfApp = ({ hint }: ErrorRow) => /^the app's own answer is 500/i.test(hint);

describe("errors: the table", () => {
  for (const [cause, row] of ROWS) {
    test(`${cause} has a sentence and a hint that end without a full stop`, () => {
      expect(row.message).not.toBe("");
      expect(`${row.message}|${row.hint}`).not.toMatch(/\.(\||$)/);
    });
  }

  for (const [cause, row] of ROWS.filter(([, { audience }]) => audience === "client")) {
    test(`${cause}, which a client can get, has a status or cuts the connection, and an RFC 9209 error type`, () => {
      expect(row.status === undefined).toBe(isCut(row));
      if (row.status !== undefined) expect(row.status >= 400 && row.status < 600).toBe(true);
      expect(PROXY_ERRORS).toContain(row.proxyError ?? "none");
      expect(row.hint).not.toBe("");
    });
  }

  test("what no client gets ends a command with an exit code, or makes clients wait", () => {
    const without = ROWS.filter(
      ([, row]) =>
        row.status === undefined && row.exit === undefined && !isCut(row) && !isWait(row) && !isOfApp(row),
    );
    expect(without.map(([cause]) => cause)).toEqual([]);
  });

  test("exit codes are 1 and the ones of sysexits", () => {
    const codes = ROWS.map(([, { exit }]) => exit).filter((exit) => exit !== undefined);
    expect(codes.filter((code) => code !== 1 && (code < 64 || code > 78))).toEqual([]);
  });
});

describe("errors: facts", () => {
  for (const [cause, row] of ROWS) {
    const names = [...`${row.message} ${row.hint}`.matchAll(PLACEHOLDER)].map(([, name]) => name ?? "");
    if (names.length === 0) continue;
    test(`${cause} shows its facts: ${names.join(", ")}`, () => {
      const error = new GwError(cause as Cause, Object.fromEntries(names.map((name) => [name, `<${name}>`])));
      const text = `${error.message} ${error.hint}`;
      expect(text).not.toMatch(PLACEHOLDER);
      for (const name of names) expect(text).toContain(`<${name}>`);
    });
  }

  test("each place that raises an error gives it every fact that it shows", () => {
    const raised = [...sourcesOfErrors()];
    const short = raised.filter(({ cause, given }) => {
      const row: ErrorRow = ERRORS[cause as Cause];
      const names = [...`${row.message} ${row.hint}`.matchAll(PLACEHOLDER)].map(([, name]) => name ?? "");
      return names.some((name) => !new RegExp(`\\b${name}\\b`).test(given));
    });
    expect(raised.length).toBeGreaterThan(30);
    expect(short).toEqual([]);
  });

  test("a fact that is missing stays visible, and one with braces is not filled again", () => {
    expect(describeError("port_refused", { host: "{port}", port: 80 })).toBe(
      "The system does not let gw listen on {port}:80: {reason}",
    );
  });

  test("a thrown thing of any kind has a reason", () => {
    expect([new Error("a"), "b", undefined, 3].map(reasonOf)).toEqual(["a", "b", "undefined", "3"]);
  });

  test("the text from elsewhere is kept apart from the message", () => {
    const error = new GwError("app_load_failed", { reason: "x" }, "TypeError: y");
    expect([error.message, error.detail, error.cause_, error.row.exit]).toEqual([
      "The app could not be loaded: x",
      "TypeError: y",
      "app_load_failed",
      1,
    ]);
  });
});

/** Every `new GwError("cause", { … })` of the source whose facts are written out on the spot. */
function* sourcesOfErrors(): Iterable<{ file: string; cause: string; given: string }> {
  for (const file of [...new Bun.Glob("src/**/*.ts").scanSync({ cwd: ROOT })].sort()) {
    const text = readFileSync(resolve(ROOT, file), "utf8");
    for (const [, cause = "", given = ""] of text.matchAll(
      /new GwError\(\s*"(\w+)"\s*(?:,\s*(\{[^}]*\}))?\s*\)/g,
    ))
      yield { file, cause, given };
  }
}

test("errors: what was thrown is the error that it is, or a mistake of ours", () => {
  const own = new GwError("queue_full");
  expect(asGwError(own)).toBe(own);
  for (const thrown of [new Error("broken"), "broken"]) {
    const { cause_, facts, detail } = asGwError(thrown);
    expect([cause_, facts, detail]).toEqual(["bug", { what: "broken" }, undefined]);
  }
});
