import "./global.css";

export const metadata = { title: "A shop", description: "With a route of each kind" };

export default function Layout({ children }) {
  return (
    <html lang="en">
      <body>{children}</body>
    </html>
  );
}
