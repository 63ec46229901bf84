// Commands in Redis' protocol (RESP2), as hiredis formats them; nothing here touches a socket.
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace sidecache::resp {

// Throws std::bad_alloc.
void append_command(std::string& out, std::span<const std::string_view> arguments);

}  // namespace sidecache::resp
