// What the runtime links that is inside gw, and under which licences, as its publisher lists them
// (https://bun.com/docs/project/license). The package managers know nothing of these parts.

export type RuntimePart = { name: string; licence: string; source: string };

export const RUNTIME_PARTS: readonly RuntimePart[] = [
  { name: "Bun", licence: "MIT", source: "https://github.com/oven-sh/bun" },
  { name: "JavaScriptCore", licence: "LGPL-2.0-or-later", source: "https://github.com/oven-sh/WebKit" },
  { name: "BoringSSL", licence: "OpenSSL", source: "https://boringssl.googlesource.com/boringssl" },
  { name: "brotli", licence: "MIT", source: "https://github.com/google/brotli" },
  { name: "c-ares", licence: "MIT", source: "https://github.com/c-ares/c-ares" },
  { name: "ICU", licence: "Unicode-3.0", source: "https://github.com/unicode-org/icu" },
  { name: "libarchive", licence: "BSD-2-Clause", source: "https://github.com/libarchive/libarchive" },
  { name: "libbase64", licence: "BSD-2-Clause", source: "https://github.com/aklomp/base64" },
  { name: "libdeflate", licence: "MIT", source: "https://github.com/ebiggers/libdeflate" },
  { name: "lol-html", licence: "BSD-3-Clause", source: "https://github.com/cloudflare/lol-html" },
  { name: "ls-hpack", licence: "MIT", source: "https://github.com/litespeedtech/ls-hpack" },
  { name: "mimalloc", licence: "MIT", source: "https://github.com/microsoft/mimalloc" },
  { name: "picohttpparser", licence: "MIT", source: "https://github.com/h2o/picohttpparser" },
  { name: "simdutf", licence: "Apache-2.0", source: "https://github.com/simdutf/simdutf" },
  { name: "TinyCC", licence: "LGPL-2.1-or-later", source: "https://github.com/oven-sh/tinycc" },
  { name: "uSockets", licence: "Apache-2.0", source: "https://github.com/uNetworking/uSockets" },
  { name: "uWebSockets", licence: "Apache-2.0", source: "https://github.com/uNetworking/uWebSockets" },
  { name: "zlib (Cloudflare)", licence: "Zlib", source: "https://github.com/cloudflare/zlib" },
  { name: "zstd", licence: "BSD-3-Clause", source: "https://github.com/facebook/zstd" },
];
