// A program in Python is carried along as text.
declare module "*.py" {
  const text: string;
  export default text;
}
