// One command that is being run: what its handler may read and change.
#pragma once

#include "cache/keyspace/keyspace.hpp"
#include "cache/resp/reply_writer.hpp"
#include "proxy/query/command.hpp"
#include "proxy/query/options.hpp"
#include "proxy/query/tally.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace sidecache::query {

using keyspace::Time;
using keyspace::ValuePtr;

class Session;

struct Call {
    Session& session;
    keyspace::Keyspace& keyspace;
    const Options& options;
    Tally& tally;
    Arguments arguments;
    Time now;
    resp::ReplyWriter& reply;

    std::string_view argument(std::size_t index) const noexcept { return arguments[index]; }
    std::size_t database() const noexcept;
    std::optional<std::size_t> database_named(std::string_view number) const;  // nullopt: there is none, and the reply says so

    ValuePtr find(std::string_view key) const { return keyspace.find(database(), key, now); }
    ValuePtr read(std::string_view key) const {  // the same, counted as a hit or a miss
        ValuePtr value = find(key);
        (value != nullptr ? tally.hits : tally.misses).add(1);
        return value;
    }
    // False: there is no room, and the reply says so. What has expired by now is removed instead.
    bool set(std::string_view key, std::string_view text, Time expires) const { return set_in(database(), key, text, expires); }
    bool set_in(std::size_t database, std::string_view key, std::string_view text, Time expires) const;

    void error(std::string_view text) const {
        tally.errors.add(1);
        reply.error(text);
    }
    void syntax_error() const { error("ERR syntax error"); }
    void not_an_integer() const { error("ERR value is not an integer or out of range"); }
    void invalid_expire_time() const;
    void wrong_number_of_arguments() const;
    void unknown_subcommand() const;
};

// Whose behaviour this is; clients ask, and some choose by it what to send.
inline constexpr std::string_view redis_version = "7.0.15";

inline constexpr std::string_view too_large_a_reply = "ERR the reply is larger than query.reply allows";

// Whether it is this word, which is in lower case, in any case.
bool is_word(std::string_view text, std::string_view word) noexcept;
std::string in_lower_case(std::string_view text);

}  // namespace sidecache::query
