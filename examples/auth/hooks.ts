// Who may ask, who is who, and who is in which group. gw runs this in a process of its own, beside the app.

type Request = { method: string; target: string; headers: Headers };
type Client = { address: string; port: number };

/** In earnest these come from a database; made by `gw password --algorithm argon2id`, for example. */
const users = new Map([
  ["ann", { hash: Bun.password.hashSync("secret"), groups: ["staff", "admins"] }],
  ["bob", { hash: Bun.password.hashSync("secret"), groups: ["staff"] }],
]);

export function allowAccess(_request: Request, client: Client): boolean {
  return !client.address.startsWith("192.0.2.");
}

/** For whoever is no user: otherwise the time that an answer takes would tell who is one. */
const nobody = { hash: Bun.password.hashSync(crypto.randomUUID()) };

export async function checkPassword(_request: Request, user: string, password: string) {
  const known = users.get(user);
  const isRight = await Bun.password.verify(password, (known ?? nobody).hash);
  return known !== undefined && isRight;
}

export function groupsForUser(_request: Request, user: string): string[] {
  return users.get(user)?.groups ?? [];
}
