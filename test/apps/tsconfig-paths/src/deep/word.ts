export const word = "through an alias";
