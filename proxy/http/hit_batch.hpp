// Hits that are answered in one gather write: stored head, patch and content of each, nothing copied but the patches.
#pragma once

#include "cache/fill/stored_response.hpp"
#include "proxy/http/options.hpp"
#include "proxy/http/request_id.hpp"
#include "proxy/pipeline/exchange.hpp"
#include "proxy/telemetry/exchange_record.hpp"

#include <boost/container/static_vector.hpp>

#include <sys/uio.h>

#include <span>
#include <string>
#include <vector>

namespace sidecache::door {

class HitBatch {
public:
    HitBatch();

    // `request` must stay until `clear`; the hit's key is written at once. What is told of it: the caller says who asked, in views that stay as long.
    telemetry::ExchangeRecord& add(const http1::RequestHead& request, const pipeline::Hit& hit, const Options& options);

    // A request id that stays until `clear`.
    std::string_view make_id(const http::RequestView& request, std::string_view header, std::uint64_t count) {
        return ids_.emplace_back(request, header, count).text();
    }

    bool empty() const noexcept { return hits_.empty(); }
    bool is_full() const noexcept { return hits_.size() >= hit_limit || bytes_ >= byte_limit; }

    // Keeps what is to be written beyond the look by which it was found.
    void keep();

    // What is to be written; the spans are moved as it goes.
    std::span<iovec> pieces();
    std::span<telemetry::ExchangeRecord> records() noexcept { return records_; }
    void clear() noexcept;

private:
    static constexpr std::size_t hit_limit = 64;
    static constexpr std::size_t byte_limit = std::size_t{1} << 20;  // a slow reader keeps at most about this much alive

    // A piece of the text, until all of it is written: the text may move while it grows.
    struct Part {
        const char* bytes;  // null: of the text
        std::size_t begin;
        std::size_t size;
    };
    void end_text();

    std::vector<const fill::StoredResponse*> hits_;
    std::vector<fill::StoredResponsePtr> kept_;
    std::vector<telemetry::ExchangeRecord> records_;
    boost::container::static_vector<RequestId, hit_limit> ids_;
    std::string text_;
    std::size_t text_begin_ = 0;
    std::vector<Part> parts_;
    std::vector<iovec> pieces_;
    std::size_t bytes_ = 0;
};

}  // namespace sidecache::door
