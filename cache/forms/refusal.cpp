#include "cache/forms/refusal.hpp"

#include <stdexcept>
#include <string>

namespace sidecache::forms {

std::string_view name_of(Refusal refusal) noexcept {
    switch (refusal) {
        case Refusal::foreign: return "foreign";
        case Refusal::older_version: return "older_version";
        case Refusal::newer_version: return "newer_version";
        case Refusal::truncated: return "truncated";
        case Refusal::damaged: return "damaged";
        case Refusal::kind: return "kind";
        case Refusal::flags: return "flags";
        case Refusal::key: return "key";
        case Refusal::lengths: return "lengths";
        case Refusal::status: return "status";
        case Refusal::field: return "field";
        case Refusal::range: return "range";
        case Refusal::spec: return "spec";
        case Refusal::content: return "content";
        case Refusal::too_large: return "too_large";
    }
    return "";
}

void throw_exception_from_error(Refusal refusal, const boost::source_location&) { throw std::logic_error("refused: " + std::string(name_of(refusal))); }

}  // namespace sidecache::forms
