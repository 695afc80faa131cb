import { Injectable, type OnApplicationShutdown } from "@nestjs/common";

@Injectable()
export class CatsService implements OnApplicationShutdown {
  private readonly cats = [
    { id: 1, name: "Tom", color: "grey" },
    { id: 2, name: "Felix", color: "black" },
  ];

  all(color?: string) {
    return this.cats.filter((cat) => color === undefined || cat.color === color);
  }

  one(id: number) {
    return this.cats.find((cat) => cat.id === id);
  }

  async onApplicationShutdown() {
    await new Promise((done) => setTimeout(done, 300));
    console.log("closed: the hook of Nest ran");
  }
}
