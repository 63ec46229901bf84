#include "proxy/telemetry/log_record.hpp"

#include <algorithm>
#include <cstring>

namespace sidecache::telemetry {
namespace {

template <typename Block>
void copy_block(char* to, const char* from) noexcept {
    Block block;
    std::memcpy(&block, from, sizeof block);
    std::memcpy(to, &block, sizeof block);
}

// In blocks of which the last overlaps the one before. GCC makes `rep movs` of a memcpy of this bounded size, which takes longer
// to start than these texts take to copy.
void copy_text(char* to, const char* from, std::size_t size) noexcept {
    using Sixteen = std::array<char, 16>;
    if (size >= sizeof(Sixteen)) {
        const std::size_t last = size - sizeof(Sixteen);
        for (std::size_t at = 0; at < last; at += sizeof(Sixteen)) copy_block<Sixteen>(to + at, from + at);
        copy_block<Sixteen>(to + last, from + last);
    } else if (size >= 4) {
        const std::size_t last = size - 4;
        for (std::size_t at = 0; at < last; at += 4) copy_block<std::uint32_t>(to + at, from + at);
        copy_block<std::uint32_t>(to + last, from + last);
    } else {
        for (std::size_t at = 0; at < size; ++at) to[at] = from[at];
    }
}

}  // namespace

void LogRecord::assign(const ExchangeRecord& record) noexcept {
    started = record.started.time_since_epoch();
    duration = record.duration;
    origin_time = record.origin_time;
    bytes_in = record.bytes_in;
    bytes_out = record.bytes_out;
    origin_queries = record.origin_queries;
    route = record.route;
    status = static_cast<std::int16_t>(record.status);
    served = record.outcome.served;
    forward = record.outcome.forward;
    failed = record.error.has_value();
    error = record.error.value_or(http::ProxyError::proxy_internal_error);

    std::size_t end = 0;
    unsigned cut = 0;
    const auto keep = [&](std::size_t index, std::string_view text, std::size_t most) {
        const std::size_t size = std::min(text.size(), most);
        copy_text(characters_.data() + end, text.data(), size);
        end += size;
        ends_[index] = static_cast<std::uint16_t>(end);
        cut |= static_cast<unsigned>(text.size() > most) << index;
    };
    keep(0, record.method, method_max);
    keep(1, record.path, path_max);
    keep(2, record.request_id, request_id_max);
    keep(3, record.traceparent, traceparent_max);
    cut_ = static_cast<std::uint8_t>(cut);
}

LogRecord::Text LogRecord::text_of(std::size_t index) const noexcept {
    const std::size_t begin = index == 0 ? 0 : ends_[index - 1];
    return {{characters_.data() + begin, ends_[index] - begin}, (cut_ >> index & 1U) != 0};
}

}  // namespace sidecache::telemetry
