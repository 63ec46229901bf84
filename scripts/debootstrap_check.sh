#!/usr/bin/env bash
# debootstrap_check.sh [PART...]: tries ./run.sh, and ./test.sh with these parts (unit; all: every one), in a bare Debian 12 that has git and the
# network and nothing else; then both once more as somebody who is not root and has sudo. Needs root; leaves nothing behind. Takes what is committed.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
source "$root/scripts/say.sh"
source "$root/scripts/install.sh"

try_it() {
    cd "$root"
    say "== the first start installs and builds"
    scripts/start_check.sh 3600
    say "== the second only starts"
    scripts/start_check.sh 20
    ./test.sh "$@"
    try_as_somebody
}

# Who is not root, and lacks a package.
try_as_somebody() {
    say "== somebody installs by sudo"
    local home=/home/somebody
    apt-get install --yes -qq sudo >/dev/null
    useradd --create-home --shell /bin/bash somebody
    echo 'somebody ALL=(ALL) NOPASSWD: ALL' >/etc/sudoers.d/somebody
    apt-get purge --yes -qq python3-gunicorn >/dev/null
    git clone --quiet "$root" "$home/sidecache"
    chown --recursive somebody "$home"
    runuser --user somebody -- env HOME="$home" "$home/sidecache/scripts/start_check.sh" 3600
    runuser --user somebody -- env HOME="$home" "$home/sidecache/test.sh" floors unit
    dpkg-query --show python3-gunicorn
}

case ${1:-} in
    --enter)
        debian=$2
        shift 2
        mount --bind "$debian" "$debian"  # so that its root is one: tests make mount namespaces of their own
        mount -t proc proc "$debian/proc"
        exec chroot "$debian" /usr/bin/env -i HOME=/root PATH=/usr/sbin:/usr/bin:/sbin:/bin LANG=C.UTF-8 NODE_EXTRA_CA_CERTS=/etc/ssl/machine.crt \
            CMAKE_BUILD_PARALLEL_LEVEL="${CMAKE_BUILD_PARALLEL_LEVEL:-}" /srv/sidecache/scripts/debootstrap_check.sh --inside "$@"
        ;;
    --inside)
        shift
        try_it "$@"
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
# The network as this machine has it: its names, and whom it trusts.
cp -L /etc/resolv.conf /etc/hosts "$debian/etc/"
cp -L /etc/ssl/certs/ca-certificates.crt "$debian/etc/ssl/machine.crt"
git clone --quiet "$root" "$debian/srv/sidecache"
if [[ ${SIDECACHE_CHECK_UNCOMMITTED:-} ]]; then
    git -C "$root" ls-files --cached --others --exclude-standard -z | tar -C "$root" -c --null -T - | tar -C "$debian/srv/sidecache" -x
fi
# In namespaces of its own: whatever happens, no process and no mount stays.
unshare --mount --pid --fork --kill-child "$0" --enter "$debian" "${@:-unit}"
