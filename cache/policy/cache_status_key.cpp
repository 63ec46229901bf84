#include "cache/policy/cache_status_key.hpp"

#include <cstring>

namespace sidecache::policy {
namespace {

constexpr std::string_view begin_of_key = "; key=\"";
constexpr std::string_view sign_of_cut = "...";
static_assert(begin_of_key.size() + shown_key_max + 1 == cache_status_key_max);

char* put(char* out, std::string_view text) noexcept {
    std::memcpy(out, text.data(), text.size());
    return out + text.size();
}

// One octet as a string of RFC 9651 §3.3.3 may hold it.
std::string_view encode(char (&room)[3], char c) noexcept {
    constexpr char digits[] = "0123456789ABCDEF";
    const auto octet = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
        room[0] = '\\';
        room[1] = c;
        return {room, 2};
    }
    if (octet < 0x20 || octet > 0x7E) {
        room[0] = '%';
        room[1] = digits[octet >> 4];
        room[2] = digits[octet & 15];
        return {room, 3};
    }
    room[0] = c;
    return {room, 1};
}

}  // namespace

std::size_t write_cache_status_key(char* out, std::string_view key) noexcept {
    char* end = put(out, begin_of_key);
    char* const limit = end + shown_key_max;
    char* cut = end;  // behind the last octet after which there is room for the sign: no escape is cut in two
    for (const char c : key) {
        char room[3];
        const std::string_view octet = encode(room, c);
        if (octet.size() > static_cast<std::size_t>(limit - end)) {
            end = put(cut, sign_of_cut);
            break;
        }
        end = put(end, octet);
        if (static_cast<std::size_t>(limit - end) >= sign_of_cut.size()) cut = end;
    }
    *end++ = '"';
    return static_cast<std::size_t>(end - out);
}

}  // namespace sidecache::policy
