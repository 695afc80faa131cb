import { Body, Controller, Get, NotFoundException, Param, ParseIntPipe, Post, Query } from "@nestjs/common";
import { CatsService } from "./cats.service";

@Controller("cats")
export class CatsController {
  constructor(private readonly cats: CatsService) {}

  @Get()
  all(@Query("color") color?: string) {
    return this.cats.all(color);
  }

  @Get(":id")
  one(@Param("id", ParseIntPipe) id: number) {
    const cat = this.cats.one(id);
    if (!cat) throw new NotFoundException();
    return cat;
  }

  @Post()
  create(@Body() body: { name: string }) {
    return { created: body.name };
  }
}
