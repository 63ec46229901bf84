// What partial responses are worth: what may be stored of them, combined, and answered from (RFC 9111 §3.3, §3.4; RFC 9110 §15.3.7.3).
//
// A part is stored "as if it were an incomplete 200" (§3.3): its caller judges it by assess_response and assess_storage with status 200, and
// keeps of its fields those that `belongs_in_incomplete`. Combined parts have the smallest of their epochs (CONSISTENCY 1.1), so that what
// consistency no longer trusts is not worth combining. Only single parts of bytes are stored; what is multipart passes through.
#pragma once

#include "cache/http/message.hpp"
#include "cache/http/range.hpp"
#include "cache/policy/interval_set.hpp"
#include "cache/policy/ranges.hpp"
#include "cache/policy/response_facts.hpp"

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace sidecache::policy {

// --- what a response brings ---

struct Part {
    http::ByteRange range;
    std::optional<std::uint64_t> complete_length{};  // of the representation; none: `*`
    friend bool operator==(const Part&, const Part&) = default;
};

// What the request of a 206 had, as it was sent to the origin.
struct Asked {
    bool range = true;
    bool if_range = false;
};

enum class PartStorage : std::uint8_t {
    store,           // by itself or combined
    only_combined,   // it answers If-Range and may lack fields of the representation (RFC 9110 §15.3.7): not the first of its kind
    not_partial,     // not 206
    unasked,         // 206 without Range: who sends it is not understood
    multiple,        // multipart/byteranges
    content_range,   // not exactly one valid Content-Range of bytes (RFC 9110 §14.4)
    content_length,  // says something else than Content-Range
};
struct PartAssessment {
    PartStorage storage = PartStorage::not_partial;
    Part part{};  // of `store` and `only_combined`: what the head announces
};
// At the head. `content_length` as the framing has it, none if it is not known.
PartAssessment assess_part(const http::ResponseView& response, std::optional<std::uint64_t> content_length, Asked asked);

// At the end: what came of the part that was announced. `is_complete`: the message ended as its framing says; then it must be all of it,
// else it is the beginning of it. nullopt: nothing that may be kept.
std::optional<Part> received_part(const Part& announced, std::uint64_t received, bool is_complete) noexcept;

// --- what is held ---

struct Held {
    IntervalSet bytes{};
    std::optional<std::uint64_t> complete_length{};
    // RFC 9110 §15.3.7.3: then it is a complete 200, and no longer a matter of this file.
    bool is_complete() const noexcept;
};

// False, and nothing changed: the lengths contradict each other, or there are too many pieces. Then the new part replaces what is held.
bool add(Held& held, const Part& part);

// The validator under which parts of this response combine, and which If-Range has when more of it is asked for: its strong ETag; where it has
// no ETag at all, a strong Last-Modified (RFC 9110 §13.1.5: no date beside a tag).
std::optional<std::string_view> strong_validator_of(const http::ResponseView& response, const ResponseFacts& facts) noexcept;

// RFC 9111 §3.4: the same strong validator. And the same content coding, for origins that forget to change the tag with it.
bool may_combine(const http::ResponseView& stored, const ResponseFacts& stored_facts, const http::ResponseView& newer,
                 const ResponseFacts& newer_facts, Asked newer_asked);

// Fields of a 206 that may be kept: not those which describe this message and not the representation.
bool belongs_in_incomplete(const http::Field& field) noexcept;

// The stored header section after a newer part was combined with it (RFC 9111 §3.4, §3.2). Views into both inputs; no Content-Range and no
// Content-Length, so that it is that of the complete 200 too.
std::vector<http::Field> combine_fields(http::HeaderView stored, http::HeaderView newer);

// --- what is answered ---

enum class PartialUse : std::uint8_t {
    answer,  // 206 from what is held
    ask,     // ask the origin for `ask`, with If-Range: strong_validator_of, then combine and decide again; a 200 replaces what is held
    pass,    // as if nothing were held
};
struct PartialDecision {
    PartialUse use = PartialUse::pass;
    RangeDecision answer{};    // single or multiple
    http::RangeSpec ask{};     // one: an answer in several parts could not be stored
};

// RFC 9111 §3.3: a response that is not complete answers nothing but ranges wholly within it. So no 416 and, since preconditions are judged
// only where it can answer (§4.3.2), a 304 only where this says `answer`: here `client_has_it` comes second.
PartialDecision decide_partial(const http::RequestView& request, const http::ResponseView& stored, const ResponseFacts& facts,
                               const Held& held, const RangeLimits& limits = {});

}  // namespace sidecache::policy
