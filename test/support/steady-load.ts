// Clients that ask again and again, each on connections of its own making, until they are told to stop; and what became
// of every single request.

export type Outcome = {
  /** Answers by status; a request without one by what happened to it. */
  counts: Record<string, number>;
  total: number;
};

export type Load = {
  /** Requests answered so far. */
  readonly total: number;
  /** Stops asking, and waits for what is under way. */
  finish(): Promise<Outcome>;
  [Symbol.asyncDispose](): Promise<void>;
};

export function startLoad(url: string, clients = 8, init: RequestInit = {}): Load {
  const counts: Record<string, number> = {};
  let total = 0;
  let isOver = false;
  const note = (what: string) => {
    counts[what] = (counts[what] ?? 0) + 1;
    total++;
  };
  const client = async () => {
    while (!isOver) {
      try {
        const answer = await fetch(url, init);
        await answer.text();
        note(String(answer.status));
      } catch (error) {
        note(error instanceof Error ? `${error.name} ${(error as { code?: string }).code}` : String(error));
      }
    }
  };
  const done = Promise.all(Array.from({ length: clients }, client));
  const finish = async () => {
    isOver = true;
    await done;
    return { counts, total };
  };
  return {
    get total() {
      return total;
    },
    finish,
    async [Symbol.asyncDispose]() {
      await finish();
    },
  };
}
