# syntax=docker/dockerfile:1
# docker build -t opentrain-plugin .
# Runs as an ordinary user, with a read-only root: only /data (SQLite store, generated PLUGIN_SECRET) and /tmp are written to.

FROM node:24-bookworm-slim AS build
WORKDIR /src
COPY package.json package-lock.json ./
RUN npm ci --ignore-scripts --no-audit --no-fund
COPY . .
RUN npm run build

FROM node:24-bookworm-slim AS dependencies
WORKDIR /app
COPY package.json package-lock.json ./
RUN npm ci --omit=dev --ignore-scripts --no-audit --no-fund

FROM node:24-bookworm-slim
WORKDIR /app
ENV NODE_ENV=production \
    PLUGIN_HOST=0.0.0.0 \
    PLUGIN_PORT=8790 \
    DATABASE_URL=sqlite:/data/plugin.sqlite3 \
    NODE_COMPILE_CACHE=/tmp/opentrain-plugin
RUN install -d -o node -g node -m 0700 /data
COPY --from=dependencies /app/node_modules ./node_modules
COPY --from=build /src/dist ./dist
COPY package.json manifest.json LICENSE ./
USER node
VOLUME /data
EXPOSE 8790
HEALTHCHECK --interval=30s --timeout=5s --start-period=30s \
  CMD ["node", "-e", "fetch('http://127.0.0.1:' + process.env.PLUGIN_PORT + '/healthz').then(({ ok }) => process.exit(ok ? 0 : 1), () => process.exit(1))"]
# Exec form: SIGTERM reaches the plugin itself, which finishes what it has begun.
ENTRYPOINT ["node", "/app/dist/plugin/launch.cjs"]
CMD ["start"]
