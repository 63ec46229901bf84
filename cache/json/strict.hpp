// JSON read strictly: RFC 8259, no member twice, no deep nesting, no number beyond a double.
#pragma once

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>
#include <boost/system/result.hpp>

#include <cstdint>
#include <string_view>

namespace sidecache::strict_json {

enum class Problem : std::uint8_t {
    syntax,
    no_object,        // JSON, but something else
    repeated_member,  // RFC 7515 §4, RFC 7517 §4, RFC 7519 §4: names must be unique; readers differ in which one they take
};

std::string_view sentence_of(Problem problem) noexcept;  // what follows "The file ": "is not valid JSON"

constexpr std::size_t max_depth = 16;

boost::system::result<boost::json::value, Problem> parse_value(std::string_view text);
boost::system::result<boost::json::object, Problem> parse_object(std::string_view text);

// The member's value if it is a string; nullptr if there is none or if it is of another kind.
const boost::json::string* string_member(const boost::json::object& object, std::string_view name) noexcept;

}  // namespace sidecache::strict_json
