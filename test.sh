#!/usr/bin/env bash
# Sets up, builds and runs every test, or the parts named. See ./test.sh --help.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
source "$root/scripts/say.sh"
source "$root/scripts/install.sh"
source "$root/scripts/build.sh"
source "$root/scripts/stages.sh"

help() {
    cat <<'TEXT'
./test.sh [PART...]     without a part: all but `long`

  floors      the rooms include only what the floor plan allows
  unit        unit tests
  run         ./run.sh itself: how it installs, starts, hits, ends
  django      the example records API's own tests, on SQLite and on PostgreSQL
  scenarios   sidecache as a whole, before scripted origins
  conformance the public HTTP cache test suite, against what docs/conformance.md records; needs npm's registry the first time
  counts      instructions, allocations, locks and system calls per request, against tests/counts/budgets.json
  dashboards  every expression of the dashboard, the rules and the alerts, with Debian's Prometheus before the running proxy
  deploy      deploy/ and the documents that go with it: what its readers would refuse, and what does not fit the program
  asan        unit tests and scenarios with the address and undefined behaviour sanitizers; and that each rule of consistency, switched off, fails its scenario
  tsan        unit tests and scenarios with the thread sanitizer; and the cache lines that pass between workers per hit, against tests/counts/lines.json
  long        a bare Debian, the Docker image, 10,000 connections, memory under churn, other proxies beside it, the records API under load, fuzzing
              (tests/long; needs root, takes an hour)

The first time it installs the Debian 12 packages that are missing. Logs of the stages are in build/logs/.
TEXT
}

every_part=(floors unit django run scenarios conformance counts dashboards deploy asan tsan)
python=/usr/bin/python3
export ASAN_OPTIONS=${ASAN_OPTIONS:-detect_stack_use_after_return=1:strict_string_checks=1}
export UBSAN_OPTIONS=${UBSAN_OPTIONS:-print_stacktrace=1}
export TSAN_OPTIONS=${TSAN_OPTIONS:-second_deadlock_stack=1}

# Seconds for which scenarios wait for what must happen.
declare -A patience=([release]=60 [asan]=60 [tsan]=60)
# Of a gibibyte: builds with sanitizers are slow and large.
declare -A scale=([release]=1 [asan]=0.02 [tsan]=0.02)
# Seconds for which the checker of stale reads asks each of its two kinds of origin.
declare -A checker=([release]=10 [asan]=2 [tsan]=20)
# Of the fleets that it asks: how many nodes, and by how many seconds a build makes the slowest answer slower.
declare -A nodes=([release]=3 [asan]=2 [tsan]=3)
declare -A machine=([release]=1 [asan]=4 [tsan]=4)

# run_scenarios <kind> [option of run.py]...
run_scenarios() {
    local kind=$1
    shift
    SIDECACHE_TEST_PATIENCE=${patience[$kind]} SIDECACHE_TEST_SCALE=${scale[$kind]} SIDECACHE_TEST_CHECKER=${checker[$kind]} \
        SIDECACHE_TEST_NODES=${nodes[$kind]} SIDECACHE_TEST_MACHINE=${machine[$kind]} "${plain_addresses[@]}" \
        "$python" "$root/tests/scenarios/run.py" --bin "$root/build/$kind/sidecache" "$@"
}

run_conformance() {
    "$python" "$root/tests/conformance/run.py" --bin "$root/build/release/sidecache"
}

# with_build <kind> <stage> <command>...: the build is a stage of its own, once; what needs it is left out if it failed.
declare -A build_statuses=()
with_build() {
    local kind=$1
    shift
    if [[ -z ${build_statuses[$kind]:-} ]]; then
        stage "build $kind" build_everything "$kind"
        build_statuses[$kind]=$stage_status
    fi
    if ((build_statuses[$kind] == 0)); then stage "$@"; else skip_stage "$1" "its build failed"; fi
}

part() {
    case $1 in
        floors) stage floors "$python" "$root/tests/floors/floors_test.py" ;;
        django) stage django "$python" "$root/tests/django/run.py" ;;
        run)
            stage install "$root/scripts/install_check.sh"
            with_build release run "$root/scripts/start_check.sh"
            ;;
        unit) with_build release unit run_ctest release --label-exclude floors ;;
        scenarios) with_build release scenarios run_scenarios release ;;
        conformance) with_build release conformance run_conformance ;;
        counts) with_build release counts "$python" "$root/tests/counts/counts.py" --bin "$root/build/release/sidecache" ;;
        dashboards) with_build release dashboards "$python" "$root/tests/dashboards/dashboards.py" --bin "$root/build/release/sidecache" ;;
        deploy) with_build release deploy "$python" "$root/tests/deploy/deploy.py" --bin "$root/build/release/sidecache" ;;
        asan | tsan)
            with_build "$1" "$1 unit" run_ctest "$1" --label-exclude floors
            # The harness' own tests run no proxy: once is enough.
            with_build "$1" "$1 scenarios" run_scenarios "$1" --without test_harness
            if [[ $1 == asan ]]; then with_build asan switches "${plain_addresses[@]}" "$python" "$root/tests/switches/switches.py" --bin "$root/build/asan/sidecache"; fi
            if [[ $1 == tsan ]]; then with_build tsan lines "$python" "$root/tests/counts/lines.py" --bin "$root/build/tsan/sidecache_lines"; fi
            ;;
        long) source "$root/tests/long/stages.sh" ;;
    esac
}

parts=()
for argument in "$@"; do
    case $argument in
        floors | unit | django | run | scenarios | conformance | counts | dashboards | deploy | asan | tsan | long) parts+=("$argument") ;;
        all) parts+=("${every_part[@]}") ;;
        --help | -h) help; exit 0 ;;
        *) die 2 "Unknown: $argument; see ./test.sh --help" ;;
    esac
done
if ((${#parts[@]} == 0)); then parts=("${every_part[@]}"); fi

install_missing build records deployed_api start tests
# Node and npm may be there from elsewhere, and Debian's npm is no companion of another node.
if [[ " ${parts[*]} " == *" conformance "* ]] && ! { command -v node && command -v npm; } >/dev/null; then install_missing conformance; fi
if [[ " ${parts[*]} " == *" deploy "* ]]; then install_missing deploy; fi
for each in "${parts[@]}"; do part "$each"; done
tell_totals
