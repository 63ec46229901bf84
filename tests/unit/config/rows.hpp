// Each key of the schema with YAML that sets it to another value than its default, and where that is seen.
#pragma once

#include "config/settings.hpp"

#include <gmock/gmock.h>

#include <functional>
#include <string>
#include <vector>

namespace sidecache::config {

struct Row {
    std::string key;  // as known_keys() names it
    std::string yaml;
    std::function<bool(const Settings&)> is_set;
};

inline std::string in_origin(const std::string& yaml) { return "origins: {api: {servers: [\"http://a\"], " + yaml + "}}"; }
inline std::string in_route(const std::string& yaml) { return "routes: [{path: /x, " + yaml + "}]"; }
inline std::string in_redis(const std::string& yaml) { return "redis: {" + yaml + "}"; }
inline std::string in_rule(const std::string& yaml) { return "writes: {rules: [{path: \"/a/{id}/\", " + yaml + "}]}"; }

inline std::string in_principal(const std::string& yaml) { return "principals: {p: {" + yaml + "}}"; }
inline std::string shipped(const std::string& name) { return std::string(SIDECACHE_SOURCE_DIR) + "/tests/unit/config/" + name; }
inline std::string in_token(const std::string& yaml) {
    return in_principal("jwt: Authorization, claim: /role, secret: \"" + shipped("jwt_secret.txt") + "\"" + (yaml.empty() ? "" : ", " + yaml));
}

inline const std::vector<Row>& rows() {
    using namespace std::chrono_literals;
    using ::testing::ElementsAre;
    using ::testing::Pair;
    static const std::vector<Row> table{
        {"listen", "listen: [\"127.0.0.1:1\", \"[::1]:2\"]",
         [](const Settings& s) { return s.listen.size() == 2 && s.listen[0].port == 1 && s.listen[1].host == "::1"; }},
        {"listen_mode", "listen: [\"unix:/a\", \"127.0.0.1:1\"]\nlisten_mode: 0660",
         [](const Settings& s) { return s.listen[0].unix_mode == 0660u && !s.listen[1].unix_mode; }},
        {"admin", "admin: 127.0.0.1:9900", [](const Settings& s) { return s.admin && s.admin->port == 9900; }},
        {"workers", "workers: 777", [](const Settings& s) { return s.workers == 777; }},
        {"memory.size", "memory: {size: 64MiB}", [](const Settings& s) { return s.memory.size == 64u << 20; }},
        {"memory.max_object", "memory: {max_object: 1MiB}",
         [](const Settings& s) { return s.memory.max_object == 1u << 20 && s.pipeline.max_object == 1u << 20; }},

        {"redis.url", in_redis("url: \"redis://me:secret@r:7000/3\""),
         [](const Settings& s) {
             return s.fleet && s.fleet->redis.address.host == "r" && s.fleet->redis.address.port == 7000 && s.fleet->redis.address.database == 3 &&
                    s.fleet->redis.address.user == "me" && s.fleet->redis.address.password == "secret";
         }},
        {"redis.prefix", in_redis("url: \"redis://r\", prefix: \"records:\""), [](const Settings& s) { return s.fleet && s.fleet->prefix == "records:"; }},
        {"redis.consistency", in_redis("url: \"redis://r\", consistency: bounded"), [](const Settings& s) { return s.fleet && s.fleet->mode == fleet::Writes::Mode::bounded; }},
        {"redis.lease", in_redis("url: \"redis://r\", lease: 1s"), [](const Settings& s) { return s.fleet && s.fleet->parameters.lease == 1s; }},
        {"redis.deadline", in_redis("url: \"redis://r\", deadline: 10s"), [](const Settings& s) { return s.fleet && s.fleet->write_deadline == 10s; }},
        {"redis.writes", in_redis("url: \"redis://r\", writes: 7"), [](const Settings& s) { return s.fleet && s.fleet->writes == 7; }},
        {"redis.responses", in_redis("url: \"redis://r\", responses: off"), [](const Settings& s) { return s.fleet && !s.tier; }},
        {"redis.seal", in_redis("url: \"redis://r\", seal: [\"" + shipped("seal.key") + "\"]"), [](const Settings& s) { return s.tier && s.tier->keys && s.tier->keys->all().size() == 1; }},
        {"redis.sentinel.user", in_redis("url: \"redis+sentinel://s/m\", sentinel: {user: u, password: p}"), [](const Settings& s) { return s.fleet && s.fleet->redis.sentinel_user == "u"; }},
        {"redis.sentinel.password", in_redis("url: \"redis+sentinel://s/m\", sentinel: {password: p}"), [](const Settings& s) { return s.fleet && s.fleet->redis.sentinel_password == "p"; }},
        {"redis.tls.ca", in_redis("url: \"rediss://r\", tls: {ca: \"" + shipped("tls.crt") + "\"}"), [](const Settings& s) { return s.fleet && s.fleet->redis.tls; }},
        {"redis.tls.certificate", in_redis("url: \"rediss://r\", tls: {certificate: \"" + shipped("tls.crt") + "\", key: \"" + shipped("tls.key") + "\"}"),
         [](const Settings& s) { return s.fleet && s.fleet->redis.tls; }},
        {"redis.tls.key", in_redis("url: \"rediss://r\", tls: {certificate: \"" + shipped("tls.crt") + "\", key: \"" + shipped("tls.key") + "\"}"),
         [](const Settings& s) { return s.fleet && s.fleet->redis.tls; }},
        {"redis.max_object", in_redis("url: \"redis://r\", max_object: 5KiB"), [](const Settings& s) { return s.tier && s.tier->max_object == 5u << 10; }},
        {"redis.compress", in_redis("url: \"redis://r\", compress: 5KiB"), [](const Settings& s) { return s.tier && s.tier->compression.above == 5u << 10; }},
        {"redis.queue", in_redis("url: \"redis://r\", queue: 5"), [](const Settings& s) { return s.tier && s.tier->queue == 5; }},
        {"redis.queue_size", in_redis("url: \"redis://r\", queue_size: 5KiB"), [](const Settings& s) { return s.tier && s.tier->queue_size == 5u << 10; }},
        {"redis.pool.max", in_redis("url: \"redis://r\", pool: {max: 5}"), [](const Settings& s) { return s.tier && s.tier->pipe.waiting == 5; }},
        {"redis.pool.wait", in_redis("url: \"redis://r\", pool: {wait: 5ms}"), [](const Settings& s) { return s.tier && s.tier->pipe.deadline == 5ms; }},
        {"redis.timeouts.connect", in_redis("url: \"redis://r\", timeouts: {connect: 3s}"), [](const Settings& s) { return s.fleet && s.fleet->redis.connect == 3s; }},
        {"redis.timeouts.verify", in_redis("url: \"redis://r\", timeouts: {verify: 3s}"), [](const Settings& s) { return s.fleet && s.fleet->proof_deadline == 3s; }},
        {"redis.timeouts.reply", in_redis("url: \"redis://r\", timeouts: {reply: 3s}"), [](const Settings& s) { return s.fleet && s.fleet->deadline == 3s; }},

        {"query.listen", "query: {listen: [\"127.0.0.1:6380\", \"unix:/q\"]}", [](const Settings& s) { return s.query_listen.size() == 2 && s.query_listen[1].unix_path == "/q"; }},
        {"query.listen_mode", "query: {listen: \"unix:/q\", listen_mode: 0660}", [](const Settings& s) { return s.query_listen.size() == 1 && s.query_listen[0].unix_mode == 0660u; }},
        {"query.password", "query: {password: secret}", [](const Settings& s) { return s.query.password == "secret"; }},
        {"query.databases", "query: {databases: 3}", [](const Settings& s) { return s.query.databases == 3; }},
        {"query.connections", "query: {connections: 7}", [](const Settings& s) { return s.query.connections == 7; }},
        {"query.value", "query: {value: 1MiB}", [](const Settings& s) { return s.query.request.argument == 1u << 20; }},
        {"query.request", "query: {request: 40MiB}", [](const Settings& s) { return s.query.request.request == 40u << 20; }},
        {"query.arguments", "query: {arguments: 100}", [](const Settings& s) { return s.query.request.arguments == 100; }},
        {"query.transaction", "query: {transaction: 1MiB}", [](const Settings& s) { return s.query.transaction == 1u << 20; }},
        {"query.reply", "query: {reply: 1MiB}", [](const Settings& s) { return s.query.reply == 1u << 20; }},
        {"query.watches", "query: {watches: 7}", [](const Settings& s) { return s.query.watches == 7; }},
        {"query.timeouts.idle", "query: {timeouts: {idle: 5s}}", [](const Settings& s) { return s.query.idle == 5s; }},
        {"query.timeouts.gap", "query: {timeouts: {gap: 5s}}", [](const Settings& s) { return s.query.gap == 5s; }},
        {"query.timeouts.linger", "query: {timeouts: {linger: 5s}}", [](const Settings& s) { return s.query.linger == 5s; }},
        {"query.timeouts.send", "query: {timeouts: {send: 5s}}", [](const Settings& s) { return s.query.send == 5s; }},

        {"origins.NAME.servers", "origins: {api: {servers: [\"http://a:1\", \"unix:/b\"]}}",
         [](const Settings& s) {
             return s.origin.name == "api" && s.origin.servers.size() == 2 && s.origin.servers[0].port == 1 &&
                    s.origin.servers[1].unix_path == "/b";
         }},
        {"origins.NAME.host", in_origin("host: origin"), [](const Settings& s) { return !s.origin.preserve_host; }},
        {"origins.NAME.resolve", in_origin("resolve: 1s"), [](const Settings& s) { return s.origin.resolve == 1s; }},
        {"origins.NAME.pool.max", in_origin("pool: {max: 3}"), [](const Settings& s) { return s.origin.pool_max == 3; }},
        {"origins.NAME.pool.wait", in_origin("pool: {wait: 0}"), [](const Settings& s) { return s.origin.pool_wait == 0s; }},
        {"origins.NAME.pool.idle", in_origin("pool: {idle: 250ms}"),
         [](const Settings& s) { return s.origin.pool_idle == 250ms; }},
        {"origins.NAME.timeouts.connect", in_origin("timeouts: {connect: 1s}"),
         [](const Settings& s) { return s.origin.connect == 1s; }},
        {"origins.NAME.timeouts.first_byte", in_origin("timeouts: {first_byte: 1m}"),
         [](const Settings& s) { return s.origin.first_byte == 1min; }},
        {"origins.NAME.timeouts.between_bytes", in_origin("timeouts: {between_bytes: 1h}"),
         [](const Settings& s) { return s.origin.between_bytes == 1h; }},

        {"principals.NAME.cookie", in_principal("cookie: [a, b]"),
         [](const Settings& s) { return s.principals.size() == 1 && s.principals[0].cookies == std::vector<std::string>{"a", "b"}; }},
        {"principals.NAME.header", in_principal("header: X-Api-Key"),
         [](const Settings& s) { return s.principals.size() == 1 && s.principals[0].header && s.principals[0].header->name == "x-api-key"; }},
        {"principals.NAME.recheck", in_principal("cookie: a, recheck: 5s"),
         [](const Settings& s) { return s.principals.size() == 1 && s.principals[0].recheck == 5s; }},
        {"principals.NAME.role_header", in_principal("cookie: a, role_header: X-Role"),
         [](const Settings& s) { return s.principals.size() == 1 && s.principals[0].role_header == "x-role"; }},
        {"principals.NAME.jwt", in_token(""),
         [](const Settings& s) { return s.principals.size() == 1 && s.principals[0].names(http::FieldName::authorization); }},
        {"principals.NAME.claim", in_token(""), [](const Settings& s) { return s.principals.size() == 1 && s.principals[0].token; }},
        {"principals.NAME.keys", "principals: {p: {jwt: Authorization, claim: /role, keys: \"" + shipped("jwks.json") + "\"}}",
         [](const Settings& s) { return s.principals.size() == 1 && s.principals[0].token->keys->keys().size() == 1; }},
        {"principals.NAME.secret", in_token(""),
         [](const Settings& s) { return s.principals.size() == 1 && s.principals[0].token->keys->keys().size() == 1; }},
        {"principals.NAME.issuer", in_token("issuer: me"),
         [](const Settings& s) { return s.principals.size() == 1 && s.principals[0].token->expected.issuer == "me"; }},
        {"principals.NAME.audience", in_token("audience: [a, any]"),
         [](const Settings& s) {
             return s.principals.size() == 1 && s.principals[0].token->expected.any_audience &&
                    s.principals[0].token->expected.audiences == std::vector<std::string>{"a"};
         }},
        {"principals.NAME.leeway", in_token("leeway: 2s"),
         [](const Settings& s) { return s.principals.size() == 1 && s.principals[0].token->expected.leeway == 2s; }},
        {"routes.N.principal", "{principals: {p: {cookie: a}, q: {cookie: b}}, routes: [{path: /x, principal: q}]}",
         [](const Settings& s) { return s.routes.at(0).rules.principal == 1; }},
        {"routes.N.ends_principal", "{principals: {p: {cookie: a}}, routes: [{path: /x, principal: p, ends_principal: true}]}",
         [](const Settings& s) { return s.routes.at(0).rules.ends_principal == policy::EndsPrincipal::sender; }},
        {"routes.N.ends_principal", "routes: [{path: /x, ends_principal: all}]", [](const Settings& s) { return s.routes.at(0).rules.ends_principal == policy::EndsPrincipal::everybody; }},
        {"limits.credentials", "limits: {credentials: 7}", [](const Settings& s) { return s.pipeline.credentials == 7; }},

        {"keys.drop", "keys: {drop: [utm_*, fbclid]}",
         [](const Settings& s) {
             return s.unmatched.keys.drop == std::vector<std::string>{"utm_*", "fbclid"};
         }},
        {"keys.defaults", "keys: {defaults: {page: 1, q: \"\"}}",
         [](const Settings& s) {
             return ::testing::Matches(ElementsAre(Pair("page", "1"), Pair("q", "")))(s.unmatched.keys.defaults);
         }},
        {"keys.clamp", "keys: {clamp: {page_size: 100}}",
         [](const Settings& s) { return ::testing::Matches(ElementsAre(Pair("page_size", 100u)))(s.unmatched.keys.clamp); }},

        {"keys.languages", "keys: {languages: [de, pt-BR]}",
         [](const Settings& s) {
             return s.unmatched.keys.languages.tags == std::vector<std::string>{"de", "pt-br"};
         }},

        {"keys.language_order", "keys: {language_order: ignore}", [](const Settings& s) { return s.unmatched.keys.languages.is_order_ignored; }},

        {"routes.N.path", "routes: [{path: /a/}, {path: \"/b/{id}\"}]",
         [](const Settings& s) {
             return s.routes.size() == 2 && s.routes[0].path.text() == "/a/" && s.routes[1].path.text() == "/b/{id}";
         }},
        {"routes.N.cache", in_route("cache: off"),
         [](const Settings& s) { return !s.routes.at(0).rules.cache && s.unmatched.cache; }},
        {"routes.N.fresh", in_route("fresh: 5m"), [](const Settings& s) { return s.routes.at(0).rules.fresh == 300s; }},
        {"routes.N.stale.while_revalidate", in_route("stale: {while_revalidate: 30s}"),
         [](const Settings& s) { return s.routes.at(0).rules.stale.while_revalidate == 30s; }},
        {"memory.sweep", "memory: {sweep: 5s}", [](const Settings& s) { return s.memory.sweep == 5s; }},
        {"routes.N.stale.keep", in_route("stale: {keep: 10m}"), [](const Settings& s) { return s.routes.at(0).rules.stale.keep == 600s; }},
        {"routes.N.stale.if_error", in_route("stale: {if_error: 10m}"),
         [](const Settings& s) { return s.routes.at(0).rules.stale.if_error == 600s; }},

        {"routes.N.groups", "routes: [{path: \"/a/{id}/\", groups: [\"doctor:{id}\", \"person:{query:people}\"]}]",
         [](const Settings& s) { return s.route_groups.size() == 1 && s.route_groups[0].groups.size() == 2 && s.route_groups[0].groups[1].text() == "person:{query:people}"; }},
        {"writes.answer_wait", "writes: {answer_wait: 50ms}", [](const Settings& s) { return s.pipeline.answer_wait == 50ms; }},
        {"writes.answer_size", "writes: {answer_size: 1KiB}", [](const Settings& s) { return s.pipeline.answer_size == 1024; }},
        {"limits.json", "limits: {json: 1KiB}", [](const Settings& s) { return s.pipeline.json == 1024; }},
        {"writes.rules.N.path", in_rule(""), [](const Settings& s) { return s.write_rules.size() == 1 && s.write_rules[0].path.text() == "/a/{id}/"; }},
        {"writes.rules.N.methods", in_rule("methods: [PUT, PATCH]"), [](const Settings& s) { return s.write_rules.size() == 1 && s.write_rules[0].methods == std::vector<std::string>{"PUT", "PATCH"}; }},
        {"writes.rules.N.groups", in_rule("groups: [\"a:{id}\", \"/b/{response:/b}/\"]"), [](const Settings& s) { return s.write_rules.size() == 1 && s.write_rules[0].groups.size() == 2; }},
        {"writes.rules.N.otherwise", in_rule("otherwise: [\"/b/{rest...}\"]"), [](const Settings& s) { return s.write_rules.size() == 1 && s.write_rules[0].otherwise.size() == 1 && s.write_rules[0].otherwise[0].group_prefix() == "/b"; }},
        {"writes.rules.N.invalidate", in_rule("invalidate: everything"), [](const Settings& s) { return s.write_rules.size() == 1 && s.write_rules[0].is_everything; }},
        {"writes.rules.N.hold", in_rule("hold: 2s"), [](const Settings& s) { return s.write_rules.size() == 1 && s.write_rules[0].hold == 2s; }},
        {"writes.rules.N.fence", in_rule("fence: begin"), [](const Settings& s) { return s.write_rules.size() == 1 && s.write_rules[0].fences_begin; }},
        {"writes.rules.N.safe", in_rule("safe: true"), [](const Settings& s) { return s.write_rules.size() == 1 && s.write_rules[0].is_safe; }},
        {"routes.N.clients", in_route("clients: revalidate"),
         [](const Settings& s) { return s.routes.at(0).rules.clients == policy::ClientCopies::revalidate && s.unmatched.clients == policy::ClientCopies::origin; }},
        {"routes.N.reload", in_route("reload: ignore"), [](const Settings& s) { return s.routes.at(0).rules.ignore_reload; }},

        {"routes.N.keys.drop", in_route("keys: {drop: [from, ref_*]}"),
         [](const Settings& s) {
             return s.routes.at(0).rules.keys.drop == std::vector<std::string>{"from", "ref_*"} && s.unmatched.keys.drop.empty();
         }},
        {"routes.N.keys.defaults", in_route("keys: {defaults: {page: 1}}"),
         [](const Settings& s) { return ::testing::Matches(ElementsAre(Pair("page", "1")))(s.routes.at(0).rules.keys.defaults) && s.unmatched.keys.defaults.empty(); }},
        {"routes.N.keys.clamp", in_route("keys: {clamp: {limit: 50}}"),
         [](const Settings& s) { return ::testing::Matches(ElementsAre(Pair("limit", 50u)))(s.routes.at(0).rules.keys.clamp) && s.unmatched.keys.clamp.empty(); }},

        {"routes.N.refresh_on_write", in_route("refresh_on_write: true"), [](const Settings& s) { return s.routes.at(0).rules.refresh_on_write && !s.unmatched.refresh_on_write; }},
        {"routes.N.lease", in_redis("url: \"redis://r\"") + "\n" + in_route("lease: 5s"), [](const Settings& s) { return s.routes.at(0).rules.lease == 5s && s.unmatched.lease == 0s; }},
        {"routes.N.write_through", in_route("write_through: true"), [](const Settings& s) { return s.routes.at(0).rules.write_through && !s.unmatched.write_through; }},
        {"writes.refresh.concurrency", "writes: {refresh: {concurrency: 5}}", [](const Settings& s) { return s.pipeline.refresh.concurrency == 5; }},
        {"writes.refresh.rate", "writes: {refresh: {rate: 50}}", [](const Settings& s) { return s.pipeline.refresh.rate == 50; }},
        {"writes.refresh.hits", "writes: {refresh: {hits: 1}}", [](const Settings& s) { return s.pipeline.refresh.hits == 1; }},
        {"writes.refresh.candidates", "writes: {refresh: {candidates: 50}}", [](const Settings& s) { return s.pipeline.refresh.candidates == 50; }},
        {"routes.N.method_override", "routes: [{path: /x, method_override: [X-HTTP-Method-Override, X-Method-Override]}]",
         [](const Settings& s) {
             const http::FieldSet& set = s.routes.at(0).rules.method_override;
             return set.has(http::FieldName::x_http_method_override) && set.has(http::FieldName::x_method_override) && !set.has(http::FieldName::x_http_method);
         }},
        {"set_cookie", "{set_cookie: share, routes: [{path: /x}]}",
         [](const Settings& s) { return s.unmatched.share_set_cookie && s.routes.at(0).rules.share_set_cookie; }},
        {"writes.failed", "{writes: {failed: keep}, routes: [{path: /x}]}",
         [](const Settings& s) { return s.unmatched.keep_on_failed_write && s.routes.at(0).rules.keep_on_failed_write; }},
        {"writes.absent", "writes: {absent: keep}", [](const Settings& s) { return s.pipeline.keep_absent; }},
        {"writes.settle", "writes: {settle: 5s}", [](const Settings& s) { return s.pipeline.settle == 5s; }},

        {"writes.slots", "writes: {slots: 2048}", [](const Settings& s) { return s.epochs.slots == 2048; }},
        {"writes.holds", "writes: {holds: 7}", [](const Settings& s) { return s.epochs.holds == 7; }},

        {"limits.connections", "limits: {connections: 5}", [](const Settings& s) { return s.door.connections == 5; }},
        {"limits.target", "limits: {target: 1KiB}", [](const Settings& s) { return s.door.head_limits.target == 1024; }},
        {"limits.head", "limits: {head: 64KiB}", [](const Settings& s) { return s.door.head_limits.head == 65536; }},
        {"limits.fields", "limits: {fields: 50}", [](const Settings& s) { return s.door.head_limits.fields == 50; }},
        {"limits.content", "limits: {content: 2MiB}", [](const Settings& s) { return s.pipeline.max_content == 2u << 20; }},
        {"limits.query_content", "limits: {query_content: 8KiB}", [](const Settings& s) { return s.pipeline.query_content == 8192; }},
        {"limits.variants", "limits: {variants: 4}", [](const Settings& s) { return s.pipeline.variants == 4; }},
        {"limits.followers", "limits: {followers: 0}", [](const Settings& s) { return s.pipeline.followers == 0; }},
        {"limits.groups", "limits: {groups: 8}", [](const Settings& s) { return s.pipeline.groups == 8; }},

        {"limits.window", "limits: {window: 64KiB}", [](const Settings& s) { return s.pipeline.window == 65536; }},
        {"limits.response_head", "limits: {response_head: 8KiB}", [](const Settings& s) { return s.origin.head == 8192; }},
        {"limits.response_fields", "limits: {response_fields: 9}", [](const Settings& s) { return s.origin.fields == 9; }},
        {"limits.uncacheable", "limits: {uncacheable: 100}", [](const Settings& s) { return s.pipeline.uncacheable == 100; }},

        {"timeouts.head", "timeouts: {head: 1s}", [](const Settings& s) { return s.door.head == 1s; }},
        {"timeouts.content_gap", "timeouts: {content_gap: 2s}", [](const Settings& s) { return s.door.content_gap == 2s; }},
        {"timeouts.idle", "timeouts: {idle: 3s}", [](const Settings& s) { return s.door.idle == 3s; }},
        {"timeouts.send", "timeouts: {send: 4s}", [](const Settings& s) { return s.door.send == 4s; }},
        {"timeouts.tunnel", "timeouts: {tunnel: 5s}", [](const Settings& s) { return s.door.tunnel_idle == 5s; }},
        {"timeouts.linger", "timeouts: {linger: 7s}", [](const Settings& s) { return s.door.linger == 7s; }},
        {"timeouts.uncacheable", "timeouts: {uncacheable: 8s}", [](const Settings& s) { return s.pipeline.uncacheable_for == 8s; }},
        {"timeouts.follow", "timeouts: {follow: 6s}", [](const Settings& s) { return s.pipeline.follow == 6s; }},
        {"timeouts.drain", "timeouts: {drain: 0}", [](const Settings& s) { return s.drain == 0s; }},

        {"forwarded.trust", "forwarded: {trust: [10.0.0.0/8, \"fd00::/8\", 192.0.2.1]}",
         [](const Settings& s) {
             return s.pipeline.trusted.v4.size() == 2 && s.pipeline.trusted.v4[0].to_string() == "10.0.0.0/8" &&
                    s.pipeline.trusted.v4[1].to_string() == "192.0.2.1/32" && s.pipeline.trusted.v6.size() == 1 &&
                    s.pipeline.trusted.v6[0].to_string() == "fd00::/8";
         }},
        {"purge.allow", "purge: {allow: [127.0.0.1, \"::1\"]}",
         [](const Settings& s) { return s.pipeline.purgers.v4.size() == 1 && s.pipeline.purgers.v6.size() == 1 && s.pipeline.purgers.v4[0].to_string() == "127.0.0.1/32"; }},

        {"headers.cache_status", "headers: {cache_status: false}", [](const Settings& s) { return !s.door.cache_status; }},
        {"headers.cache_status_key", "headers: {cache_status_key: true}", [](const Settings& s) { return s.pipeline.cache_status_key; }},
        {"headers.server_timing", "headers: {server_timing: off}", [](const Settings& s) { return !s.door.server_timing; }},
        {"headers.x_cache", "headers: {x_cache: true}", [](const Settings& s) { return s.door.x_cache; }},
        {"headers.groups", "headers: {groups: false}", [](const Settings& s) { return !s.pipeline.tells_groups; }},
        {"headers.request_id", "headers: {request_id: X-Trace}",
         [](const Settings& s) { return s.pipeline.request_id == "X-Trace"; }},

        {"log.level", "log: {level: error}", [](const Settings& s) { return s.log.level == telemetry::Level::error; }},
        {"log.access", "log: {access: /var/log/a}", [](const Settings& s) { return s.log.access == "/var/log/a"; }},
        {"log.format", "log: {format: text}", [](const Settings& s) { return s.log.format == telemetry::Format::text; }},
        {"log.slow", "log: {slow: 0}", [](const Settings& s) { return s.log.slow == 0s; }},
        {"log.queue", "log: {queue: 16}", [](const Settings& s) { return s.log.queue == 16; }},
    };
    return table;
}

}  // namespace sidecache::config
