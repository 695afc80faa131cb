// What a signal handler does: it says that the server shall stop, and nothing else. Whoever runs the server waits
// for it where waiting is safe, so a signal is safe at any instant.

export class StopRequest {
  private readonly first = Promise.withResolvers<string>();
  private readonly second = Promise.withResolvers<string>();
  private count = 0;

  /** Resolves to the name of the first signal: stop gracefully. */
  readonly asked: Promise<string> = this.first.promise;
  /** Resolves to the name of the second signal: stop at once. */
  readonly hurried: Promise<string> = this.second.promise;

  ask(signal: string): void {
    this.count++;
    if (this.count === 1) this.first.resolve(signal);
    if (this.count === 2) this.second.resolve(signal);
  }
}
