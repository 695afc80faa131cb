import { redirect } from "react-router";

export const loader = () => redirect("/items/1", { headers: { "set-cookie": "a=1" } });
