#include "config/yaml.hpp"

#include "config/wording.hpp"

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/mark.h>
#include <yaml-cpp/parser.h>

#include <cerrno>
#include <cstring>
#include <deque>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <utility>

namespace sidecache::config {
namespace {

constexpr const char* quoting_hint = "quote a text that holds { } [ ] or ': '";
constexpr std::size_t deepest = 64;
constexpr std::size_t largest_file = std::size_t{4} << 20;

// Why the rest of a text is not read: thrown through yaml-cpp's parser, and caught here.
struct Stop {
    int line;
    std::string path;
    std::string what;
    std::string hint;
};

// Builds the tree from the parser's events. Its nodes (YAML::Node) would hide repeated keys, and alias each other in cycles.
class TreeBuilder final : public YAML::EventHandler {
public:
    TreeBuilder(std::string file, std::string path, Layer layer, std::vector<ConfigProblem>& problems)
        : file_(std::move(file)), path_(std::move(path)), layer_(layer), problems_(problems) {}

    Value& root() { return root_; }

    void OnDocumentStart(const YAML::Mark&) override {}
    void OnDocumentEnd() override {}
    void OnNull(const YAML::Mark& mark, YAML::anchor_t) override {
        if (expects_key()) throw refused_key(mark);
        open_value(mark);
    }
    void OnAlias(const YAML::Mark& mark, YAML::anchor_t) override {
        throw Stop{line_of(mark), path(), "an alias (*name) is not supported", "write the value out"};
    }
    void OnScalar(const YAML::Mark& mark, const std::string&, YAML::anchor_t, const std::string& text) override {
        if (expects_key()) {
            start_entry(mark, text);
            return;
        }
        Value& value = open_value(mark);
        value.kind = Value::Kind::scalar;
        value.text = text;
    }
    void OnSequenceStart(const YAML::Mark& mark, const std::string&, YAML::anchor_t, YAML::EmitterStyle::value) override {
        open_collection(mark, Value::Kind::sequence);
    }
    void OnSequenceEnd() override { open_.pop_back(); }
    void OnMapStart(const YAML::Mark& mark, const std::string&, YAML::anchor_t, YAML::EmitterStyle::value) override {
        open_collection(mark, Value::Kind::map);
    }
    void OnMapEnd() override { open_.pop_back(); }

private:
    struct Collection {
        Value* value;
        std::string path;
        bool key_next = true;           // of a map
        std::optional<Value> repeated;  // the value of a repeated key is read into here and thrown away
    };

    int line_of(const YAML::Mark& mark) const { return layer_ == Layer::file ? mark.line + 1 : 0; }

    bool expects_key() const { return !open_.empty() && open_.back().value->kind == Value::Kind::map && open_.back().key_next; }

    // Of the value that comes next.
    std::string path() const {
        if (open_.empty()) return path_;
        const Collection& in = open_.back();
        std::string name;
        if (in.value->kind == Value::Kind::sequence) {
            name = std::to_string(in.value->children.size());
        } else if (!in.key_next) {
            name = key_;
        }
        return in.path + (in.path.empty() || name.empty() ? "" : ".") + name;
    }

    Stop refused_key(const YAML::Mark& mark) const {
        return {line_of(mark), path(), "expected a plain text as key", "quote a text that begins with { or ["};
    }

    void start_entry(const YAML::Mark& mark, const std::string& key) {
        Collection& in = open_.back();
        in.key_next = false;
        key_ = key;
        if (const Value* first = in.value->find(key)) {
            const std::string where = first->place.line > 0 ? ": first on line " + std::to_string(first->place.line) : "";
            problems_.push_back({file_, line_of(mark), path(), "repeated key" + where, {}});
            in.repeated.emplace();
            return;
        }
        in.repeated.reset();
        in.value->names.push_back(key);
        in.value->children.emplace_back().place = {file_, line_of(mark)};
    }

    Value& open_value(const YAML::Mark& mark) {
        Value* value = &root_;
        if (!open_.empty()) {
            Collection& in = open_.back();
            if (in.value->kind == Value::Kind::sequence) {
                value = &in.value->children.emplace_back();
            } else {
                in.key_next = true;
                value = in.repeated ? &*in.repeated : &in.value->children.back();
            }
        }
        value->layer = layer_;
        value->expands = true;
        if (value->place.file.empty()) value->place = {file_, line_of(mark)};
        return *value;
    }

    void open_collection(const YAML::Mark& mark, Value::Kind kind) {
        if (expects_key()) throw refused_key(mark);
        if (open_.size() == deepest) throw Stop{line_of(mark), path(), "nested too deeply", {}};
        std::string at = path();
        Value& value = open_value(mark);
        value.kind = kind;
        open_.push_back({&value, std::move(at), true, std::nullopt});
    }

    std::string file_;
    std::string path_;
    Layer layer_;
    std::vector<ConfigProblem>& problems_;
    Value root_;
    std::deque<Collection> open_;  // innermost last; pointers into trees hold, as a parent gets no child while one is open
    std::string key_;
};

std::string syntax_hint(const std::string& message) {
    if (message.find("anchor") != std::string::npos || message.find("alias") != std::string::npos) {
        return "quote a text that begins with * or &, such as \"*:8080\"";
    }
    if (message.find("map") != std::string::npos || message.find("flow") != std::string::npos) {
        return quoting_hint;
    }
    return {};
}

}  // namespace

std::optional<Value> parse_yaml(std::string_view text, const std::string& file, const std::string& path, Layer layer,
                                std::vector<ConfigProblem>& problems) {
    std::istringstream stream{std::string(text)};
    TreeBuilder builder(file, path, layer, problems);
    const auto problem = [&](int line, const std::string& where, std::string what, std::string hint) {
        problems.push_back({file, line, where, std::move(what), std::move(hint)});
        return std::nullopt;
    };
    try {
        YAML::Parser parser(stream);
        parser.HandleNextDocument(builder);
        TreeBuilder second(file, path, layer, problems);
        if (parser.HandleNextDocument(second)) {
            if (layer == Layer::file)
                return problem(second.root().place.line, path, "expected one YAML document, got a second one", {});
            return problem(0, path, "expected one YAML value, got " + in_quotes(text), quoting_hint);
        }
        return std::move(builder.root());
    } catch (const Stop& stop) {
        return problem(stop.line, stop.path, stop.what, stop.hint);
    } catch (const YAML::Exception& error) {
        return problem(layer == Layer::file ? error.mark.line + 1 : 0, path, "not YAML: " + error.msg, syntax_hint(error.msg));
    }
}

std::optional<Value> read_yaml_file(const std::string& file, std::vector<ConfigProblem>& problems) {
    const auto problem = [&](std::string what, std::string hint = {}) {
        problems.push_back({file, 0, {}, std::move(what), std::move(hint)});
        return std::nullopt;
    };
    std::error_code ignored;
    if (std::filesystem::is_directory(file, ignored)) return problem("is a directory", "expected a YAML file");
    std::ifstream stream(file, std::ios::binary);
    if (!stream) return problem(std::string("cannot be read: ") + std::strerror(errno));
    std::string text(largest_file + 1, '\0');
    stream.read(text.data(), static_cast<std::streamsize>(text.size()));
    if (stream.bad()) return problem(std::string("cannot be read: ") + std::strerror(errno));
    text.resize(static_cast<std::size_t>(stream.gcount()));
    if (text.size() > largest_file) return problem("larger than 4MiB");
    if (text.empty()) return problem("is empty", "expected at least 'origins:'; see docs/configuration.md");

    const auto before = problems.size();
    auto root = parse_yaml(text, file, {}, Layer::file, problems);
    if (!root) return std::nullopt;
    if (root->kind == Value::Kind::null && problems.size() == before) {
        return problem("holds no keys", "expected at least 'origins:'; see docs/configuration.md");
    }
    if (root->kind != Value::Kind::map) {
        problems.push_back({file, root->place.line, {}, "expected a map of keys such as 'origins:'", {}});
        return std::nullopt;
    }
    return root;
}

}  // namespace sidecache::config
