#include "cache/routes/route.hpp"

#include "cache/http/target.hpp"

#include <algorithm>
#include <cassert>
#include <stdexcept>

namespace sidecache::routes {
namespace {

constexpr std::string_view empty_segment = "has an empty segment; write one slash between two segments.";

[[noreturn]] void refuse(std::string_view text, std::string_view reason) {
    throw std::invalid_argument("The path template \"" + std::string(text) + "\" " + std::string(reason));
}

bool is_variable_name(std::string_view name) noexcept {
    const auto is_letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; };
    const auto is_part = [is_letter](char c) { return is_letter(c) || (c >= '0' && c <= '9'); };
    return !name.empty() && is_letter(name.front()) && std::ranges::all_of(name, is_part);
}

// A literal in the form that paths are matched in.
std::string normal_literal(std::string_view text, std::string_view segment) {
    if (segment.empty()) refuse(text, empty_segment);
    if (segment.find_first_of("{}") != std::string_view::npos) {
        refuse(text, "mixes text and a variable in one segment; a variable is a whole segment, as in /doctors/{id}/.");
    }
    if (segment.find_first_of("?#") != std::string_view::npos)
        refuse(text, "has a '?' or '#'; it describes a path, without query or fragment.");
    const std::string path = "/" + std::string(segment);
    std::string normal;
    if (!http::append_key_path(normal, path) || normal == "/") {
        refuse(text, "has a segment that is no plain text: \"" + std::string(segment) + "\".");
    }
    return normal.substr(1);
}

}  // namespace

PathTemplate::PathTemplate(std::string_view text) : text_(text) {
    if (!text.starts_with('/')) refuse(text, "does not begin with '/'.");
    ends_with_slash_ = text.ends_with('/');
    std::string_view rest = text.substr(1);
    if (ends_with_slash_ && !rest.empty()) rest.remove_suffix(1);
    while (!rest.empty()) {
        const std::size_t end = std::min(rest.find('/'), rest.size());
        add_segment(rest.substr(0, end));
        if (end == rest.size()) break;
        rest.remove_prefix(end + 1);
        if (rest.empty()) refuse(text, empty_segment);
    }
    if (text.starts_with("//")) refuse(text, empty_segment);
    take_literal_prefix();
}

void PathTemplate::add_segment(std::string_view segment) {
    if (!segments_.empty() && segments_.back().kind == Segment::Kind::rest) {
        refuse(text_, "goes on after {" + segments_.back().text + "...}, which takes all that is left.");
    }
    if (!segment.starts_with('{') || !segment.ends_with('}')) {
        segments_.push_back({normal_literal(text_, segment), Segment::Kind::literal});
        return;
    }
    std::string_view name = segment.substr(1, segment.size() - 2);
    const bool is_rest = name.ends_with("...");
    if (is_rest) name.remove_suffix(3);
    if (!is_variable_name(name)) {
        refuse(text_, "has a variable that is no name: \"" + std::string(segment) + "\"; write {id} or, at the end, {rest...}.");
    }
    const bool is_known = std::ranges::any_of(
        segments_, [name](const Segment& other) { return other.kind != Segment::Kind::literal && other.text == name; });
    if (is_known) refuse(text_, "has two variables of the name \"" + std::string(name) + "\".");
    if (is_rest && ends_with_slash_)
        refuse(text_, "has a slash after {" + std::string(name) + "...}, which takes the end slash too.");
    segments_.push_back({std::string(name), is_rest ? Segment::Kind::rest : Segment::Kind::variable});
}

// Most routes are told apart by their literal beginning: one comparison instead of one for each segment.
void PathTemplate::take_literal_prefix() {
    prefix_ = "/";
    while (!segments_.empty() && segments_.front().kind == Segment::Kind::literal) {
        prefix_ += segments_.front().text;
        segments_.erase(segments_.begin());
        if (!segments_.empty() || ends_with_slash_) prefix_ += '/';
    }
    // What looks like a format suffix is one only in the last segment.
    const bool goes_on = !segments_.empty();
    if (!http::append_group_path(group_prefix_, goes_on ? prefix_ + "x" : prefix_)) refuse(text_, "can be read in more than one way.");
    if (goes_on) group_prefix_.resize(group_prefix_.size() > 2 ? group_prefix_.size() - 2 : 1);
}

bool PathTemplate::has_variable(std::string_view name) const noexcept {
    return std::ranges::any_of(segments_, [name](const Segment& each) { return each.kind != Segment::Kind::literal && each.text == name; });
}

std::optional<Variables> PathTemplate::match_group_path(std::string_view path) const {
    if (!path.starts_with(group_prefix_)) return std::nullopt;
    path.remove_prefix(group_prefix_.size());
    const bool is_root = group_prefix_ == "/";
    if (is_root && !path.empty()) {
        path = std::string_view(path.data() - 1, path.size() + 1);  // with its slash
    } else if (!path.empty() && path.front() != '/') {
        return std::nullopt;  // in the middle of a segment
    }
    Variables variables;
    for (const Segment& expected : segments_) {
        if (expected.kind == Segment::Kind::rest) {
            variables.emplace_back(expected.text, path.empty() ? path : path.substr(1));
            return variables;
        }
        if (path.empty()) return std::nullopt;
        path.remove_prefix(1);
        const std::size_t end = std::min(path.find('/'), path.size());
        const std::string_view segment = path.substr(0, end);
        if (expected.kind == Segment::Kind::variable) {
            variables.emplace_back(expected.text, segment);
        } else if (std::string literal; !http::append_group_path(literal, "/" + expected.text) || literal.substr(1) != segment) {
            return std::nullopt;
        }
        path.remove_prefix(end);
    }
    return path.empty() ? std::optional(variables) : std::nullopt;
}

bool PathTemplate::matches(std::string_view path) const noexcept {
    if (segments_.empty()) return path == prefix_;
    if (!path.starts_with(prefix_)) return false;
    path.remove_prefix(prefix_.size());
    for (std::size_t i = 0;; ++i) {
        const Segment& expected = segments_[i];
        if (expected.kind == Segment::Kind::rest) return true;
        const std::size_t end = std::min(path.find('/'), path.size());
        const std::string_view segment = path.substr(0, end);
        if (expected.kind == Segment::Kind::literal ? segment != expected.text : segment.empty()) return false;
        path.remove_prefix(end);
        if (i + 1 == segments_.size()) return path == (ends_with_slash_ ? "/" : "");
        if (path.empty()) return false;
        path.remove_prefix(1);
    }
}

RouteTable::RouteTable(std::vector<Route> routes, policy::Rules unmatched)
    : routes_(std::move(routes)), unmatched_(std::move(unmatched)) {}

std::size_t RouteTable::find(std::string_view path) const noexcept {
    const auto found = std::ranges::find_if(routes_, [path](const Route& route) { return route.path.matches(path); });
    return static_cast<std::size_t>(found - routes_.begin());
}

const policy::Rules& RouteTable::rules(std::size_t index) const noexcept {
    assert(index < size());
    return index < routes_.size() ? routes_[index].rules : unmatched_;
}

std::string_view RouteTable::label(std::size_t index) const noexcept {
    assert(index < size());
    return index < routes_.size() ? std::string_view(routes_[index].path.text()) : "other";
}

std::size_t RouteTable::size() const noexcept { return routes_.size() + 1; }

}  // namespace sidecache::routes
