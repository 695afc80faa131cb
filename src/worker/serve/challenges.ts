// Remembers which lines of WWW-Authenticate an app has appended: the runtime keeps one joined value, and a challenge
// with commas in it cannot be told apart from two. What is remembered belongs to one Headers object and is good for as
// long as its value is the one that was remembered, so that `set` and `delete` need no watching. It goes along where the
// headers are copied as an object, and where the app takes the joined value out and puts it elsewhere in the same turn,
// as Hono does. An app that never appends a second line pays for a comparison of lengths.

import { CHALLENGES_HEADER, encodeLengths, splitAt } from "../../http/challenges.ts";

type AnyFunction = (this: unknown, ...args: never[]) => unknown;
type Init = { headers?: unknown } | undefined;
/** Where the runtime keeps its classes. */
export type Scope = { Headers: typeof Headers; Response: typeof Response };

const NAME = "www-authenticate";
const NONE: readonly unknown[] = [];
/** Ways to take values out of a Headers object. */
const READERS = ["get", "entries", "values", "forEach", "toJSON", Symbol.iterator] as const;

export interface Challenges {
  /** Writes what is remembered of an answer into it, for the front. */
  tell(response: Response): void;
}

/** Replaces Headers and Response, to be called before the app is imported. Instances are the runtime's own. */
export function rememberChallenges(scope: Scope): Challenges {
  const memory = new Memory(scope.Headers.prototype);
  const headers = scope.Headers;
  const response = scope.Response;
  watchAppending(headers.prototype, memory);
  Object.assign(scope, {
    Headers: construct(headers, (make, init) => {
      const { given, lengths } = materialize(init, memory);
      const made = make(given) as Headers;
      memory.keep(made, lengths);
      return made;
    }),
    Response: construct(response, (make, body, init) =>
      init === undefined
        ? make(body)
        : withHeaders(init as Init, memory, (given) => make(body, given) as Response),
    ),
  });
  for (const name of ["json", "redirect"] as const) {
    const make = response[name].bind(response) as (first: unknown, init: unknown) => Response;
    const noted = (first: unknown, init?: Init) => withHeaders(init, memory, (given) => make(first, given));
    Object.defineProperty(scope.Response, name, { value: noted, configurable: true, writable: true });
  }
  replace(response.prototype, "clone", (clone) => {
    return function (this: Response) {
      const copy = clone.call(this) as Response;
      if (memory.isUsed) memory.keep(copy.headers, memory.lengthsOf(this.headers));
      return copy;
    };
  });
  return {
    tell(answer) {
      const lengths = memory.isUsed ? memory.lengthsOf(answer.headers) : undefined;
      if (lengths) answer.headers.set(CHALLENGES_HEADER, encodeLengths(lengths));
    },
  };
}

/** What is known of the Headers objects of this process. */
class Memory {
  isUsed = false;
  readonly #known = new WeakMap<Headers, number[]>();
  /** Joined values that the app has taken out during this turn of the loop. */
  readonly #taken = new Map<string, number[]>();
  readonly #prototype: Headers;
  readonly #get: (name: string) => string | null;

  constructor(prototype: Headers) {
    this.#prototype = prototype;
    this.#get = prototype.get;
  }

  valueOf(headers: Headers): string | null {
    return this.#get.call(headers, NAME);
  }

  /** Undefined unless there are several lines, and they are still there. */
  lengthsOf(headers: Headers): number[] | undefined {
    const lengths = this.#known.get(headers);
    const value = lengths && this.valueOf(headers);
    return value && splitAt(value, lengths) ? lengths : undefined;
  }

  /** `lengths` as far as they are known; otherwise what the app took out of other headers a moment ago is looked at. */
  keep(headers: Headers, lengths?: number[]): void {
    if (!lengths && this.#taken.size === 0) return;
    const value = this.valueOf(headers);
    const found = lengths ?? (value === null ? undefined : this.#taken.get(value));
    if (value === null || !found || !splitAt(value, found)) return;
    this.#known.set(headers, found);
    if (!this.isUsed) this.#watchCopying();
  }

  /** From the first time on that there is something to lose. */
  #watchCopying(): void {
    this.isUsed = true;
    const note = (headers: Headers) => this.#noteTaken(headers);
    const adopt = (headers: Headers) => this.keep(headers);
    for (const name of READERS) {
      replace(this.#prototype, name, (read) => {
        return function (this: Headers, ...args: never[]) {
          note(this);
          return read.apply(this, args);
        };
      });
    }
    replace(this.#prototype, "set", (set) => {
      return function (this: Headers, ...args: never[]) {
        set.apply(this, args);
        if (isChallenge(args[0])) adopt(this);
      };
    });
  }

  #noteTaken(headers: Headers): void {
    const lengths = this.#known.get(headers);
    const value = lengths && this.valueOf(headers);
    if (!value) return;
    if (this.#taken.size === 0) setImmediate(() => this.#taken.clear());
    this.#taken.set(value, lengths);
  }
}

function watchAppending(prototype: Headers, memory: Memory): void {
  replace(prototype, "append", (append) => {
    return function (this: Headers, ...args: never[]) {
      if (!isChallenge(args[0])) return append.apply(this, args);
      const before = memory.valueOf(this);
      const lengths = memory.lengthsOf(this) ?? (before === null ? [] : [before.length]);
      append.apply(this, args);
      if (before === null) return memory.keep(this);
      memory.keep(this, [...lengths, (memory.valueOf(this)?.length ?? 0) - before.length - 2]);
    };
  });
}

/** Makes something from an init with headers, and keeps what they held. */
function withHeaders(init: Init, memory: Memory, make: (init: unknown) => Response): Response {
  const headers = init?.headers;
  if (headers === undefined || headers === null) return make(init);
  const { given, lengths } = materialize(headers, memory);
  // An init may be a Response or an instance of a class: a copy must not lose what it inherits.
  const made = make(given === headers ? init : { ...statusOf(init), headers: given });
  if (lengths || memory.isUsed) memory.keep(made.headers, lengths);
  return made;
}

const statusOf = (init: Init): object => {
  const { status, statusText } = init as ResponseInit;
  return { ...(status !== undefined && { status }), ...(statusText !== undefined && { statusText }) };
};

/** Headers as a constructor takes them, anything that can be read only once in a form that can be read again. */
function materialize(init: unknown, memory: Memory): { given: unknown; lengths: number[] | undefined } {
  if (init === null || typeof init !== "object") return { given: init, lengths: undefined };
  if (init instanceof Headers) return { given: init, lengths: memory.lengthsOf(init) };
  if (!isIterable(init))
    return { given: init, lengths: lengthsIn(valuesOf(init as Record<string, unknown>)) };
  const pairs = Array.isArray(init) ? init : [...init];
  const values = pairs.flatMap((pair: unknown) =>
    Array.isArray(pair) && isChallenge(pair[0]) ? [pair[1]] : [],
  );
  return { given: pairs, lengths: lengthsIn(values) };
}

/** An object can name the field twice only in different letter cases. */
function valuesOf(init: Record<string, unknown>): readonly unknown[] {
  let values = NONE;
  for (const name in init) if (isChallenge(name)) values = [...values, init[name]];
  return values;
}

/** Without the white space around them, as the runtime keeps them. */
function lengthsIn(values: readonly unknown[]): number[] | undefined {
  if (values.length < 2) return undefined;
  return values.map((value) => String(value).replace(/^[\t\n\r ]+|[\t\n\r ]+$/g, "").length);
}

type Make = (first?: unknown, second?: unknown) => object;

/** A class that looks and is extended like the given one. `build` gets the original as a function that makes instances. */
function construct<C extends abstract new (...args: never[]) => object>(
  original: C,
  build: (make: Make, first?: unknown, second?: unknown) => object,
): C {
  const { name } = original;
  const plain = original as unknown as new (first?: unknown, second?: unknown) => object;
  const makePlain: Make = (first, second) => new plain(first, second);
  function replaced(this: unknown, first?: unknown, second?: unknown): object {
    const target = new.target;
    if (target === replaced) return build(makePlain, first, second);
    if (target === undefined) throw new TypeError(`Use \`new ${name}(...)\` instead of \`${name}(...)\``);
    return build((...args) => Reflect.construct(original, args, target), first, second);
  }
  Object.setPrototypeOf(replaced, original);
  Object.defineProperty(replaced, "name", { value: name });
  replaced.prototype = original.prototype;
  Object.assign(original.prototype, { constructor: replaced });
  return replaced as unknown as C;
}

function replace<T>(
  prototype: object,
  name: string | symbol,
  by: (original: AnyFunction) => (this: T, ...args: never[]) => unknown,
): void {
  const original = (prototype as Record<string | symbol, AnyFunction>)[name] as AnyFunction;
  const value = by(original);
  Object.defineProperty(value, "name", { value: original.name });
  // An assignment: it leaves the property as visible as it was, and some cannot be defined anew.
  Object.assign(prototype, { [name]: value });
}

const isChallenge = (name: unknown): boolean =>
  typeof name === "string" && name.length === NAME.length && name.toLowerCase() === NAME;
const isIterable = (value: object): value is Iterable<unknown> => Symbol.iterator in value;
