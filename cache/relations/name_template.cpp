#include "cache/relations/name_template.hpp"

#include "cache/http/list.hpp"
#include "cache/http/no_vary_search.hpp"
#include "cache/http/target.hpp"
#include "cache/relations/row_texts.hpp"

#include <algorithm>
#include <array>
#include <stdexcept>
#include <utility>

namespace sidecache::relations {
namespace {

[[noreturn]] void refuse(std::string_view text, const std::string& reason) { throw std::invalid_argument("\"" + std::string(text) + "\" " + reason); }

constexpr std::array<std::pair<std::string_view, Source>, 4> prefixes{{
    {"query:", Source::query},
    {"request:", Source::request},
    {"response:", Source::response},
    {"stored:", Source::stored},
}};

std::optional<std::string> decoded(std::string_view text) {
    std::string out;
    return http::append_form_decoded(out, text) ? std::optional(out) : std::nullopt;
}

// As one segment of a path, whatever is in it.
std::string as_segment(std::string_view value) {
    constexpr std::string_view digits = "0123456789ABCDEF";
    std::string out;
    for (const char c : value) {
        const bool is_plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
        if (is_plain) {
            out += c;
        } else {
            const auto byte = static_cast<unsigned char>(c);
            out.append({'%', digits[byte >> 4], digits[byte & 15]});
        }
    }
    return out;
}

}  // namespace

NameTemplate::NameTemplate(std::string_view text, const routes::PathTemplate& path) : text_(text), is_uri_(text.starts_with('/')) {
    if (text.empty()) refuse(text, "names nothing.");
    while (!text.empty()) {
        const std::size_t begin = std::min(text.find_first_of("{}"), text.size());
        parts_.push_back({std::string(text.substr(0, begin)), {}});
        text.remove_prefix(begin);
        if (text.empty()) break;
        const std::size_t end = text.find_first_of("{}", 1);
        if (text.front() != '{' || end == std::string_view::npos || text[end] != '}') refuse(text_, "has a brace without its other one.");
        add_variable(text.substr(1, end - 1), path);
        text.remove_prefix(end + 1);
    }
    if (is_uri_ && text_.find_first_of("?#") != std::string::npos) refuse(text_, "has a '?' or '#': a write ends what is stored of a path whatever the query.");
}

void NameTemplate::add_variable(std::string_view inner, const routes::PathTemplate& path) {
    for (const auto& [prefix, source] : prefixes) {
        if (!inner.starts_with(prefix)) continue;
        const std::string_view rest = inner.substr(prefix.size());
        Variable variable{source, std::string(rest), {}};
        if (source == Source::query) {
            if (rest.empty()) refuse(text_, "has a query variable without the name of a parameter; write {query:people}.");
        } else {
            variable.pointer = strict_json::Pointer::parse(rest);
            if (!variable.pointer) refuse(text_, "has what is no JSON Pointer (RFC 6901): \"" + std::string(rest) + "\"; write {" + std::string(prefix) + "/doctor}.");
        }
        parts_.back().variable = std::move(variable);
        return;
    }
    if (!path.has_variable(inner)) {
        refuse(text_, "has {" + std::string(inner) + "}, which is no variable of the path " + path.text() + "; there are also {query:NAME}, {request:/pointer}, {response:/pointer} and {stored:/pointer}.");
    }
    parts_.back().variable = Variable{Source::path, std::string(inner), {}};
}

bool NameTemplate::uses(Source source) const noexcept {
    return std::ranges::any_of(parts_, [source](const Part& part) { return part.variable && part.variable->source == source; });
}

bool NameTemplate::append_values(const Variable& variable, const Known& known, std::vector<std::string>& out) {
    const boost::json::value* document = nullptr;
    switch (variable.source) {
        case Source::path: {
            if (known.path == nullptr) return false;
            const auto found = std::ranges::find(*known.path, variable.name, &routes::Variables::value_type::first);
            if (found == known.path->end() || found->second.empty()) return false;
            out.push_back(found->second);
            return true;
        }
        case Source::query: {
            std::vector<http::Parameter> parameters;
            http::split_query(known.query, parameters);
            for (const http::Parameter& each : parameters) {
                if (decoded(each.name) != variable.name) continue;
                auto value = decoded(each.value);
                if (!value || value->empty()) return false;  // an application that takes this one filters by nothing
                std::string_view rest = *value;  // of a list, as some applications take it, each member too
                while (const auto member = http::next_member(rest)) out.emplace_back(*member);
                out.push_back(*std::move(value));
            }
            return !out.empty();
        }
        case Source::request: document = known.request; break;
        case Source::response: document = known.response; break;
        case Source::stored: document = known.stored; break;
    }
    return document != nullptr && append_row_texts(out, *variable.pointer, *document);
}

// nullopt: a variable has no value, or there are too many.
std::optional<std::vector<std::string>> NameTemplate::expand(const Known& known, std::size_t limit) const {
    std::vector<std::string> names{""};
    for (const Part& part : parts_) {
        for (std::string& name : names) name += part.literal;
        if (!part.variable) continue;
        std::vector<std::string> values;
        if (!append_values(*part.variable, known, values)) return std::nullopt;
        if (names.size() * values.size() > limit) return std::nullopt;
        std::vector<std::string> longer;
        for (const std::string& name : names) {
            for (const std::string& value : values) longer.push_back(name + (is_uri_ ? as_segment(value) : value));
        }
        names = std::move(longer);
    }
    return names;
}

bool NameTemplate::append_groups(policy::Groups& out, const policy::GroupSpace& space, const Known& known, policy::GroupNames* names) const {
    const auto expanded = expand(known, space.limit);
    if (!expanded) return false;
    const auto add = [&](policy::Group group, std::string_view kind, const std::string& name) {
        if (std::ranges::find(out, group) != out.end()) return;
        out.push_back(group);
        if (names != nullptr) names->push_back(std::string(kind) + name);
    };
    for (const std::string& name : *expanded) {
        std::string path;
        if (!is_uri_) {
            add(policy::named_group(space, name), "named ", name);
        } else if (http::append_group_path(path, name)) {
            add(policy::own_group(space, path), "own ", path);
            add(policy::tree_group(space, path), "tree ", path);
            for (std::size_t end = path.rfind('/'); end != std::string::npos && path.size() > 1; end = path.rfind('/')) {  // the collections above
                path.resize(end == 0 ? 1 : end);
                add(policy::own_group(space, path), "own ", path);
            }
        } else {
            return false;
        }
    }
    return out.size() <= space.limit;
}

std::string NameTemplate::family_name() const {
    std::string name;
    for (const Part& part : parts_) name.append(part.literal).append(part.variable ? "{}" : "");
    return name;
}

std::optional<policy::Group> NameTemplate::family(const policy::GroupSpace& space) const {
    if (is_uri_ || !std::ranges::any_of(parts_, [](const Part& part) { return part.variable.has_value(); })) return std::nullopt;
    return policy::family_group(space, family_name());
}

}  // namespace sidecache::relations
