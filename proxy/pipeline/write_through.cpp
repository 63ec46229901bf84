#include "proxy/pipeline/write_through.hpp"

#include "cache/http/left_out.hpp"
#include "cache/policy/write_through.hpp"
#include "proxy/pipeline/forwarding.hpp"
#include "proxy/pipeline/making.hpp"

namespace sidecache::pipeline {

using policy::Storage;

Inquiry WriteThrough::inquiry() const {
    return {*asked_.snapshot, asked_.snapshot->routes.rules(asked_.route), asked_.facts, asked_.who, as_get(asked_.message.view()), asked_.start};
}

std::unique_ptr<WriteThrough> WriteThrough::begin(Shared& shared, Asked asked, const http1::ResponseHead& head) {
    if (!policy::may_answer_get(asked.message.view(), head.view, asked.snapshot->routes.rules(asked.route))) return nullptr;
    std::unique_ptr<WriteThrough> through(new WriteThrough(shared, std::move(asked)));
    const Inquiry inquiry = through->inquiry();
    through->answered_ = std::chrono::system_clock::now();
    through->assessment_ = assess(shared, inquiry, head.view, through->asked_.sent, through->answered_);
    const std::size_t limit = inquiry.snapshot.options.max_object;
    // Out of another cache it may be older than the write (CONSISTENCY 1.1 fill).
    const bool is_of_a_cache = through->assessment_.facts.had_age;
    if (through->assessment_.storage != Storage::store || is_of_a_cache || head.known_length().value_or(0) > limit) return nullptr;

    EndToEnd fields;
    select_end_to_end(fields, inquiry.snapshot, head, through->answered_, true);
    take_left_out(fields.fields, through->assessment_.left_out);
    const fill::ContentPtr content(new fill::Content({.store = limit}, head.known_length(), true));
    through->head_ = make_response(inquiry, through->assessment_, parts_of(shared, inquiry, through->assessment_, head.view.status, content), fields.fields);
    return through;
}

void WriteThrough::append(std::string_view bytes) {
    if (head_ == nullptr) return;
    head_->content()->append(bytes);
    if (!head_->content()->is_kept()) head_ = nullptr;  // over the limit
}

void WriteThrough::file(const WriteFence& fence, std::string_view trailers) {
    if (head_ == nullptr) return;
    const auto stamp = fence.stamp_if_alone();
    const policy::Groups& groups = assessment_.groups;
    if (!stamp || shared_.epochs.is_held({groups.data(), groups.size()}, asked_.start.begun)) {
        shared_.counts.write_answers_refused.fetch_add(1, std::memory_order_relaxed);
        return;
    }
    const fill::ContentPtr& content = head_->content();
    content->complete(http::without_left_out(trailers, assessment_.left_out));
    const fill::StoredResponsePtr response = head_->with(*stamp);
    const bool is_filed = pipeline::file(shared_, inquiry(), tagged(inquiry(), response), assessment_, answered_);
    (is_filed ? shared_.counts.write_answers_filed : shared_.counts.write_answers_refused).fetch_add(1, std::memory_order_relaxed);
}

}  // namespace sidecache::pipeline
