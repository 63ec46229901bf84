// One turn of a node at the fleet's state in Redis: all that it has to say, in one script, and what it hears of the state after it (CONSISTENCY 1.3).
// Whatever waits while a turn is under way goes together in the next one.
#pragma once

#include "cache/fleet/parameters.hpp"
#include "cache/policy/groups.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <vector>

namespace sidecache::fleet {

using policy::Groups;
using NodeId = std::uint64_t;       // random, of one process
using Incarnation = std::uint64_t;  // random, of one life of the state; 0: none
using Clock = std::uint64_t;        // below 2^53: scripts count in doubles
using Grant = std::uint64_t;        // of one counter of the whole fleet, never reset within an incarnation
using WriteId = std::uint64_t;      // of one process

// What a write may come to change, announced before a byte of it is forwarded: if its node is lost, whoever removes that ends these, with the hold.
struct Intent {
    WriteId write = 0;
    Groups groups;
    std::chrono::milliseconds hold{0};
    std::uint64_t rules = 0;  // by which they are named
};

// What was stored of a row before it was written: it counts if none of its groups was invalidated after `epoch`, and no other announced write names one of them.
struct OldValue {
    Incarnation incarnation = 0;  // of which the epoch is: in another it says nothing
    Clock epoch = 0;
    Groups groups;
    Groups if_good;
    Groups otherwise;
};

// A tick. The intent of the write goes with its last one.
struct Tick {
    WriteId write = 0;
    Groups groups;
    Groups watched;  // whose last tick before this one is told
    std::chrono::milliseconds hold{0};
    std::uint64_t rules = 0;  // by which they are named
    bool is_last = true;
    std::optional<OldValue> old{};
    bool is_soft = false;  // makes stale what was stored before, and ends nothing
};

// A node to be removed if its grant is still this one; its intents are ended by the same script.
struct Removal {
    NodeId node = 0;
    Grant grant = 0;
};

struct Turn {
    Incarnation incarnation = 0;
    NodeId node = 0;
    std::uint64_t rules = 0;   // that name this node's groups
    Clock applied = 0;         // acknowledged: all ticks up to it are in this node's table
    bool is_probe = false;     // asks for a grant, by which the node becomes a member
    bool verifies = false;     // this node reuses nothing by time: nobody waits for it to hear of a tick
    bool settles = false;      // a lease has passed since the incarnation was adopted
    bool leaves = false;       // its record goes
    std::vector<Removal> removals{};
    std::vector<WriteId> withdrawn{};  // intents of writes that changed nothing
    std::vector<Tick> ticks{};
    std::vector<Intent> intents{};     // taken from members of a settled state alone
    std::vector<Clock> holds_over{};   // ticks whose holds have ended
};

struct Ticked {
    Clock now = 0;
    Clock previous = 0;     // the greatest of the watched slots before
    bool was_good = false;  // of the old value: it was
    friend bool operator==(const Ticked&, const Ticked&) = default;
};

struct Seen {
    NodeId node = 0;
    Grant grant = 0;
    friend bool operator==(const Seen&, const Seen&) = default;
};

struct Answer {
    enum class State : std::uint8_t {
        kept,    // all was done
        other,   // whole, but of another incarnation: nothing was done
        broken,  // missing, of another history, or not whole: nothing was done, and a new incarnation has to begin
    };
    State state = State::broken;
    Incarnation incarnation = 0;  // of the state; 0: broken
    Parameters parameters{};      // of State::other
    Clock clock = 0;
    Clock floor = 0;          // the highest tick that all members had acknowledged at some time
    bool is_settled = false;
    bool was_member = false;  // this node, before the turn
    bool is_member = false;   // and after it
    bool took_intents = false;
    unsigned replicas = 0;    // that have to hold it before it counts (WAIT)
    std::vector<Seen> members{};
    std::vector<Ticked> ticks{};  // parallel to the turn's
};

}  // namespace sidecache::fleet
