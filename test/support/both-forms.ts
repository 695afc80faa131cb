// Tests of what lies between front and worker, run once for each form in which a front speaks to a worker.
import { test as once } from "bun:test";
import { type ScriptedOptions, ScriptedWorker } from "./scripted-worker.ts";

export const FORMS = ["HTTP/1.1", "HTTP/2"] as const;
export type Form = (typeof FORMS)[number];

/** Makes workers that are spoken to in one form. */
export type MakeWorker = ((options?: ScriptedOptions) => ScriptedWorker) & { readonly form: Form };

export const scriptedIn = (form: Form): MakeWorker =>
  Object.assign(
    (options: ScriptedOptions = {}) => new ScriptedWorker({ ...options, http2: form === "HTTP/2" }),
    { form },
  );

type Body = (scripted: MakeWorker) => void | Promise<void>;

const overForm = (form: Form, name: string, body: Body) =>
  once(`${name} (${form})`, () => body(scriptedIn(form)));

/** Two tests, one for each form, whose app says which one it takes. */
export function inBothForms(name: string, body: (form: Form) => void | Promise<void>): void {
  for (const form of FORMS) once(`${name} (${form})`, () => body(form));
}

/** Two tests, one for each form. A file that has others as well, where no worker is spoken to, calls those `once`. */
export function test(name: string, body: Body): void {
  for (const form of FORMS) overForm(form, name, body);
}

/** For what has no likeness in HTTP/2, a chunk that is no chunk for example. */
export const overHttp1 = (name: string, body: Body): void => overForm("HTTP/1.1", name, body);
