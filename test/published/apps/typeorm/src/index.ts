import "reflect-metadata";
import express from "express";
import { container } from "tsyringe";
import { AppDataSource } from "./data-source";
import { Users } from "./users";

AppDataSource.initialize().then(async () => {
  const users = container.resolve(Users);
  await users.fill();

  const app = express();
  app.get("/users", async (req, res) => {
    res.json(await users.find(req.query.name as string | undefined));
  });
  app.get("/columns", (_req, res) => {
    const { columns } = AppDataSource.getMetadata("User");
    res.json(columns.map(({ propertyName, type }) => [propertyName, typeof type === "function" ? type.name : type]));
  });
  app.listen(3000);
  console.log("Express server has started on port 3000");
});
