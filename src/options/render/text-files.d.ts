// Files that are taken along as text.
declare module "*.txt" {
  const text: string;
  export default text;
}
