// Reads one map of the tree into options: knows its path, asks the environment first where that wins, tells every problem, and
// which keys it was never asked for. What is asked of it is the schema: there is no second list of keys.
#pragma once

#include "config/form.hpp"
#include "config/load.hpp"
#include "config/value.hpp"

#include <deque>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace sidecache::config {

// What all readers of one load share.
struct Reading {
    const Environment& environment;
    std::vector<ConfigProblem>& problems;
    std::vector<std::string> asked{};  // the path of every key that was asked for
    std::deque<Value> found{};         // values that the environment gave
    bool whole = true;                 // false: the file could not be read, so nothing is missed
};

template <typename T>
struct Given {
    T value;
    Place place;
};

class Reader {
public:
    // `map` may be null: then only the environment can give values.
    Reader(Reading& reading, const Value* map, std::string path, Layer layer = Layer::file);

    // The value of a key in the form given; nothing if it is left out or wrong (then a problem was added).
    template <typename T>
    std::optional<Given<T>> get(std::string_view key, const Form<T>& form) {
        const auto scalar = scalar_at(key, form.expected);
        if (!scalar) return std::nullopt;
        auto value = parse(*scalar, form);
        if (!value) return std::nullopt;
        return Given<T>{std::move(*value), scalar->place};
    }
    template <typename T>
    std::optional<Place> read(std::string_view key, T& out, const Form<T>& form) {
        auto given = get(key, form);
        if (!given) return std::nullopt;
        out = std::move(given->value);
        return std::move(given->place);
    }

    // A list of scalars; one scalar is a list of one. Nothing if left out; what is wrong is left out of the list.
    template <typename T>
    std::optional<Given<std::vector<Given<T>>>> list(std::string_view key, const Form<T>& form) {
        const auto scalars = scalars_at(key, form.expected);
        if (!scalars) return std::nullopt;
        Given<std::vector<Given<T>>> out{{}, scalars->place};
        for (const auto& scalar : scalars->value) {
            if (auto value = parse(scalar, form)) out.value.push_back({std::move(*value), scalar.place});
        }
        return out;
    }

    // A map from free names to scalars.
    template <typename T>
    std::vector<std::pair<std::string, T>> named(std::string_view key, const Form<T>& form) {
        std::vector<std::pair<std::string, T>> out;
        for (const auto& [name, scalar] : named_scalars_at(key, form.expected)) {
            if (auto value = parse(scalar, form)) out.emplace_back(name, std::move(*value));
        }
        return out;
    }

    using ReadSection = std::function<void(Reader&)>;
    using ReadNamedSection = std::function<void(const std::string& name, Reader&)>;
    void section(std::string_view key, const ReadSection& read);              // also where it is left out, for the environment
    void sections(std::string_view key, const ReadSection& read);             // a list of maps
    void named_sections(std::string_view key, const ReadNamedSection& read);  // a map from free names to maps

    // Refuses a key that this version knows but does not obey. Null, off, 0, an empty collection and the words in `accepted` say
    // what happens anyway, and pass. `below` names its own keys, so that the environment's are refused as well.
    void not_built(std::string_view key, std::string_view hint, const std::vector<std::string_view>& accepted = {},
                   const std::vector<std::string_view>& below = {});

    bool is_left_out(std::string_view key) const;  // not written, null, or an empty collection; says nothing of the environment
    void problem(const Place& place, std::string_view key, std::string what, std::string hint = {});
    std::size_t problems() const noexcept { return reading_.problems.size(); }  // so far, of the whole configuration
    void missing(std::string_view key, std::string what, std::string hint);  // silent if the file could not be read

    // Tells the keys that nobody asked for. Called once, after all others.
    void refuse_unknown();

    const Place& place() const { return place_; }

private:
    struct Scalar {
        std::string path;
        std::string text;
        Place place;
    };

    template <typename T>
    std::optional<T> parse(const Scalar& scalar, const Form<T>& form) {
        Parsed<T> parsed = form.parse(scalar.text);
        if (!parsed.value)
            reading_.problems.push_back({scalar.place.file, scalar.place.line, scalar.path, parsed.what, parsed.hint});
        return std::move(parsed.value);
    }

    std::string path_of(std::string_view key) const;
    const Value* child(std::string_view key, bool from_environment);
    const Value* from_environment(std::string_view key);
    const Value* collection(std::string_view key, Value::Kind kind, std::string_view expected);
    std::optional<Scalar> scalar_of(const Value& value, std::string path, std::string_view expected);
    std::optional<Scalar> scalar_at(std::string_view key, std::string_view expected);
    std::optional<Given<std::vector<Scalar>>> scalars_at(std::string_view key, std::string_view expected);
    std::vector<std::pair<std::string, Scalar>> named_scalars_at(std::string_view key, std::string_view expected);
    std::optional<std::string> expanded(const std::string& text, const Place& place, const std::string& path);

    Reading& reading_;
    const Value* map_;
    std::string path_;
    Layer layer_;
    Place place_;
    std::vector<std::string> asked_;
};

// "timeouts.head" -> "SIDECACHE_TIMEOUTS_HEAD"
std::string environment_name(std::string_view path);

}  // namespace sidecache::config
