// Hooks that do all that hooks can do, by the path and the user that they are asked about.
import { appendFileSync } from "node:fs";
import { connect } from "node:net";

type Request = {
  method: string;
  target: string;
  headers: Headers;
  tls: { isHttps(): boolean; varLookup(name: string): string | undefined };
};
type Client = { address: string; port: number };

/** Whoever asks learns that the process has begun to do something of which there is no other sign. */
function note(what: string): void {
  if (process.env.NOTES) appendFileSync(process.env.NOTES, `${what}\n`);
}

const leaked: Buffer[] = [];

export async function allowAccess(request: Request, client: Client): Promise<unknown> {
  const { pathname, searchParams } = new URL(request.target, "http://a");
  note(
    `access ${request.method} ${request.target} ${client.address} ${request.headers.get("authorization")} ${request.tls.varLookup("HTTPS")}`,
  );
  switch (pathname) {
    case "/access/false":
      return false;
    case "/access/null":
      return null;
    case "/access/odd":
      return 1;
    case "/access/throws":
      throw new Error("the access hook broke");
    case "/access/identity":
      throw new Error(
        `uid=${process.getuid?.()} gid=${process.getgid?.()} groups=${process.getgroups?.()} cwd=${process.cwd()}`,
      );
    case "/access/die":
      process.kill(process.pid, "SIGKILL");
      return true;
    case "/access/leak":
      leaked.push(Buffer.alloc(30_000_000, 1));
      return true;
    case "/access/exit":
      process.exit(3);
      return true;
    case "/access/spin":
      note("spins");
      // Amid a collection of garbage it could not tell where it stands.
      Bun.gc(true);
      for (;;);
    case "/access/never":
      return new Promise(() => {});
    case "/access/door": {
      const door = connect(Number(searchParams.get("port")));
      await new Promise((resolve) => door.once("data", resolve));
      door.destroy();
      return true;
    }
    default:
      return undefined;
  }
}

export function checkPassword(request: Request, user: string, password: string): unknown {
  note(`password ${user} ${request.headers.get("authorization")}`);
  switch (user) {
    case "odd":
      return 1;
    case "throws":
      throw new Error("the password hook broke");
    case "none":
      return undefined;
    case "forger":
      return "ann\r\nX-Admin: yes";
    case "alias":
      return "Ann of the Alias";
    case "umlaut":
      return "Jürgen";
    default:
      return password === "right";
  }
}

export function groupsForUser(_request: Request, user: string): unknown {
  note(`groups ${user}`);
  if (user === "lost") throw new Error("the group hook broke");
  if (user === "listless") return "staff";
  return user === "ann" ? new Set(["staff", "admins"]) : ["staff"];
}
