// The rules behind decisions, for a reader: half a sentence, and the clause that it stands in or the name of our own rule.
#pragma once

#include "cache/policy/response_facts.hpp"
#include "cache/policy/reuse.hpp"
#include "cache/policy/storage.hpp"

#include <string_view>

namespace sidecache::policy {

struct Reason {
    std::string_view sentence;  // goes on after "since ", without its full stop
    std::string_view clause;    // "RFC 9111 §4.2.1", "routes: cache"
};

Reason reason_of(Storage storage) noexcept;
Reason reason_of(ReuseRule rule) noexcept;
Reason reason_of(LifetimeSource source) noexcept;

std::string_view name_of(Reuse reuse) noexcept;  // "stale-while-revalidate"

}  // namespace sidecache::policy
