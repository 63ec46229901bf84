// A Redis Cluster as a client has to see it: which of its servers owns which hash slot, and what a server says that is asked for a slot of another one
// (Redis cluster specification: key distribution model, MOVED and ASK redirection). Without I/O.
#pragma once

#include "cache/redis/address.hpp"
#include "cache/resp/value.hpp"

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace sidecache::redis {

using Slot = std::uint16_t;  // below slot_count
constexpr std::size_t slot_count = 16'384;

// By the CRC16 (XMODEM) of the key, or of what stands between its first { and the next }, where that is not empty.
Slot slot_of(std::string_view key) noexcept;

class SlotMap {
public:
    // The reply to CLUSTER SLOTS. Where it leaves a host out, that is the host of who was asked. nullopt: it is no such reply, or names nobody.
    static std::optional<SlotMap> parse(const resp::Value& reply, const HostPort& asked);

    // Null: nobody's.
    const HostPort* owner_of(Slot slot) const noexcept;
    const std::vector<HostPort>& masters() const noexcept { return masters_; }
    friend bool operator==(const SlotMap&, const SlotMap&) = default;

private:
    static constexpr std::uint16_t nobody = 0xffff;

    std::uint16_t index_of(HostPort master);

    std::vector<HostPort> masters_;
    std::array<std::uint16_t, slot_count> owners_;  // indexes of masters_
};

struct Redirection {
    enum class Kind : std::uint8_t {
        moved,  // it is another one's from now on
        ask,    // this once, after ASKING: the slot is on its way there
    };
    Kind kind = Kind::moved;
    HostPort to;
};

// nullopt: `reply` is none, or does not say where to.
std::optional<Redirection> parse_redirection(const resp::Value& reply, const HostPort& asked);

}  // namespace sidecache::redis
