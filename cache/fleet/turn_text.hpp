// A turn as the arguments of its script, and the script's reply as an answer.
#pragma once

#include "cache/fleet/parameters.hpp"
#include "cache/fleet/turn.hpp"
#include "cache/resp/value.hpp"

#include <array>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sidecache::fleet {

// The keys of a fleet's state, in the order of the scripts' KEYS. All have one hash tag, so that one script may change them where Redis is a cluster.
class StateKeys {
public:
    explicit StateKeys(std::string_view prefix);
    enum Name : std::uint8_t { ctl, nodes, intents, holds, slots, stream, settled, count };
    const std::string& operator[](Name name) const noexcept { return keys_[name]; }
    const std::array<std::string, count>& all() const noexcept { return keys_; }

private:
    std::array<std::string, count> keys_;
};

struct StateLimits {
    std::size_t messages = 50'000;  // of the stream, about: who is further behind reads the table
    std::size_t holds = 10'000;     // noted one by one; over it one of everything
    policy::Group everything = 0;   // `*`
};

// ARGV of the turn's script.
std::vector<std::string> turn_arguments(const Turn& turn, const StateLimits& limits);
// nullopt: no reply of that script to that turn.
std::optional<Answer> parse_answer(const resp::Value& reply, const Turn& turn);

// ARGV of the script that begins an incarnation; its reply is an answer of State::other.
std::vector<std::string> renew_arguments(Incarnation incarnation, const Parameters& parameters);

// Groups as the scripts and the stream's messages have them. nullopt: not whole.
std::string groups_text(const Groups& groups);
std::optional<Groups> parse_groups(std::string_view text);

std::string hex(std::uint64_t number);  // 16 digits
std::optional<std::uint64_t> parse_hex(std::string_view text);

}  // namespace sidecache::fleet
