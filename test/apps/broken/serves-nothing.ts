Bun.serve({ port: 3000 } as never);
