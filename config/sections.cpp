#include "config/sections.hpp"

#include "cache/http/list.hpp"
#include "config/addresses.hpp"
#include "config/units.hpp"

#include <sched.h>

#include <algorithm>
#include <chrono>
#include <string>
#include <thread>
#include <variant>

namespace sidecache::config {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t KiB = 1024;
constexpr std::size_t MiB = 1024 * KiB;
constexpr std::size_t GiB = 1024 * MiB;
constexpr std::size_t most_workers = 1024;
constexpr std::size_t objects_in_memory = 8;  // at least so many of the largest must fit, or storing one evicts nearly all

unsigned usable_cpus() {
    cpu_set_t set;
    const unsigned count = sched_getaffinity(0, sizeof set, &set) == 0 ? static_cast<unsigned>(CPU_COUNT(&set))
                                                                       : std::thread::hardware_concurrency();
    return std::clamp<unsigned>(count, 1, most_workers);
}

Form<std::size_t> worker_count() {
    const auto count = number(1, most_workers);
    const auto expected = "auto or " + count.expected;
    return {expected, [=](std::string_view text) -> Parsed<std::size_t> {
                if (text == "auto") return {usable_cpus(), {}, {}};
                auto parsed = count.parse(text);
                if (!parsed.value) parsed.what = expected_got(expected, text);
                return parsed;
            }};
}

Form<std::string> field_name_or_off() {
    const std::string expected = "a field name such as X-Request-ID, or off";
    return {expected, [expected](std::string_view text) -> Parsed<std::string> {
                if (text.empty() || is_off(text)) return {std::string{}, {}, {}};
                if (!http::is_token(text) || text == "true") return refused<std::string>(expected, text);
                return {std::string(text), {}, {}};
            }};
}

void read_memory(Reader& memory, Settings& settings) {
    auto& [size_of_all, max_object, sweep] = settings.memory;
    memory.read("size", size_of_all, size(1 * MiB, 16 * 1024 * GiB));
    const auto given = memory.read("max_object", max_object, size(1 * KiB, 16 * GiB));
    const std::size_t most = size_of_all / objects_in_memory;
    if (given && max_object > most) {
        memory.problem(*given, "max_object",
                       expected_got("at most an eighth of memory.size (" + to_text(size_of_all) + ")", to_text(max_object)));
    }
    max_object = std::min(max_object, most);
    settings.pipeline.max_object = max_object;
    memory.read("sweep", sweep, whole_seconds(1s, 24h));
}

void read_limits(Reader& limits, Settings& settings) {
    auto& head = settings.door.head_limits;
    limits.read("connections", settings.door.connections, number(1, 1'000'000));
    limits.read("head", head.head, size(256, 1 * MiB));
    const auto target = limits.read("target", head.target, size(64, 1 * MiB));
    limits.read("fields", head.fields, number(1, 10'000));
    limits.read("content", settings.pipeline.max_content, size(0, 1024 * GiB));
    limits.read("query_content", settings.pipeline.query_content, size(0, 16 * MiB));
    limits.read("variants", settings.pipeline.variants, number(1, 10'000));
    limits.read("followers", settings.pipeline.followers, number(0, 1'000'000));
    limits.read("groups", settings.pipeline.groups, number(1, 4'096));
    limits.read("window", settings.pipeline.window, size(4 * 1024, 1 * GiB));
    limits.read("response_head", settings.origin.head, size(1024, 1 * MiB));
    limits.read("response_fields", settings.origin.fields, number(1, 10'000));
    limits.read("credentials", settings.pipeline.credentials, number(1, 16'777'216));
    limits.read("uncacheable", settings.pipeline.uncacheable, number(1, 16'777'216));
    limits.read("json", settings.pipeline.json, size(0, 16 * MiB));
    if (target && head.target > head.head) {
        limits.problem(*target, "target", expected_got("at most limits.head (" + to_text(head.head) + ")", to_text(head.target)));
    }
    head.target = std::min(head.target, head.head);
}

void read_timeouts(Reader& timeouts, Settings& settings) {
    timeouts.read("head", settings.door.head, duration(1ms, 1h));
    timeouts.read("content_gap", settings.door.content_gap, duration(1ms, 24h));
    timeouts.read("idle", settings.door.idle, duration(1ms, 24h));
    timeouts.read("send", settings.door.send, duration(1ms, 24h));
    timeouts.read("tunnel", settings.door.tunnel_idle, duration(1ms, 7 * 24h));
    timeouts.read("linger", settings.door.linger, duration(0ms, 1min));
    timeouts.read("uncacheable", settings.pipeline.uncacheable_for, duration(0ms, 1h));
    timeouts.read("follow", settings.pipeline.follow, duration(1ms, 1h));
    timeouts.read("drain", settings.drain, duration(0ms, 1h));
}

void read_networks(Reader& section, std::string_view key, pipeline::Networks& networks) {
    const auto given = section.list(key, network());
    if (!given) return;
    for (const auto& [each, place] : given->value) {
        if (const auto* v4 = std::get_if<boost::asio::ip::network_v4>(&each)) networks.v4.push_back(*v4);
        if (const auto* v6 = std::get_if<boost::asio::ip::network_v6>(&each)) networks.v6.push_back(*v6);
    }
}

void read_headers(Reader& headers, Settings& settings) {
    headers.read("cache_status", settings.door.cache_status, boolean());
    headers.read("cache_status_key", settings.pipeline.cache_status_key, boolean());
    headers.read("server_timing", settings.door.server_timing, boolean());
    headers.read("x_cache", settings.door.x_cache, boolean());
    headers.read("groups", settings.pipeline.tells_groups, boolean());
    headers.read("request_id", settings.pipeline.request_id, field_name_or_off());
}

void read_log(Reader& log, telemetry::LogOptions& options) {
    using telemetry::Format;
    using telemetry::Level;
    log.read(
        "level", options.level,
        choice<Level>({{"debug", Level::debug}, {"info", Level::info}, {"warning", Level::warning}, {"error", Level::error}}));
    if (log.read("access", options.access, text("stdout, stderr, off or a file's path")) && is_off(options.access)) {
        options.access = "off";
    }
    log.read("format", options.format, choice<Format>({{"json", Format::json}, {"text", Format::text}}));
    log.read("slow", options.slow, duration(0ms, 1h));
    log.read("queue", options.queue, number(1, 1'048'576));
}

}  // namespace

void read_settings(Reader& top, Settings& settings) {
    read_addresses(top, settings);
    std::size_t workers = usable_cpus();
    top.read("workers", workers, worker_count());
    settings.workers = static_cast<unsigned>(workers);

    top.section("memory", [&](Reader& memory) { read_memory(memory, settings); });
    const bool has_no_redis = top.is_left_out("redis");
    top.section("redis", [&](Reader& redis) { read_redis(redis, has_no_redis, settings); });
    top.section("query", [&](Reader& query) { read_query(query, settings); });
    read_origins(top, settings);
    read_principals(top, settings);
    read_keys(top, settings.unmatched.keys);

    top.read("set_cookie", settings.unmatched.share_set_cookie, choice<bool>({{"refuse", false}, {"share", true}}));
    top.section("writes", [&](Reader& writes) { read_writes(writes, settings); });
    read_routes(top, settings);

    top.section("limits", [&](Reader& limits) { read_limits(limits, settings); });
    top.section("timeouts", [&](Reader& timeouts) { read_timeouts(timeouts, settings); });
    top.section("forwarded", [&](Reader& forwarded) { read_networks(forwarded, "trust", settings.pipeline.trusted); });
    top.section("purge", [&](Reader& purge) { read_networks(purge, "allow", settings.pipeline.purgers); });
    top.section("headers", [&](Reader& headers) { read_headers(headers, settings); });
    top.section("log", [&](Reader& log) { read_log(log, settings.log); });
    top.refuse_unknown();
}

}  // namespace sidecache::config
