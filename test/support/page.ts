// A page as a person or a screen reader finds it: one Window for each test, never the global one, so that the server
// under test keeps its own Request and Response.
import { Window } from "happy-dom";

export type Page = {
  document: Document;
  /** Text of the first element, white space folded. */
  text(selector: string): string;
  [Symbol.asyncDispose](): Promise<void>;
};

export function openPage(html: string): Page {
  const window = new Window({ settings: { disableJavaScriptEvaluation: true } });
  window.document.write(html);
  const document = window.document as unknown as Document;
  return {
    document,
    text: (selector) => (document.querySelector(selector)?.textContent ?? "").replace(/\s+/g, " ").trim(),
    [Symbol.asyncDispose]: () => window.happyDOM.close(),
  };
}
