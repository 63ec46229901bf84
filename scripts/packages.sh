# shellcheck shell=bash disable=SC2034
# The Debian 12 packages, each named once.
#   build    what compiles sidecache              runtime  what the program alone needs (the Docker image)
#   records  what runs the example records API    start    what ./run.sh needs besides
#   tests    what ./test.sh needs besides         long     what ./test.sh long needs besides
#   conformance  what runs the HTTP cache test suite: only where no node and npm are on the PATH
#   deploy   what ./test.sh deploy needs besides      deployed_api  what the example records API needs besides, on PostgreSQL and with Redis: deploy/compose.yaml, ./test.sh django
#   load     what benchmarks/records needs besides records, and benchmarks/hit_ratio/plot.py. python3-munkres is named since apt, left to choose,
#            takes python3-scipy in its place, whose libboost-dev conflicts with what [build] has

declare -Ag packages=(
    [build]="g++ cmake ninja-build ccache mold pkg-config
             libboost1.81-dev libboost-json1.81-dev libcli11-dev libfmt-dev libhiredis-dev libspdlog-dev libssl-dev libxxhash-dev libyaml-cpp-dev
             libzstd-dev prometheus-cpp-dev libcurl4-openssl-dev zlib1g-dev"
    [runtime]="libfmt9 libhiredis0.14 libprometheus-cpp-core1.0 libspdlog1.10 libssl3 libxxhash0 libyaml-cpp0.7 libzstd1"
    [records]="python3 python3-gunicorn python3-django python3-djangorestframework"
    [start]="ca-certificates curl"
    [tests]="git libgtest-dev libgmock-dev openssl postgresql prometheus python3-redis redis-server strace valgrind"
    [conformance]="nodejs npm"
    [deploy]="docker-compose python3-kubernetes python3-yaml systemd"
    [deployed_api]="python3-psycopg2 python3-django-redis"
    [long]="clang libbenchmark-dev libclang-rt-14-dev debootstrap git podman crun iproute2
            wrk nginx haproxy varnish trafficserver"
    [load]="python3-locust python3-matplotlib python3-munkres"
)
