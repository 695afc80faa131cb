// What hooks are given, and what their answers mean. The meanings are those of mod_wsgi's auth scripts. Pure.

import type { Algorithm, AuthQuestion } from "../link/auth.ts";

/** A request, as hooks see it. */
export type HookRequest = {
  readonly method: string;
  /** As the client has sent it: path and query. */
  readonly target: string;
  /** Without Authorization and Proxy-Authorization, unless --auth-pass-authorization is given. */
  readonly headers: Headers;
  readonly client: HookClient;
  readonly tls: HookTls;
};

/** The client itself, also behind a trusted proxy. */
export type HookClient = { readonly address: string; readonly port: number };

export type HookTls = {
  isHttps(): boolean;
  /** A variable by the name that mod_ssl has for it, for example `HTTPS`; undefined where nothing is known. */
  varLookup(name: string): string | undefined;
};

type Awaitable<T> = T | Promise<T>;

/** Their results are theirs: what is none of those that are named here is a failure. */
export type Hooks = {
  /** False: the client is refused; true, undefined or null: it may ask. */
  allowAccess?: (request: HookRequest, client: HookClient) => Awaitable<unknown>;
  /** True: that is the password; a name: it is, and the user is called so; false: it is not; undefined or null: no such user. */
  checkPassword?: (request: HookRequest, user: string, password: string) => Awaitable<unknown>;
  /**
   * The hash of `user:realm:password` in hexadecimal digits; undefined or null: no such user. `algorithm` is the one that the
   * client has chosen; with the hash of the other one it is asked to take that.
   */
  getRealmHash?: (
    request: HookRequest,
    user: string,
    realm: string,
    algorithm: Algorithm,
  ) => Awaitable<unknown>;
  /** Names of groups. */
  groupsForUser?: (request: HookRequest, user: string) => Awaitable<unknown>;
};

/** What a hook has answered is no answer. */
export class OddResult extends Error {
  constructor(hook: keyof Hooks, accepts: string, result: unknown) {
    super(`${hook} has to return ${accepts}, and returned ${kindOf(result)}`);
  }
}

/** A result may be a secret, and is never shown. */
function kindOf(result: unknown): string {
  if (result === "") return "an empty text";
  if (Array.isArray(result)) return "a list";
  return result instanceof Promise ? "a promise of a promise" : `a value of the type ${typeof result}`;
}

const isNone = (result: unknown) => result === undefined || result === null;

/** Whether the client may ask. */
export function accessOf(result: unknown): boolean {
  if (typeof result === "boolean") return result;
  if (isNone(result)) return true;
  throw new OddResult("allowAccess", "true, false or nothing", result);
}

/** Who it is: the user itself, or by another name; undefined where that is not the password. */
export function userOf(result: unknown, user: string): string | undefined {
  if (result === true) return user;
  if (result === false || isNone(result)) return undefined;
  if (typeof result === "string" && result !== "") return result;
  throw new OddResult("checkPassword", "true, false, a name or nothing", result);
}

const REALM_HASH = /^(?:[0-9a-f]{32}|[0-9a-f]{64})$/i;

/** In small letters; undefined where there is no such user. */
export function realmHashOf(result: unknown): string | undefined {
  if (isNone(result)) return undefined;
  if (typeof result === "string" && REALM_HASH.test(result)) return result.toLowerCase();
  throw new OddResult("getRealmHash", "a hash of 32 or 64 hexadecimal digits, or nothing", result);
}

/** In a list of so many, the one that is looked for would have come. */
const GROUPS_MOST = 100_000;

/** Whether one of the groups that the user is in is one of those that are asked for. */
export function isMember(result: unknown, wanted: readonly string[]): boolean {
  if (typeof result !== "object" || result === null || !(Symbol.iterator in result))
    throw new OddResult("groupsForUser", "a list of names", result);
  let looked = 0;
  for (const name of result as Iterable<unknown>) {
    if (typeof name !== "string") throw new OddResult("groupsForUser", "a list of names", [name]);
    if (wanted.includes(name)) return true;
    if (++looked > GROUPS_MOST) throw new OddResult("groupsForUser", `at most ${GROUPS_MOST} names`, result);
  }
  return false;
}

/**
 * What hooks of one question are given; headers are made when they are first asked for. `onLook`: a hook has looked at something that another
 * request of the same client may have otherwise. The address is the client.
 */
export function requestOf(question: AuthQuestion, onLook = () => {}): HookRequest {
  const { request, client, tls } = question;
  const look = <T>(value: T): T => {
    onLook();
    return value;
  };
  let headers: Headers | undefined;
  const seen: HookRequest & WithOrigin = {
    [ORIGIN]: { question, onLook },
    get method() {
      return look(request.method);
    },
    get target() {
      return look(request.target);
    },
    get headers() {
      headers ??= headersOf(request.headers);
      return look(headers);
    },
    client: {
      address: client.address,
      get port() {
        return look(client.port);
      },
    },
    tls: {
      isHttps: () => look(tls.HTTPS === "on"),
      varLookup: (name) => look(Object.hasOwn(tls, name) ? tls[name] : undefined),
    },
  };
  return seen;
}

const ORIGIN = Symbol("gw question");
type WithOrigin = { readonly [ORIGIN]?: RequestOrigin };
type RequestOrigin = { question: AuthQuestion; onLook(): void };

/** What a request was made of, for hooks that run elsewhere: they are given all of it, and tell what they have looked at. */
export const originOf = (request: HookRequest & WithOrigin): RequestOrigin | undefined => request[ORIGIN];

function headersOf(fields: readonly string[]): Headers {
  const headers = new Headers();
  for (let i = 0; i < fields.length; i += 2) {
    try {
      headers.append(fields[i] as string, fields[i + 1] as string);
    } catch {
      // Of a value that no Headers can hold, a hook can make nothing either.
    }
  }
  return headers;
}
