# shellcheck shell=bash
# How the scripts talk: progress to stdout, what went wrong to stderr.

say() { printf '%s\n' "$*"; }
heading() { printf '\n== %s\n' "$*"; }
complain() { printf '%s\n' "$*" >&2; }

# die <exit code> <message>...
die() {
    local code=$1
    shift
    complain "$@"
    exit "$code"
}
