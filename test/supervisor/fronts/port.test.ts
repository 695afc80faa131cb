// Whether the public port can be had, and who shares it.
import { expect, test } from "bun:test";
import { GwError } from "../../../src/core/errors.ts";
import { probePort, strangerOn } from "../../../src/supervisor/fronts/port.ts";
import { describeWith, ON_LINUX } from "../../support/needs.ts";

const serve = (hostname: string, port = 0) =>
  Bun.serve({ hostname, port, reusePort: true, fetch: () => new Response() });

describeWith(ON_LINUX)("port", () => {
  test("somebody who shares our address is a stranger; on another address, or alone, nobody is", async () => {
    using ours = serve("127.0.0.1");
    const port = ours.port!;
    expect(strangerOn(port, [process.pid])).toBeUndefined();
    using _elsewhere = serve("127.0.0.2", port);
    expect(strangerOn(port, [process.pid])).toBeUndefined();
    const script = `Bun.serve({ hostname: "127.0.0.1", port: ${port}, reusePort: true, fetch: () => new Response() }); console.log("up");`;
    await using child = Bun.spawn([process.execPath, "-e", script], { stdout: "pipe" });
    await child.stdout.getReader().read();
    expect(strangerOn(port, [process.pid])).toBe(child.pid);
    expect(strangerOn(port, [process.pid, child.pid])).toBeUndefined();
    child.kill("SIGKILL");
  });

  test("a free port is found with the address that a name leads to; a taken one is told with who has it", () => {
    const { port, address } = probePort("127.0.0.1", 0, process.pid);
    expect(address).toEqual({ bytes: Uint8Array.of(127, 0, 0, 1), port });
    const named = probePort("localhost", 0, process.pid);
    expect([4, 16]).toContain(named.address?.bytes.length ?? 0);
    using taken = serve("127.0.0.1");
    const refused = attempt(() => probePort("127.0.0.1", taken.port!, process.pid));
    expect(refused).toMatchObject({ cause_: "port_taken", facts: { port: taken.port } });
    expect(refused.message).toContain(`by process ${process.pid} (`);
  });
});

function attempt(act: () => unknown): GwError {
  try {
    act();
  } catch (thrown) {
    if (thrown instanceof GwError) return thrown;
  }
  throw new Error("nothing was refused");
}
