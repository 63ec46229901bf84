# shellcheck shell=bash
# What a script tries, one line each, and their sum.

passed=0
failed=0

check() {  # check <what> <command>...
    if "${@:2}"; then
        say "ok      $1"
        passed=$((passed + 1))
    else
        say "FAILED  $1"
        failed=$((failed + 1))
    fi
}

tell_checks() {
    say "$passed passed, $failed failed"
    ((failed == 0))
}
