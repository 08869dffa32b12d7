# One image for every task unit (target "tasks": UNITS=typing,presence or UNITS=all), and one with everything in it for
# trying out and for test suites (target "all-in-one"). Any Node 24 on a glibc system can be the base; it is an argument so
# that the image builds without a public registry.
ARG BASE_IMAGE=docker.io/library/node:24-bookworm-slim

FROM ${BASE_IMAGE} AS build
WORKDIR /src
COPY package.json package-lock.json .npmrc ./
RUN npm ci --include=dev
COPY . .
RUN node scripts/build.ts image build/image

# Nothing is run in this stage, so that it can be put together for another processor than the builder's.
FROM ${BASE_IMAGE} AS tasks
ENV NODE_ENV=production
WORKDIR /app
COPY --from=build /src/build/image/ ./
COPY docker/health.mjs ./
USER 1000:1000
EXPOSE 8008
HEALTHCHECK --interval=15s --timeout=5s --start-period=60s CMD ["node", "health.mjs"]
STOPSIGNAL SIGTERM
CMD ["node", "--enable-source-maps", "task.mjs"]
