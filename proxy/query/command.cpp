#include "proxy/query/command.hpp"

#include "cache/http/ascii.hpp"
#include "proxy/query/handlers.hpp"

#include <algorithm>
#include <array>

namespace sidecache::query {

using http::to_lower;
namespace {

using Pass = Command::Pass;
using In = Command::In;

constexpr bool write = true;
constexpr bool read = false;
constexpr Command::Keys first{1, 1, 1};
constexpr Command::Keys first_two{1, 2, 1};
constexpr Command::Keys all{1, -1, 1};
constexpr Command::Keys pairs{1, -1, 2};
constexpr Command::Keys second{2, 2, 1};

// By name.
constexpr std::array<Command, command_count> table{{
    {"append", 3, append, Pass::alone, write, first},
    {"auth", -2, auth, Pass::none, read, {}, In::queued, false},
    {"client", -2, client},
    {"command", -1, command},
    {"config", -2, config},
    {"copy", -3, copy, Pass::alone, write, first_two},
    {"dbsize", 1, dbsize, Pass::beside},
    {"decr", 2, decr, Pass::alone, write, first},
    {"decrby", 3, decrby, Pass::alone, write, first},
    {"del", -2, del, Pass::by_keys, write, all},
    {"discard", 1, discard, Pass::none, read, {}, In::at_once},
    {"echo", 2, echo},
    {"eval", -3, eval, Pass::alone, write},
    {"evalsha", -3, evalsha, Pass::alone, write},
    {"exec", 1, exec, Pass::alone, write, {}, In::at_once},
    {"exists", -2, exists, Pass::by_keys, read, all},
    {"expire", -3, expire, Pass::alone, write, first},
    {"expireat", -3, expireat, Pass::alone, write, first},
    {"expiretime", 2, expiretime, Pass::beside, read, first},
    {"flushall", -1, flushall, Pass::alone, write},
    {"flushdb", -1, flushdb, Pass::alone, write},
    {"get", 2, get, Pass::beside, read, first},
    {"getdel", 2, getdel, Pass::alone, write, first},
    {"getex", -2, getex, Pass::alone, write, first},
    {"getrange", 4, getrange, Pass::beside, read, first},
    {"getset", 3, getset, Pass::alone, write, first},
    {"hello", -1, hello, Pass::none, read, {}, In::queued, false},
    {"incr", 2, incr, Pass::alone, write, first},
    {"incrby", 3, incrby, Pass::alone, write, first},
    {"incrbyfloat", 3, incrbyfloat, Pass::alone, write, first},
    {"info", -1, info, Pass::beside},
    {"keys", 2, keys, Pass::beside},
    {"memory", -2, memory, Pass::beside},
    {"mget", -2, mget, Pass::by_keys, read, all},
    {"mset", -3, mset, Pass::alone, write, pairs},
    {"msetnx", -3, msetnx, Pass::alone, write, pairs},
    {"multi", 1, multi, Pass::none, read, {}, In::at_once},
    {"object", -2, object, Pass::beside, read, second},
    {"persist", 2, persist, Pass::alone, write, first},
    {"pexpire", -3, pexpire, Pass::alone, write, first},
    {"pexpireat", -3, pexpireat, Pass::alone, write, first},
    {"pexpiretime", 2, pexpiretime, Pass::beside, read, first},
    {"ping", -1, ping},
    {"psetex", 4, psetex, Pass::beside, write, first},
    {"pttl", 2, pttl, Pass::beside, read, first},
    {"quit", -1, quit, Pass::none, read, {}, In::at_once, false},
    {"rename", 3, rename, Pass::alone, write, first_two},
    {"renamenx", 3, renamenx, Pass::alone, write, first_two},
    {"reset", 1, reset, Pass::none, read, {}, In::at_once, false},
    {"scan", -2, scan, Pass::beside},
    {"script", -2, script},
    {"select", 2, select},
    {"set", -3, set, Pass::by_options, write, first},
    {"setex", 4, setex, Pass::beside, write, first},
    {"setnx", 3, setnx, Pass::alone, write, first},
    {"setrange", 4, setrange, Pass::alone, write, first},
    {"strlen", 2, strlen, Pass::beside, read, first},
    {"swapdb", 3, swapdb, Pass::alone, write},
    {"time", 1, time},
    {"touch", -2, exists, Pass::by_keys, read, all},
    {"ttl", 2, ttl, Pass::beside, read, first},
    {"type", 2, type, Pass::beside, read, first},
    {"unlink", -2, del, Pass::by_keys, write, all},
    {"unwatch", 1, unwatch},
    {"watch", -2, watch, Pass::alone, read, all, In::at_once},
}};
static_assert(std::ranges::is_sorted(table, {}, &Command::name));

constexpr std::size_t longest_name = 16;

// FNV-1a: for so few short names better than none to compare.
constexpr std::uint32_t hash_of(std::string_view name) noexcept {
    std::uint32_t hash = 2'166'136'261;
    for (const char c : name) hash = (hash ^ static_cast<unsigned char>(c)) * 16'777'619;
    return hash;
}

// Where each stands in the table, by its hash: in the next free place, where that is taken.
class Places {
public:
    static constexpr std::size_t size = 256;
    static constexpr std::uint8_t none = 255;

    constexpr Places() {
        places_.fill(none);
        for (std::size_t i = 0; i < table.size(); ++i) {
            std::size_t at = hash_of(table[i].name) % size;
            while (places_[at] != none) at = (at + 1) % size;
            places_[at] = static_cast<std::uint8_t>(i);
        }
    }
    constexpr const Command* find(std::string_view name) const noexcept {
        for (std::size_t at = hash_of(name) % size; places_[at] != none; at = (at + 1) % size) {
            if (table[places_[at]].name == name) return &table[places_[at]];
        }
        return nullptr;
    }

private:
    std::array<std::uint8_t, size> places_{};
};
static_assert(command_count < Places::none);
constexpr Places places;

}  // namespace

bool Command::has_arity(std::size_t arguments) const noexcept {
    return arity >= 0 ? arguments == static_cast<std::size_t>(arity) : arguments >= static_cast<std::size_t>(-arity);
}

bool Command::runs_alone(Arguments arguments) const noexcept {
    switch (pass) {
        case Pass::none:
        case Pass::beside: return false;
        case Pass::alone: return true;
        case Pass::by_keys: return arguments.size() > 2;
        case Pass::by_options:
            // NX, XX, GET, KEEPTTL.
            return std::ranges::any_of(arguments.subspan(3), [](std::string_view option) {
                const char begin = option.empty() ? '\0' : to_lower(option.front());
                return begin == 'n' || begin == 'x' || begin == 'g' || begin == 'k';
            });
    }
    return true;
}

std::span<const Command, command_count> commands() noexcept { return table; }

const Command* find_command(std::string_view name) noexcept {
    char lower[longest_name];
    if (name.size() > longest_name) return nullptr;
    for (std::size_t i = 0; i < name.size(); ++i) lower[i] = to_lower(name[i]);
    return places.find({lower, name.size()});
}

}  // namespace sidecache::query
