// Paths and names with variables, as routes and write rules have them.
#pragma once

#include "cache/relations/name_template.hpp"
#include "cache/routes/route.hpp"
#include "config/form.hpp"

namespace sidecache::config {

Form<routes::PathTemplate> path_template();

// With the variables of `path`, and {query:NAME}. `of_a_write`: also with those of the request, its answer, and what is stored.
Form<relations::NameTemplate> name_template(const routes::PathTemplate& path, bool of_a_write);

}  // namespace sidecache::config
