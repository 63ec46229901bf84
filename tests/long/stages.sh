# shellcheck shell=bash
# The long tests, for ./test.sh long.
install_missing long
stage "bare debian" "$root/scripts/debootstrap_check.sh"
with_build release "idle connections" "$python" "$root/tests/long/idle_connections.py" --bin "$root/build/release/sidecache"
with_build release "memory churn" "$python" "$root/tests/long/memory_churn.py" --bin "$root/build/release/sidecache"
for fuzzed in "$root"/tests/fuzz/*_fuzz.cpp; do
    stage "fuzz $(basename "$fuzzed" _fuzz.cpp)" "$root/tests/long/fuzz.sh" "$(basename "$fuzzed" _fuzz.cpp)"
done
