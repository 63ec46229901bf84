// The form that a scalar must have: what is expected, in words, and how its text becomes a value.
#pragma once

#include "config/wording.hpp"

#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace sidecache::config {

template <typename T>
struct Parsed {
    std::optional<T> value;
    std::string what;  // without a value: "expected a duration such as 30s, got 'soon'"
    std::string hint;
};

template <typename T>
struct Form {
    std::string expected;  // "a duration such as 30s"
    std::function<Parsed<T>(std::string_view)> parse;
};

template <typename T>
Parsed<T> refused(std::string_view expected, std::string_view text, std::string hint = {}) {
    return {std::nullopt, expected_got(expected, text), std::move(hint)};
}

bool is_off(std::string_view text);  // off false no

Form<bool> boolean();                                           // also yes no on off
Form<std::string> text(std::string expected);                   // any but the empty one
Form<std::size_t> number(std::size_t least, std::size_t most);  // whole, decimal

// One word of a few, each with its value.
template <typename T>
Form<T> choice(std::vector<std::pair<std::string, T>> words) {
    std::vector<std::string> names;
    for (const auto& [name, value] : words) names.push_back(name);
    const auto expected = any_of(names);
    return {expected, [expected, names, words = std::move(words)](std::string_view text) -> Parsed<T> {
                for (const auto& [name, value] : words) {
                    if (name == text) return {value, {}, {}};
                }
                return refused<T>(expected, text, did_you_mean(text, names));
            }};
}

}  // namespace sidecache::config
