#!/usr/bin/env bash
# Tries what scripts/install.sh does around apt-get: no service starts, what was there before comes back, sudo only where it is needed.
# Stubs stand for apt-get and sudo, and $POLICY_RC_D for Debian's file: nothing is installed. Takes seconds.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
source "$root/scripts/say.sh"
source "$root/scripts/checks.sh"

folder=$(mktemp -d)
tried=$folder/tried  # what one attempt begins with and leaves behind
policy=$tried/policy-rc.d
pid=

finish() {
    if [[ -n $pid ]]; then kill -KILL -- "-$pid" 2>/dev/null || true; fi
    if ((failed > 0)); then cat "$tried/said" || true; fi
    rm -rf "$folder"
}
trap finish EXIT

# With copies of the scripts: somebody else may not be let into this tree.
make_stubs() {
    chmod 711 "$folder"
    mkdir "$folder/scripts" "$folder/bin"
    cp "$root/scripts/say.sh" "$root/scripts/install.sh" "$folder/scripts/"
    printf 'declare -Ag packages=([wanted]="sidecache-is-no-package")\n' >"$folder/scripts/packages.sh"
    cat >"$folder/install" <<'STUB'
#!/usr/bin/env bash
set -euo pipefail
root=$(dirname "$0")
source "$root/scripts/say.sh"
source "$root/scripts/install.sh"
install_missing wanted
STUB
    cat >"$folder/bin/apt-get" <<'STUB'
#!/bin/sh
# An installation ends with the status $APT_ENDS; or `later`: once may_end is there, whatever SIGTERM says.
ask_policy() { "$POLICY_RC_D" postgresql start; printf '%s\n' $? >>"$TRIED/policy_said"; }
printf '%s\n' "$*" >>"$TRIED/asked"
case " $* " in *" install "*) ;; *) exit 0 ;; esac
ask_policy
[ "$APT_ENDS" = later ] || exit "$APT_ENDS"
trap '' TERM
: >"$TRIED/is_installing"
turns=0
while [ ! -e "$TRIED/may_end" ] && [ $((turns += 1)) -lt 1200 ]; do sleep 0.05; done
ask_policy
STUB
    cat >"$folder/bin/sudo" <<'STUB'
#!/bin/sh
printf '%s\n' "$*" >>"$TRIED/by_sudo"
exec "$@"
STUB
    chmod 755 "$folder/install" "$folder/bin"/* "$folder/scripts" "$folder/bin"
    chmod 644 "$folder/scripts"/*
}

# The file itself, not one like it.
identity_of() { stat --format '%i %f %s %y' "$1" 2>/dev/null || printf 'none\n'; }

begin_anew() {
    rm -rf "$tried"
    mkdir "$tried"
}
begin_with_a_policy() {
    begin_anew
    printf '#!/bin/sh\nexit 104\n' >"$policy"
    chmod 751 "$policy"
    policy_before=$(identity_of "$policy")
}

# attempt <how apt-get ends> [<what runs the attempt>...]
attempt() {
    "${@:2}" env APT_ENDS="$1" TRIED="$tried" TMPDIR="$tried" POLICY_RC_D="$policy" PATH="$folder/bin:$PATH" "$folder/install" >"$tried/said" 2>&1
}
ends_with() {  # ends_with <status> <command>...
    local status=0
    "${@:2}" || status=$?
    ((status == $1))
}
eventually() {  # eventually <command>...
    local until=$((SECONDS + 30))
    until "$@"; do
        if ((SECONDS >= until)); then return 1; fi
        sleep 0.05
    done
}
# ends_in_the_middle <status> <signal> [alone]: the script, while apt-get installs. Not alone: all that runs for it gets the signal too.
ends_in_the_middle() {
    attempt later exec setsid &
    pid=$!
    eventually test -e "$tried/is_installing" || return 1
    if [[ ${3:-} == alone ]]; then kill -"$2" "$pid"; else kill -"$2" -- "-$pid"; fi
    ends_with "$1" wait "$pid" 2>/dev/null
}

has_asked() {
    local apt="-qq -o Dpkg::Use-Pty=0 -o DPkg::Lock::Timeout=300 -o Acquire::Retries=3"
    [[ $(<"$tried/asked") == "$apt update"$'\n'"$apt install --yes --no-install-recommends sidecache-is-no-package" ]]
}
lets_nothing_start() { [[ $(sort -u "$tried/policy_said") == 101 ]]; }
tells_of_failure() { grep -q '^apt-get could not install these' "$tried/said"; }
is_without_sudo() { [[ ! -e $tried/by_sudo ]]; }
is_by_sudo() { [[ $(cut -d ' ' -f 1 "$tried/by_sudo" | xargs) == "$1" ]]; }
policies() { find "$tried" -name "${policy##*/}*"; }
has_no_policy() { [[ -z $(policies) ]]; }
has_its_policy() { [[ $(policies) == "$policy" && $(identity_of "$policy") == "$policy_before" ]]; }
has_ours() { ends_with 101 "$policy" postgresql start; }
is_untouched() { [[ $(identity_of /usr/sbin/policy-rc.d) == "$debian_before" ]]; }

debian_before=$(identity_of /usr/sbin/policy-rc.d)
make_stubs

begin_anew
check "an installation ends with 0" ends_with 0 attempt 0
check "apt-get looked for what there is, then installed what is missing" has_asked
check "no service might start meanwhile" lets_nothing_start
check "no policy-rc.d is left" has_no_policy
begin_anew
check "one that fails ends with 1" ends_with 1 attempt 100
check "it says so" tells_of_failure
check "no policy-rc.d is left by it either" has_no_policy

begin_with_a_policy
check "an installation where there is a policy-rc.d ends with 0" ends_with 0 attempt 0
check "no service might start meanwhile, whatever that says" lets_nothing_start
check "it is back, the same file" has_its_policy
begin_with_a_policy
check "one that fails there ends with 1" ends_with 1 attempt 100
check "after it the policy-rc.d is back" has_its_policy
begin_with_a_policy
check "SIGTERM in the middle, to all of it, ends one" ends_in_the_middle 143 TERM
: >"$tried/may_end"
check "when apt-get has ended too, the policy-rc.d is back" eventually has_its_policy
check "no service might start until then" lets_nothing_start
begin_with_a_policy
check "SIGTERM in the middle, to the script alone, ends one" ends_in_the_middle 143 TERM alone
: >"$tried/may_end"
check "when apt-get has ended too, the policy-rc.d is back" eventually has_its_policy
check "no service might start until then" lets_nothing_start
begin_with_a_policy
check "SIGKILL in the middle, to all of it, ends one" ends_in_the_middle 137 KILL
check "nothing is put back" has_ours
pid=
check "the next one ends with 0" ends_with 0 attempt 0
check "after it the policy-rc.d is back, as it was before both" has_its_policy

somebody=()
if [[ $EUID -eq 0 ]]; then
    check "root needs no sudo" is_without_sudo
    somebody=(setpriv --reuid=65534 --regid=65534 --clear-groups)
fi
begin_with_a_policy
if "${somebody[@]}" test -x "$folder/install" 2>/dev/null; then
    if [[ $EUID -eq 0 ]]; then chown -R 65534:65534 "$tried"; fi
    check "an installation by somebody else ends with 0" ends_with 0 attempt 0 "${somebody[@]}"
    check "all that needs root is by sudo" is_by_sudo "env mv tee chmod env rm mv"
    check "apt-get looked for what there is, then installed what is missing" has_asked
    check "no service might start meanwhile" lets_nothing_start
    check "after it the policy-rc.d is back" has_its_policy
else
    say "left out: an installation by somebody else, whom this machine lets not in"
fi
check "Debian's own policy-rc.d was not touched" is_untouched
tell_checks
