// Reads one case: the bytes to send and what must come of them. The format is written down in README.md.
import { readFileSync } from "node:fs";

export type ExpectedAnswer = { status: number; cause: string | undefined };
export type ExpectedRequest = { lines: string[]; body: string };

export type Case = {
  what: string;
  /** Latin-1 text, one character for one byte. */
  bytes: string;
  answers: ExpectedAnswer[];
  worker: ExpectedRequest[];
  connection: "kept" | "closed";
  methods: string[];
  mayBegin: boolean;
  /** As good as `answers` when the bytes come in small pieces. */
  inPieces: ExpectedAnswer[] | undefined;
};

type Written = {
  what: string;
  answers: string[];
  worker: { lines: string[]; body?: string }[];
  connection: "kept" | "closed";
  methods?: string[];
  mayBegin?: boolean;
  inPieces?: string[];
};

/** `path` is the one of the `.http` file. */
export function readCase(path: string): Case {
  const bytes = unescapeBytes(readFileSync(path, "latin1").replaceAll("\n", ""));
  const written: Written = JSON.parse(readFileSync(path.replace(/\.http$/, ".json"), "utf8"));
  return {
    what: written.what,
    bytes,
    answers: written.answers.map(readExpected),
    inPieces: written.inPieces?.map(readExpected),
    worker: written.worker.map(({ lines, body = "" }) => ({
      lines: lines.map(unescapeBytes),
      body: unescapeBytes(body),
    })),
    connection: written.connection,
    methods: written.methods ?? [],
    mayBegin: written.mayBegin ?? false,
  };
}

function readExpected(text: string): ExpectedAnswer {
  const [status, cause] = text.split(" ");
  return { status: Number(status), cause };
}

const ESCAPES: Record<string, string> = { r: "\r", n: "\n", t: "\t", "0": "\0", "\\": "\\" };

export function unescapeBytes(text: string): string {
  return text
    .replace(/\\\*(\d+)\{([^}]*)\}/g, (_all, count: string, part: string) => part.repeat(Number(count)))
    .replace(
      /\\(?:x([0-9a-f]{2})|([rnt0\\])|(.))/gi,
      (all, hex?: string, short?: string, unknown?: string) => {
        if (unknown !== undefined) throw new Error(`unknown escape ${all}`);
        return hex === undefined
          ? (ESCAPES[short ?? ""] ?? "")
          : String.fromCharCode(Number.parseInt(hex, 16));
      },
    );
}
