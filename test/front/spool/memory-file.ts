// A disk in memory, whose file fails when it is told to, and counts what it has.
import type { OpenSpool, SpoolFile } from "../../../src/front/spool/spool-file.ts";

export class MemoryFile implements SpoolFile {
  readonly #bytes: Buffer;
  isUnreadable = false;
  isClosed = false;
  /** How often what it has was given back. */
  emptied = 0;
  written = 0;
  readBytes = 0;
  readonly disk: MemoryDisk;

  constructor(disk: MemoryDisk, most: number) {
    this.disk = disk;
    this.#bytes = Buffer.alloc(most);
  }

  async write(bytes: Uint8Array, position: number): Promise<void> {
    await this.disk.turn();
    if (this.isClosed || position + bytes.length > this.#bytes.length) throw new Error("out of bounds");
    if (this.disk.isFull) throw new Error("no space left");
    this.#bytes.set(bytes, position);
    this.written += bytes.length;
  }

  async read(into: Uint8Array, position: number): Promise<number> {
    await this.disk.turn();
    if (this.isUnreadable || this.isClosed) throw new Error("input/output error");
    into.set(this.#bytes.subarray(position, position + into.length));
    this.readBytes += into.length;
    return into.length;
  }

  async empty(): Promise<void> {
    await this.disk.turn();
    this.emptied++;
    if (this.disk.isFull) throw new Error("no space left");
  }

  close(): void {
    this.isClosed = true;
  }
}

export class MemoryDisk {
  readonly files: MemoryFile[] = [];
  isFull = false;
  /** Why it cannot be opened. */
  refusal: string | undefined;
  /** What it takes its time for. */
  turn: () => Promise<void> = async () => {};
  /** Bytes that there are on it. */
  bytes: number;

  constructor(bytes = 64 * 2 ** 20) {
    this.bytes = bytes;
  }

  readonly open: OpenSpool = async (most, before) => {
    if (this.refusal !== undefined) throw new Error(this.refusal);
    const bytes = Math.max(0, Math.min(most, this.bytes) - before);
    const file = new MemoryFile(this, bytes);
    this.files.push(file);
    return { file, bytes };
  };

  get file(): MemoryFile {
    return this.files.at(-1) as MemoryFile;
  }

  get openFiles(): number {
    return this.files.filter(({ isClosed }) => !isClosed).length;
  }
}
