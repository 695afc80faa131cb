export default defineEventHandler(() => ({ hello: "from Nitro" }));
