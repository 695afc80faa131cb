import { Column, CreateDateColumn, Entity, PrimaryGeneratedColumn } from "typeorm";

@Entity()
export class User {
  @PrimaryGeneratedColumn()
  id: number;

  @Column()
  firstName: string;

  @Column()
  age: number;

  @Column({ default: true })
  isActive: boolean;

  @CreateDateColumn({ select: false })
  created: Date;
}
