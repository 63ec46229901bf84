// One exchange as it waits for the log thread: of fixed size, without pointers to what the worker will reuse.
#pragma once

#include "proxy/telemetry/exchange_record.hpp"

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <type_traits>

namespace sidecache::telemetry {

// Nothing of it is initialised: a queue of these is not touched, so not resident, before it is used.
struct alignas(64) LogRecord {
    // What is kept of each text; the rest is cut off and marked.
    static constexpr std::size_t method_max = 24;
    static constexpr std::size_t path_max = 256;
    static constexpr std::size_t request_id_max = 96;
    static constexpr std::size_t traceparent_max = 64;  // W3C: 55

    struct Text {
        std::string_view kept;
        bool cut;
    };
    Text method() const noexcept { return text_of(0); }
    Text path() const noexcept { return text_of(1); }
    Text request_id() const noexcept { return text_of(2); }
    Text traceparent() const noexcept { return text_of(3); }

    void assign(const ExchangeRecord& record) noexcept;

    std::chrono::system_clock::duration started;  // since its epoch: a time_point would be set to 0
    std::chrono::nanoseconds duration;
    std::chrono::nanoseconds origin_time;
    std::uint64_t bytes_in;
    std::uint64_t bytes_out;
    std::int32_t origin_queries;
    RouteId route;
    std::int16_t status;
    policy::Served served;
    policy::Forward forward;
    bool failed;
    http::ProxyError error;  // where `failed`

private:
    Text text_of(std::size_t index) const noexcept;

    std::uint8_t cut_;                   // a bit for each text
    std::array<std::uint16_t, 4> ends_;  // of each text in `characters_`
    std::array<char, 440> characters_;
};

static_assert(LogRecord::method_max + LogRecord::path_max + LogRecord::request_id_max + LogRecord::traceparent_max == 440);
static_assert(sizeof(LogRecord) == 512);
static_assert(std::is_trivially_default_constructible_v<LogRecord>);

}  // namespace sidecache::telemetry
