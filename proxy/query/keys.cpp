#include "cache/keyspace/glob.hpp"
#include "cache/resp/integer.hpp"
#include "proxy/query/handlers.hpp"

#include <algorithm>
#include <charconv>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace sidecache::query {
namespace {

using keyspace::Keyspace;

constexpr std::size_t most_shown = 10'000;  // names of one SCAN, about: COUNT is a hint

void reply_with_names(Call& call, const std::vector<std::string>& names) {
    call.reply.array(names.size());
    for (const std::string& name : names) call.reply.text(name);
}

// [ASYNC|SYNC]: both are as quick.
bool has_flush_options(Call& call) {
    const bool is_good = call.arguments.size() == 1 || (call.arguments.size() == 2 && (http::iequals(call.argument(1), "async") || http::iequals(call.argument(1), "sync")));
    if (!is_good) call.syntax_error();
    return is_good;
}

void rename_to(Call& call, bool only_if_free) {
    const std::string_view from = call.argument(1);
    const std::string_view to = call.argument(2);
    const ValuePtr value = call.find(from);
    if (value == nullptr) return call.error("ERR no such key");
    if (only_if_free && call.find(to) != nullptr) return call.reply.integer(0);
    if (from != to) {
        if (!call.set(to, value->text(), value->expires())) return;
        call.keyspace.erase(call.database(), from, call.now);
    }
    only_if_free ? call.reply.integer(1) : call.reply.ok();
}

}  // namespace

void del(Call& call) {
    std::int64_t count = 0;
    for (const std::string_view key : call.arguments.subspan(1)) count += call.keyspace.erase(call.database(), key, call.now) ? 1 : 0;
    call.reply.integer(count);
}

void exists(Call& call) {
    std::int64_t count = 0;
    for (const std::string_view key : call.arguments.subspan(1)) count += call.read(key) != nullptr ? 1 : 0;
    call.reply.integer(count);
}

void type(Call& call) { call.reply.status(call.read(call.argument(1)) != nullptr ? "string" : "none"); }

void rename(Call& call) { rename_to(call, false); }
void renamenx(Call& call) { rename_to(call, true); }

void copy(Call& call) {
    std::size_t to = call.database();
    bool may_replace = false;
    for (std::size_t i = 3; i < call.arguments.size(); ++i) {
        if (http::iequals(call.argument(i), "replace")) {
            may_replace = true;
        } else if (http::iequals(call.argument(i), "db") && i + 1 < call.arguments.size()) {
            const auto database = call.database_named(call.argument(++i));
            if (!database) return;
            to = *database;
        } else {
            return call.syntax_error();
        }
    }
    if (to == call.database() && call.argument(1) == call.argument(2)) return call.error("ERR source and destination objects are the same");
    const ValuePtr value = call.read(call.argument(1));
    if (value == nullptr || (!may_replace && call.keyspace.find(to, call.argument(2), call.now) != nullptr)) return call.reply.integer(0);
    if (call.set_in(to, call.argument(2), value->text(), value->expires())) call.reply.integer(1);
}

// Beside others: what comes and goes meanwhile is in it or not.
void keys(Call& call) {
    std::vector<std::string> names;
    std::size_t size = 0;
    std::uint64_t cursor = 0;
    do {
        cursor = call.keyspace.scan(call.database(), cursor, call.options.reply, call.now, [&](const keyspace::Value& value) {
            const std::string_view name = Keyspace::name_of(value);
            if (size > call.options.reply || !keyspace::matches_glob(call.argument(1), name)) return;
            size += name.size() + sizeof(std::string);
            names.emplace_back(name);
        });
    } while (cursor != 0 && size <= call.options.reply);
    if (size > call.options.reply) return call.error(too_large_a_reply);
    reply_with_names(call, names);
}

void scan(Call& call) {
    std::uint64_t cursor = 0;
    const std::string_view from = call.argument(1);
    const auto [end, error] = std::from_chars(from.data(), from.data() + from.size(), cursor);
    if (error != std::errc{} || end != from.data() + from.size()) return call.error("ERR invalid cursor");
    std::string_view pattern = "*";
    std::size_t count = 10;
    bool is_of_strings = true;
    for (std::size_t i = 2; i < call.arguments.size(); i += 2) {
        if (i + 1 == call.arguments.size()) return call.syntax_error();
        const std::string_view value = call.argument(i + 1);
        if (http::iequals(call.argument(i), "match")) {
            pattern = value;
        } else if (http::iequals(call.argument(i), "type")) {
            is_of_strings = http::iequals(value, "string");
        } else if (http::iequals(call.argument(i), "count")) {
            const auto number = resp::integer_of(value);
            if (!number) return call.not_an_integer();
            if (*number < 1) return call.syntax_error();
            count = std::min(static_cast<std::size_t>(*number), most_shown);
        } else {
            return call.syntax_error();
        }
    }
    std::vector<std::string> names;
    const std::uint64_t next = call.keyspace.scan(call.database(), cursor, count, call.now, [&](const keyspace::Value& value) {
        const std::string_view name = Keyspace::name_of(value);
        if (is_of_strings && keyspace::matches_glob(pattern, name)) names.emplace_back(name);
    });
    call.reply.array(2);
    call.reply.text(std::to_string(next));
    reply_with_names(call, names);
}

void dbsize(Call& call) { call.reply.integer(call.keyspace.values(call.database())); }

void flushdb(Call& call) {
    if (!has_flush_options(call)) return;
    call.keyspace.flush(call.database());
    call.reply.ok();
}

void flushall(Call& call) {
    if (!has_flush_options(call)) return;
    for (std::size_t database = 0; database < call.keyspace.databases(); ++database) call.keyspace.flush(database);
    call.reply.ok();
}

void swapdb(Call& call) {
    const auto one = resp::integer_of(call.argument(1));
    const auto other = resp::integer_of(call.argument(2));
    if (!one) return call.error("ERR invalid first DB index");
    if (!other) return call.error("ERR invalid second DB index");
    const auto most = static_cast<std::int64_t>(call.keyspace.databases());
    if (*one < 0 || *one >= most || *other < 0 || *other >= most) return call.error("ERR DB index is out of range");
    call.keyspace.swap(static_cast<std::size_t>(*one), static_cast<std::size_t>(*other), call.now);
    call.reply.ok();
}

}  // namespace sidecache::query
