// Frameworks that come without types and are used here only as values.
declare module "express";
declare module "koa";
