#include "proxy/http/hit_batch.hpp"

#include "cache/policy/validation.hpp"
#include "proxy/http/patch.hpp"
#include "proxy/http1/write.hpp"

namespace sidecache::door {

HitBatch::HitBatch() {
    // All room that a full batch of ordinary hits needs: no hit allocates.
    hits_.reserve(hit_limit);
    kept_.reserve(hit_limit);
    records_.reserve(hit_limit);
    text_.reserve(hit_limit * 512);
    parts_.reserve(hit_limit * 4);
    pieces_.reserve(hit_limit * 4);
}

void HitBatch::end_text() {
    if (text_.size() > text_begin_) parts_.push_back({nullptr, text_begin_, text_.size() - text_begin_});
    text_begin_ = text_.size();
}

telemetry::ExchangeRecord& HitBatch::add(const http1::RequestHead& request, const pipeline::Hit& hit, const Options& options) {
    const fill::StoredResponse& response = *hit.response;
    Patch patch;
    patch.age = hit.age;
    patch.key = hit.key;
    if (hit.is_not_modified) {
        http1::append_status_line(text_, 304);
        for (const http::Field& field : response.sent().fields) {
            if (policy::belongs_in_304(field)) http1::append_field(text_, field.name, field.value);
        }
    } else {
        const std::string_view head = response.head();
        parts_.push_back({head.data(), 0, head.size()});
        if (response.status() != 204) patch.content_length = response.content_size();
    }
    append_patch(text_, patch, hit.outcome, request, request.keep_alive, options);
    end_text();

    telemetry::ExchangeRecord& told = records_.emplace_back();
    told.outcome = hit.outcome;
    told.route = hit.route;
    told.age = hit.age;
    told.status = hit.is_not_modified ? 304 : response.status();
    if (!hit.is_not_modified && request.view.method != http::Method::head) {
        told.bytes_out = response.content_size();
        response.for_each_piece([this](std::string_view piece) { parts_.push_back({piece.data(), 0, piece.size()}); });
    }
    bytes_ += told.bytes_out;
    hits_.push_back(&response);
    return told;
}

void HitBatch::keep() { kept_.assign(hits_.begin(), hits_.end()); }

std::span<iovec> HitBatch::pieces() {
    pieces_.clear();
    for (const Part& part : parts_) {
        const char* bytes = part.bytes == nullptr ? text_.data() + part.begin : part.bytes;
        if (part.size != 0) pieces_.push_back({const_cast<char*>(bytes), part.size});
    }
    return pieces_;
}

void HitBatch::clear() noexcept {
    hits_.clear();
    kept_.clear();
    records_.clear();
    ids_.clear();
    text_.clear();
    text_begin_ = 0;
    parts_.clear();
    bytes_ = 0;
}

}  // namespace sidecache::door
