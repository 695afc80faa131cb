// Decides about one request: may this client ask, who is it, and is that user in a group that may. The hooks are asked in that
// order, each only if the one before it lets the request pass. What a hook throws is told with its stack, and to no client.

import { readBasic } from "../credentials/basic.ts";
import { isUserName } from "../credentials/user-names.ts";
import type { PasswordCheck } from "../credentials/verify.ts";
import type { AuthQuestion, AuthVerdict } from "../link/auth.ts";
import type { DigestCheck, FindHash } from "./digest-check.ts";
import { accessOf, type HookRequest, type Hooks, isMember, realmHashOf, requestOf, userOf } from "./hooks.ts";

export type RefereeOptions = {
  hooks: Hooks;
  /** Where users prove themselves by Digest. */
  digest?: DigestCheck | undefined;
  /** Of a file, where no hook checks passwords. */
  checkPassword?: PasswordCheck | undefined;
  /** A hook has thrown this, or has answered what is no answer. */
  onFailure(hook: keyof Hooks, thrown: unknown): void;
};

const DENIED: AuthVerdict = { verdict: "denied" };
const FAILED: AuthVerdict = { verdict: "failed" };
const CHALLENGED: AuthVerdict = { verdict: "challenged" };
const WRONG: AuthVerdict = { verdict: "challenged", isWrong: true };

export class Referee {
  readonly #options: RefereeOptions;

  constructor(options: RefereeOptions) {
    this.#options = options;
  }

  async decide(question: AuthQuestion): Promise<AuthVerdict> {
    const request = requestOf(question);
    const { allowAccess } = this.#options.hooks;
    if (allowAccess) {
      const isAllowed = await this.#try("allowAccess", async () =>
        accessOf(await allowAccess(request, request.client)),
      );
      // Whoever cannot say that a client may ask, has not said it.
      if (!isAllowed) return DENIED;
    }
    if (question.user !== undefined) return { verdict: "allowed", user: question.user };
    if (!this.#checksUsers) return { verdict: "allowed" };
    return this.#decideOnUser(question);
  }

  async #decideOnUser(question: AuthQuestion): Promise<AuthVerdict> {
    let hasLooked = false;
    const request = requestOf(question, () => {
      hasLooked = true;
    });
    const found = await this.#identify(request, question);
    const verdict =
      typeof found === "string" ? await this.#admit(request, found, question.groups ?? []) : found;
    return verdict.verdict === "allowed" && hasLooked ? { ...verdict, isOfRequest: true } : verdict;
  }

  get #checksUsers(): boolean {
    const { hooks, checkPassword } = this.#options;
    return (hooks.checkPassword ?? hooks.getRealmHash ?? checkPassword) !== undefined;
  }

  /** The name of the user, or a verdict where there is none. */
  async #identify(request: HookRequest, question: AuthQuestion): Promise<string | AuthVerdict> {
    const { authorization } = question;
    if (authorization === undefined) return this.#challenge();
    if (this.#options.digest) return this.#checkDigest(this.#options.digest, question, authorization);
    const sent = readBasic(authorization);
    if (!sent) return WRONG;
    const { user, password } = sent;
    const known = await this.#check(request, user, password);
    if (known === FAILED || known === undefined) return known ?? WRONG;
    return known;
  }

  async #checkDigest(
    digest: DigestCheck,
    question: AuthQuestion,
    authorization: string,
  ): Promise<string | AuthVerdict> {
    const { getRealmHash } = this.#options.hooks;
    const find: FindHash = async (user, realm, algorithm) => {
      let isOfRequest = false;
      const request = requestOf(question, () => {
        isOfRequest = true;
      });
      const hash = realmHashOf(await getRealmHash?.(request, user, realm, algorithm));
      return { hash, isOfRequest };
    };
    const outcome = await this.#try("getRealmHash", () =>
      digest.check(authorization, question.request, find),
    );
    if (!outcome) return FAILED;
    return "user" in outcome ? outcome.user : outcome;
  }

  #challenge(): AuthVerdict {
    return this.#options.digest?.challenge() ?? CHALLENGED;
  }

  async #check(
    request: HookRequest,
    user: string,
    password: string,
  ): Promise<string | AuthVerdict | undefined> {
    const { hooks, checkPassword } = this.#options;
    if (checkPassword) return (await checkPassword(user, password)) ? user : undefined;
    const outcome = await this.#try("checkPassword", async () => {
      const name = userOf(await hooks.checkPassword?.(request, user, password), user);
      if (name !== undefined && !isUserName(name))
        throw new Error("checkPassword has returned what can be no name of a user");
      return { name };
    });
    return outcome ? outcome.name : FAILED;
  }

  async #admit(request: HookRequest, user: string, wanted: readonly string[]): Promise<AuthVerdict> {
    const { groupsForUser } = this.#options.hooks;
    if (wanted.length === 0) return { verdict: "allowed", user };
    if (!groupsForUser) return FAILED;
    const isIn = await this.#try("groupsForUser", async () => ({
      value: isMember(await groupsForUser(request, user), wanted),
    }));
    if (!isIn) return FAILED;
    return isIn.value ? { verdict: "allowed", user } : this.#challenge();
  }

  /** Undefined when it has thrown. */
  async #try<T>(hook: keyof Hooks, ask: () => Promise<T>): Promise<T | undefined> {
    try {
      return await ask();
    } catch (thrown) {
      this.#options.onFailure(hook, thrown);
      return undefined;
    }
  }
}
