// An explanation in words: why, and the sentence that is said first.
#pragma once

#include "cache/policy/reasons.hpp"
#include "proxy/pipeline/explain_json.hpp"

#include <string>
#include <string_view>

namespace sidecache::pipeline {

// May what is stored be reused, before RFC 9111 is asked; and why not.
struct Trust {
    explicit Trust(const fill::StoredResponse* stored, const epochs::Epochs& epochs)
        : must_recheck(stored != nullptr && stored->must_recheck()), standing(stored != nullptr ? stored->standing(epochs) : epochs::Standing::trusted) {}
    bool is_given() const { return !must_recheck && standing == epochs::Standing::trusted; }

    bool must_recheck;
    epochs::Standing standing;
};

policy::Reason reason_of(const Trust& trust) noexcept;

// Why a request goes to the origin by itself.
policy::Reason reason_of_alone(const Judgement& judged) noexcept;

// Why nothing stored serves who asks; by the detail of our Cache-Status.
policy::Reason reason_of_principal(std::string_view detail) noexcept;

std::string in_seconds(std::chrono::seconds time);
std::string since(const policy::Reason& reason);  // ", since ... ." at the end of a sentence

// "A response is stored, fresh for 48 s more (...)", and why it is not trusted.
std::string summary_of_stored(const Judgement& judged, const fill::StoredResponse& stored, bool is_partial, const Trust& trust, const GroupsTold& groups);

// What happens with the request, after what is stored was told. `would` as it is told.
std::string end_of_summary(const Judgement& judged, std::string_view would, bool has_stored);

}  // namespace sidecache::pipeline
