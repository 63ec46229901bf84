# shellcheck shell=bash
# Runs the stages of ./test.sh: each is timed and logged in build/logs, a failure does not stop the next, and the end shows
# every runner's own summary and the sum. Needs $root, the `parts` that run, and of install.sh how long it installed.

stage_lines=()
stage_status=0
summary_lines=()
red_stages=()
total_passed=0
total_failed=0
total_skipped=0
most_seconds=3300  # of all parts but `long`, from nothing, on two cores

# The summaries in a runner's output: ctest's, unittest's and `N passed, N failed`.
summaries_in() { grep -E '^[0-9]+% tests passed|^[0-9]+ passed, [0-9]+ failed|^Ran [0-9]+ tests? in|^(OK|FAILED)( \(.*\))?$' "$1" || true; }

# Prints "<passed> <failed> <skipped>" of what runners say in a log.
counts_in() {
    awk '
        /^[0-9]+ passed, [0-9]+ failed/ { passed += $1; failed += $3; if ($6 == "skipped") skipped += $5 }
        /^Ran [0-9]+ tests? in/         { ran = $2 }
        /^(OK|FAILED)( \(.*\))?$/ {
            bad = named("failures") + named("errors")
            passed += ran - bad - named("skipped")
            skipped += named("skipped")
            failed += bad
            ran = 0
        }
        function named(word) { return match($0, word "=[0-9]+") ? substr($0, RSTART + length(word) + 1) + 0 : 0 }
        END { print passed + 0, failed + 0, skipped + 0 }' "$1"
}

# What a log says of what failed, at most a hundred lines; its end, where it names no test.
failures_in() {
    local told
    told=$(grep -E -A 25 '^failed  |^FAILED  |^(FAIL|ERROR): |: Failure$|^\[  FAILED  \]|^FAILED: |: (fatal )?error: ' "$1" | grep -vE '^passed  |^ok  |^\[       OK \]') || told=$(tail -n 30 "$1")
    cut -c 1-400 <<<"$told" | head -n 100
}

# run_ctest <kind> <ctest option>...: ctest, and after its summary of programs the sum of their cases, which it does not tell.
run_ctest() {
    local folder=$root/build/$1 status=0
    shift
    rm -f "$folder/Testing/Temporary/LastTest.log"
    "${plain_addresses[@]}" ctest --test-dir "$folder" -j 2 --no-tests=error --output-on-failure "$@" || status=$?
    awk '
        /^[0-9]+\/[0-9]+ Testing: /          { programs++; failed_before = failed }
        /^\[  PASSED  \] [0-9]+ test/        { passed += $4 }
        /^\[  FAILED  \] .*\([0-9]+ ms\)$/  { failed++ }
        /^Ran [0-9]+ tests? in/              { ran = $2 }
        /^OK( \(.*\))?$/                     { passed += ran; ran = 0 }
        /^Test Failed\./ && failed == failed_before { failed++ }  # it crashed, hung, or is no GoogleTest
        END { printf "%d passed, %d failed (cases in %d programs)\n", passed, failed, programs }
    ' "$folder/Testing/Temporary/LastTest.log"
    return "$status"
}

# The thread sanitizer of GCC 12 does not start where the kernel spreads addresses widely; without spreading it always does.
plain_addresses=()
if setarch "$(uname -m)" --addr-no-randomize true 2>/dev/null; then plain_addresses=(setarch "$(uname -m)" --addr-no-randomize); fi

# stage <name> <command>...; leaves its exit code in stage_status.
stage() {
    local name=$1 began=$SECONDS passed failed skipped verdict=ok
    local log=$root/build/logs/$name.log
    shift
    mkdir -p "$root/build/logs"
    heading "$name"
    set +e  # and no `||`, which would switch -e off within
    (set -e; "$@") 2>&1 | tee "$log"
    stage_status=${PIPESTATUS[0]}
    set -e
    read -r passed failed skipped < <(counts_in "$log")
    if ((stage_status == 0)) && grep -qE '^Ran 0 tests|^0 passed, 0 failed' "$log"; then
        complain "$name ran no test."
        stage_status=1
    fi
    if ((stage_status != 0)); then
        verdict=FAILED
        red_stages+=("$name")
        if ((failed == 0)); then failed=1; fi  # not a test, but the stage itself: a build, a missing file
    fi
    total_passed=$((total_passed + passed))
    total_failed=$((total_failed + failed))
    total_skipped=$((total_skipped + skipped))
    stage_lines+=("$(printf '%-22s %-6s %4d s' "$name" "$verdict" $((SECONDS - began)))")
    local line
    while read -r line; do summary_lines+=("$(printf '%-22s %s' "$name" "$line")"); done < <(summaries_in "$log")
}

# skip_stage <name> <why>
skip_stage() { stage_lines+=("$(printf '%-22s left out: %s' "$1" "$2")"); }

# The end of it all; fails if any stage has. Who sees only the end of a long log still sees what failed.
tell_totals() {
    local name
    for name in "${red_stages[@]}"; do
        heading "What failed in $name"
        failures_in "$root/build/logs/$name.log"
    done
    heading "Stages"
    printf '%-22s %-6s %4d s\n' "installing packages" "" "$installing_seconds"
    printf '%s\n' "${stage_lines[@]}"
    printf '%-22s %-6s %4d s\n' "in all" "" "$SECONDS"
    heading "Summaries"
    if ((${#summary_lines[@]} > 0)); then printf '%s\n' "${summary_lines[@]}"; fi
    if ((SECONDS > most_seconds)) && [[ " ${parts[*]} " != *" long "* ]]; then say "It took more than $((most_seconds / 60)) minutes, which is what a run from nothing may take."; fi
    local skipped=""
    if ((total_skipped > 0)); then skipped=", $total_skipped skipped"; fi
    printf '\n%s passed, %s failed%s\n' "$total_passed" "$total_failed" "$skipped"
    ((${#red_stages[@]} == 0))
}
