// What HAProxy 2.6 has sent: recorded bytes, and what they tell.

import type { ProxiedClient } from "../../../src/http/proxy-protocol/preface.ts";

const ends = (address: string, from: number, to: number): ProxiedClient => ({
  source: { address, port: from },
  destination: { address, port: to },
});

const TLS = { version: "TLSv1.3", cipher: "TLS_AES_256_GCM_SHA384" };
const SHOP = { protocol: "h2", authority: "shop.example" };

export const HAPROXY: { name: string; hex: string; client?: ProxiedClient }[] = [
  {
    name: "send-proxy, IPv4",
    hex: "50524f58592054435034203132372e302e302e31203132372e302e302e312035313330362034363830310d0a",
    client: ends("127.0.0.1", 51306, 46801),
  },
  {
    name: "send-proxy, IPv6",
    hex: "50524f58592054435036203a3a31203a3a312035313532342034363830330d0a",
    client: ends("::1", 51524, 46803),
  },
  { name: "send-proxy, a client of a UNIX socket", hex: "50524f585920554e4b4e4f574e0d0a" },
  {
    name: "send-proxy-v2, IPv4",
    hex: "0d0a0d0a000d0a515549540a2111000c7f0000017f000001c86eb6d1",
    client: ends("127.0.0.1", 51310, 46801),
  },
  {
    name: "send-proxy-v2, a client that speaks TLS",
    hex: "0d0a0d0a000d0a515549540a211100117f0000017f000001a900b6d20100026832",
    client: { ...ends("127.0.0.1", 43264, 46802), protocol: "h2" },
  },
  {
    name: "send-proxy-v2, IPv6",
    hex: "0d0a0d0a000d0a515549540a212100240000000000000000000000000000000100000000000000000000000000000001c954b6d3",
    client: ends("::1", 51540, 46803),
  },
  { name: "send-proxy-v2, a check of health", hex: "0d0a0d0a000d0a515549540a20000000" },
  {
    name: "with a checksum and a unique id",
    hex: "0d0a0d0a000d0a515549540a2111004c7f0000017f000001c874b6d1030004c12480a005002e37463030303030313a433837345f37463030303030313a423644315f36423042463341375f303030383a323341422000050000000000",
    client: {
      ...ends("127.0.0.1", 51316, 46801),
      uniqueId: "7F000001:C874_7F000001:B6D1_6B0BF3A7_0008:23AB",
    },
  },
  {
    name: "with all facts, a client without a certificate",
    hex: "0d0a0d0a000d0a515549540a2111008d7f0000017f000001a906b6d2030004b8f1143b010002683202000c73686f702e6578616d706c6505002e37463030303030313a413930365f37463030303030313a423644325f36423042463341375f303030393a323341422000320100000000210007544c5376312e3325000752534132303438230016544c535f4145535f3235365f47434d5f534841333834",
    client: {
      ...ends("127.0.0.1", 43270, 46802),
      ...SHOP,
      uniqueId: "7F000001:A906_7F000001:B6D2_6B0BF3A7_0009:23AB",
      tls: TLS,
    },
  },
  {
    name: "with all facts, a client with a good certificate",
    hex: "0d0a0d0a000d0a515549540a2111009b7f0000017f000001e978b6d2030004a0947378010002683202000c73686f702e6578616d706c6505002e37463030303030313a453937385f37463030303030313a423644325f36423042463342445f303030303a323439442000400700000000210007544c5376312e3322000b5a6fc3ab20436c69656e7425000752534132303438230016544c535f4145535f3235365f47434d5f534841333834",
    client: {
      ...ends("127.0.0.1", 59768, 46802),
      ...SHOP,
      uniqueId: "7F000001:E978_7F000001:B6D2_6B0BF3BD_0000:249D",
      tls: { ...TLS, certificate: { verified: true, commonName: "Zoë Client" } },
    },
  },
  {
    name: "with all facts, a client with a stranger's certificate",
    hex: "0d0a0d0a000d0a515549540a211100987f0000017f000001e97ab6d2030004bdf895d8010002683202000c73686f702e6578616d706c6505002e37463030303030313a453937415f37463030303030313a423644325f36423042463342445f303030313a3234394420003d0700000012210007544c5376312e33220008737472616e67657225000752534132303438230016544c535f4145535f3235365f47434d5f534841333834",
    client: {
      ...ends("127.0.0.1", 59770, 46802),
      ...SHOP,
      uniqueId: "7F000001:E97A_7F000001:B6D2_6B0BF3BD_0001:249D",
      tls: { ...TLS, certificate: { verified: false, commonName: "stranger" } },
    },
  },
  {
    name: "a check of health, with a checksum",
    hex: "0d0a0d0a000d0a515549540a20000012030004955e6a000500002000050000000000",
  },
];
