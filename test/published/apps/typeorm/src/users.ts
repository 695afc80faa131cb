import { injectable, singleton } from "tsyringe";
import { AppDataSource } from "./data-source";
import { User } from "./entity/User";

@singleton()
export class Names {
  readonly all = ["Timber", "Phantom"];
}

@injectable()
export class Users {
  constructor(private readonly names: Names) {}

  async fill() {
    const users = AppDataSource.getRepository(User);
    await users.save(this.names.all.map((firstName, n) => users.create({ firstName, age: 24 + n })));
  }

  find(firstName?: string) {
    return AppDataSource.getRepository(User).find({ where: firstName ? { firstName } : {}, order: { id: "ASC" } });
  }
}
