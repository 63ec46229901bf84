#include "cache/redis/address.hpp"
#include "config/sections.hpp"
#include "config/units.hpp"

#include <algorithm>
#include <chrono>
#include <string_view>
#include <utility>

namespace sidecache::config {
namespace {

using namespace std::chrono_literals;
using fleet::Writes;

// What is wrong with it is told without it: it may hold a password.
Form<redis::Address> redis_url() {
    const std::string expected = "redis://HOST:PORT/DATABASE or unix:/PATH";
    return {expected, [](std::string_view url) -> Parsed<redis::Address> {
                for (const std::string_view scheme : {"rediss://", "redis+sentinel://", "redis+cluster://"}) {
                    if (url.starts_with(scheme)) return {std::nullopt, "not built yet", std::string(scheme) + "; use redis:// or unix:"};
                }
                redis::Address address;
                std::string problem = redis::parse_url(url, address);
                if (!problem.empty()) return {std::nullopt, std::move(problem), {}};
                return {std::move(address), {}, {}};
            }};
}

// It stands in the keys' hash tag.
Form<std::string> key_prefix() {
    const std::string expected = "a prefix of keys, without braces and spaces";
    return {expected, [expected](std::string_view text) -> Parsed<std::string> {
                const bool is_good = !text.empty() && text.size() <= 200 && std::ranges::all_of(text, [](char c) { return c > ' ' && c != '{' && c != '}' && c != 127; });
                return is_good ? Parsed<std::string>{std::string(text), {}, {}} : refused<std::string>(expected, text);
            }};
}

}  // namespace

void read_redis(Reader& redis, bool is_left_out, Settings& settings) {
    fleet::ControlOptions options;
    const auto address = redis.read("url", options.redis.address, redis_url());
    redis.read("prefix", options.prefix, key_prefix());
    redis.read("consistency", options.mode, choice<Writes::Mode>({{"strict", Writes::Mode::strict}, {"bounded", Writes::Mode::bounded}}));
    std::chrono::milliseconds lease = std::chrono::duration_cast<std::chrono::milliseconds>(options.parameters.lease);
    redis.read("lease", lease, duration(200ms, 60s));
    options.parameters.lease = lease;
    const auto deadline = redis.read("deadline", options.write_deadline, duration(400ms, 10min));
    if (options.write_deadline < 2 * lease) {
        redis.problem(deadline.value_or(redis.place()), "deadline", "expected at least twice redis.lease (" + to_text(2 * lease) + ")", "a write waits for so long where a node has fallen silent");
    }
    redis.read("writes", options.writes, number(1, 1'000'000));
    redis.section("timeouts", [&](Reader& timeouts) {
        timeouts.read("connect", options.redis.connect, duration(1ms, 1min));
        timeouts.read("reply", options.deadline, duration(1ms, 1min));
    });
    redis.not_built("seal", "leave it out: Redis holds no responses yet");
    redis.not_built("pool", "leave it out: Redis holds no responses yet", {}, {"max", "wait"});
    if (address) settings.fleet = std::move(options);
    if (!is_left_out && redis.is_left_out("url")) redis.missing("url", "missing", "expected such as url: redis://127.0.0.1:6379/0");
}

}  // namespace sidecache::config
