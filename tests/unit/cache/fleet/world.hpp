// A fleet of two nodes, its state in Redis and in a replica of it, an origin, one write and one fill: all of it at one moment.
#pragma once

#include "cache/fleet/member.hpp"
#include "cache/fleet/writes.hpp"
#include "tests/unit/cache/fleet/state_model.hpp"

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <utility>

namespace sidecache::fleet::model {

// How long a lease is, in units of time, and what else may happen.
struct Faults {
    int lease = 2;
    bool is_flushed = false;     // once, Redis forgets everything
    bool is_restored = false;    // once, Redis goes back to what it was, as after a failover or a restart
    bool fails_over = false;     // once, the replica takes over, as far as it has come; the old master lives on beside it, cut off
    bool is_trimmed = false;     // of two ticks the stream may have lost the first before it is read
    int lost_answers = 0;        // of turns that Redis has taken all the same
    bool is_tiered = false;      // entries go to Redis and come back
    bool nodes_join = false;     // none of them has heard of the other, nor of the state in Redis
    bool reader_leaves = false;  // once, with a goodbye or without; another one comes in its place, and finds in Redis what was stored
    bool writer_leaves = false;  // with a goodbye
    bool writer_dies = false;
    bool clock_stops = false;    // the reader's, at any time and for any time, while all else goes on

    // No faults: CONSISTENCY 1.4.
    bool verifies = false;    // reads are proven
    bool is_bounded = false;  // writes wait for nobody else

    // No faults of the world but of ours.
    bool ignores_holds = false;
    bool counts_what_is_not_held = false;  // by the replica
    bool ignores_history = false;
    bool ignores_proofs = false;
    bool ignores_trust_end = false;
};

constexpr NodeId writer = 1;
constexpr NodeId reader = 2;
constexpr NodeId next_reader = 3;  // in its place
constexpr policy::Group group = 5;

// One for all copies, until one of them is to be another.
template <typename T>
class Shared {
public:
    Shared() : value_(std::make_shared<T>()) {}
    explicit Shared(T value) : value_(std::make_shared<T>(std::move(value))) {}
    const T& operator*() const { return *value_; }
    const T* operator->() const { return value_.get(); }
    T& change() {
        if (value_.use_count() > 1) value_ = std::make_shared<T>(*value_);
        return *value_;
    }

private:
    std::shared_ptr<T> value_;
};

struct Entry {
    Clock epoch = 0;
    Incarnation incarnation = 0;
};
struct Fill {
    Entry entry;
    bool is_asked = false;
};
struct UnderWay {
    Turn turn;
    BootTime sent{};
    std::optional<Answer> answer{};
    bool is_held = false;  // by the replica: it counts
    bool proves = false;   // the read
};
enum class Stage : std::uint8_t { idle, announced, forwarded, ticking, answered };

// Where each has to be proven.
struct Read {
    enum class Stage : std::uint8_t { none, waits, asked, answered };
    Stage stage = Stage::none;
    bool is_promised = false;  // it came after the write was answered
    Clock clock = 0;           // to be applied, once it is answered
};

struct World {
    int now = 10;
    int stood = 0;  // for so long the reader's clock did
    Shared<StateModel> redis{};
    Shared<StateModel> other{};  // the replica; after it took over, the old master, while the reader is cut off with it
    std::uint64_t history = 1;
    bool has_failed = false;
    Incarnation last_incarnation = 1;

    Stage stage = Stage::idle;
    bool is_committed = false;
    WriteId write = 0;
    bool has_ticked_another = false;  // group
    bool is_dead = false;             // the writer
    bool was_removed = false;         // the writer's record, after it died
    bool has_missed_answer = false;
    int lost_answers = 0;
    bool has_announced_again = false;
    std::optional<BootTime> ticked{};  // when it was, where that counts
    Member a;
    Shared<Writes> writes{Writes(Writes::Mode::strict)};

    Member b;
    Clock slot = 0;        // of the reader's mirror
    bool is_held = false;  // the group: longer than the origin may take to commit
    bool has_left = false;
    bool is_cut_off = false;  // the reader, with the old master
    std::shared_ptr<const UnderWay> turn{};
    std::optional<Clock> table{};  // the clock was read, the table not yet
    bool has_filled = false;
    std::optional<Fill> fill{};
    std::optional<Entry> entry{};
    std::optional<Entry> tier{};
    Read read{};
};

inline BootTime time_of(int units) { return BootTime(std::chrono::seconds(units)); }
inline BootTime writers_time(const World& world) { return time_of(world.now); }
inline BootTime readers_time(const World& world) { return time_of(world.now - world.stood); }

}  // namespace sidecache::fleet::model
