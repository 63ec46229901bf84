#!/usr/bin/env bash
# Tries ./run.sh as its reader would: start, a miss, a hit, a write after which the API is asked again, SIGTERM; then before an API of his own, and Ctrl-C. On free ports.
#   start_check.sh [seconds until it must be ready]
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
source "$root/scripts/say.sh"
source "$root/scripts/checks.sh"

folder=$(mktemp -d)
log=$folder/said
run_pid=
own_pid=

finish() {
    if [[ -n $run_pid ]]; then kill -TERM "$run_pid" 2>/dev/null || true; wait "$run_pid" || true; fi
    if [[ -n $own_pid ]]; then kill -TERM "$own_pid" 2>/dev/null || true; fi
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
    url=$(sed -n 's#^ *\(records API\|your API\), cached *\(http://[^/ ]*\).*#\2#p' "$log")
}

# A terminal's Ctrl-C reaches a process that does not ignore it, as a shell's background jobs do.
start_it() {
    : >"$log"
    env --default-signal=INT RUN_DIR="$folder" "$root/run.sh" --listen 127.0.0.1:0 --admin 127.0.0.1:0 "$@" >>"$log" 2>&1 &
    run_pid=$!
}

# Somebody's own: files of a folder.
start_own_api() {
    mkdir -p "$folder/own/api/doctors"
    : >"$folder/own.log"
    /usr/bin/python3 -u -m http.server --bind 127.0.0.1 --directory "$folder/own" 0 >"$folder/own.log" 2>&1 &
    own_pid=$!
    local until=$((SECONDS + 10))
    until own_url=$(sed -n 's#.*(\(http://.*\)/).*#\1#p' "$folder/own.log") && [[ -n $own_url ]]; do
        if ((SECONDS > until)); then return 1; fi
        sleep 0.1
    done
}

# What run.sh says to try, as its reader copies it: each command by its number.
printed() {
    sed -n '/^Try, in another terminal/,$p' "$log" | sed -e ':a' -e '/\\$/{N;s/\\\n//;ta}' -e 's/  *# .*//' | grep '^ *curl ' | sed -n "$1p"
}
try_printed() { [[ $(http_proxy='' bash -c "$(printed "$1")" 2>/dev/null | tr -d '\r') == $2 ]]; }
answer() { curl --silent --noproxy '*' --max-time 10 --include "$url/api/doctors/" | tr -d '\r'; }
is_answered() { [[ $(answer) == "HTTP/1.1 200 "*$'\n'"Cache-Status: sidecache; $1"* ]]; }
is_written() {
    curl --silent --fail --noproxy '*' --max-time 10 --output /dev/null -X PATCH -H 'Authorization: Token demo-only-doctor-token' \
        -H 'Content-Type: application/json' -d "{\"specialty\": \"$1\"}" "$url/api/doctors/23/"
}
ends_with() {  # ends_with <signal> <status>: and nothing of it goes on
    local status=0 children
    children=$(awk -v parent="$run_pid" '$4 == parent { print $1 }' /proc/[0-9]*/stat 2>/dev/null || true)
    kill -"$1" "$run_pid"
    wait "$run_pid" || status=$?
    run_pid=
    ((status == $2)) && [[ -n $children ]] && ! kill -0 $children 2>/dev/null
}
refuses() {  # refuses <how it begins to say why> <argument>...: with 2 and one line, before anything is built or started
    local status=0
    "$root/run.sh" --admin 127.0.0.1:0 "${@:2}" >"$folder/refused" 2>&1 || status=$?
    ((status == 2)) && [[ $(wc -l <"$folder/refused") == 1 && $(<"$folder/refused") == "$1"* ]]
}
stop_own_api() {
    kill -TERM "$own_pid"
    wait "$own_pid" || true
    own_pid=
}
listens_twice() { [[ $(grep -c '^listening on 127\.0\.0\.1:' "$folder/sidecache.log") == 2 ]]; }

start_it --records 127.0.0.1:0
check "ready within ${1:-60} s" is_ready "${1:-60}"
if ((failed == 0)); then
    check "it says three lines to try" test "$(printed '1,$' | wc -l)" = 3
    check "the first is a miss" try_printed 1 "Cache-Status: sidecache; fwd=uri-miss*"
    check "the second is a hit" try_printed 2 "Cache-Status: sidecache; hit*"
    check "the third is a write" try_printed 3 'HTTP/1.1 200 *Cache-Status: sidecache; fwd=method*"Neurology"*'
    check "the list is asked for again and has come new" is_answered "fwd=stale; fwd-status=200"
    check "another write" is_written Telemedicine
    check "what was written is read" grep -q '"specialty":"Telemedicine"' <(answer)
    check "SIGTERM ends it with 143" ends_with TERM 143
fi
if ((failed == 0)); then
    check "an API of one's own" start_own_api
    start_it --origin "$own_url"
    check "./run.sh --origin is ready" is_ready 30
    check "it is asked" is_answered "fwd=uri-miss"
    check "Ctrl-C ends it with 130" ends_with INT 130
    check "an origin that is none is refused at once" refuses "--origin: expected " --origin nonsense
    SIDECACHE_LISTEN=127.0.0.1:0,8080 \
        check "so is an address that is none, the second of \$SIDECACHE_LISTEN" refuses "--listen: expected " --origin "$own_url"
    SIDECACHE_LISTEN="127.0.0.1:0, ${own_url#http://}" \
        check "and one in use" refuses "${own_url#http://} is in use already" --origin "$own_url"
fi
if ((failed == 0)); then
    stop_own_api
    start_it --origin "HTTP://${own_url#http://}" --listen 127.0.0.1:0,127.0.0.1:0
    check "before HTTP:// where nothing answers it is ready" is_ready 30
    check "it says so" grep -q "^Note: nothing answers at HTTP://${own_url#http://} yet" "$log"
    check "it listens on both addresses" listens_twice
    check "SIGTERM ends it with 143" ends_with TERM 143
fi
tell_checks
