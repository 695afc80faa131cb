// Who listens on a port, as the kernel tells it.
import { expect, test } from "bun:test";
import { linux } from "../../../src/os/linux/linux.ts";
import { parseListening } from "../../../src/os/linux/sockets.ts";
import { known } from "../../../src/os/operating-system.ts";
import { describeWith, ON_LINUX } from "../../support/needs.ts";

const lineOf = (local: string, state: string) =>
  `   0: ${local} 00000000:0000 ${state} 00000000:00000000 00:00000000 00000000  1000        0 4711 1 0 100 0 0 10 0`;

test.each([
  ["0100007F:1F90", "7f000001"],
  ["00000000:1F90", "00000000"],
  ["00000000000000000000000001000000:1F90", `${"0".repeat(31)}1`],
  ["B80D0120000000000000000001000000:1F90", `20010db8${"0".repeat(23)}1`],
])("sockets: the line of a listener at %s", (local, address) => {
  expect(parseListening(lineOf(local, "0A"))).toEqual({ address, port: 8080, id: "4711" });
});

test("sockets: other lines are told from those of listeners", () => {
  expect(parseListening("  sl  local_address rem_address   st tx_queue rx_queue")).toBe("heading");
  expect(parseListening(lineOf("0100007F:1F90", "01"))).toBe("none");
  expect(parseListening("")).toBe("none");
});

describeWith(ON_LINUX)("sockets", () => {
  test("a server of this process is found, and gone when it is", () => {
    const server = Bun.serve({ hostname: "127.0.0.1", port: 0, fetch: () => new Response() });
    const port = server.port!;
    const all = known(linux.listeningOn(port)) ?? [];
    expect(linux.listeningOf(process.pid, all)).toMatchObject({ address: "7f000001", port });
    expect(linux.holderOf(all)).toBe(process.pid);
    expect(known(linux.ownPorts())).toContain(port);
    server.stop(true);
    expect(linux.listeningOn(port)).toEqual({ ok: true, value: [] });
    expect(known(linux.ownPorts())).not.toContain(port);
    expect(linux.holderOf([])).toBeUndefined();
  });
});
