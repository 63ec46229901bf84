// One command that is being run: what its handler may read and change.
#pragma once

#include "cache/http/field.hpp"
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
    memory::Reader& reader;
    Arguments arguments;
    Time now;
    resp::ReplyWriter& reply;

    std::string_view argument(std::size_t index) const noexcept { return arguments[index]; }
    std::size_t database() const noexcept;
    std::optional<std::size_t> database_named(std::string_view number) const;  // nullopt: there is none, and the reply says so

    ValuePtr find(std::string_view key) const { return keyspace.find(database(), key, now); }
    ValuePtr read(std::string_view key) const {  // the same, counted as a hit or a miss
        ValuePtr value = find(key);
        count(value != nullptr);
        return value;
    }
    // Replies with what the key holds, or nil; counted. Takes no lock of the store, and writes nothing that others read.
    void reply_with_value_of(std::string_view key) const {
        const memory::Reader::Look look(reader);
        const keyspace::Value* const value = keyspace.find(look, database(), key, now);
        count(value != nullptr);
        reply_with(value);
    }
    void reply_with(const keyspace::Value* value) const { value != nullptr ? reply.text(value->text()) : reply.nil(); }
    void count(bool is_hit) const noexcept { (is_hit ? tally.hits : tally.misses).add(1); }
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

std::string in_lower_case(std::string_view text);

}  // namespace sidecache::query
