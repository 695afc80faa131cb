// What the catalogue says of one published application.

export type Ask = {
  path: string;
  method?: string;
  headers?: Record<string, string>;
  /** Sent as it is. */
  body?: string;
};

/** Where a conversation finds the app, and the packages that it was installed with. */
export type Place = { url: string; folder: string };

/** A client that one request does not make: WebSockets, polling, mail. Its value is compared as JSON. */
export type Conversation = { name: string; hold(place: Place): Promise<unknown> };

export type PublishedApp = {
  /** Selects it: `npm run test:apps -- NAME`. */
  name: string;
  title: string;
  /** The npm package whose version the table shows. */
  package: string;
  /** Folder below `apps/` with its package.json and what its documentation lets one write; the name when absent. */
  folder?: string;
  /** Commands that build it, after `npm install`. */
  build?: string[][];
  /** What its documentation starts it with. `{port}` is filled in where the documentation lets one choose. */
  plain: {
    runtime: "bun" | "node";
    words: string[];
    /** The port that the app has written into it, or that it takes without being told. */
    port?: number;
    /** Why node, where Bun does not run it. */
    because?: string;
  };
  /** Words after `gw start-server`; `{port}` as above. */
  gw: string[];
  /** Further variables, for both. */
  env?: Record<string, string>;
  /** Files and folders that a run changes; as new before each start. */
  state?: string[];
  asks: (Ask | string)[];
  /** The request of the load during the reload, without a body; the first ask when absent. */
  load?: Ask;
  conversations?: Conversation[];
  /** What its shutdown hook prints, once for each process. */
  hook?: string;
  /** Headers that are another with each answer. */
  varyingHeaders?: string[];
  /** Parts of bodies that are another with each answer or process, and what stands for them. */
  varying?: [RegExp, string][];
  /** What an operator should know, for the table. */
  note?: string;
};
