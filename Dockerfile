# sidecache as an image, by the same scripts as ./run.sh and ./test.sh.
#
#   docker build -t sidecache .                    the program alone; --build-arg CMAKE_BUILD_PARALLEL_LEVEL=1: one compiler at a time
#   docker build --target test .                   runs the unit tests
#   docker run --read-only -p 8080:8080 -e SIDECACHE_ORIGIN=http://app:8000 sidecache
#
# Every flag is a variable (docs/configuration.md), or mount a file and set SIDECACHE_CONFIG. Logs go to stdout and stderr;
# nothing is written to disk. scripts/image_check.sh tries all of this, without Docker. deploy/compose.yaml puts it before an API.

FROM debian:12-slim AS build
WORKDIR /src
COPY scripts/ scripts/
RUN scripts/image.sh install build
COPY CMakeLists.txt ./
COPY cmake/ cmake/
COPY cache/ cache/
COPY config/ config/
COPY proxy/ proxy/
ARG CMAKE_BUILD_PARALLEL_LEVEL
RUN scripts/image.sh build

FROM build AS test
RUN scripts/image.sh install records deployed_api start tests
COPY . .
ARG CMAKE_BUILD_PARALLEL_LEVEL
RUN ./test.sh floors unit django

FROM debian:12-slim AS run
WORKDIR /src
COPY scripts/ scripts/
RUN scripts/image.sh install runtime && rm -rf /src
WORKDIR /
COPY --from=build /src/build/release/sidecache /usr/local/bin/sidecache
RUN sidecache --version

USER 10001:10001
# Inside a container clients come to its own address. The admin door, which knows no authentication, is for what runs in it, as its health check; set SIDECACHE_ADMIN="*:9900"
# where the networks that the container is in keep others away.
ENV SIDECACHE_LISTEN="*:8080" SIDECACHE_ADMIN="127.0.0.1:9900"
EXPOSE 8080
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=5s --timeout=3s --start-period=5s CMD ["sidecache", "healthcheck"]
ENTRYPOINT ["sidecache"]
