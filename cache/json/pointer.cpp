#include "cache/json/pointer.hpp"

#include <boost/json/value.hpp>

#include <algorithm>
#include <charconv>
#include <cstddef>
#include <span>
#include <system_error>

namespace sidecache::strict_json {
namespace {

namespace json = boost::json;

// RFC 6901 §4: ~1 is '/', ~0 is '~'. nullopt for another escape (§3).
std::optional<std::string> unescape(std::string_view step) {
    std::string plain;
    for (std::size_t i = 0; i < step.size(); ++i) {
        if (step[i] != '~') {
            plain += step[i];
            continue;
        }
        if (++i == step.size() || (step[i] != '0' && step[i] != '1')) return std::nullopt;
        plain += step[i] == '0' ? '~' : '/';
    }
    return plain;
}

// RFC 6901 §4: digits without a leading zero. "-", the element after the last, is never there.
const json::value* element_of(const json::array& array, std::string_view step) noexcept {
    if (step.empty() || (step.front() == '0' && step.size() > 1)) return nullptr;
    std::size_t index = 0;
    const auto [end, error] = std::from_chars(step.data(), step.data() + step.size(), index);
    if (error != std::errc() || end != step.data() + step.size()) return nullptr;
    return array.if_contains(index);
}

const json::value* member_of(const json::object& object, std::string_view step) noexcept {
    return object.if_contains(json::string_view(step.data(), step.size()));
}

const json::value* child_of(const json::value& value, std::string_view step) noexcept {
    if (const json::object* object = value.if_object()) return member_of(*object, step);
    if (const json::array* array = value.if_array()) return element_of(*array, step);
    return nullptr;
}

const json::value* follow(const json::value* value, std::span<const std::string> steps) noexcept {
    for (std::size_t i = 0; value != nullptr && i < steps.size(); ++i) value = child_of(*value, steps[i]);
    return value;
}

}  // namespace

std::optional<Pointer> Pointer::parse(std::string_view text) {
    if (!text.starts_with('/')) return std::nullopt;
    std::vector<std::string> steps;
    for (std::size_t start = 1;;) {
        const std::size_t end = std::min(text.find('/', start), text.size());
        auto step = unescape(text.substr(start, end - start));
        if (!step) return std::nullopt;
        steps.push_back(*std::move(step));
        if (end == text.size()) return Pointer(std::move(steps));
        start = end + 1;
    }
}

const json::value* Pointer::find(const json::object& document) const noexcept {
    return follow(member_of(document, steps_.front()), std::span(steps_).subspan(1));
}

const json::value* Pointer::find(const json::value& document) const noexcept { return follow(&document, steps_); }

}  // namespace sidecache::strict_json
