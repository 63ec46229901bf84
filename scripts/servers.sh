# shellcheck shell=bash
# Starts servers, waits until they answer, and stops them: newest first, by process id. Needs $run_dir,
# where <name>.log holds what each of them says.

declare -Ag server_pids=()
server_names=()

# start_server <name> <command>...: in a session of its own, so that Ctrl-C reaches this script alone and it decides the order.
# Should the script be killed, the kernel ends them.
start_server() {
    local name=$1
    shift
    : >"$run_dir/$name.log"  # before it is looked at; the last run's words are not this one's
    setsid setpriv --pdeathsig TERM "$@" >>"$run_dir/$name.log" 2>&1 </dev/null &
    server_pids[$name]=$!
    server_names=("$name" "${server_names[@]}")
}

is_alive() { kill -0 "${server_pids[$1]}" 2>/dev/null; }

last_lines() {
    complain "The last lines of $run_dir/$1.log:"
    tail -n 15 "$run_dir/$1.log" | cut -c 1-500 | sed 's/^/    /' >&2
}

# wait_until_answers <name> <seconds> <command that asks it>...
wait_until_answers() {
    local name=$1 seconds=$2 until=$((SECONDS + $2))
    shift 2
    until "$@" >/dev/null 2>&1; do
        if ! is_alive "$name"; then report_end "$name"; return 1; fi
        if ((SECONDS >= until)); then
            complain "$name did not answer within $seconds s."
            last_lines "$name"
            return 1
        fi
        sleep 0.1
    done
}

# Says how a server that is gone ended.
report_end() {
    local status=0
    wait "${server_pids[$1]}" 2>/dev/null || status=$?
    complain "$1 ended by itself (status $status)."
    last_lines "$1"
    unset "server_pids[$1]"
}

# Returns when the first of them has ended, and says so.
watch_servers() {
    local name
    wait -n "${server_pids[@]}" 2>/dev/null || true
    for name in "${server_names[@]}"; do
        if [[ -n ${server_pids[$name]:-} ]] && ! is_alive "$name"; then report_end "$name"; fi
    done
}

stop_servers() {
    local name pid until
    for name in "${server_names[@]}"; do
        pid=${server_pids[$name]:-}
        [[ -n $pid ]] || continue
        kill -TERM "$pid" 2>/dev/null || true
        until=$((SECONDS + 40))  # sidecache lets open exchanges finish (timeouts.drain)
        while kill -0 "$pid" 2>/dev/null && ((SECONDS < until)) && [[ -z ${is_in_hurry:-} ]]; do sleep 0.05; done
        if kill -KILL "$pid" 2>/dev/null; then complain "$name did not stop in time and was killed."; fi
        wait "$pid" 2>/dev/null || true
        unset "server_pids[$name]"
    done
}

# A way to connect to what listens on an address: *:8080 and 0.0.0.0:8080 are reached on loopback.
host_of() {
    local host=${1%:*}
    host=${host#[}
    host=${host%]}
    case $host in '' | '*' | 0.0.0.0) host=127.0.0.1 ;; ::) host=::1 ;; esac
    printf '%s\n' "$host"
}

# is_in_use <host:port>: does somebody listen there? Port 0 and unix:/path are never in use.
is_in_use() {
    local port=${1##*:}
    [[ $1 != unix:* && $port =~ ^[0-9]+$ && $port != 0 ]] || return 1
    (exec 3<>"/dev/tcp/$(host_of "$1")/$port") 2>/dev/null
}

# url_in_log <name> <words before the address>: where a server says that it listens, as http://host:port.
url_in_log() {
    local address
    address=$(sed -n "s|^.*$2 \(http://\)\{0,1\}\([^ ]*:[0-9][0-9]*\).*|\2|; T; p; q" "$run_dir/$1.log")
    [[ -n $address ]] || return 1
    local host
    host=$(host_of "$address")
    if [[ $host == *:* ]]; then host="[$host]"; fi
    printf 'http://%s:%s\n' "$host" "${address##*:}"
}
