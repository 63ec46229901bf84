#include "proxy/query/call.hpp"

#include "cache/http/ascii.hpp"
#include "cache/resp/integer.hpp"
#include "proxy/query/session.hpp"

#include <algorithm>
#include <string>

namespace sidecache::query {

std::string in_lower_case(std::string_view text) {
    std::string lower(text);
    std::ranges::transform(lower, lower.begin(), http::to_lower);
    return lower;
}

std::size_t Call::database() const noexcept { return session.database(); }

std::optional<std::size_t> Call::database_named(std::string_view text) const {
    const auto number = resp::integer_of(text);
    if (!number) {
        not_an_integer();
    } else if (*number < 0 || static_cast<std::uint64_t>(*number) >= keyspace.databases()) {
        error("ERR DB index is out of range");
    } else {
        return static_cast<std::size_t>(*number);
    }
    return std::nullopt;
}

bool Call::set_in(std::size_t database, std::string_view key, std::string_view text, Time expires) const {
    if (expires <= now) {
        keyspace.erase(database, key, now);
        return true;
    }
    if (keyspace.set(database, key, text, expires)) return true;
    error("OOM command not allowed when used memory > 'maxmemory'.");
    return false;
}

void Call::invalid_expire_time() const { error("ERR invalid expire time in '" + in_lower_case(argument(0)) + "' command"); }

void Call::wrong_number_of_arguments() const { error("ERR wrong number of arguments for '" + in_lower_case(argument(0)) + "' command"); }

void Call::unknown_subcommand() const {
    std::string name = in_lower_case(argument(0));
    std::ranges::transform(name, name.begin(), [](char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - ('a' - 'A')) : c; });
    error("ERR unknown subcommand '" + std::string(argument(1).substr(0, 128)) + "'. Try " + name + " HELP.");
}

}  // namespace sidecache::query
