export const answer = 42;
export const settings = { port: 3000 };
