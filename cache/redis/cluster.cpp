#include "cache/redis/cluster.hpp"

#include <algorithm>
#include <charconv>
#include <string>
#include <utility>

namespace sidecache::redis {
namespace {

// CRC-16/XMODEM: polynomial 0x1021, from 0, not reflected.
constexpr std::array<std::uint16_t, 256> crc_table = [] {
    std::array<std::uint16_t, 256> table{};
    for (unsigned octet = 0; octet < table.size(); ++octet) {
        unsigned crc = octet << 8;
        for (int bit = 0; bit < 8; ++bit) crc = (crc & 0x8000) != 0 ? crc << 1 ^ 0x1021 : crc << 1;
        table[octet] = static_cast<std::uint16_t>(crc);
    }
    return table;
}();

std::string_view hashed_part_of(std::string_view key) noexcept {
    const std::size_t open = key.find('{');
    if (open == std::string_view::npos) return key;
    const std::size_t close = key.find('}', open + 1);
    if (close == std::string_view::npos || close == open + 1) return key;
    return key.substr(open + 1, close - open - 1);
}

// "?": a server that does not know its own name.
std::optional<HostPort> host_port(std::string_view host, std::uint64_t port, const HostPort& asked) {
    if (port == 0 || port > 65'535 || host == "?") return std::nullopt;
    return HostPort{host.empty() ? asked.host : std::string(host), static_cast<std::uint16_t>(port)};
}

struct Range {
    Slot first;
    Slot last;
    HostPort master;
};

// [first, last, [host, port, id, ...], replicas...]
std::optional<Range> parse_range(const resp::Value& reply, const HostPort& asked) {
    if (!reply.is_array() || reply.items.size() < 3) return std::nullopt;
    const resp::Value& first = reply.items[0];
    const resp::Value& last = reply.items[1];
    const resp::Value& master = reply.items[2];
    if (!first.is_integer() || !last.is_integer() || first.integer < 0 || last.integer < first.integer || last.integer >= std::int64_t{slot_count}) return std::nullopt;
    if (!master.is_array() || master.items.size() < 2) return std::nullopt;
    const resp::Value& host = master.items[0];
    const resp::Value& port = master.items[1];
    if ((!host.is_text() && !host.is_nil()) || !port.is_integer() || port.integer < 0) return std::nullopt;
    auto found = host_port(host.text, static_cast<std::uint64_t>(port.integer), asked);
    if (!found) return std::nullopt;
    return Range{static_cast<Slot>(first.integer), static_cast<Slot>(last.integer), *std::move(found)};
}

}  // namespace

Slot slot_of(std::string_view key) noexcept {
    unsigned crc = 0;
    for (const char c : hashed_part_of(key)) crc = (crc << 8 & 0xffff) ^ crc_table[(crc >> 8 ^ static_cast<unsigned char>(c)) & 0xff];
    return static_cast<Slot>(crc % slot_count);
}

std::optional<SlotMap> SlotMap::parse(const resp::Value& reply, const HostPort& asked) {
    if (!reply.is_array()) return std::nullopt;
    SlotMap map;
    map.owners_.fill(nobody);
    for (const resp::Value& item : reply.items) {
        auto range = parse_range(item, asked);
        if (!range) return std::nullopt;
        const std::uint16_t index = map.index_of(std::move(range->master));
        std::fill(map.owners_.begin() + range->first, map.owners_.begin() + range->last + 1, index);
    }
    if (map.masters_.empty()) return std::nullopt;
    return map;
}

// There are no more masters than slots.
std::uint16_t SlotMap::index_of(HostPort master) {
    const auto found = std::ranges::find(masters_, master);
    const auto index = static_cast<std::uint16_t>(found - masters_.begin());
    if (found == masters_.end()) masters_.push_back(std::move(master));
    return index;
}

const HostPort* SlotMap::owner_of(Slot slot) const noexcept { return owners_[slot] == nobody ? nullptr : &masters_[owners_[slot]]; }

// "MOVED 3999 127.0.0.1:6381", "ASK 3999 :6381"; the port is after the last colon, as an IPv6 address has no brackets here.
std::optional<Redirection> parse_redirection(const resp::Value& reply, const HostPort& asked) {
    Redirection redirection;
    const std::string_view kind = reply.error_kind();
    if (kind != "MOVED" && kind != "ASK") return std::nullopt;
    if (kind == "ASK") redirection.kind = Redirection::Kind::ask;
    const std::string_view text = reply.text;
    const std::size_t space = text.rfind(' ');
    const std::size_t colon = text.rfind(':');
    if (space == kind.size() || colon == std::string_view::npos || colon < space) return std::nullopt;
    const std::string_view digits = text.substr(colon + 1);
    std::uint64_t port = 0;
    const auto read = std::from_chars(digits.data(), digits.data() + digits.size(), port);
    if (read.ec != std::errc{} || read.ptr != digits.data() + digits.size()) return std::nullopt;
    auto to = host_port(text.substr(space + 1, colon - space - 1), port, asked);
    if (!to) return std::nullopt;
    redirection.to = *std::move(to);
    return redirection;
}

}  // namespace sidecache::redis
