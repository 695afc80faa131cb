import { expect, test } from "bun:test";
import { type PythonApp, pythonAppOf } from "../../../src/options/declare/worker-kinds.ts";

type Type = "script" | "module" | undefined;

const script = (file: string): PythonApp => ({ directory: "/srv/shop", file });
const module = (name: string, callable?: string): PythonApp => ({
  directory: "/srv/shop",
  module: name,
  callable,
});

test.each<[string | undefined, Type, PythonApp | undefined]>([
  ["/srv/shop/wsgi.py", undefined, script("/srv/shop/wsgi.py")],
  ["/srv/shop/hello.wsgi", undefined, script("/srv/shop/hello.wsgi")],
  ["/srv/shop/app.ts", undefined, undefined],
  ["/srv/shop/py", undefined, undefined],
  [undefined, undefined, undefined],
  ["/srv/shop/mysite.wsgi:application", undefined, module("mysite.wsgi", "application")],
  ["/srv/shop/mysite:site.app", undefined, module("mysite", "site.app")],
  ["/srv/shop/größe:app", undefined, module("größe", "app")],
  // What would be no module stays a file, and is told to be missing.
  ["/srv/shop/my-site:app", undefined, undefined],
  ["/srv/shop/1:app", undefined, undefined],
  ["/srv/shop/mysite.wsgi", "module", module("mysite.wsgi")],
  ["/srv/shop/mysite.wsgi", "script", script("/srv/shop/mysite.wsgi")],
  ["/srv/shop/app", "script", script("/srv/shop/app")],
  ["/wsgi.py", undefined, { directory: "/", file: "/wsgi.py" }],
])("worker kinds: the app %p of the type %p", (app, applicationType, expected) => {
  expect(pythonAppOf({ app, applicationType })).toEqual(expected as PythonApp);
});
