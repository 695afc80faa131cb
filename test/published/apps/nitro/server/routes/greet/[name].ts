export default defineEventHandler((event) => `Hello ${getRouterParam(event, "name")}`);
