# The image of any service: `docker build --build-arg SERVICE=gateway .`, or `docker compose build`.
# All services are compiled once, in the stage `build`; an image then holds Node, the production
# dependencies of its own service, and the compiled workspaces which that service uses.

# The manifests alone, so that an edited source does not install the dependencies again.
FROM node:24-bookworm-slim AS manifests
WORKDIR /src
COPY . .
RUN find package.json package-lock.json .npmrc packages services -maxdepth 2 \
      \( -name 'package*.json' -o -name .npmrc \) -exec install -D -m 644 {} /manifests/{} \;

FROM node:24-bookworm-slim AS installer
WORKDIR /app
COPY --from=manifests /manifests ./

FROM installer AS build
RUN --mount=type=cache,target=/root/.npm npm ci
COPY . .
# What can run as a service has a `main.ts`, and so has the load generator; the composition for `npm start` is none.
RUN npx tsc -b packages/load $(ls -d services/*/src/main.ts | sed 's#/src/main.ts##' | grep -v embedded) && \
    node services/console/build.mjs

FROM installer AS files
ARG SERVICE
ARG WORKSPACE=services/$SERVICE
# The AWS SDK brings each of its modules three times; Node loads those in dist-cjs.
RUN --mount=type=cache,target=/root/.npm npm ci --omit=dev --workspace "$WORKSPACE" && \
    find node_modules -type d -path 'node_modules/@*/dist-*' \( -name dist-es -o -name dist-types \) -prune -exec rm -r {} +
# npm's own list of what it installed tells which workspaces the service stands on.
RUN --mount=from=build,source=/app,target=/built \
    for workspace in packages/* services/*; do \
      if grep -q "\"$workspace\"" node_modules/.package-lock.json; then \
        tar -C "/built/$workspace" --exclude=./src --exclude=./web --exclude='*.tsbuildinfo' --exclude=./node_modules -c . | tar -C "$workspace" -x; \
      else rm -r "$workspace"; fi; \
    done && \
    ln -s "$WORKSPACE/dist/main.js" main.js && test -f main.js

FROM node:24-bookworm-slim
ENV NODE_ENV=production LAMBDOCK_DATA_DIR=/var/lib/lambdock
WORKDIR /app
# A new volume takes this folder's owner; gateway and executor share it.
RUN mkdir -p "$LAMBDOCK_DATA_DIR" && chown node:node "$LAMBDOCK_DATA_DIR"
COPY --from=files /app ./
COPY services/small-process.mjs ./
# `root` only for the service that holds the Docker socket, which belongs to root.
ARG RUN_AS=node
USER $RUN_AS
# An idle service stays small: small-process.mjs explains how.
CMD ["node", "--max-old-space-size=512", "--expose-gc", \
     "--maglev-filter=-*", "--turbo-filter=-*", "--no-sparkplug", \
     "--import=./small-process.mjs", "main.js"]
