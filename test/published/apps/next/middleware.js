import { NextResponse } from "next/server";

export function middleware() {
  const response = NextResponse.next();
  response.headers.set("x-middleware", "ran");
  return response;
}

export const config = { matcher: "/items/:path*" };
