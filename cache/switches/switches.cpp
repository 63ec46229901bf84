#include "cache/switches/switches.hpp"

#ifdef SIDECACHE_SWITCHES

#include <array>
#include <bitset>
#include <cstdio>
#include <cstdlib>
#include <string_view>

namespace sidecache::switches {
namespace {

constexpr std::size_t rule_count = static_cast<std::size_t>(Rule::shared_in_trust) + 1;

// In the order of the enumerators.
constexpr std::array<std::string_view, rule_count> names{
    "epoch_check",     "clock_last",    "groups_of_head", "detach",          "trust_first",  "strong_dates", "named_by_304",  "head_confirms",
    "earliest_part",   "install_order", "written_alone",  "absent",          "tree_of_row",  "one_spelling", "named_space",   "no_silent_cut",
    "answer_kept",     "second_tick",   "held_if_unknown", "sent_once",      "override_dropped", "write_before_read", "old_value", "held_by_start",
    "epoch_of_age",    "asked_after",   "rules_in_entry", "rules_of_write",  "claimed",      "no_reuse_in_drain", "soft_clock", "declared_safe",
    "incarnation_in_entry", "stream_alone", "gaps_seen", "probe_applied", "proven_reads", "trust_ends", "lease_from_sending", "heard_by_all",
    "lease_before_removal", "held_by_replicas", "bound_to_history", "keys_counted", "announced", "tick_gone_through", "held_at_removal", "lease_before_settled", "named_alike", "asked_anew", "silent_removed", "shared_in_trust"};
static_assert(!names.back().empty(), "every rule has a name");

std::bitset<rule_count> read_environment() {
    std::bitset<rule_count> off;
    const char* const text = std::getenv("SIDECACHE_SWITCHED_OFF");
    for (std::string_view rest = text == nullptr ? "" : text; !rest.empty();) {
        const std::string_view name = rest.substr(0, rest.find(','));
        rest.remove_prefix(name.size() < rest.size() ? name.size() + 1 : rest.size());
        std::size_t index = 0;
        while (index < names.size() && names[index] != name) ++index;
        if (index == names.size()) {
            std::fprintf(stderr, "SIDECACHE_SWITCHED_OFF: %.*s is no rule\n", static_cast<int>(name.size()), name.data());
            std::exit(2);
        }
        off.set(index);
    }
    return off;
}

}  // namespace

bool is_off(Rule rule) noexcept {
    static const std::bitset<rule_count> off = read_environment();
    return off[static_cast<std::size_t>(rule)];
}

}  // namespace sidecache::switches

#endif
