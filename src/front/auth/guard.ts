// Who may ask one group: what is asked about a request, and what becomes of it by the answer. What clients may not say of
// themselves is taken off each request of the group, guarded or not.

import { randomBytes } from "node:crypto";
import type { Clock } from "../../core/clock.ts";
import { type Cause, GwError } from "../../core/errors.ts";
import { type Attempt, Failures } from "../../credentials/failures.ts";
import { isUserName, userAsFieldValue } from "../../credentials/user-names.ts";
import { Verdicts } from "../../credentials/verdicts.ts";
import { fateOf } from "../../http/fields.ts";
import type { AuthRule } from "../../link/auth.ts";
import type { Backend } from "../../link/messages.ts";
import type { LostReport } from "../dispatch/backends.ts";
import type { Visit } from "../visit/visit.ts";
import { AuthPool } from "./auth-pool.ts";
import { type Challenged, challengesFor, ownerNamedIn } from "./challenge.ts";
import { createGuardedPaths, type GuardedPaths } from "./guarded-paths.ts";
import type { Answered, Question } from "./inquiry.ts";
import { SettledTlsTexts } from "./settled-tls.ts";
import { authorizationIn, type UserField, userFieldOf, withoutClaims, withUser } from "./user-field.ts";

const KNOWN_MOST = 10_000;
const MINUTE_MS = 60_000;

export type GuardOptions = {
  clock: Clock;
  rule: AuthRule;
  onLeft(report: LostReport): void;
};

export class Guard {
  readonly pool: AuthPool;
  readonly #clock: Clock;
  readonly #rule: AuthRule;
  readonly #paths: GuardedPaths;
  /** By which the app is told of the user. */
  readonly field: UserField;
  /** Users whose password was right a moment ago. */
  readonly #known: Verdicts<string>;
  /** Credentials that are asked about now. */
  readonly #asking = new Map<string, Promise<Answered>>();
  readonly #failures: Failures | undefined;
  readonly #texts: SettledTlsTexts;
  #generation = 0;

  constructor({ clock, rule, onLeft }: GuardOptions) {
    const { failures: most, cacheMs: keptMs, users } = rule;
    this.#clock = clock;
    this.#rule = rule;
    this.#texts = new SettledTlsTexts(clock);
    this.#paths = createGuardedPaths(rule);
    this.field = userFieldOf(rule.userHeader);
    // Each response of Digest proves itself.
    const kept = users?.type === "Basic" ? KNOWN_MOST : 0;
    this.#known = new Verdicts({ key: randomBytes(32), keptMs, most: kept });
    this.#failures = most > 0 ? new Failures({ most, windowMs: MINUTE_MS }) : undefined;
    this.pool = new AuthPool({ clock, timeoutMs: rule.timeoutMs, onLeft });
  }

  setBackends(backends: readonly Backend[]): void {
    this.pool.setBackends(backends.filter(({ group }) => group === this.#rule.group));
    // Other scripts may know others.
    if (this.pool.generation === this.#generation) return;
    this.#generation = this.pool.generation;
    this.#known.clear();
    this.#asking.clear();
  }

  /** A stage: throws, or rejects, for a request that is not let in. */
  check(visit: Visit): Promise<void> | undefined {
    const { users, passesAuthorization, checksAccess } = this.#rule;
    const isGuarded = this.#paths.isGuarded(visit.path);
    const sent = visit.fields;
    visit.fields = withoutClaims(sent, this.field, passesAuthorization || !users || !isGuarded);
    if (!isGuarded) return undefined;
    const groups = this.#paths.groupsFor(visit.path);
    const question = questionOf(visit, this.#rule, groups, this.#texts);
    const authorization = users && authorizationIn(sent);
    if (users && authorization !== undefined) return this.#checkUser(visit, question, authorization);
    if (users?.type === "Basic" && !checksAccess) return this.#challenge(visit, {});
    return this.#ask(visit, question);
  }

  #checkUser(visit: Visit, question: Question, authorization: string): Promise<void> | undefined {
    const { address } = visit.peer;
    const now = this.#clock.now();
    const key = this.#known.keyOf([authorization, address, visit.host, ...(question.groups ?? [])]);
    const user = this.#known.get(key, now);
    if (user !== undefined && !this.#rule.checksAccess) return this.#letIn(visit, user);
    if (user !== undefined) return this.#ask(visit, { ...question, user });
    const attempt = this.#failures?.begin(address, key, now);
    if (attempt && "waitMs" in attempt)
      throw new GwError("too_many_failures", { retryAfter: Math.ceil(attempt.waitMs / 1000) });
    return this.#prove(visit, { ...question, authorization, key }, attempt);
  }

  async #prove(visit: Visit, question: Proof, attempt: Attempt | undefined): Promise<void> {
    let wasWrong = false;
    try {
      const answered = await this.#proofOf(question);
      wasWrong = answered.verdict === "challenged" && answered.isWrong === true;
      this.#obey(visit, answered);
    } finally {
      if (attempt) this.#failures?.end(attempt, wasWrong, this.#clock.now());
    }
  }

  /** A page with thirty images asks for all of them at once: the same credentials are asked about once, where that tells for all. */
  async #proofOf({ key, ...question }: Proof): Promise<Answered> {
    const underWay = this.#asking.get(key);
    const other = underWay && (await underWay);
    if (other && holdsForOthers(other))
      return this.#rule.checksAccess ? this.#askAbout(question, other.user) : other;
    const asked = this.pool.ask(question, ownerNamedIn(question.authorization));
    if (!this.#known.keepsAny) return asked;
    const generation = this.#generation;
    this.#asking.set(key, asked);
    try {
      const answered = await asked;
      // Other scripts may have taken over meanwhile.
      if (holdsForOthers(answered) && generation === this.#generation)
        this.#known.set(key, answered.user, this.#clock.now());
      return answered;
    } finally {
      if (this.#asking.get(key) === asked) this.#asking.delete(key);
    }
  }

  /** Who it is has been proven: only the access hook is asked. */
  #askAbout({ authorization: _, ...question }: Question, user: string): Promise<Answered> {
    return this.pool.ask({ ...question, user });
  }

  async #ask(visit: Visit, question: Question): Promise<void> {
    this.#obey(visit, await this.pool.ask(question));
  }

  #obey(visit: Visit, answered: Answered): void {
    switch (answered.verdict) {
      case "allowed":
        return this.#letIn(visit, answered.user);
      case "denied":
        return refuse("access_denied");
      case "challenged":
        return this.#challenge(visit, answered);
      case "failed":
        return refuse("auth_failed");
    }
  }

  #letIn(visit: Visit, user: string | undefined): undefined {
    const { users } = this.#rule;
    // Its process is somebody else's: a user without a check is as wrong as a check without a user.
    if ((user !== undefined) !== (users !== undefined) || (user !== undefined && !isUserName(user)))
      return refuse("auth_failed");
    if (user === undefined) return;
    visit.user = user;
    visit.fields = withUser(visit.fields, this.field, userAsFieldValue(user));
  }

  #challenge(visit: Visit, said: Partial<Challenged>): undefined {
    const { users } = this.#rule;
    const challenges = users && challengesFor(users, said);
    if (!challenges) return refuse("auth_failed");
    visit.challenges = challenges;
    return refuse("unauthorized");
  }
}

/** `key`: the same for the same credentials, as far as an answer can hold for both. */
type Proof = Question & { authorization: string; key: string };

/** By whom another request with the same credentials is. */
function holdsForOthers(answered: Answered): answered is Answered & { user: string } {
  return answered.verdict === "allowed" && isUserName(answered.user) && !answered.isOfRequest;
}

function refuse(cause: Cause): never {
  throw new GwError(cause);
}

/** What hooks may know of a request: nothing of its credentials, unless that is wanted. */
function questionOf(
  visit: Visit,
  rule: AuthRule,
  groups: readonly string[],
  texts: SettledTlsTexts,
): Question {
  const { client, target, peer } = visit;
  const { address, port, scheme } = peer;
  return {
    request: { method: client.method, target, headers: fieldsForHooks(visit, rule) },
    client: { address, port },
    // Of a connection that a trusted proxy has had with the client, no more is known.
    tls: peer.tls ? texts.names(peer.tls) : { HTTPS: scheme === "https" ? "on" : "off" },
    ...(groups.length > 0 && { groups: [...groups] }),
  };
}

const CREDENTIALS: ReadonlySet<string> = new Set(["authorization", "proxy-authorization"]);

function fieldsForHooks({ fields, host }: Visit, { passesAuthorization }: AuthRule): string[] {
  const seen = ["Host", host];
  for (let i = 0; i < fields.length; i += 2) {
    const name = fields[i] as string;
    const fate = fateOf(name);
    if (fate === "host" || fate === "reserved") continue;
    if (passesAuthorization || !CREDENTIALS.has(name.toLowerCase())) seen.push(name, fields[i + 1] as string);
  }
  return seen;
}
