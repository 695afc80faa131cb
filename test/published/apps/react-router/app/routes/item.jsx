import { data, Form } from "react-router";

export function loader({ params, request }) {
  if (params.id === "0") throw data("There is none", { status: 404 });
  return { id: params.id, color: new URL(request.url).searchParams.get("color") };
}

export async function action({ request }) {
  return { said: (await request.formData()).get("say") };
}

export default function Item({ loaderData, actionData }) {
  return (
    <Form method="post">
      Item {loaderData.id}, color {loaderData.color}, said {actionData?.said ?? "nothing"}
    </Form>
  );
}
