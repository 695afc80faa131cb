import { Link } from "react-router";

export const meta = () => [{ title: "A page" }];

export default function Home() {
  return <Link to="/items/7">Item 7</Link>;
}
