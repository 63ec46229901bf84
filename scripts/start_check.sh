#!/usr/bin/env bash
# Tries ./run.sh as its reader would: start, a miss, a hit, a write after which the API is asked again, SIGTERM. On free ports.
#   start_check.sh [seconds until it must be ready]
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
source "$root/scripts/say.sh"
source "$root/scripts/checks.sh"

folder=$(mktemp -d)
log=$folder/said
run_pid=

finish() {
    if [[ -n $run_pid ]]; then kill -TERM "$run_pid" 2>/dev/null || true; wait "$run_pid" || true; fi
    if ((failed > 0)); then cat "$log"; fi
    rm -rf "$folder"
}
trap finish EXIT

is_ready() {
    local until=$((SECONDS + $1))
    until grep -q '^Ctrl-C stops' "$log"; do
        if ! kill -0 "$run_pid" 2>/dev/null || ((SECONDS > until)); then return 1; fi
        sleep 0.1
    done
    url=$(sed -n 's|^ *records API, cached *\(http://[^/]*\)/.*|\1|p' "$log")
}

answer() { curl --silent --noproxy '*' --max-time 10 --include "$url/api/doctors/" | tr -d '\r'; }
is_answered() { [[ $(answer) == "HTTP/1.1 200 "*$'\n'"Cache-Status: sidecache; $1"* ]]; }
is_written() {
    curl --silent --fail --noproxy '*' --max-time 10 --output /dev/null -X PATCH -H 'Authorization: Token demo-only-doctor-token' \
        -H 'Content-Type: application/json' -d "{\"specialty\": \"$1\"}" "$url/api/doctors/1/"
}
ends_with() {
    local status=0
    kill -TERM "$run_pid"
    wait "$run_pid" || status=$?
    run_pid=
    ((status == $1))
}

RUN_DIR=$folder "$root/run.sh" --listen 127.0.0.1:0 --admin 127.0.0.1:0 --records 127.0.0.1:0 >"$log" 2>&1 &
run_pid=$!
check "ready within ${1:-60} s" is_ready "${1:-60}"
if ((failed == 0)); then
    check "a miss" is_answered "fwd=uri-miss"
    check "a hit" is_answered "hit"
    check "a write" is_written Neurology
    check "the API is asked again" is_answered "fwd="
    check "what was written is read" grep -q Neurology <(answer)
    check "SIGTERM ends it with 143" ends_with 143
fi
tell_checks
