// The scripts that change the fleet's state in Redis, each as a whole or not at all: check.lua with turn.lua, and with renew.lua.
#pragma once

#include <string_view>

namespace sidecache::fleet {

extern const std::string_view turn_script;
extern const std::string_view renew_script;

}  // namespace sidecache::fleet
