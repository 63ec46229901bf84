#!/usr/bin/env bash
# image_check.sh: builds every stage of the Dockerfile (one of them runs the unit tests) and tries the image as it would be run. Without a Docker engine
# or a registry: with Podman, on a bare Debian 12 made here in place of debian:12-slim. Needs root; leaves nothing behind but in ccache.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
source "$root/scripts/say.sh"
source "$root/scripts/install.sh"
source "$root/scripts/checks.sh"

engine() {
    podman --storage-driver vfs --root "$folder/storage" --runroot "$folder/run" --tmpdir "$folder/tmp" --events-backend file \
        --cgroup-manager cgroupfs --runtime crun --runtime-flag "root=$folder/crun" "$@"
}

# What sets debian:12-slim apart: no documentation, no translations, and packages that are installed later bring none.
make_slim() {
    local unwanted=(/usr/share/doc /usr/share/info /usr/share/lintian /usr/share/locale /usr/share/man)
    printf 'path-exclude %s/*\n' "${unwanted[@]}" >"$folder/debian/etc/dpkg/dpkg.cfg.d/slim"
    rm -rf "${unwanted[@]/#/"$folder/debian"}" "$folder/debian"/var/lib/apt/lists/* "$folder/debian"/var/cache/apt/*
}

make_base() {
    say "A bare Debian 12 ..."
    debootstrap --variant=minbase bookworm "$folder/debian" >"$folder/log" || { tail "$folder/log"; die 1 "debootstrap failed"; }
    make_slim
    tar -C "$folder/debian" -c . | engine import --quiet - docker.io/library/debian:12-slim >/dev/null
    rm -rf "$folder/debian"
}

# With what ccache knows here: that all compiles from nothing is debootstrap_check.sh's to try. Indented: its tests' sums are not this script's.
build_image() {
    say "The image ..."
    local compiled
    compiled=$(ccache --get-config cache_dir)
    mkdir -p "$compiled"
    engine build --isolation chroot --format docker --pull=never --layers=false --skip-unused-stages=false --tag sidecache \
        --build-arg CMAKE_BUILD_PARALLEL_LEVEL="${CMAKE_BUILD_PARALLEL_LEVEL:-}" --volume "$compiled:/root/.cache/ccache" "$root" 2>&1 |
        sed --unbuffered 's/^/  | /' | tee "$folder/build.log"
}

# As docker run --read-only would, and without any capability.
run_image() {
    engine run --pull never --network host --cgroups disabled --read-only --read-only-tmpfs=false --cap-drop all --security-opt no-new-privileges \
        --env SIDECACHE_ORIGIN=http://127.0.0.1:8000 "$@"
}

# Numbers its answers by path; they are fresh for a minute.
start_origin() {
    /usr/bin/python3 - >"$folder/origin.log" 2>&1 <<'PYTHON' &
from collections import Counter
from http.server import BaseHTTPRequestHandler, HTTPServer


class Origin(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    asked = Counter()

    def do_GET(self):
        Origin.asked[self.path] += 1
        content = b"answer %d" % Origin.asked[self.path]
        self.send_response(200)
        self.send_header("Cache-Control", "max-age=60")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)


HTTPServer(("127.0.0.1", 8000), Origin).serve_forever()
PYTHON
}

get() { curl --silent --noproxy '*' --max-time 10 "$@"; }
eventually() {  # eventually <command>...
    local until=$((SECONDS + 30))
    until "$@"; do
        if ((SECONDS >= until)); then return 1; fi
        sleep 0.1
    done
}
answers() { get --fail --output /dev/null "$1"; }
is_answered() { [[ $(get --include http://127.0.0.1:8080/ | tr -d '\r') == "HTTP/1.1 200 "*$'\n'"Cache-Status: sidecache; $1"*$'\n'"answer 1" ]]; }

passed_its_tests() { grep -qE '^  \| [1-9][0-9]* passed, 0 failed$' "$folder/build.log"; }
describes_itself() {
    local described
    described=$(engine image inspect sidecache \
        --format '{{.User}} {{json .Config.Entrypoint}} {{json .Config.ExposedPorts}} {{.Config.StopSignal}} {{json .HealthCheck.Test}}')
    [[ $described == "$1" ]] || { complain "$described"; return 1; }
}
only_runs_it() {
    local installed
    # shellcheck disable=SC2016  # dpkg-query's own variable
    installed=$(run_image --rm --entrypoint dpkg-query sidecache --show --showformat '${Package}\n') &&
        ! grep -E -e '-dev$|^(g\+\+|gcc|cpp|clang)(-[0-9]+)?$|^(cmake|ninja-build|python3)$' <<<"$installed"
}
megabytes_of() { engine image inspect --format '{{.Size}}' "$1" | awk '{ print int($1 / 1e6) }'; }
is_small() {
    local whole debian
    whole=$(megabytes_of sidecache)
    debian=$(megabytes_of debian:12-slim)
    say "        $whole MB, of which $debian MB are the bare Debian"
    ((debian < whole && whole - debian < 50))
}
tells_its_version() { [[ $(run_image --rm sidecache --version) == "sidecache "* ]]; }
is_confined() {
    local pid
    pid=$(engine inspect --format '{{.State.Pid}}' tried)
    [[ $(awk '/^(Uid|Gid|CapEff|CapBnd|NoNewPrivs):/ { print $2 }' "/proc/$pid/status" | xargs) == "10001 10001 0000000000000000 0000000000000000 1" ]]
}
cannot_write() { ! engine exec --user 0 tried touch /written 2>/dev/null; }
is_healthy() { engine healthcheck run tried >/dev/null; }
is_unhealthy() {
    local status=0
    "$@" >/dev/null 2>&1 || status=$?
    ((status == 1))
}
ends_with() {
    engine stop --time 20 tried >/dev/null
    [[ $(engine wait tried) == "$1" ]]
}

try_image() {
    check "the test stage ran the unit tests, and all passed" passed_its_tests
    check "the image says how to run it" describes_itself \
        '10001:10001 ["sidecache"] {"8080/tcp":{}} SIGTERM ["CMD","sidecache","healthcheck"]'
    check "no -dev package and no compiler in it" only_runs_it
    check "less than 50 MB more than a bare Debian" is_small
    check "sidecache --version" tells_its_version
    check "its healthcheck fails where nothing runs" is_unhealthy run_image --rm sidecache healthcheck

    start_origin
    eventually answers http://127.0.0.1:8000/is-there
    run_image --detach --name tried sidecache >/dev/null
    check "ready" eventually answers http://127.0.0.1:9900/readyz
    check "nobody in particular, no capability, no new privileges" is_confined
    check "its file system cannot be written" cannot_write
    check "a miss" is_answered "fwd=uri-miss"
    check "a hit" is_answered "hit"
    check "healthy" is_healthy
    engine kill --signal STOP tried >/dev/null
    check "unhealthy when it is frozen" is_unhealthy engine healthcheck run tried
    engine kill --signal CONT tried >/dev/null
    check "docker stop ends it with 0" ends_with 0
    if ((failed > 0)); then engine logs tried; fi
    tell_checks
}

case ${1:-} in
    --build)
        folder=$2
        mount -t proc proc /proc
        mount -t cgroup2 cgroup2 /sys/fs/cgroup  # whatever the host has there: crun wants it pure
        mount --bind "$folder/cache" /var/lib/containers
        make_base
        build_image
        exec unshare --net "$0" --try "$folder"
        ;;
    --try)
        folder=$2
        export DISABLE_HC_SYSTEMD=true  # the checks of its health are ours to run
        ip link set lo up
        try_image
        exit
        ;;
esac

[[ $EUID -eq 0 ]] || die 1 "This needs root, for debootstrap and containers."
install_missing build records start long
folder=$(mktemp -d)
chmod 755 "$folder"
trap 'rm -rf --one-file-system "$folder"' EXIT
mkdir -p "$folder/cache" /var/lib/containers
# In namespaces of its own: whatever happens, no process and no mount stays.
unshare --mount --pid --fork --kill-child "$0" --build "$folder"
