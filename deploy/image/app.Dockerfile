# An app on the image of gw, in two layers: what it depends on, and its code. No other image is needed: gw has a package manager
# inside (BUN_BE_BUN). Built from the directory of the app:
#   docker build -f app.Dockerfile -t shop .

FROM gw AS dependencies
USER 0
ENV BUN_BE_BUN=1
COPY package.json bun.loc[k] package-lock.jso[n] /app/
RUN ["/usr/local/bin/gw", "install", "--production", "--frozen-lockfile"]

FROM gw
COPY --from=dependencies /app/ /app/
COPY . /app/
