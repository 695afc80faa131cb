-- The header fields of a browser's page load; a request without them flatters every server. With a number behind the URL, a
-- body of so many bytes is sent up.
wrk.headers["User-Agent"] = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36"
wrk.headers["Accept"] = "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8"
wrk.headers["Accept-Encoding"] = "gzip, deflate, br, zstd"
wrk.headers["Accept-Language"] = "de,en-US;q=0.7,en;q=0.3"
wrk.headers["Cookie"] = "sid=3f8a1c5e7b9d2046a8c0e2f4b6d8091a; theme=light"
wrk.headers["Sec-Fetch-Dest"] = "document"
wrk.headers["Sec-Fetch-Mode"] = "navigate"
wrk.headers["Sec-Fetch-Site"] = "none"
wrk.headers["Upgrade-Insecure-Requests"] = "1"
wrk.headers["Cache-Control"] = "no-cache"

function init(args)
  local bytes = tonumber(args[1])
  if bytes then
    wrk.method = "POST"
    wrk.headers["Content-Type"] = "application/octet-stream"
    wrk.body = string.rep("x", bytes)
  end
end
