import { word } from "@deep/word";

export default { fetch: () => new Response(word) };
