# shellcheck shell=bash
# Builds sidecache in build/<kind>; needs $root.

declare -Ag sanitizers=([release]="" [asan]="address,undefined" [tsan]="thread")

# One compiler per CPU, but no more than memory has room for (1 GiB each).
parallel_jobs() {
    local available
    available=$(awk '/^MemAvailable:/ {print int($2 / 1048576)}' /proc/meminfo)
    local jobs
    jobs=$(nproc)
    if ((available < jobs)); then jobs=$((available > 1 ? available : 1)); fi
    printf '%s\n' "$jobs"
}

# So that a clone in another place finds what this one compiled.
export CCACHE_BASEDIR=${CCACHE_BASEDIR:-$root} CCACHE_NOHASHDIR=1

# configure <kind> <ON|OFF, or nothing: as it was>
configure() {
    local kind=$1 tests=${2:-} folder=$root/build/$1 switches=OFF
    if [[ $kind == asan ]]; then switches=ON; fi
    local cache=$folder/CMakeCache.txt
    if [[ -f $folder/build.ninja ]] && { [[ -z $tests ]] || grep -q "^SIDECACHE_TESTS:BOOL=$tests\$" "$cache"; } &&
        grep -q "^SIDECACHE_SWITCHES:BOOL=$switches\$" "$cache"; then return; fi
    cmake -S "$root" -B "$folder" -G Ninja -DCMAKE_BUILD_TYPE=Release -DSIDECACHE_SANITIZE="${sanitizers[$kind]}" \
        -DSIDECACHE_SWITCHES="$switches" -DSIDECACHE_TESTS="${tests:-OFF}"
}

# A script that is ended takes its compilers along.
run_ninja() { setpriv --pdeathsig TERM ninja -j "${CMAKE_BUILD_PARALLEL_LEVEL:-$(parallel_jobs)}" "$@"; }

# build_program <kind>: sidecache alone; build_everything <kind>: with the tests.
build_program() { configure "$1" && run_ninja -C "$root/build/$1" sidecache; }
build_everything() { configure "$1" ON && run_ninja -C "$root/build/$1"; }
