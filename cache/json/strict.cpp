#include "cache/json/strict.hpp"

#include <boost/json/basic_parser_impl.hpp>
#include <boost/json/error.hpp>
#include <boost/json/string.hpp>
#include <boost/json/value.hpp>
#include <boost/json/value_stack.hpp>

#include <cassert>
#include <cmath>

namespace sidecache::strict_json {
namespace {

namespace json = boost::json;
using json::error_code;
using json::string_view;

// Builds the value as Boost.JSON's own handler does, and counts the members that the text has: of equal names the value
// keeps only the last one.
struct Builder {
    static constexpr std::size_t max_array_size = json::array::max_size();
    static constexpr std::size_t max_object_size = json::object::max_size();
    static constexpr std::size_t max_string_size = json::string::max_size();
    static constexpr std::size_t max_key_size = json::string::max_size();

    json::value_stack stack;
    std::size_t members = 0;

    bool on_document_begin(error_code&) { return true; }
    bool on_document_end(error_code&) { return true; }
    bool on_array_begin(error_code&) { return true; }
    bool on_array_end(std::size_t size, error_code&) { return stack.push_array(size), true; }
    bool on_object_begin(error_code&) { return true; }
    bool on_object_end(std::size_t size, error_code&) {
        members += size;
        return stack.push_object(size), true;
    }
    bool on_string_part(string_view part, std::size_t, error_code&) { return stack.push_chars(part), true; }
    bool on_string(string_view last, std::size_t, error_code&) { return stack.push_string(last), true; }
    bool on_key_part(string_view part, std::size_t, error_code&) { return stack.push_chars(part), true; }
    bool on_key(string_view last, std::size_t, error_code&) { return stack.push_key(last), true; }
    bool on_number_part(string_view, error_code&) { return true; }
    bool on_int64(std::int64_t number, string_view, error_code&) { return stack.push_int64(number), true; }
    bool on_uint64(std::uint64_t number, string_view, error_code&) { return stack.push_uint64(number), true; }
    // RFC 8259 §6: a number beyond the range of a double is refused; it would become an infinity, and 0e999 no number at all.
    bool on_double(double number, string_view, error_code& error) {
        if (!std::isfinite(number)) {
            error = json::error::exponent_overflow;
            return false;
        }
        return stack.push_double(number), true;
    }
    bool on_bool(bool truth, error_code&) { return stack.push_bool(truth), true; }
    bool on_null(error_code&) { return stack.push_null(), true; }
    bool on_comment_part(string_view, error_code&) { return true; }
    bool on_comment(string_view, error_code&) { return true; }
};

// As deep as the parser allowed.
std::size_t count_members(const json::value& value) {
    std::size_t members = 0;
    if (const json::array* array = value.if_array()) {
        for (const json::value& element : *array) members += count_members(element);
    } else if (const json::object* object = value.if_object()) {
        members = object->size();
        for (const auto& member : *object) members += count_members(member.value());
    }
    return members;
}

}  // namespace

std::string_view sentence_of(Problem problem) noexcept {
    switch (problem) {
        case Problem::syntax:
            return "is not valid JSON";
        case Problem::no_object:
            return "is no JSON object";
        case Problem::repeated_member:
            return "has an object that names a member twice";
    }
    assert(false);
    return {};
}

boost::system::result<json::value, Problem> parse_value(std::string_view text) {
    json::parse_options options;
    options.max_depth = max_depth;
    json::basic_parser<Builder> parser(options);
    Builder& builder = parser.handler();
    builder.stack.reset();
    error_code error;
    const std::size_t read = parser.write_some(false, text.data(), text.size(), error);
    if (error || read != text.size()) return Problem::syntax;
    json::value value = builder.stack.release();
    if (count_members(value) != builder.members) return Problem::repeated_member;
    return value;
}

boost::system::result<json::object, Problem> parse_object(std::string_view text) {
    auto value = parse_value(text);
    if (!value) return value.error();
    if (!value->is_object()) return Problem::no_object;
    return std::move(value->get_object());
}

const json::string* string_member(const json::object& object, std::string_view name) noexcept {
    const json::value* value = object.if_contains(json::string_view(name.data(), name.size()));
    return value ? value->if_string() : nullptr;
}

}  // namespace sidecache::strict_json
