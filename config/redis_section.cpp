#include "cache/redis/address.hpp"
#include "cache/seal/seal.hpp"
#include "config/sections.hpp"
#include "config/small_file.hpp"
#include "config/units.hpp"

#include <algorithm>
#include <chrono>
#include <memory>
#include <string_view>
#include <utility>
#include <vector>

namespace sidecache::config {
namespace {

using namespace std::chrono_literals;
using fleet::Writes;

// What is wrong with it is told without it: it may hold a password.
Form<redis::Address> redis_url() {
    return {std::string(redis::expected_urls), [](std::string_view url) -> Parsed<redis::Address> {
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

// What the file says, or the text itself; what is wrong is never answered with it.
Form<std::string> key_text() {
    const std::string expected = "the path of a file with a key, or text: and a key (text:${SEAL_KEY})";
    constexpr std::string_view inline_key = "text:";
    return {expected, [expected, inline_key](std::string_view text) -> Parsed<std::string> {
                if (text.starts_with(inline_key)) return {std::string(text.substr(inline_key.size())), {}, {}};
                auto content = read_small_file(std::string(text), 4096);
                if (!content) return {std::nullopt, "cannot be read: " + std::string(text), "expected " + expected};
                return {*std::move(content), {}, {}};
            }};
}

void read_seal(Reader& redis, tiers::TierOptions& options) {
    const auto keys = redis.list("seal", key_text());
    if (!keys || keys->value.empty()) return;
    std::vector<std::string_view> contents;
    for (const auto& key : keys->value) contents.push_back(key.value);
    auto parsed = seal::SealKeys::parse(contents);
    if (!parsed) {
        redis.problem(keys->value.at(parsed.error().key).place, "seal", parsed.error().says, "make one: openssl rand -hex 32");
        return;
    }
    auto made = std::make_shared<const seal::SealKeys>(*std::move(parsed));
    if (const auto proven = seal::prove(*made); !proven) {
        redis.problem(keys->place, "seal", seal::describe(proven.error()), "OpenSSL on this machine cannot do it");
        return;
    }
    options.keys = std::move(made);
}

void read_tls(Reader& redis, const std::optional<Place>& url, redis::Options& options) {
    redis::TlsOptions files;
    std::optional<Place> place;
    redis.section("tls", [&](Reader& tls) {
        const auto ca = tls.read("ca", files.ca, text("the path of a file with certificates"));
        const auto certificate = tls.read("certificate", files.certificate, text("the path of a file with a certificate"));
        const auto key = tls.read("key", files.key, text("the path of a file with a key"));
        if (certificate && !key) tls.problem(*certificate, "certificate", "stands without key", "add key: FILE");
        if (key && !certificate) tls.problem(*key, "key", "stands without certificate", "add certificate: FILE");
        place = ca ? ca : certificate ? certificate : key;
    });
    if (!url) return;
    if (!options.address.is_tls) {
        if (place) redis.problem(*place, "tls", "stands beside an address without TLS", "write rediss:// in url");
        return;
    }
    auto made = redis::TlsContext::make(files);
    if (made) {
        options.tls = *std::move(made);
    } else {
        redis.problem(place ? *place : *url, "tls", made.error());
    }
}

void read_sentinel(Reader& redis, redis::Options& options) {
    redis.section("sentinel", [&](Reader& sentinel) {
        const auto user = sentinel.read("user", options.sentinel_user, text("a name"));
        const auto password = sentinel.read("password", options.sentinel_password, text("a password"));
        if (user && !password) sentinel.problem(*user, "user", "stands without password", "add password: ${SENTINEL_PASSWORD}");
        if (password && options.address.sentinels.empty()) sentinel.problem(*password, "password", "stands beside an address without sentinels", "write redis+sentinel:// in url");
    });
}

struct Tier {
    tiers::TierOptions options;
    bool is_wanted = true;
};

Tier read_tier(Reader& redis) {
    Tier tier;
    tiers::TierOptions& options = tier.options;
    redis.read("responses", tier.is_wanted, boolean());
    redis.read("max_object", options.max_object, size(1 << 10, 512 << 20));
    redis.read("compress", options.compression.above, size(0, std::size_t{1} << 40));
    redis.read("queue", options.queue, number(1, 1'000'000));
    redis.read("queue_size", options.queue_size, size(1 << 10, std::size_t{16} << 30));
    redis.section("pool", [&](Reader& pool) {
        pool.read("max", options.pipe.waiting, number(1, 65'536));
        pool.read("wait", options.pipe.deadline, duration(1ms, 10s));
    });
    read_seal(redis, options);
    return tier;
}

}  // namespace

void read_redis(Reader& redis, bool is_left_out, Settings& settings) {
    fleet::ControlOptions options;
    const auto address = redis.read("url", options.redis.address, redis_url());
    redis.read("prefix", options.prefix, key_prefix());
    redis.read("consistency", options.mode, choice<Writes::Mode>({{"strict", Writes::Mode::strict}, {"bounded", Writes::Mode::bounded}, {"verified", Writes::Mode::verified}}));
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
        timeouts.read("verify", options.proof_deadline, duration(1ms, 1min));
    });
    read_tls(redis, address, options.redis);
    read_sentinel(redis, options.redis);
    auto tier = read_tier(redis);
    if (address) {
        tier.options.prefix = options.prefix;
        tier.options.pipe.link = options.redis;
        tier.options.pipe.stuck = options.deadline;
        auto& largest = tier.options.pipe.link.limits.size;
        largest = std::max(largest, 2 * tier.options.max_object);
        if (tier.is_wanted) settings.tier = std::move(tier.options);
        settings.fleet = std::move(options);
    }
    if (!is_left_out && redis.is_left_out("url")) redis.missing("url", "missing", "expected such as url: redis://127.0.0.1:6379/0");
}

}  // namespace sidecache::config
