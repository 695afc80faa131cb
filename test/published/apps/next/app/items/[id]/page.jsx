import { notFound } from "next/navigation";

export default async function Item({ params, searchParams }) {
  const { id } = await params;
  const { color = "none" } = await searchParams;
  if (id === "0") notFound();
  return (
    <p>
      Item {id}, color {color}
    </p>
  );
}
