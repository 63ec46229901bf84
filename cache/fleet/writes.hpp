// The writes of one node, each from its announcement until all who may trust have heard of it (CONSISTENCY 1.3 begin, end). Without I/O, as Member.
#pragma once

#include "cache/fleet/turn.hpp"

#include <cstdint>
#include <deque>
#include <map>
#include <vector>

namespace sidecache::fleet {

class Writes {
public:
    // What a write waits for.
    enum class Mode : std::uint8_t {
        strict,   // the fleet knows of it before it is forwarded, and all members have heard of its tick before it is answered
        bounded,  // this node itself has heard of its tick
        verified  // as strict; but nobody has to be waited for who verifies as well, since they ask Redis for each read
    };
    enum class Reached : std::uint8_t {
        begun,    // its intent stands: it may be forwarded
        refused,  // there are too many that the fleet has not heard of: it may not
        ticked,   // it may be answered
    };
    struct Event {
        WriteId write = 0;
        Reached reached = Reached::begun;
        Ticked ticked{};
        bool is_over = false;  // nothing more is heard of this write
        friend bool operator==(const Event&, const Event&) = default;
    };
    using Events = std::vector<Event>;

    // `limit`: of writes that are not over. Those that nobody waits for any more count as well: Redis may be away for long.
    explicit Writes(Mode mode, std::size_t limit = 10'000) : mode_(mode), limit_(limit) {}

    // Before a byte of it is forwarded: `begun` follows. Only with Mode::bounded is there nothing to wait for: it has begun. Numbers are the caller's,
    // each used once. False: it is over the limit, and is not known here.
    bool begin(Intent intent);
    bool has_room() const noexcept { return writes_.size() < limit_; }
    // Not forwarded after all, or it has changed nothing: nothing follows. Of one that ticks it is too late for that, and nothing happens.
    void withdraw(WriteId write);
    // `ticked` follows, once for each, in their order: one is told, and heard of, before the next. The intent stands until the last one. Of a write that is over, or was
    // never announced, since it happened elsewhere, it is a tick all the same.
    void tick(Tick tick);

    // --- turns: one at a time ---

    // `may_announce`: intents are taken.
    bool has_something_to_say(bool may_announce) const noexcept {
        return !ticking_.empty() || !withdrawing_.empty() || (may_announce && !announcing_.empty());
    }
    // At most so many of them; the turn says of which incarnation it is.
    void fill(Turn& turn, std::size_t limit);
    void note_answer(const Turn& turn, const Answer& answer, Events& events);
    // No answer came: whether anything was done nobody knows. It is said again; what is done twice does no harm.
    void note_no_answer(const Turn& turn);
    // No turn could be taken at all: ticks that were to be said are said in vain as well.
    void note_no_turn();

    // The tick that all members had acknowledged, and that which is applied here.
    void note_heard(Clock floor, Clock applied, bool is_settled, Events& events);
    // Another incarnation began: its members have not heard of what was ticked, and know of no intent.
    void note_incarnation();
    // This node's record was removed, and its intents with it.
    void note_removed();

    std::size_t size() const noexcept { return writes_.size(); }
    // Has one of them told its tick in vain, and not told it again since? Then the others may not know of it, and with Mode::bounded nobody waits for them (CONSISTENCY 1.4).
    bool has_failed_tick() const noexcept { return failed_ticks_ > 0; }

private:
    friend struct WritesState;  // of the exhaustive test

    enum class Stage : std::uint8_t {
        announcing,
        begun,
        withdrawing,
        ticking,  // the first of its ticks
        waiting,  // that is done, and not heard of by all
    };
    struct Write {
        Stage stage = Stage::announcing;
        bool may_stand = false;  // its intent, in Redis
        bool is_sent = false;    // its tick, in the turn under way
        bool has_failed = false; // the same, in an earlier one
        Intent intent{};
        std::deque<Tick> ticks{};
        Ticked ticked{};
    };
    struct Waiting {
        Clock tick = 0;
        WriteId write = 0;
        bool holds = false;
    };

    bool announces() const noexcept { return mode_ != Mode::bounded; }
    static bool must_stand(const Write& write) noexcept;
    void start_ticking(WriteId id, Write& write);
    void finish(WriteId id, Clock tick, Events& events);
    void forget_old_value(Tick& tick, Incarnation incarnation) const;

    Mode mode_;
    std::size_t limit_;
    std::map<WriteId, Write> writes_;
    std::size_t failed_ticks_ = 0;  // writes of which it is so
    // Have something to say; those of whom it is no longer so are skipped.
    std::deque<WriteId> ticking_;
    std::deque<WriteId> announcing_;
    std::deque<WriteId> withdrawing_;
    std::deque<Waiting> waiting_;  // by tick
};

}  // namespace sidecache::fleet
