// What is kept of parts of a representation (RFC 9111 §3.3, §3.4).
#pragma once

#include "cache/fill/stored_parts.hpp"
#include "cache/policy/partial.hpp"
#include "proxy/http1/head.hpp"
#include "proxy/pipeline/assessment.hpp"

#include <cstdint>
#include <optional>
#include <vector>

namespace sidecache::pipeline {

// A part as it comes: the incomplete 200 that it is judged as (RFC 9111 §3.3), whose fields outlive the head of the message.
struct ArrivingPart {
    fill::StoredResponsePtr response;
    policy::Part part;       // as its head announces it
    policy::Asked asked;
};

// Judges a 206 at its head, as the incomplete 200 that it is a part of; what it is worth goes into `assessment`.
std::optional<ArrivingPart> assess_arriving_part(Assessment& assessment, const Shared& shared, const Inquiry& inquiry, const http1::ResponseHead& head, policy::Asked asked,
                                                 WallTime sent, WallTime answered);

// Files the part, together with what is stored of the same representation; as a whole response once nothing is missing. `content` is complete. False if it could not be kept.
bool file_part(Shared& shared, const Inquiry& inquiry, const Assessment& assessment, const ArrivingPart& arriving, const fill::ContentPtr& content, WallTime now);

// The incomplete 200 that two parts of one representation are parts of.
struct CombinedHead {
    fill::StoredResponsePtr response;  // without content
    Assessment assessment;             // its views mean nothing any more
};
// RFC 9111 §3.4. nullopt: they do not go together, or may not be stored.
std::optional<CombinedHead> combine_heads(const Shared& shared, const Inquiry& inquiry, const fill::StoredResponse& older, const ArrivingPart& newer);

// The whole representation: what is held before the missing bytes, these, and what is held after them.
struct Join {
    std::vector<fill::Slice> before;
    std::vector<fill::Slice> after;
    std::uint64_t missing_end = 0;  // the first byte after the missing ones
    std::uint64_t length = 0;
};
// nullopt: something would still be missing.
std::optional<Join> join_around(const fill::StoredParts& held, const policy::Part& part);

void append(fill::Content& content, const fill::Slice& slice);

}  // namespace sidecache::pipeline
