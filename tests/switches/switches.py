#!/usr/bin/python3
"""Switches off each rule of consistency, one after the other, and asks of its scenario that it fails: a test that passes without the rule would show nothing.

    tests/switches/switches.py --bin PATH [RULE...]   a program built with SIDECACHE_SWITCHES (./test.sh asan builds one), its unit tests beside it
    tests/switches/switches.py --print                the table as docs/consistency.md shows it

With the rules on, the scenarios are passed by ./test.sh scenarios, and unit tests by ./test.sh unit. It ends with the line `N passed, N failed`, in rules.
"""

import argparse
import concurrent.futures
import os
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
RUN = ROOT / "tests/scenarios/run.py"
DOCUMENT = ROOT / "docs/consistency.md"
STALE_READS = {"epoch_check": 1000, "held_by_replicas": 1}  # that the checker finds at least
FLEET = "unit_cache_fleet: FleetModel.ReadsNothingStale"
PATIENCE = "10"  # seconds: what does not happen without the rule is not waited for as long as usually

# rule -> the scenario that has to fail without it, as `file.Class.test` or a beginning of that; or `program: Suite.Test` of the unit tests.
SCENARIOS = {
    "epoch_check": "test_no_stale_read.NoStaleRead.test_happens_where_the_origin_commits_before_it_answers",
    "clock_last": "test_no_stale_read.NoStaleRead.test_happens_where_the_origin_commits_before_it_answers",
    "groups_of_head": "test_overtaken_fill.AnOvertakenFill.test_is_not_reused_where_only_its_head_names_the_group",
    "detach": "test_overtaken_fill.AnOvertakenFill.test_held_before_its_head_is_not_waited_for",
    "trust_first": "test_stale.StaleIfError.test_ends_with_a_write",
    "strong_dates": "test_validation.AfterAWrite.test_a_last_modified_of_the_same_second_is_not_asked_about",
    "named_by_304": "test_validation.AfterAWrite.test_a_304_that_names_another_etag_does_not_confirm",
    "head_confirms": "test_update_head.AHead.test_without_a_validator_brings_nothing_back_that_a_write_has_ended",
    "earliest_part": "test_ranges.OfAPart.test_from_before_a_write_is_not_put_together_with_one_from_after_it",
    "install_order": "test_overtaken_fill.AnOvertakenFill.test_by_two_writes_is_followed_by_two_fills",
    "written_alone": "test_write_through.WriteThrough.test_of_overlapping_writes_is_stored_by_neither",
    "absent": "test_invalidation.AWrite.test_that_makes_a_row_ends_its_404",
    "tree_of_row": "test_invalidation.AWrite.test_below_a_row_ends_the_row_and_all_below_it",
    "one_spelling": "test_invalidation.Spellings.test_of_what_was_read_do_not_matter",
    "named_space": "test_invalidation.AWrite.test_by_another_name_of_the_host_ends_the_same",
    "no_silent_cut": "test_invalidation.AWrite.test_with_more_groups_than_may_be_named_ends_everything",
    "answer_kept": "test_write_rules.Appointments.test_read_an_answer_in_pieces_before_any_of_it_is_delivered",
    "second_tick": "test_invalidation.AnAnswerThatIsLate.test_that_drips_ends_what_was_stored_before_its_last_byte",
    "held_if_unknown": "test_unknown_outcome.AWriteThat.test_times_out_is_answered_504_and_held",
    "sent_once": "test_origin_errors.AConnectionThatIsReused.test_and_closed_never_costs_a_write_a_second_try",
    "override_dropped": "test_invalidation.OverrideFields.test_are_dropped",
    "write_before_read": "test_pipelining.Pipelining.test_of_a_write_and_a_read_shows_the_write",
    "old_value": "test_write_rules.MovedRows.test_by_two_writes_at_once_end_the_lists_between",
    "held_by_start": "test_unknown_outcome.AHold.test_counts_by_the_start_of_a_fill",
    "epoch_of_age": "test_overtaken_fill.AnOvertakenFill.test_out_of_another_cache_is_as_old_as_its_age_says",
    "asked_after": "test_collapse.WhoMayNotShare.test_asks_alone_with_no_cache",
    "rules_in_entry": "test_reload.AReload.test_that_changes_how_groups_are_named_makes_all_that_is_stored_a_validator",
    "rules_of_write": "test_write_rules.AReload.test_between_a_write_and_its_answer_loses_no_name",
    "claimed": "test_restart.WhileTheOldProcessDrains.test_no_other_is_let_in",
    "no_reuse_in_drain": "test_restart.WhileTheOldProcessDrains.test_a_read_on_a_kept_connection_is_not_answered_from_the_store",
    "soft_clock": "test_announcement.ASoftInvalidation.test_makes_stale_what_may_answer_stale",
    "declared_safe": "test_write_rules.BluntAndSafe.test_what_is_declared_safe_ends_nothing",
    "incarnation_in_entry": "test_fleet.WhatRedisLoses.test_makes_validators_of_what_is_stored_for_good",
    "stream_alone": f"{FLEET}AfterAnAnsweredWriteInAnyOrderOfSteps",
    "gaps_seen": "unit_cache_fleet: Fleet.ReadsTheTableWhereAMessageIsMissing",
    "probe_applied": f"{FLEET}AfterAnAnsweredWriteInAnyOrderOfSteps",
    "trust_ends": "test_fleet.HalfOpen.test_the_stream_hangs_while_probes_pass",
    "lease_from_sending": f"{FLEET}AfterAnAnsweredWriteInAnyOrderOfSteps",
    "heard_by_all": "test_fleet_no_stale_read.Healthy.test_no_read_is_stale_where_the_origin_commits_before_it_answers",
    "lease_before_removal": f"{FLEET}AfterAnAnsweredWriteInAnyOrderOfSteps",
    "held_by_replicas": "test_fleet_no_stale_read.AnotherMaster.test_takes_over_beside_an_old_one_that_goes_on_and_no_read_is_stale",
    "proven_reads": "test_fleet.VerifiedInTime.test_a_node_that_hears_of_nothing_validates",
    "bound_to_history": "test_fleet.WatchedBySentinels.test_an_orderly_failover_makes_validators_of_what_is_stored",
    "keys_counted": "test_fleet.AListOfNodesThatIsLost.test_lets_no_write_be_answered_of_which_a_node_has_not_heard",
    "announced": "test_fleet.AWriterThatDies.test_leaves_nothing_that_it_may_have_replaced",
    "held_at_removal": "unit_cache_fleet: FleetModel.ReadsNothingThatTheWriteOfARemovedNodeMayHaveReplaced",
    "tick_gone_through": "test_fleet.ABoundedTickThatFails.test_ends_all_reuse_at_its_node",
    "named_alike": "test_fleet.ARollingChange.test_of_rules_loses_no_name_meanwhile",
    "asked_anew": "test_fleet.InACluster.test_the_slot_of_the_state_moves",
    "silent_removed": "test_fleet.AWrite.test_waits_for_a_node_that_is_gone_for_a_lease_and_a_half_at_most",
    "lease_before_settled": f"{FLEET}WhereRedisForgetsEverything",
    "shared_in_trust": "test_fleet.WithoutRedis.test_a_fill_is_shared_with_nobody_who_asks_after_it_began",
}


def declared():
    """rule -> (number, sentence), of the header."""
    text = (ROOT / "cache/switches/switches.hpp").read_text()
    rules = re.findall(r"^    (\w+), +// (?:(\w\d+(?:, \w\d+)*): )?(.+)$", text, re.MULTILINE)
    return {rule: (number, sentence) for rule, number, sentence in rules}


def table():
    lines = ["| switch | hole | rule | scenario that fails without it |", "|---|---|---|---|"]
    for rule, (number, sentence) in declared().items():
        lines.append(f"| `{rule}` | {number} | {sentence} | {SCENARIOS[rule]} |")
    return "\n".join(lines) + "\n"


def complaints():
    """What is said in one place and not in another."""
    rules = declared()
    found = [f"{rule} has no scenario" for rule in rules if rule not in SCENARIOS]
    found += [f"{rule} is no rule of cache/switches" for rule in SCENARIOS if rule not in rules]
    if not found and table() not in DOCUMENT.read_text():
        found.append("docs/consistency.md shows another table than --print")
    return found


def try_unit_test_without(rule, folder):
    name, _, test = SCENARIOS[rule].partition(": ")
    environment = {**os.environ, "SIDECACHE_SWITCHED_OFF": rule}
    done = subprocess.run([str(folder / name), f"--gtest_filter={test}"], env=environment, capture_output=True, text=True, timeout=300)
    if not re.search(r"^ 1 FAILED TEST$", done.stdout, re.MULTILINE):
        return f"{SCENARIOS[rule]} does not fail without it: {(done.stdout + done.stderr).strip()[-300:]}"
    return None


def try_without(rule, program):
    """A sentence where the scenario did not fail as it has to; else None."""
    if ": " in SCENARIOS[rule]:
        return try_unit_test_without(rule, Path(program).parent)
    environment = {**os.environ, "SIDECACHE_SWITCHED_OFF": rule, "SIDECACHE_TEST_PATIENCE": PATIENCE, "SIDECACHE_TEST_CHECKER": "5"}
    done = subprocess.run([sys.executable, str(RUN), "--bin", program, "-j", "1", SCENARIOS[rule]], env=environment, capture_output=True, text=True, timeout=300)
    if not re.search(r"^\d+ passed, [1-9]\d* failed", done.stdout, re.MULTILINE):
        return f"{SCENARIOS[rule]} does not fail without it: {(done.stdout + done.stderr).strip()[-300:]}"
    found = re.search(r"(\d+) of \d+ reads were stale", done.stdout)
    if rule in STALE_READS and (found is None or int(found.group(1)) < STALE_READS[rule]):
        return f"{SCENARIOS[rule]} finds too little without it:\n{done.stdout}"
    if "AssertionError" not in done.stdout and "OutOfPatience" not in done.stdout:
        return f"{SCENARIOS[rule]} does not fail by what it asserts:\n{done.stdout}"
    return None


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bin")
    parser.add_argument("--print", action="store_true", dest="is_printed")
    parser.add_argument("rules", nargs="*")
    options = parser.parse_args()
    if options.is_printed:
        print(table(), end="")
        return 0
    if not options.bin:
        parser.error("--bin is needed")
    unknown = [rule for rule in options.rules if rule not in SCENARIOS]
    if unknown:
        parser.error(f"no such rule: {', '.join(unknown)}")
    failed = 0
    for complaint in complaints():
        print(f"failed  {complaint}")
        failed += 1
    rules = options.rules or list(SCENARIOS)
    passed = 0
    program = str(Path(options.bin).resolve())
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        for rule, trouble in zip(rules, pool.map(lambda each: try_without(each, program), rules)):
            print(f"failed  {rule}: {trouble}" if trouble else f"passed  {rule}", flush=True)
            passed, failed = passed + (not trouble), failed + bool(trouble)
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
