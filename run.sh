#!/usr/bin/env bash
# Sets up, builds and starts sidecache, before the example records API or before your own. See ./run.sh --help.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
run_dir=${RUN_DIR:-$root/.run}
source "$root/scripts/say.sh"
source "$root/scripts/install.sh"
source "$root/scripts/build.sh"
source "$root/scripts/servers.sh"

help() {
    cat <<'TEXT'
./run.sh                starts the example records API and sidecache before it
./run.sh --origin URL   starts sidecache before your own API instead

The first time it installs the Debian 12 packages that are missing and builds; later it only starts. Ctrl-C stops all.

  --listen ADDRESS    where clients connect           [127.0.0.1:8080, or $SIDECACHE_LISTEN]; several with commas
  --admin ADDRESS     /metrics, /healthz, /readyz     [127.0.0.1:9900, or $SIDECACHE_ADMIN]
  --records ADDRESS   where the records API listens   [127.0.0.1:8000, or $RECORDS_BIND]
  --origin URL        http://host[:port] or unix:/path of your API; config/sidecache.yaml is not read then
  --help              this
  -- OPTION...        the rest goes to sidecache as it is: ./run.sh --origin http://127.0.0.1:3000 -- --memory 1GiB

Port 0 takes any free one. The records API's database and all logs are in .run/ ($RUN_DIR); remove it to begin anew.
TEXT
}

python=/usr/bin/python3
listen=${SIDECACHE_LISTEN:-127.0.0.1:8080}
admin=${SIDECACHE_ADMIN:-127.0.0.1:9900}
records=${RECORDS_BIND:-127.0.0.1:8000}
origin=
listens=()
more=()
unset DATABASE_URL  # of another application: the records API here has a database of its own

read_arguments() {
    while (($# > 0)); do
        case $1 in
            --help | -h) help; exit 0 ;;
            --) shift; more=("$@"); return ;;
            --listen | --admin | --records | --origin)
                (($# > 1)) || die 2 "$1 needs a value; see ./run.sh --help"
                [[ -n $2 ]] || die 2 "$1 needs a value; see ./run.sh --help"
                printf -v "${1#--}" '%s' "$2"
                shift 2
                ;;
            --listen=* | --admin=* | --records=* | --origin=*) set -- "${1%%=*}" "${1#*=}" "${@:2}" ;;
            *) die 2 "Unknown: $1; see ./run.sh --help" ;;
        esac
    done
}

check_origin() {
    case $origin in
        '' | [Hh][Tt][Tt][Pp]://?* | unix:?*) ;;
        *) die 2 "--origin: expected http://host[:port] or unix:/path, got '$origin'." ;;
    esac
}

is_listen_address() {
    [[ $1 == unix:/?* ]] || { [[ $1 =~ ^(\*|[0-9.]+|\[[^][]+\]):([0-9]{1,5})$ ]] && ((10#${BASH_REMATCH[2]} <= 65535)); }
}

check_addresses() {
    local address
    while read -r -d , address; do listens+=("$address"); done <<<"$listen,"  # blanks around each do not count
    for address in "${listens[@]}"; do
        is_listen_address "$address" ||
            die 2 "--listen: expected 127.0.0.1:8080, [::1]:8080, *:8080 or unix:/path, several with commas, got '$address' of '$listen'."
    done
    is_listen_address "$admin" || die 2 "--admin: expected an address such as 127.0.0.1:9900 or unix:/path, got '$admin'."
}

check_ports() {
    local address addresses=("${listens[@]}" "$admin")
    [[ -n $origin ]] || addresses+=("$records")
    for address in "${addresses[@]}"; do
        if is_in_use "$address"; then
            die 2 "$address is in use already. Stop what listens there, or choose another with --listen, --admin or --records."
        fi
    done
}

# A new database appears whole or not at all.
prepare_records() {
    local manage=("$python" "$root/examples/records_api/manage.py") database=$run_dir/records.sqlite3
    if [[ -f $database ]]; then
        RECORDS_DB=$database "${manage[@]}" migrate --verbosity 0
        return
    fi
    heading "Filling the records API's database"
    rm -f "$run_dir"/new.sqlite3*
    RECORDS_DB=$run_dir/new.sqlite3 "${manage[@]}" migrate --verbosity 0
    RECORDS_DB=$run_dir/new.sqlite3 "${manage[@]}" seed
    mv "$run_dir/new.sqlite3" "$database"
}

# shellcheck disable=SC2317  # called through wait_until_answers
answers() { curl --silent --fail --noproxy '*' --max-time 2 --output /dev/null "$1"; }

start_records() {
    prepare_records
    export RECORDS_DB=$run_dir/records.sqlite3 RECORDS_STATIC=$run_dir/static RECORDS_BIND=$records
    start_server records-api env --chdir="$root/examples/records_api" "$python" -m gunicorn -c gunicorn.conf.py records_api.wsgi
    wait_until_answers records-api 30 url_in_log records-api 'Listening at:'
    records_url=$(url_in_log records-api 'Listening at:')
    wait_until_answers records-api 30 answers "$records_url/healthz/"
}

start_sidecache() {
    local where=(--origin "$origin")
    [[ -n $origin ]] || where=(--config "$root/config/sidecache.yaml" --origin "$records_url")
    start_server sidecache "$root/build/release/sidecache" "${where[@]}" "${listens[@]/#/--listen=}" --admin "$admin" "${more[@]}"
    if [[ $admin == unix:* ]]; then
        wait_until_answers sidecache 30 grep -q '^admin on' "$run_dir/sidecache.log"
        admin_url=$admin
    else
        wait_until_answers sidecache 30 url_in_log sidecache 'admin on'
        admin_url=$(url_in_log sidecache 'admin on')
        wait_until_answers sidecache 30 answers "$admin_url/readyz"
    fi
    url=$(url_in_log sidecache 'listening on') || url=${listens[0]}
}

# As curl takes it: a Unix socket needs an argument of its own.
for_curl() { if [[ $1 == unix:* ]]; then echo "--unix-socket ${1#unix:} http://localhost"; else echo "$1"; fi; }

tell_what_to_try() {
    local at
    at=$(for_curl "$url")
    heading "Ready"
    if [[ -n $origin ]]; then
        say "  your API, cached      $at   (before $origin)"
    else
        say "  records API, cached   $at/api/   (before $records_url)"
    fi
    say "  metrics               $(for_curl "$admin_url")/metrics"
    say "  logs                  $run_dir/*.log"
    [[ -z $origin ]] || return 0
    cat <<TEXT

Try, in another terminal, and look at Cache-Status:

  curl -si $at/api/doctors/ | grep -i ^cache-status       # a miss: the API is asked
  curl -si $at/api/doctors/ | grep -i ^cache-status       # a hit: it is not
  curl -si -X PATCH -H 'Authorization: Token demo-only-doctor-token' -H 'Content-Type: application/json' \\
       -d '{"specialty": "Neurology"}' $at/api/doctors/23/     # a write: the next read of the list asks the API again
TEXT
}

finish() {
    trap - EXIT
    trap 'is_in_hurry=yes' INT TERM HUP  # a second Ctrl-C waits for nothing
    if ((${#server_pids[@]} > 0)); then
        say ""
        say "Stopping ..."
        stop_servers
        say "Stopped."
    fi
    exit "$1"
}

read_arguments "$@"
check_origin
check_addresses
check_ports
install_missing build start
[[ -n $origin ]] || install_missing records
heading "Building"
build_program release
mkdir -p "$run_dir"
run_dir=$(cd "$run_dir" && pwd)

trap 'finish 130' INT
trap 'finish 143' TERM
trap 'finish 129' HUP
trap 'finish $?' EXIT
[[ -n $origin ]] || start_records
start_sidecache
if [[ ${origin,,} == http://* ]] && ! curl --silent --noproxy '*' --max-time 2 --output /dev/null "$origin"; then
    say "Note: nothing answers at $origin yet; until it does, clients get a 502."
fi
tell_what_to_try
say ""
say "Ctrl-C stops."
watch_servers
finish 1
