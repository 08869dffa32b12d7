# The all-in-one image as Complement (and suites like it) want a homeserver: open, without limits, on a private network.
#   docker build -t myelin . && docker build -t myelin-complement -f docker/complement.Dockerfile docker
#   COMPLEMENT_BASE_IMAGE=myelin-complement go test -v ./tests/...
ARG IMAGE=myelin
FROM ${IMAGE}
ENV MYELIN_ENABLE_REGISTRATION=true \
    MYELIN_ALLOW_GUEST_ACCESS=true \
    MYELIN_REGISTRATION_SHARED_SECRET=complement \
    MYELIN_RATE_LIMITS=false \
    MYELIN_DEFAULT_ROOM_VERSION=11 \
    MYELIN_SYNC_RESPONSE_CACHE_MS=0 \
    MYELIN_PASSWORD_HASH_MEMORY_KIB=1024 \
    MYELIN_PASSWORD_HASH_PASSES=1 \
    MYELIN_FEDERATION_ALLOW_PRIVATE_ADDRESSES=true \
    MYELIN_FEDERATION_PUBLIC_ROOMS_OVER_FEDERATION=true \
    MYELIN_FEDERATION_PUBLIC_ROOMS_WITHOUT_AUTH=true \
    MYELIN_OUTBOUND_HTTP_ALLOW_PRIVATE_ADDRESSES=true \
    MYELIN_URL_PREVIEWS_ENABLED=true \
    MYELIN_URL_PREVIEWS_ALLOW_PRIVATE_ADDRESSES=true \
    MYELIN_LOG_LEVEL=info
