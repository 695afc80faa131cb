// Files that are taken in as their text.
declare module "*.css" {
  const text: string;
  export default text;
}
