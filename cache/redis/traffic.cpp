#include "cache/redis/traffic.hpp"

namespace sidecache::redis {

std::string_view name_of(Trouble trouble) noexcept {
    switch (trouble) {
        case Trouble::none: return "none";
        case Trouble::unreachable: return "unreachable";
        case Trouble::timeout: return "timeout";
        case Trouble::closed: return "closed";
        case Trouble::protocol: return "protocol";
        case Trouble::refused: return "refused";
        case Trouble::busy: return "busy";
        case Trouble::paused: return "paused";
        case Trouble::error: return "error";
    }
    return "";
}

void Traffic::note_reply(const resp::Value& reply) noexcept {
    const std::string_view kind = reply.error_kind();
    if (!kind.empty() && kind != "MOVED" && kind != "ASK" && kind != "NOSCRIPT") note(Trouble::error);
}

}  // namespace sidecache::redis
