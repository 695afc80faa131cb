// The runtime's own parser of HTTP/1.1, llhttp, as node:http has it. Not documented; probed in test/bun/llhttp.test.ts.

declare module "node:_http_common" {
  /** Each number is the name of one of the callbacks of a parser. */
  export class HTTPParser {
    static readonly REQUEST: number;
    static readonly kOnHeaders: number;
    static readonly kOnHeadersComplete: number;
    [callback: number]: unknown;
    /** Begins anew, whatever came before. `headBytes`: beyond that it is HPE_HEADER_OVERFLOW. */
    initialize(type: number, resource: object, headBytes: number, lenient: number): void;
    /** How many of the bytes were read, or what is wrong with them. */
    execute(bytes: Uint8Array): number | { code: string; reason: string };
  }
}
