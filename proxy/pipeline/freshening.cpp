#include "proxy/pipeline/freshening.hpp"

#include "cache/http/left_out.hpp"
#include "cache/policy/validation.hpp"
#include "proxy/pipeline/filing.hpp"
#include "proxy/pipeline/finder.hpp"
#include "proxy/pipeline/forwarding.hpp"
#include "proxy/pipeline/making.hpp"
#include "proxy/pipeline/search_mark.hpp"

#include <atomic>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

namespace sidecache::pipeline {
namespace {

using policy::Confirmation;
using policy::Storage;

void file_one(Shared& shared, const Inquiry& inquiry, const fill::StoredResponse& stored, const Freshened& freshened, WallTime answered, std::atomic<std::uint64_t>& count) {
    const Storage storage = freshened.assessment.storage;
    if (storage == Storage::store && file(shared, inquiry, freshened.response, freshened.assessment, answered)) count.fetch_add(1, std::memory_order_relaxed);
    if (is_taken_back(storage)) take_back(shared, stored);
}

}  // namespace

std::optional<Freshened> freshen(const Shared& shared, const Inquiry& inquiry, const fill::StoredResponse& stored, const http1::ResponseHead& not_modified, bool was_asked_about,
                                 WallTime asked, WallTime answered) {
    const fill::UnpackedResponse view = stored.view();
    const Confirmation confirmation = policy::confirms(not_modified.view, view, stored.facts(), was_asked_about);
    if (confirmation == Confirmation::none) return std::nullopt;
    EndToEnd news;
    select_end_to_end(news, inquiry.snapshot, not_modified, answered, true);
    std::vector<http::Field> fields = policy::freshen(view.fields, news.fields, inquiry.rules.share_set_cookie);
    Freshened fresh;
    Assessment& result = fresh.assessment;
    result = assess_freshened(shared, inquiry, stored.status(), fields, not_modified, asked, answered);
    // A trailer cannot be taken out of a content that others read.
    const std::string_view trailers = stored.trailers();
    if (http::without_left_out(trailers, result.left_out) != trailers) return std::nullopt;
    const bool is_weak = confirmation == Confirmation::weak;
    if (is_weak && (result.storage != Storage::store || !is_still_trusted(shared, stored, result.groups))) return std::nullopt;

    take_left_out(fields, result.left_out);
    // For who caused it, those of the 304 itself, not what an earlier client got; and its cookies, where they are not shared.
    if (!inquiry.rules.share_set_cookie) result.left_out.push_back("set-cookie");
    fresh.own_fields = take_left_out(news.fields, result.left_out);
    fresh.response = make_response(inquiry, result, parts_with_content_of(shared, inquiry, result, stored), fields, kept_tag(stored, fields));
    return fresh;
}

void file_freshened(Shared& shared, const Inquiry& inquiry, const fill::StoredResponse& stored, const Freshened& freshened, const http1::ResponseHead& not_modified, WallTime asked,
                    WallTime answered) {
    file_one(shared, inquiry, stored, freshened, answered, shared.counts.confirmed);
    if (!not_modified.view.names.has(http::FieldName::etag)) return;
    const Assessment& result = freshened.assessment;
    // If this one is not to be stored any more, others may be.
    std::string made_key;
    if (result.storage != Storage::store) made_key = filing_key(inquiry.start.exact, http::parse_no_vary_search(freshened.response->view().fields), result.facts.is_shared);
    const std::string_view primary_key = result.storage == Storage::store ? result.primary_key : made_key;
    const auto others = variants_for(shared.store, primary_key, answered, inquiry.request.fields, inquiry.covered(result.facts), inquiry.rules.keys.languages);
    for (const fill::StoredResponsePtr& other : others) {
        if (other.get() == &stored || other == freshened.response) continue;
        const auto fresh = freshen(shared, inquiry, *other, not_modified, false, asked, answered);
        // Where the 304 has a Vary, they have become one.
        if (fresh && fresh->response->key() != freshened.response->key()) file_one(shared, inquiry, *other, *fresh, answered, shared.counts.confirmed_beside);
    }
}

}  // namespace sidecache::pipeline
