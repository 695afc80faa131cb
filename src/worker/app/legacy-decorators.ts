// Decorators as TypeScript had them before the standard (`experimentalDecorators`, with `emitDecoratorMetadata` for
// injection by type). Bun compiles them, but a compiled executable of Bun 1.4.5 does not look into the app's tsconfig for
// these two; so the app's own TypeScript files are compiled here, by Bun's own compiler, when an app asks for it. May go
// when test/bun/compiled.test.ts finds that the executable does it itself.

import { lstatSync, readdirSync, readFileSync, realpathSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, extname, join } from "node:path";
import { findMappings } from "./source-map.ts";
import { type CompilerOptions, TsConfigs } from "./tsconfig.ts";

/** Sources of the app and of packages that are linked into it. */
const SOURCES = /^(?!.*[\\/]node_modules[\\/]).*\.[cm]?tsx?$/;
/** Made of a CommonJS file: a module that exports the function around it. */
const COMMONJS = "?commonjs";
const COMMONJS_SOURCES = /\.[cm]?tsx?\?commonjs$/;

/** To be called before anything of the app is loaded. Does nothing for an app that does not ask. */
export function compileLegacyDecorators(app: string): void {
  const configs = new TsConfigs();
  const asks = (directory: string) => configs.optionsIn(directory).experimentalDecorators === true;
  const directory = dirname(app);
  if (!asks(directory) && !linkedPackages(directory).some(asks)) return;
  const compiler = new Compiler(configs);
  Bun.plugin({
    name: "legacy decorators",
    setup(build) {
      build.onLoad({ filter: SOURCES }, ({ path }) => compiler.load(path));
      build.onLoad({ filter: COMMONJS_SOURCES }, ({ path }) =>
        compiler.loadFunction(path.slice(0, -COMMONJS.length)),
      );
    },
  });
}

/** Directories that a workspace has linked into node_modules: their sources are the app's, too. */
function linkedPackages(directory: string): string[] {
  const packages = join(directory, "node_modules");
  const here = namesIn(packages).flatMap((name) =>
    name.startsWith("@") ? namesIn(join(packages, name)).map((one) => join(name, one)) : [name],
  );
  const linked = here.flatMap((name) => targetOf(join(packages, name)) ?? []);
  const above = dirname(directory);
  return above === directory ? linked : [...linked, ...linkedPackages(above)];
}

function namesIn(directory: string): string[] {
  try {
    return readdirSync(directory);
  } catch {
    return [];
  }
}

/** Some package managers link everything, to places that are inside of a node_modules again. */
function targetOf(path: string): string | undefined {
  try {
    if (!lstatSync(path).isSymbolicLink()) return undefined;
    const target = realpathSync(path);
    return target.includes("/node_modules/") ? undefined : target;
  } catch {
    return undefined;
  }
}

type Loader = "ts" | "tsx";
type Exports = Record<string, unknown>;
type Loaded = { contents: string; loader: Loader | "js" } | { exports: Exports; loader: "object" };

/** The beginning of a decorator; what only looks so costs the time of compiling and nothing else. */
const DECORATOR = /(?:^|[\s({,;])@[A-Za-z_$(]/m;
const MODULE_SIGNS = /\bimport\.meta\b|^(?:import|export)\b/m;
const COMMONJS_SIGNS = /\b(?:require|exports|module)\b/;

/** A source that the runtime does not compile again. */
const COMPILED = "// @bun\n";

class Compiler {
  readonly #configs: TsConfigs;

  constructor(configs: TsConfigs) {
    this.#configs = configs;
  }

  load(path: string): Loaded {
    const source = readFileSync(path, "utf8");
    const loader = extname(path).endsWith("x") ? "tsx" : "ts";
    const options = this.#configs.optionsIn(dirname(path));
    const isDecorated = options.experimentalDecorators === true && DECORATOR.test(source);
    if (!isDecorated && (MODULE_SIGNS.test(source) || !COMMONJS_SIGNS.test(source)))
      return { contents: source, loader };
    const compiled = compile(path, source, loader, options);
    // A source that cannot be compiled is the runtime's to refuse, with file and line.
    if (compiled === undefined) return { contents: source, loader };
    return compiled.isCommonJs
      ? { exports: runCommonJs(path), loader: "object" }
      : { contents: compiled.text, loader: "js" };
  }

  loadFunction(path: string): Loaded {
    const source = readFileSync(path, "utf8");
    const loader = extname(path).endsWith("x") ? "tsx" : "ts";
    const { text = "" } = compile(path, source, loader, this.#configs.optionsIn(dirname(path))) ?? {};
    return { contents: text, loader: "js" };
  }
}

type Compiled = { text: string; isCommonJs: boolean };

/** Undefined for a source that is none. */
function compile(
  path: string,
  source: string,
  loader: Loader,
  options: CompilerOptions,
): Compiled | undefined {
  const transpiler = makeTranspiler(path, loader, options);
  try {
    const code = transpiler.transformSync(source);
    const { imports, exports } = transpiler.scan(source);
    const isModule =
      exports.length > 0 ||
      imports.some(({ kind }) => kind === "import-statement") ||
      MODULE_SIGNS.test(source) ||
      // Nothing but a module waits at its top.
      /^\S.*\bawait\b/m.test(code);
    const isCommonJs = !isModule && COMMONJS_SIGNS.test(source);
    return { text: isCommonJs ? asFunction(path, source, code) : asModule(path, source, code), isCommonJs };
  } catch {
    return undefined;
  }
}

/** With all that the runtime would do to the file. */
function makeTranspiler(path: string, loader: Loader, options: CompilerOptions): Bun.Transpiler {
  const known = KNOWN.flatMap((name) => (name in options ? [[name, options[name]]] : []));
  return new Bun.Transpiler({
    loader,
    target: "bun",
    autoImportJSX: true,
    trimUnusedImports: true,
    define: { __filename: JSON.stringify(path), __dirname: JSON.stringify(dirname(path)) },
    tsconfig: JSON.stringify({ compilerOptions: Object.fromEntries(known) }),
  });
}

/** Of the compiler's options, those that say how to compile one file. */
const KNOWN = [
  "experimentalDecorators",
  "emitDecoratorMetadata",
  "useDefineForClassFields",
  "jsx",
  "jsxFactory",
  "jsxFragmentFactory",
  "jsxImportSource",
];

function asModule(path: string, source: string, code: string): string {
  return `${COMPILED}${code}\n${mapOf(path, source, code, 1)}`;
}

/** What the compiler puts first, as a module has it, stands before the function that gives it its own `require`. */
function asFunction(path: string, source: string, code: string): string {
  const body = code.replace(/^var \{require\}=import\.meta;/, "");
  const [first = "", ...others] = body.split("\n");
  const isHelper = first.startsWith("import ");
  const [head, rest] = isHelper ? [first, others.join("\n")] : ["", body];
  const start = `${COMPILED}${head}\nexport default function (exports, require, module, __filename, __dirname) {\n`;
  return `${start}${rest}\n}\n${mapOf(path, source, rest, 3)}`;
}

function mapOf(path: string, source: string, code: string, linesBefore: number): string {
  const map = {
    version: 3,
    sources: [path],
    sourcesContent: [source],
    names: [],
    mappings: findMappings(source, code, linesBefore),
  };
  return `//# sourceMappingURL=data:application/json;base64,${Buffer.from(JSON.stringify(map)).toString("base64")}\n`;
}

/** Bun 1.4.5 never runs a CommonJS file that a plugin has returned. Who requires it in a circle gets what is there by then. */
function runCommonJs(path: string): Exports {
  const require = createRequire(path);
  const { default: run } = require(`${path}${COMMONJS}`);
  const isMain = Bun.main === path;
  const module = {
    id: isMain ? "." : path,
    filename: path,
    path: dirname(path),
    exports: {},
    loaded: false,
    children: [],
  };
  require.cache[path] = module as unknown as NodeJS.Module;
  if (isMain) Object.defineProperty(require, "main", { value: module });
  run.call(module.exports, module.exports, require, module, path, dirname(path));
  module.loaded = true;
  const exports: Exports = module.exports;
  const byDefault = exports.__esModule === true && "default" in exports ? exports.default : exports;
  return { ...exports, default: byDefault, "module.exports": exports };
}
