# Two images. The last is what "docker build ." makes:
#   tasks        task units of a deployment (UNITS=typing,presence, or UNITS=all): the infrastructure runs it
#   all-in-one   every unit and a PostgreSQL, for trying out and for test suites
# Any Node 24 on a glibc system can be the base; it is an argument so that the images build without a public registry.
ARG BASE_IMAGE=docker.io/library/node:24-bookworm-slim

# Packages of the product. Certificates that the machine believes are believed too (a registry behind a company's proxy).
FROM ${BASE_IMAGE} AS packages
WORKDIR /app
ENV NODE_OPTIONS=--use-system-ca
COPY package.json package-lock.json .npmrc ./
COPY scripts/install.mjs scripts/runtime.mjs scripts/
# Node is that of the base, so the packaged ones are not needed.
RUN node -e "import('/app/scripts/install.mjs').then((install) => install.ensureDependencies({ dev: false }))" && \
    rm -rf node_modules/node-linux-*

FROM ${BASE_IMAGE} AS server
ENV NODE_ENV=production
WORKDIR /app
COPY --from=packages /app/node_modules node_modules
COPY package.json ./
COPY lib lib
COPY functions functions
COPY infra infra
COPY docker docker
COPY docker/myelin /usr/local/bin/
ENV MYELIN_DATA_DIRECTORY=/data MYELIN_LISTEN_HOST=0.0.0.0 MYELIN_LISTEN_HTTPS_PORT=8448 \
    CA_CERT_FILE=/complement/ca/ca.crt CA_KEY_FILE=/complement/ca/ca.key APPSERVICES_FOLDER=/complement/appservice \
    NODE_COMPILE_CACHE=/app/.compile-cache
RUN node docker/warm.ts > /dev/null
# It starts as root, takes what only root may read (mounted keys), and goes on as user 1000. PostgreSQL refuses to run as
# somebody without a name.
RUN grep -q '^[^:]*:[^:]*:1000:' /etc/passwd || echo 'myelin:x:1000:1000:Myelin:/data:/usr/sbin/nologin' >> /etc/passwd; \
    mkdir -m 700 /data && chown 1000:1000 /data
USER 1000:1000
RUN node docker/prepare-data.ts
USER root
EXPOSE 8008 8448
HEALTHCHECK --interval=5s --timeout=5s --start-period=30s CMD ["node", "docker/health.mjs"]
STOPSIGNAL SIGTERM
ENTRYPOINT ["myelin"]

FROM packages AS build
RUN npm ci --include=dev
COPY . .
RUN node scripts/build.ts image build/image

# Nothing is run in this stage, so that it can be put together for another processor than the builder's.
FROM ${BASE_IMAGE} AS tasks
ENV NODE_ENV=production
WORKDIR /app
COPY --from=build /app/build/image/ ./
COPY docker/health.mjs ./
USER 1000:1000
EXPOSE 8008
HEALTHCHECK --interval=15s --timeout=5s --start-period=60s CMD ["node", "health.mjs"]
STOPSIGNAL SIGTERM
CMD ["node", "--enable-source-maps", "task.mjs"]

FROM server AS all-in-one
