import { error } from "@sveltejs/kit";

export function load({ params, url }) {
  if (params.id === "0") error(404, "There is none");
  return { id: params.id, color: url.searchParams.get("color") };
}

export const actions = {
  async default({ request }) {
    return { said: (await request.formData()).get("say") };
  },
};
