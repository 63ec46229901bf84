#include "config/templates.hpp"

#include <stdexcept>

namespace sidecache::config {

Form<routes::PathTemplate> path_template() {
    return {"a path such as /api/doctors/{id}/", [](std::string_view text) -> Parsed<routes::PathTemplate> {
                try {
                    return {routes::PathTemplate(text), {}, {}};
                } catch (const std::invalid_argument& error) {
                    return {std::nullopt, error.what(), {}};
                }
            }};
}

Form<relations::NameTemplate> name_template(const routes::PathTemplate& path, bool of_a_write) {
    const std::string expected = of_a_write ? "a name such as doctor:{response:/doctor} or a path such as /api/doctors/{response:/doctor}/" : "a name such as doctor:{id} or person:{query:people}";
    return {expected, [path, of_a_write, expected](std::string_view text) -> Parsed<relations::NameTemplate> {
                try {
                    relations::NameTemplate name(text, path);
                    const bool is_of_a_write = name.uses(relations::Source::request) || name.uses(relations::Source::response) || name.uses(relations::Source::stored);
                    if (of_a_write || (!is_of_a_write && !text.starts_with('/'))) return {std::move(name), {}, {}};
                    return refused<relations::NameTemplate>(expected, text, "what a write changes stands under writes.rules");
                } catch (const std::invalid_argument& error) {
                    return {std::nullopt, error.what(), {}};
                }
            }};
}

}  // namespace sidecache::config
