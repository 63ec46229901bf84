#!/usr/bin/env bash
# Tries ./run.sh and ./test.sh unit in a bare Debian 12 that has git and the network and nothing else. Needs root;
# leaves nothing behind. Takes what is committed.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
source "$root/scripts/say.sh"
source "$root/scripts/install.sh"

try_it() {
    cd "$root"
    try_run 3600
    curl --silent --fail --noproxy '*' "$url/api/doctors/" >/dev/null
    curl --silent --fail --noproxy '*' --include "$url/api/doctors/" | grep -i '^cache-status: .*; hit' ||
        die 1 "the second request was no hit"
    end_run 143
    say "== again: nothing to install, nothing to build"
    try_run 20
    end_run 143
    ./test.sh unit
}

# try_run <seconds>: starts ./run.sh on free ports and waits until it is ready.
try_run() {
    local until=$((SECONDS + $1)) began=$SECONDS
    ./run.sh --listen 127.0.0.1:0 --admin 127.0.0.1:0 --records 127.0.0.1:0 >/tmp/run.log 2>&1 &
    run_pid=$!
    until grep -q '^Ctrl-C stops' /tmp/run.log; do
        if ! kill -0 "$run_pid" 2>/dev/null || ((SECONDS > until)); then
            cat /tmp/run.log
            die 1 "./run.sh was not ready after $((SECONDS - began)) s"
        fi
        sleep 0.2
    done
    url=$(sed -n 's|^ *records API, cached *\(http://[^/]*\)/.*|\1|p' /tmp/run.log)
    say "./run.sh was ready after $((SECONDS - began)) s, on $url"
}

# end_run <exit code>
end_run() {
    local status=0
    kill -TERM "$run_pid"
    wait "$run_pid" || status=$?
    ((status == $1)) || die 1 "./run.sh ended with $status after SIGTERM, expected $1"
}

case ${1:-} in
    --enter)
        mount -t proc proc "$2/proc"
        exec chroot "$2" /usr/bin/env -i HOME=/root PATH=/usr/sbin:/usr/bin:/sbin:/bin LANG=C.UTF-8 \
            CMAKE_BUILD_PARALLEL_LEVEL="${CMAKE_BUILD_PARALLEL_LEVEL:-}" /srv/sidecache/scripts/debootstrap_check.sh --inside
        ;;
    --inside)
        try_it
        exit
        ;;
esac

[[ $EUID -eq 0 ]] || die 1 "This needs root, for debootstrap and chroot."
install_missing long
debian=$(mktemp -d)
chmod 755 "$debian"  # apt's own user reads in it
trap 'rm -rf --one-file-system "$debian"' EXIT
say "A bare Debian 12 in $debian ..."
debootstrap --variant=minbase --include=git,ca-certificates bookworm "$debian" >"$debian.log" ||
    { tail "$debian.log"; die 1 "debootstrap failed"; }
rm -f "$debian.log"
cp -L /etc/resolv.conf /etc/hosts "$debian/etc/"
git clone --quiet "$root" "$debian/srv/sidecache"
if [[ ${SIDECACHE_CHECK_UNCOMMITTED:-} ]]; then
    git -C "$root" ls-files --cached --others --exclude-standard -z | tar -C "$root" -c --null -T - | tar -C "$debian/srv/sidecache" -x
fi
# In namespaces of its own: whatever happens, no process and no mount stays.
unshare --mount --pid --fork --kill-child "$0" --enter "$debian"
