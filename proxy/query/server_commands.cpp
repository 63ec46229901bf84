#include "cache/keyspace/glob.hpp"
#include "cache/resp/integer.hpp"
#include "proxy/query/expiry.hpp"
#include "proxy/query/handlers.hpp"

#include <array>
#include <string>
#include <utility>
#include <vector>

namespace sidecache::query {
namespace {

void describe(Call& call, const Command& command) {
    call.reply.array(6);
    call.reply.text(command.name);
    call.reply.integer(command.arity);
    call.reply.array(1);
    call.reply.status(command.is_write ? "write" : "readonly");
    call.reply.integer(command.keys.first);
    call.reply.integer(command.keys.last);
    call.reply.integer(command.keys.step);
}

void tell_keys(Call& call) {
    const Arguments asked = call.arguments.subspan(2);
    const Command* known = find_command(asked.front());
    if (known == nullptr) return call.error("ERR Invalid command specified");
    if (!known->has_arity(asked.size())) return call.error("ERR Invalid number of arguments specified for command");
    constexpr std::string_view no_keys = "ERR The command has no key arguments";
    if (known->keys.first == 0) return call.error(no_keys);
    const int count = static_cast<int>(asked.size());
    const int last = known->keys.last < 0 ? count + known->keys.last : known->keys.last;
    if (last >= count) return call.error(no_keys);  // of OBJECT, whose subcommands differ
    std::vector<std::string_view> keys;
    for (int i = known->keys.first; i <= last; i += known->keys.step) keys.push_back(asked[static_cast<std::size_t>(i)]);
    call.reply.array(keys.size());
    for (const std::string_view key : keys) call.reply.text(key);
}

using Pairs = std::vector<std::pair<std::string, std::string>>;

// What clients look at; it is configured elsewhere.
Pairs parameters(const Call& call) {
    return {{"appendonly", "no"},
            {"databases", std::to_string(call.keyspace.databases())},
            {"maxmemory", std::to_string(call.keyspace.memory().budget)},
            {"maxmemory-policy", "allkeys-lfu"},
            {"proto-max-bulk-len", std::to_string(call.options.request.argument)},
            {"save", ""},
            {"timeout", std::to_string(std::chrono::duration_cast<std::chrono::seconds>(call.options.idle).count())}};
}

void append_section(std::string& out, std::string_view name, const Pairs& lines) {
    if (!out.empty()) out += "\r\n";
    out.append("# ").append(name).append("\r\n");
    for (const auto& [key, value] : lines) out.append(key).append(":").append(value).append("\r\n");
}

Pairs databases(const Call& call) {
    Pairs lines;
    for (std::size_t i = 0; i < call.keyspace.databases(); ++i) {
        const auto values = call.keyspace.values(i);
        if (values == 0) continue;
        lines.emplace_back("db" + std::to_string(i), "keys=" + std::to_string(values) + ",expires=" + std::to_string(call.keyspace.expiring(i)) + ",avg_ttl=0");
    }
    return lines;
}

}  // namespace

void command(Call& call) {
    if (call.arguments.size() == 1 || (http::iequals(call.argument(1), "info") && call.arguments.size() == 2)) {
        call.reply.array(commands().size());
        for (const Command& each : commands()) describe(call, each);
        return;
    }
    const std::string_view word = call.argument(1);
    if (http::iequals(word, "count") && call.arguments.size() == 2) return call.reply.integer(static_cast<std::int64_t>(commands().size()));
    if (http::iequals(word, "docs")) return call.reply.map(0);
    if (http::iequals(word, "getkeys") && call.arguments.size() > 2) return tell_keys(call);
    if (http::iequals(word, "list") && call.arguments.size() == 2) {
        call.reply.array(commands().size());
        for (const Command& each : commands()) call.reply.text(each.name);
        return;
    }
    if (http::iequals(word, "info")) {
        call.reply.array(call.arguments.size() - 2);
        for (const std::string_view name : call.arguments.subspan(2)) {
            const Command* known = find_command(name);
            known != nullptr ? describe(call, *known) : call.reply.nil_array();
        }
        return;
    }
    call.unknown_subcommand();
}

void config(Call& call) {
    if (!http::iequals(call.argument(1), "get") || call.arguments.size() < 3) return call.unknown_subcommand();
    Pairs told;
    for (auto& parameter : parameters(call)) {
        for (const std::string_view pattern : call.arguments.subspan(2)) {
            if (!keyspace::matches_glob(pattern, parameter.first)) continue;
            told.push_back(std::move(parameter));
            break;
        }
    }
    call.reply.map(told.size());
    for (const auto& [name, value] : told) {
        call.reply.text(name);
        call.reply.text(value);
    }
}

void info(Call& call) {
    const memory::Stats memory = call.keyspace.memory();
    const std::array<std::pair<std::string_view, Pairs>, 7> sections{{
        {"Server", {{"redis_version", std::string(redis_version)}, {"redis_mode", "standalone"}, {"server_name", "sidecache"}}},
        {"Memory", {{"used_memory", std::to_string(memory.bytes)}, {"maxmemory", std::to_string(memory.budget)}, {"maxmemory_policy", "allkeys-lfu"}}},
        {"Persistence", {{"loading", "0"}, {"aof_enabled", "0"}}},
        {"Stats", {{"evicted_keys", std::to_string(memory.evictions)}, {"expired_keys", std::to_string(memory.expirations)}}},
        {"Replication", {{"role", "master"}, {"connected_slaves", "0"}}},
        {"Cluster", {{"cluster_enabled", "0"}}},
        {"Keyspace", databases(call)},
    }};
    std::string text;
    for (const auto& [name, lines] : sections) {
        bool is_wanted = call.arguments.size() == 1;
        for (const std::string_view wanted : call.arguments.subspan(1)) {
            is_wanted |= http::iequals(wanted, "all") || http::iequals(wanted, "everything") || http::iequals(wanted, "default") || http::iequals(wanted, name);
        }
        if (is_wanted) append_section(text, name, lines);
    }
    call.reply.verbatim(text);
}

void memory(Call& call) {
    if (http::iequals(call.argument(1), "purge") && call.arguments.size() == 2) return call.reply.ok();  // there is nothing of it
    if (!http::iequals(call.argument(1), "usage") || call.arguments.size() < 3) return call.unknown_subcommand();
    const ValuePtr value = call.find(call.argument(2));
    value != nullptr ? call.reply.integer(static_cast<std::int64_t>(value->charge() + memory::index_overhead)) : call.reply.nil();
}

void object(Call& call) {
    if (!http::iequals(call.argument(1), "encoding") || call.arguments.size() != 3) return call.unknown_subcommand();
    constexpr std::size_t longest_embedded = 44;  // octets, of Redis
    const ValuePtr value = call.find(call.argument(2));
    if (value == nullptr) return call.reply.nil();
    call.reply.text(resp::integer_of(value->text()) ? "int" : value->text().size() <= longest_embedded ? "embstr" : "raw");
}

void time(Call& call) {
    const auto now = std::chrono::floor<std::chrono::microseconds>(call.now.time_since_epoch()).count();
    call.reply.array(2);
    call.reply.text(std::to_string(now / 1'000'000));
    call.reply.text(std::to_string(now % 1'000'000));
}

}  // namespace sidecache::query
