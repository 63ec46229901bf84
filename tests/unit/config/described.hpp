// Settings as text: all that keys can set, so that two of them can be compared.
#pragma once

#include "config/settings.hpp"

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

namespace sidecache::config {

// A line for each value. Whole types are taken apart, so that the compiler asks for a field that is new.
class Description {
public:
    explicit Description(const Settings& settings) { add(settings); }
    const std::string& text() const noexcept { return text_; }

private:
    template <typename... Values>
    void add_all(const Values&... values) {
        (add(values), ...);
    }

    void add(const Settings& settings) {
        const auto& [listen, admin, query_listen, workers, memory, epochs, fleet, tier, origin, pipeline, door, query, principals, routes, route_groups, unmatched, write_rules, drain, log] = settings;
        add_all(listen, admin, query_listen, workers, memory, epochs, fleet, tier, origin, pipeline, door, query, principals, routes, route_groups, unmatched, write_rules, drain, log);
    }
    void add(const ListenAddress& address) {
        const auto& [text, host, port, unix_path, unix_mode] = address;
        add_all(text, host, port, unix_path, unix_mode);
    }
    void add(const query::Options& options) {
        const auto& [password, databases, connections, request, transaction, reply, watches, idle, gap, send, linger] = options;
        add_all(password, databases, connections, request.arguments, request.argument, request.request, transaction, reply, watches, idle, gap, send, linger);
    }
    void add(const memory::Options& options) {
        const auto& [size, max_object, sweep] = options;
        add_all(size, max_object, sweep);
    }
    void add(const epochs::Options& options) {
        const auto& [slots, holds] = options;
        add_all(slots, holds);
    }
    void add(const redis::Address& address) {
        const auto& [host, port, unix_path, user, password, database, is_tls, sentinels, master, cluster] = address;
        add_all(host, port, unix_path, user, password, database, is_tls, sentinels.size(), master, cluster.size());
    }
    void add(const redis::Options& options) {
        const auto& [address, key, sentinel_user, sentinel_password, tls, connect, limits] = options;
        add_all(address, key, sentinel_user, sentinel_password, reinterpret_cast<std::uintptr_t>(tls.get()), connect, limits.size, limits.items);  // each key makes another one
    }
    void add(const redis::PipeOptions& options) {
        const auto& [link, deadline, stuck, waiting, unsent, breaker] = options;
        add_all(link, deadline, stuck, waiting, unsent, static_cast<std::size_t>(breaker.failures), breaker.pause);
    }
    void add(const tiers::TierOptions& options) {
        const auto& [prefix, pipe, keys, compression, max_object, queue, queue_size] = options;
        add_all(prefix, pipe, keys == nullptr ? std::size_t{0} : keys->all().size(), compression.above, static_cast<std::size_t>(compression.level), max_object, queue, queue_size);
    }
    void add(const fleet::Parameters& parameters) {
        add_all(parameters.lease, static_cast<std::uint64_t>(parameters.rate_error * 1e9), parameters.margin, parameters.slots);
    }
    void add(const fleet::ControlOptions& options) {
        const auto& [redis, prefix, parameters, mode, limits, write_deadline, writes, proofs, per_turn, deadline, proof_deadline, back_off, longest_back_off] = options;
        add_all(redis, prefix, parameters, mode, limits.messages, limits.holds, limits.everything, write_deadline, writes, proofs, per_turn, deadline, proof_deadline, back_off, longest_back_off);
    }
    void add(const origin::ServerAddress& address) {
        const auto& [text, host, port, unix_path, authority] = address;
        add_all(text, host, port, unix_path, authority);
    }
    void add(const origin::Options& options) {
        const auto& [name, servers, preserve_host, resolve, pool_max, pool_wait, pool_idle, head, fields, connect, first_byte, between_bytes] = options;
        add_all(name, servers, preserve_host, resolve, pool_max, pool_wait, pool_idle, head, fields, connect, first_byte, between_bytes);
    }
    void add(const pipeline::RefreshOptions& options) {
        const auto& [concurrency, rate, hits, candidates] = options;
        add_all(concurrency, rate, hits, candidates);
    }
    void add(const pipeline::Networks& networks) {
        const auto& [v4, v6] = networks;
        add_all(v4, v6);
    }
    void add(const pipeline::Options& options) {
        const auto& [settle, answer_wait, answer_size, json, refresh, keep_absent, max_object, max_content, query_content, followers, follow, groups, credentials, variants, uncacheable, uncacheable_for, window, trusted, purgers, tells_groups, cache_status_key, request_id, via] = options;
        add_all(settle, answer_wait, answer_size, json, refresh, keep_absent, max_object, max_content, query_content, followers, follow, groups, credentials, variants, uncacheable, uncacheable_for, window, trusted, purgers, tells_groups, cache_status_key, request_id, via);
    }
    void add(const http1::HeadLimits& limits) {
        const auto& [target, head, fields] = limits;
        add_all(target, head, fields);
    }
    void add(const door::Options& options) {
        const auto& [head_limits, connections, head, content_gap, idle, send, linger, tunnel_idle, cache_status, server_timing, x_cache] = options;
        add_all(head_limits, connections, head, content_gap, idle, send, linger, tunnel_idle, cache_status, server_timing, x_cache);
    }
    void add(const telemetry::LogOptions& options) {
        const auto& [level, access, format, slow, queue] = options;
        add_all(level, access, format, slow, queue);
    }
    void add(const principals::Principal& principal) {
        const auto& [name, header, cookies, token, recheck, role_header, definition] = principal;
        add_all(name, header, cookies, token, recheck, role_header, definition);
    }
    void add(const principals::TokenRule& token) {
        const auto& [header, claim, keys, expected] = token;
        add_all(header, claim, keys, expected);
    }
    void add(const jwt::Expectations& expected) {
        const auto& [max_token_size, require_expiry, leeway, issuer, audiences, any_audience, type, claims] = expected;
        add_all(max_token_size, require_expiry, leeway, issuer, audiences, any_audience, type, claims);
    }
    void add(const jwt::ExpectedClaim& claim) {
        const auto& [path, text] = claim;
        add_all(path, text);
    }
    void add(const routes::Route& route) {
        const auto& [path, rules] = route;
        add_all(path, rules);
    }
    void add(const policy::Rules& rules) {
        const auto& [cache, fresh, stale, share_set_cookie, principal, ends_principal, ignore_reload, keep_on_failed_write, keys, clients, refresh_on_write, write_through, lease, method_override] = rules;
        add_all(cache, fresh, stale, share_set_cookie, principal, ends_principal, ignore_reload, keep_on_failed_write, keys, clients, refresh_on_write, write_through, lease, method_override);
    }
    void add(const policy::StaleTimes& times) {
        const auto& [while_revalidate, if_error, keep] = times;
        add_all(while_revalidate, if_error, keep);
    }
    void add(const policy::KeyRules& keys) {
        const auto& [drop, defaults, clamp, languages] = keys;
        add_all(drop, defaults, clamp, languages);
    }
    void add(const policy::Languages& languages) {
        const auto& [tags, is_order_ignored] = languages;
        add_all(tags, is_order_ignored);
    }
    void add(const relations::RouteGroups& named) {
        const auto& [path, groups] = named;
        add_all(path, groups);
    }
    void add(const relations::WriteRule& rule) {
        const auto& [path, methods, groups, otherwise, is_everything, is_safe, fences_begin, hold] = rule;
        add_all(path, methods, groups, otherwise, is_everything, is_safe, fences_begin, hold);
    }

    void add(const std::string& text) { text_ += text + "\n"; }
    void add(const routes::PathTemplate& path) { add(path.text()); }
    void add(const relations::NameTemplate& name) { add(name.text()); }
    void add(const principals::NamedField& field) { add(field.name); }
    void add(const boost::asio::ip::network_v4& network) { add(network.to_string()); }
    void add(const boost::asio::ip::network_v6& network) { add(network.to_string()); }
    void add(const http::FieldSet& fields) {
        std::string names;
        for (unsigned name = 0; name < static_cast<unsigned>(http::FieldName::count_); ++name) {
            if (fields.has(static_cast<http::FieldName>(name))) names += std::to_string(name) + " ";
        }
        add(names);
    }
    void add(const jwt::ClaimPath&) {}  // it does not tell itself; Principal::definition has it
    void add(const jwt::Key& key) { add_all(key.algorithm, key.id, key.secret); }

    template <typename Rep, typename Period>
    void add(const std::chrono::duration<Rep, Period>& time) {
        add(std::chrono::nanoseconds(time).count());
    }
    template <typename First, typename Second>
    void add(const std::pair<First, Second>& both) {
        add_all(both.first, both.second);
    }
    template <typename T>
    void add(const std::vector<T>& all) {
        add(all.size());
        for (const T& each : all) add(each);
    }
    template <typename T>
    void add(const std::optional<T>& value) {
        add(value.has_value());
        if (value) add(*value);
    }
    void add(const std::shared_ptr<const jwt::KeySet>& keys) { add(keys->keys()); }
    template <typename T>
        requires std::is_arithmetic_v<T>
    void add(T value) {
        add(std::to_string(value));
    }
    template <typename T>
        requires std::is_enum_v<T>
    void add(T value) {
        add(static_cast<unsigned>(value));
    }

    std::string text_;
};

inline std::string described(const Settings& settings) { return Description(settings).text(); }

}  // namespace sidecache::config
