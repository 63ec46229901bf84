#include "proxy/pipeline/stored_answer.hpp"

#include "cache/http/date.hpp"
#include "cache/policy/multipart.hpp"
#include "cache/policy/validation.hpp"
#include "proxy/http1/write.hpp"
#include "proxy/pipeline/bodies.hpp"

#include <random>
#include <utility>

namespace sidecache::pipeline {
namespace {

using policy::RangeAnswer;

policy::Boundary random_boundary() {
    thread_local std::random_device source;
    const auto word = [] { return std::uint64_t{source()} << 32 | source(); };
    return {word(), word()};
}

// The length that its content has, or will have; nullopt: only its end tells.
std::optional<std::uint64_t> length_of(const fill::StoredResponse& response) {
    const bool is_complete = response.content() == nullptr || response.content()->state() == fill::Content::State::complete;
    return is_complete ? response.content_size() : response.content()->expected();
}

// Null where the beginning of the content has gone by.
std::unique_ptr<Body> body_of(runtime::Loop& loop, const fill::StoredResponse& response, bool is_claimed, const std::optional<http::ByteRange>& range) {
    if (response.content() == nullptr) return std::make_unique<PackedBody>(fill::StoredResponsePtr(&response), range);
    auto body = std::make_unique<ContentBody>(loop, response.content(), is_claimed, range);
    return body->is_attached() ? std::move(body) : nullptr;
}

template <typename Belongs>
void append_head(Reply& reply, int status, http::HeaderView fields, Belongs&& belongs) {
    reply.status = status;
    http1::append_status_line(reply.head, status);
    for (const http::Field& field : fields) {
        if (belongs(field)) http1::append_field(reply.head, field.name, field.value);
    }
}

void set_not_modified(Reply& reply, const fill::StoredResponse& response) {
    append_head(reply, 304, response.sent().fields, policy::belongs_in_304);
    reply.content_length.reset();
}

// RFC 9110 §15.5.17
void set_unsatisfiable(Reply& reply, const fill::StoredResponse& response, std::uint64_t complete_length, WallTime now) {
    append_head(reply, 416, response.sent().fields, policy::belongs_in_416);
    http1::append_field(reply.head, "Date", http::format_http_date(std::chrono::floor<std::chrono::seconds>(now)));
    std::string range;
    http::append_unsatisfied_range(range, complete_length);
    http1::append_field(reply.head, "Content-Range", range);
    reply.age.reset();  // it was made now
    reply.content_length = 0;
}

void set_partial_head(Reply& reply, const fill::StoredResponse& response, const policy::RangeDecision& ranges) {
    append_head(reply, 206, response.sent().fields, [&ranges](const http::Field& field) { return policy::belongs_in_206(field, ranges.answer); });
    if (ranges.answer != RangeAnswer::single) return;
    std::string range;
    http::append_content_range(range, ranges.ranges.front(), ranges.complete_length);
    http1::append_field(reply.head, "Content-Range", range);
    reply.content_length = ranges.ranges.front().length();
}

// RFC 9110 §14.6; `add_range(body, range)` adds its bytes.
template <typename AddRange>
void set_multipart(Reply& reply, const fill::StoredResponse& response, const policy::RangeDecision& ranges, AddRange&& add_range) {
    const auto content_type = http::value_of(response.view().fields, http::FieldName::content_type).value_or("");
    policy::Multipart multipart = policy::make_multipart(ranges.ranges, content_type, ranges.complete_length, random_boundary());
    http1::append_field(reply.head, "Content-Type", multipart.content_type);
    reply.content_length = multipart.content_length;
    auto body = std::make_unique<PiecedBody>();
    for (policy::Multipart::Part& part : multipart.parts) {
        body->add(std::move(part.head));
        add_range(*body, part.slice);
    }
    body->add(std::move(multipart.closing));
    reply.body = std::move(body);
}

}  // namespace

bool is_not_modified(const http::RequestView& request, const fill::StoredResponse& response, WallTime now) {
    // Few ask: only for them are the fields unpacked.
    return policy::is_conditional(request) && policy::client_has_it(request, response.sent(), response.facts(), std::chrono::floor<std::chrono::seconds>(now));
}

StoredAnswer stored_answer_of(const http::RequestView& request, const fill::StoredResponse& response, WallTime now) {
    StoredAnswer answer{response.status(), {}};
    if (is_not_modified(request, response, now)) {
        answer.status = 304;
        return answer;
    }
    const auto length = length_of(response);
    if (!request.names.has(http::FieldName::range) || !length) return answer;
    policy::RangeDecision ranges = policy::decide_ranges(request, response.sent(), response.facts(), *length);
    // Several ranges need not stand in the order in which the content arrives: while it does, the whole is an answer too (RFC 9110 §14.2: may be ignored).
    if (ranges.answer == RangeAnswer::whole || (ranges.answer == RangeAnswer::multiple && !response.is_whole())) return answer;
    answer.status = ranges.answer == RangeAnswer::unsatisfiable ? 416 : 206;
    answer.ranges = std::move(ranges);
    return answer;
}

bool answer_with(Reply& reply, runtime::Loop& loop, const http::RequestView& request, const fill::StoredResponse& response, Source source) {
    const WallTime now = std::chrono::system_clock::now();
    StoredAnswer answer = stored_answer_of(request, response, now);
    if (source == Source::own_answer && answer.status != 304) answer = {response.status(), {}};
    const policy::RangeDecision& ranges = answer.ranges;
    const auto slice = ranges.answer == RangeAnswer::single ? std::optional(ranges.ranges.front()) : std::nullopt;
    auto body = body_of(loop, response, source == Source::own_fill || source == Source::own_answer, slice);
    if (body == nullptr) return false;
    if (answer.status == 304) {
        set_not_modified(reply, response);
        return true;
    }
    switch (ranges.answer) {
        case RangeAnswer::whole:
            reply.status = response.status();
            reply.head = response.head();
            // What arrives is framed as it came, since trailers may follow.
            reply.content_length = source == Source::store || response.content() == nullptr ? response.content_size() : response.content()->expected();
            if (carries_content(reply, request)) reply.body = std::move(body);
            break;
        case RangeAnswer::unsatisfiable: set_unsatisfiable(reply, response, *ranges.complete_length, now); break;
        case RangeAnswer::single:
            set_partial_head(reply, response, ranges);
            reply.body = std::move(body);
            break;
        case RangeAnswer::multiple:
            set_partial_head(reply, response, ranges);
            set_multipart(reply, response, ranges, [&response](PiecedBody& into, const http::ByteRange& range) {
                if (response.content() != nullptr) {
                    into.add(fill::Slice{response.content(), range.first, range.length()});
                } else {
                    into.add(std::string(response.packed_content().substr(range.first, range.length())));
                }
            });
            break;
    }
    return true;
}

void answer_with(Reply& reply, const http::RequestView& request, const fill::StoredParts& parts, const policy::RangeDecision& ranges) {
    const fill::StoredResponse& response = parts.response();
    if (is_not_modified(request, response, std::chrono::system_clock::now())) {
        set_not_modified(reply, response);
        return;
    }
    set_partial_head(reply, response, ranges);
    const auto add_range = [&parts](PiecedBody& into, const http::ByteRange& range) {
        for (fill::Slice& slice : parts.slices(range)) into.add(std::move(slice));
    };
    if (ranges.answer == RangeAnswer::multiple) {
        set_multipart(reply, response, ranges, add_range);
        return;
    }
    auto body = std::make_unique<PiecedBody>();
    add_range(*body, ranges.ranges.front());
    reply.body = std::move(body);
}

bool carries_content(const Reply& reply, const http::RequestView& request) {
    return request.method != http::Method::head && reply.status != 304 && reply.status != 204;
}

}  // namespace sidecache::pipeline
