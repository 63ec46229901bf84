#include "config/form.hpp"

#include <charconv>

namespace sidecache::config {

bool is_off(std::string_view text) { return text == "off" || text == "false" || text == "no"; }

Form<bool> boolean() {
    return {"true or false", [](std::string_view text) -> Parsed<bool> {
                if (text == "true" || text == "yes" || text == "on") return {true, {}, {}};
                if (is_off(text)) return {false, {}, {}};
                return refused<bool>("true or false", text);
            }};
}

Form<std::string> text(std::string expected) {
    return {expected, [expected](std::string_view text) -> Parsed<std::string> {
                if (text.empty()) return refused<std::string>(expected, text);
                return {std::string(text), {}, {}};
            }};
}

Form<std::size_t> number(std::size_t least, std::size_t most) {
    const auto expected = "a whole number from " + std::to_string(least) + " to " + std::to_string(most);
    return {expected, [=](std::string_view text) -> Parsed<std::size_t> {
                std::size_t value = 0;
                const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
                if (error != std::errc{} || end != text.data() + text.size() || value < least || value > most) {
                    return refused<std::size_t>(expected, text);
                }
                return {value, {}, {}};
            }};
}

}  // namespace sidecache::config
