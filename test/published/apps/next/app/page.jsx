import Link from "next/link";
import { Counter } from "./counter.jsx";

export default function Page() {
  return (
    <main>
      <h1>A static page</h1>
      <Counter />
      <Link href="/items/7">Item 7</Link>
    </main>
  );
}
