# The last stage is the image of the server: `docker build -t mcp-oidc-server .`
# It needs OIDC_ISSUER, the UPSTREAM_… settings, RESOURCES, JWKS and SESSION_SECRET (.env.example), and
# a volume at /app/data for the SQLite file, unless STORE_URL names Redis.

FROM node:24-trixie-slim AS base
WORKDIR /app
# A new volume gets the owner of the folder that it is mounted over.
RUN mkdir data keys && chown node:node data keys

FROM base AS dependencies
COPY package.json package-lock.json .npmrc ./
# No package needs its install script here: the one of `node` is for machines with an older Node.
RUN npm ci --omit=dev --ignore-scripts

# In docker-compose.yml, this stage makes the keys and runs the dev upstream and the sample MCP server.
FROM base AS development
COPY package.json package-lock.json .npmrc ./
RUN npm ci --ignore-scripts
COPY config config
COPY src src
COPY scripts scripts
USER node

FROM base AS runtime
COPY --from=dependencies /app/node_modules node_modules
COPY package.json ./
COPY config config
COPY src src
# `docker exec CONTAINER node scripts/admin.ts --help`: docs/administration.md
COPY scripts/admin.ts scripts/check-config.ts scripts/
# Compiles the code once, for a start in half the time. Node keeps a cache for each user.
RUN mkdir -p node_modules/.cache && chown node:node node_modules/.cache
USER node
RUN NODE_COMPILE_CACHE=node_modules/.cache/mcp-oidc-server node --input-type=module --eval \
  'for (const name of ["start", "serve", "compose", "store/redis/redis-store"]) await import(`/app/src/${name}.ts`)'
# The server cannot change what the next start will run.
USER root
RUN chown -R root:root node_modules/.cache && chmod -R a+rX node_modules/.cache
USER node
VOLUME /app/data
EXPOSE 4000
# /livez, not /readyz: restarting this container does not bring back a store that is down.
HEALTHCHECK --interval=10s --timeout=3s --start-period=10s --retries=3 \
  CMD ["node", "-e", "fetch('http://127.0.0.1:' + (process.env.OIDC_PORT || 4000) + '/livez').then(({ ok }) => process.exit(ok ? 0 : 1), () => process.exit(1))"]
# The server stops within shutdownDelaySeconds (0, or 5 behind a balancer) and drainSeconds (10). Give it a few
# seconds more: `docker stop -t 20`. It handles its signals, and waits for its own WORKERS, so it needs no init process.
STOPSIGNAL SIGTERM
CMD ["node", "src/main.ts"]
