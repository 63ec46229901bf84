# shellcheck shell=bash
# The long tests, for ./test.sh long.
install_missing long load
stage "bare debian" "$root/scripts/debootstrap_check.sh"
stage image "$root/scripts/image_check.sh"
with_build release "idle connections" "$python" "$root/tests/long/idle_connections.py" --bin "$root/build/release/sidecache"
with_build release "memory churn" "$python" "$root/tests/long/memory_churn.py" --bin "$root/build/release/sidecache"
# That it works, every answer is right and memory keeps within what is asked; of speed this run judges nothing.
with_build release "records before and after" "$python" "$root/benchmarks/records/before_after.py" --bin "$root/build/release/sidecache" --quick

# The release build with what benchmarks need besides; their parts are tested before anything is measured with them.
build_benchmarks() {
    cmake -S "$root" -B "$root/build/release" -DSIDECACHE_BENCHMARKS=ON >/dev/null &&
        run_ninja -C "$root/build/release" sidecache limit open_loop micro hit_ratio hit_ratio_parts_test
}
compare_with_peers() {
    build_benchmarks &&
        "$python" "$root/benchmarks/limit/limit_test.py" --bin "$root/build/release/benchmarks/limit" &&
        "$python" "$root/benchmarks/open_loop/open_loop_test.py" --bin "$root/build/release/benchmarks/open_loop" &&
        "$python" "$root/benchmarks/load/peers.py" --quick &&
        "$python" "$root/benchmarks/load/queries.py" --quick
}
# No trace is in the repository: that hits are counted right is tested on some made by hand.
test_benchmarks() {
    build_benchmarks &&
        "$root/build/release/benchmarks/hit_ratio_parts_test" --gtest_brief=1 &&
        "$python" "$root/benchmarks/fleet/fleet_test.py" --build "$root/build/release" &&
        "$python" "$root/benchmarks/hit_ratio/hit_ratio_test.py" --bin "$root/build/release/benchmarks/hit_ratio" &&
        "$python" "$root/benchmarks/micro/micro_test.py" --bin "$root/build/release/benchmarks/micro"
}
with_build release peers compare_with_peers
with_build release "other benchmarks" test_benchmarks

for fuzzed in "$root"/tests/fuzz/*_fuzz.cpp; do
    stage "fuzz $(basename "$fuzzed" _fuzz.cpp)" "$root/tests/long/fuzz.sh" "$(basename "$fuzzed" _fuzz.cpp)"
done
