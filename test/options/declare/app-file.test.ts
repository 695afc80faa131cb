import { describe, expect, test } from "bun:test";
import { adviseOnApp, describeMissingApp, type PathKind } from "../../../src/options/declare/app-file.ts";

const machine: Record<string, PathKind> = {
  "/srv/app.py": "file",
  "/srv/shop": "directory",
  "/srv/shop/src/index.js": "file",
  "/srv/empty": "directory",
  "/srv/mysite/wsgi.py": "file",
  "/secret": "directory",
  "/secret/app.ts": "barred",
};
const lookAt = (path: string) => machine[path];

describe("an app that is not there", () => {
  const cases: [app: string, what: string, advice: string | undefined][] = [
    ["/srv/app", 'There is no app at "/srv/app"', 'Did you mean "/srv/app.py"?'],
    ["/srv/app.ts", 'There is no app at "/srv/app.ts"', 'Did you mean "/srv/app.py"?'],
    ["/srv/shop", 'The app "/srv/shop" is a directory, not a file', 'Did you mean "/srv/shop/src/index.js"?'],
    ["/srv/empty", 'The app "/srv/empty" is a directory, not a file', undefined],
    ["/srv/other.ts", 'There is no app at "/srv/other.ts"', undefined],
    [
      "/secret/app.ts",
      'The app "/secret/app.ts" cannot be reached: permission denied on a directory above it',
      "Let whoever starts gw pass the directories above it (chmod o+x), and read it",
    ],
    [
      "/srv/mysite.wsgi",
      'There is no app at "/srv/mysite.wsgi"',
      "Did you mean mysite.wsgi:application? A module of Python is named with its callable",
    ],
    [
      "/srv/npm",
      'There is no app at "/srv/npm"',
      "gw runs the app without npm: name the file that its script starts, or a program in node_modules/.bin with its words behind --",
    ],
    ["/node", 'There is no app at "/node"', "gw runs the app without node: name the file alone"],
  ];
  test.each(cases)("%s", (app, what, advice) => {
    expect(describeMissingApp(app, lookAt(app))).toBe(what);
    expect(adviseOnApp(app, lookAt(app), lookAt)).toBe(advice as string);
  });
});
