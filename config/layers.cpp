#include "config/layers.hpp"

#include "config/wording.hpp"
#include "config/yaml.hpp"

#include <array>
#include <string>
#include <string_view>
#include <utility>

namespace sidecache::config {
namespace {

struct Flag {
    std::string_view name;
    std::string_view path;
};
constexpr std::array<Flag, 6> paths{{{"--admin", "admin"},
                                     {"--query", "query.listen"},
                                     {"--redis", "redis.url"},
                                     {"--memory", "memory.size"},
                                     {"--workers", "workers"},
                                     {"--log-level", "log.level"}}};

std::string_view path_of(std::string_view flag) {
    for (const auto& [name, path] : paths) {
        if (name == flag) return path;
    }
    return {};
}

class Stack {
public:
    Stack(Value& root, std::vector<ConfigProblem>& problems) : root_(root), problems_(problems) {}

    void write(const std::vector<std::string>& path, Value value) {
        const std::string file = value.place.file;
        if (const auto wrong = put(root_, path, std::move(value))) problems_.push_back({file, 0, joined_path(path), *wrong, {}});
    }

    // The servers of the one origin, whatever its name.
    void write_servers(const std::vector<std::string>& servers, Layer layer, const std::string& file) {
        const Value* origins = root_.find("origins");
        const bool named = origins != nullptr && !origins->names.empty();
        write({"origins", named ? origins->names.front() : "origin", "servers"}, make_sequence(servers, layer, file));
    }

    void write_set(const std::string& assignment) {
        const auto equals = assignment.find('=');
        if (equals == std::string::npos || equals == 0) {
            problems_.push_back({"--set", 0, {}, expected_got("KEY=VALUE", assignment), "such as --set timeouts.head=5s"});
            return;
        }
        const std::string path = assignment.substr(0, equals);
        if (auto value = parse_yaml(assignment.substr(equals + 1), "--set", path, Layer::flag, problems_)) {
            write(split_path(path), std::move(*value));
        }
    }

private:
    static std::string joined_path(const std::vector<std::string>& path) {
        std::string out;
        for (const auto& name : path) out += (out.empty() ? "" : ".") + name;
        return out;
    }

    Value& root_;
    std::vector<ConfigProblem>& problems_;
};

std::optional<std::string> variable(const Environment& environment, std::string_view name) {
    auto value = environment ? environment(name) : std::nullopt;
    return value && !value->empty() ? value : std::nullopt;
}

}  // namespace

Layers stack_layers(const CommandLine& line, const Environment& environment, std::vector<ConfigProblem>& problems) {
    Layers layers;
    const auto file = line.config ? line.config : variable(environment, "SIDECACHE_CONFIG");
    if (file) {
        auto root = read_yaml_file(*file, problems);
        layers.whole = root.has_value();
        if (root) layers.root = std::move(*root);
    }
    layers.root.kind = Value::Kind::map;
    layers.root.place = {file.value_or("command line"), 0};

    Stack stack(layers.root, problems);
    if (const auto servers = variable(environment, "SIDECACHE_ORIGIN")) {
        stack.write_servers(split_list(*servers), Layer::environment, "SIDECACHE_ORIGIN");
    }
    if (auto size = variable(environment, "SIDECACHE_MEMORY")) {
        stack.write({"memory", "size"}, make_scalar(std::move(*size), Layer::environment, "SIDECACHE_MEMORY"));
    }
    if (auto url = variable(environment, "SIDECACHE_REDIS")) {
        stack.write({"redis", "url"}, make_scalar(std::move(*url), Layer::environment, "SIDECACHE_REDIS"));
    }
    if (const auto addresses = variable(environment, "SIDECACHE_QUERY")) {
        stack.write({"query", "listen"}, make_sequence(split_list(*addresses), Layer::environment, "SIDECACHE_QUERY"));
    }
    for (const auto& assignment : line.set) stack.write_set(assignment);
    if (!line.origins.empty()) stack.write_servers(line.origins, Layer::flag, "--origin");
    if (!line.listen.empty()) stack.write({"listen"}, make_sequence(line.listen, Layer::flag, "--listen"));
    for (const auto& [flag, text] : line.scalars) stack.write(split_path(path_of(flag)), make_scalar(text, Layer::flag, flag));
    return layers;
}

}  // namespace sidecache::config
