const Page = ({ name }: { name: string }) => <p title="greeting">Hello {name}</p>;

export default { fetch: () => new Response(String(<Page name="JSX" />)) };
