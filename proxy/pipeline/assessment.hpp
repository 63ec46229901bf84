// What the origin's answer is worth to the cache, and what is kept of it: RFC 9111 first, then consistency's own conditions (CONSISTENCY 1.1 fill).
#pragma once

#include "cache/fill/fill.hpp"
#include "cache/http/no_vary_search.hpp"
#include "cache/policy/storage.hpp"
#include "cache/policy/vary.hpp"
#include "proxy/pipeline/exchange.hpp"
#include "proxy/pipeline/shared.hpp"
#include "proxy/pipeline/who.hpp"

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sidecache::pipeline {

// The request that an answer of the origin answers, and how things stood before it left.
struct Inquiry {
    const Snapshot& snapshot;
    const policy::Rules& rules;
    const policy::RequestFacts& facts;
    const Who& who;
    http::RequestView request;
    const fill::Fill::Start& start;

    // What serves everybody does not depend on the credentials of who asked.
    policy::Covered covered(const policy::ResponseFacts& answered) const { return answered.is_shared ? policy::Covered{} : who.covered(); }
};

struct Assessment {
    policy::Storage storage = policy::Storage::store;
    policy::ResponseFacts facts;
    policy::Groups groups;
    std::vector<std::string_view> left_out;  // names of fields that are not stored; views into the response
    // Of what is to be stored alone:
    std::optional<policy::VarySpec> vary;
    std::optional<http::NoVarySearch> search;
    std::string primary_key;  // that it is filed under
};

// `sent`: before the request left; `answered`: when the head of its answer came.
Assessment assess(const Shared& shared, const Inquiry& inquiry, const http::ResponseView& response, WallTime sent, WallTime answered);

// The same of a stored response whose fields a 304 or a HEAD renewed: facts are those of the new header section, with the Age of that answer itself (RFC 9111 §4.3.4).
Assessment assess_freshened(const Shared& shared, const Inquiry& inquiry, int status, const std::vector<http::Field>& fields, const http1::ResponseHead& answer, WallTime sent,
                            WallTime answered);

// Does the origin itself say that what is stored may not be reused any more? (Not for what is of this request or of consistency alone.)
inline bool is_taken_back(policy::Storage storage) noexcept {
    return storage == policy::Storage::no_store || storage == policy::Storage::is_private || storage == policy::Storage::vary_star;
}

// The request that an answer to another method may stand for.
inline http::RequestView as_get(http::RequestView request) noexcept {
    request.method = http::Method::get;
    return request;
}

// The key that it is stored under; only where `vary` could be read.
std::string key_of(const Inquiry& inquiry, const Assessment& assessment);

// What is stored of it, with this status and content; the fields come with the response.
fill::StoredResponse::Parts parts_of(const Shared& shared, const Inquiry& inquiry, const Assessment& assessment, int status, fill::ContentPtr content);
// The same with status and content of what is stored, which has to outlive the parts.
fill::StoredResponse::Parts parts_with_content_of(const Shared& shared, const Inquiry& inquiry, const Assessment& assessment, const fill::StoredResponse& stored);

// Makes it findable. Of what is worth storing. False: something newer stands there.
bool file(Shared& shared, const Inquiry& inquiry, const fill::StoredResponsePtr& response, const Assessment& assessment, WallTime now);

// Judged when the 304 has come, since trust once lost does not return; also for the groups that only the 304 names: a write of one of them since the
// stored response was fetched may lie between the two.
bool is_still_trusted(const Shared& shared, const fill::StoredResponse& stored, const policy::Groups& groups);

// Of a key that is remembered as uncacheable, since its answers say no-store: does this one as well? Noted there.
bool is_still_uncacheable(Shared& shared, policy::Hash128 uncacheable, const Options& options, const http::ResponseView& answer);

// The next requests of this key need not wait for one another. Not for what may be over with the next answer: errors, holds, and what was missed too seldom yet: only who leads counts as a miss.
void remember_uncacheable(Shared& shared, const Inquiry& inquiry, policy::Storage storage, int status);

}  // namespace sidecache::pipeline
