# The image of the server is the last stage: `docker build -t mcp-oidc-server .`
# It wants OIDC_ISSUER, the UPSTREAM_… settings, RESOURCES, JWKS and SESSION_SECRET (.env.example), and
# a volume at /app/data for the SQLite file, unless STORE_URL names Redis.

FROM node:24-trixie-slim AS base
WORKDIR /app
# A volume takes over the owner of the folder that it first covers.
RUN mkdir data keys && chown node:node data keys

FROM base AS dependencies
COPY package.json package-lock.json .npmrc ./
# No package here needs its install script; the one of `node` is for machines with an older Node.
RUN npm ci --omit=dev --ignore-scripts

# docker-compose.yml runs the dev upstream, the sample MCP server and the making of keys with this one.
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
USER node
VOLUME /app/data
EXPOSE 4000
# /livez and not /readyz: a restart does not bring back a store that is away.
HEALTHCHECK --interval=10s --timeout=3s --start-period=10s --retries=3 \
  CMD ["node", "-e", "fetch('http://127.0.0.1:' + (process.env.OIDC_PORT || 4000) + '/livez').then(({ ok }) => process.exit(ok ? 0 : 1), () => process.exit(1))"]
# It ends by itself within drainSeconds (10): give `docker stop` a few more, `-t 15`. It starts no
# children and handles its signals, so it needs no init process.
STOPSIGNAL SIGTERM
CMD ["node", "src/main.ts"]
