#!/usr/bin/env bash
# The steps of the Dockerfile: what run.sh and test.sh do, one at a time.
#   image.sh install <list>...   the packages of lists in packages.sh; leaves no package and no index of packages behind
#   image.sh build               sidecache, in build/release
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
source "$root/scripts/say.sh"
source "$root/scripts/install.sh"
source "$root/scripts/build.sh"

case ${1:-} in
    install)
        install_missing "${@:2}"
        apt-get clean
        rm -rf /var/lib/apt/lists/*
        ;;
    build) build_program release ;;
    *) die 2 "image.sh install <list>... | build" ;;
esac
