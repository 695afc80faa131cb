// What front ends and auth processes say to each other, besides what every child says to the supervisor. A front asks about one
// request, and gets one verdict: lines of JSON, many questions at once, over the private socket of the auth process. The
// first line of a connection is the token of that socket. Hooks are somebody else's code and share the process with who
// answers, so that a front looks at every field of an answer.

import { isRecord } from "../core/records.ts";
import type { IdentitySetup, LimitSetup } from "./setups.ts";

export const AUTH_TYPES = ["Basic", "Digest"] as const;
export type AuthType = (typeof AUTH_TYPES)[number];

/** Of Digest, the best one first. */
export const ALGORITHMS = ["SHA-256", "MD5"] as const;
export type Algorithm = (typeof ALGORITHMS)[number];

/** Longest line, in characters. A head has at most 64 kB, JSON may double what it holds, and credentials may stand in it twice. */
export const QUESTION_LENGTH = 1024 * 1024;
export const ANSWER_LENGTH = 4 * 1024;

/** Absolute paths, as the process itself calls them. */
export type AuthScripts = { access?: string; user?: string; groups?: string };

/** What an auth process must know to start. */
export type AuthSetup = {
  slot: number;
  generation: number;
  listen: { unix: string; token: string; mode?: number };
  home: string;
  limits: LimitSetup;
  identity: IdentitySetup;
  envFiles: string[] | null;
  scripts: AuthScripts;
  /** For scripts in Python: what runs them, and where it looks for modules after `home`. */
  python?: { interpreter: string; program: string; path: string[] };
  /** A file of users and hashes, in the place of a script that checks passwords; as it is called outside of any `chroot`. */
  userFile?: string;
  type: AuthType;
  realm: string;
  /** How long front ends wait for an answer. */
  timeoutMs: number;
  /** How long the hash of a user is believed, with Digest. */
  cacheMs: number;
  tellsModules: boolean;
  /** How programs start the runtime; absent where process.execPath is that. */
  runtime?: string;
  evictionTimeoutMs: number;
  gracefulTimeoutMs: number;
  shutdownTimeoutMs: number;
};

/** Who may ask a group: what a front does with a request before a worker gets it. */
export type AuthRule = {
  /** The group of auth processes that is asked. */
  group: string;
  /** The access hook is asked for each request. */
  checksAccess: boolean;
  /** Users prove who they are, in this way; absent: anybody may be nobody. */
  users?: { type: AuthType; realm: string };
  /** Any one of those for the longest path that fits is enough; empty: every user is. */
  groups: { path: string; name: string }[];
  /** Guarded, with all below them; empty for everything. */
  paths: string[];
  /** Not guarded, with all below them. */
  exceptPaths: string[];
  /** For one request, all hooks together. */
  timeoutMs: number;
  /** How long a right password is believed; 0: it is asked for each request. */
  cacheMs: number;
  /** Wrong passwords of one client in a minute; 0 for any number. */
  failures: number;
  /** Authorization reaches the hooks and the app. */
  passesAuthorization: boolean;
  /** Name of the field by which the app learns of the user. */
  userHeader: string;
};

/** A request, as hooks may see it; names and values of the fields one behind the other. */
export type AuthQuestion = {
  id: number;
  request: { method: string; target: string; headers: string[] };
  client: { address: string; port: number };
  /** By the names that mod_ssl has for them: `HTTPS` is `on` or `off`. */
  tls: Record<string, string>;
  /** The field as the client has sent it; empty for what is none. */
  authorization?: string;
  /** Proven a moment ago: only the access hook is asked. */
  user?: string;
  /** Whoever has no place in one of these is refused. */
  groups?: string[];
};

/**
 * `isOfRequest`: of another request of the same user it may be decided otherwise.
 * `challenged`: the client has to prove who it is; `isWrong`: what it has sent is no proof. The rest is for Digest: `isStale`,
 * it may be right, but for its nonce or its algorithm; `only`: the one algorithm by which this user is known.
 * `failed`: a hook has failed, or has answered what is no answer.
 */
export type AuthVerdict =
  | { verdict: "allowed"; user?: string; isOfRequest?: boolean }
  | { verdict: "denied" }
  | { verdict: "challenged"; nonce?: string; isStale?: boolean; isWrong?: boolean; only?: Algorithm }
  | { verdict: "failed" };

export type AuthAnswer = { id: number } & AuthVerdict;

/** An auth process's answer, checked; undefined when it is none. */
export function readAnswer(line: string): AuthAnswer | undefined {
  const raw = parse(line);
  if (!isRecord(raw) || !Number.isSafeInteger(raw.id)) return undefined;
  const verdict = readVerdict(raw);
  return verdict && { id: raw.id as number, ...verdict };
}

function readVerdict(raw: Record<string, unknown>): AuthVerdict | undefined {
  const { verdict, user, isOfRequest, nonce, isStale, isWrong, only } = raw;
  const algorithm = ALGORITHMS.find((one) => one === only);
  switch (verdict) {
    case "allowed":
      if (user === undefined) return { verdict };
      return isUser(user) ? { verdict, user, ...(isOfRequest === true && { isOfRequest }) } : undefined;
    case "denied":
    case "failed":
      return { verdict };
    case "challenged":
      if (nonce !== undefined && !isNonce(nonce)) return undefined;
      return {
        verdict,
        ...(nonce !== undefined && { nonce }),
        ...(isStale === true && { isStale }),
        ...(isWrong === true && { isWrong }),
        ...(algorithm && { only: algorithm }),
      };
    default:
      return undefined;
  }
}

/** In characters; what is no name of a user (credentials/user-names) is found out by who gives it to an app. */
const LONGEST_USER = 1024;
const NONCE = /^[A-Za-z0-9+/=._-]{1,256}$/;

const isUser = (value: unknown): value is string => typeof value === "string" && value.length <= LONGEST_USER;
const isNonce = (value: unknown): value is string => typeof value === "string" && NONCE.test(value);

/** A front's question; undefined when it is none. */
export function readQuestion(line: string): AuthQuestion | undefined {
  const raw = parse(line);
  if (!isRecord(raw) || !Number.isSafeInteger(raw.id)) return undefined;
  const { request, client, tls } = raw;
  const isWhole =
    isRecord(request) &&
    typeof request.method === "string" &&
    typeof request.target === "string" &&
    Array.isArray(request.headers) &&
    isRecord(client) &&
    typeof client.address === "string" &&
    isRecord(tls);
  // A front is gw's own: what it says besides is as its type says.
  return isWhole ? (raw as AuthQuestion) : undefined;
}

function parse(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}
