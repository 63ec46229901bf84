# shellcheck shell=bash
# Installs what is missing of the package lists in packages.sh; asks the network nothing when all is there.
source "$root/scripts/packages.sh"

installing_seconds=0  # of all calls of install_missing

as_root() {
    if [[ $EUID -eq 0 ]]; then "$@"; else sudo "$@"; fi
}

# Prints those of the packages that are not installed.
missing_of() {
    local installed package
    installed=" $(dpkg-query --show --showformat='${db:Status-Status}:${Package} ' "$@" 2>/dev/null || true)"
    for package in "$@"; do
        if [[ $installed != *" installed:$package "* ]]; then printf '%s\n' "$package"; fi
    done
}

# Runs a command while Debian's packages may start no service, and puts back what was there before.
# $POLICY_RC_D is for scripts/install_check.sh alone: no package asks any file but Debian's own.
without_starting_services() (
    policy=${POLICY_RC_D:-/usr/sbin/policy-rc.d}
    kept=$policy.before-sidecache
    # shellcheck disable=SC2317  # called by the trap
    restore() {
        as_root rm -f "$policy"
        if [[ -e $kept || -L $kept ]]; then as_root mv "$kept" "$policy"; fi
    }
    trap restore EXIT
    trap 'exit 130' INT
    trap 'exit 143' TERM
    # What a run that was killed left aside is the original.
    if [[ ! -e $kept && ! -L $kept ]] && [[ -e $policy || -L $policy ]]; then as_root mv "$policy" "$kept"; fi
    printf '#!/bin/sh\nexit 101\n' | as_root tee "$policy" >/dev/null && as_root chmod 755 "$policy" && "$@"
)

# install_missing <list>...
install_missing() {
    local list wanted=() missing
    # shellcheck disable=SC2206  # a list of words
    for list in "$@"; do wanted+=(${packages[$list]}); done
    command -v dpkg-query >/dev/null || die 1 "This needs Debian 12 (dpkg-query is not here). Install by hand: ${wanted[*]}"
    # shellcheck disable=SC2207
    missing=($(missing_of "${wanted[@]}"))
    ((${#missing[@]} > 0)) || return 0

    heading "Installing ${missing[*]}"
    if [[ $EUID -ne 0 ]] && ! command -v sudo >/dev/null; then
        die 1 "Neither root nor sudo: have an administrator run  apt-get install --no-install-recommends ${missing[*]}"
    fi
    say "(some minutes; no service is started)"
    local log status=0 began=$SECONDS apt=(env DEBIAN_FRONTEND=noninteractive apt-get -qq -o Dpkg::Use-Pty=0 -o DPkg::Lock::Timeout=300 -o Acquire::Retries=3)
    log=$(mktemp)
    { as_root "${apt[@]}" update &&
        without_starting_services as_root "${apt[@]}" install --yes --no-install-recommends "${missing[@]}"; } >"$log" 2>&1 || status=$?
    installing_seconds=$((installing_seconds + SECONDS - began))
    if ((status != 0)); then tail -n 30 "$log" >&2; fi
    rm -f "$log"
    ((status == 0)) || die 1 "apt-get could not install these. Is there a network? On Debian 12 they are all in main."
}
