#include "config/sections.hpp"

#include <algorithm>

namespace sidecache::config {

// Reading asks for every key, written or not: one origin, one principal, one route and one write rule let it ask for theirs too.
std::vector<std::string> known_keys() {
    Value root;
    root.kind = Value::Kind::map;
    put(root, {"origins", "NAME", "servers"}, make_scalar("http://127.0.0.1", Layer::file, {}));
    put(root, {"principals", "NAME", "cookie"}, make_scalar("sessionid", Layer::file, {}));
    Value route;
    route.kind = Value::Kind::map;
    Value routes;
    routes.kind = Value::Kind::sequence;
    routes.children.push_back(std::move(route));
    put(root, {"routes"}, routes);
    put(root, {"writes", "rules"}, std::move(routes));

    std::vector<ConfigProblem> ignored;
    const Environment nothing;
    Reading reading{nothing, ignored};
    Settings settings;
    Reader top(reading, &root, {});
    read_settings(top, settings);

    auto& keys = reading.asked;
    for (auto& key : keys) {
        for (const std::string_view list : {"routes.0.", "writes.rules.0."}) {
            if (key.starts_with(list)) key[list.size() - 2] = 'N';
        }
    }
    std::sort(keys.begin(), keys.end());
    keys.erase(std::unique(keys.begin(), keys.end()), keys.end());
    return keys;
}

}  // namespace sidecache::config
