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
        verified  // Redis has it: who reads asks there
    };
    enum class Reached : std::uint8_t {
        begun,   // its intent stands: it may be forwarded
        ticked,  // it may be answered
    };
    struct Event {
        WriteId write = 0;
        Reached reached = Reached::begun;
        Ticked ticked{};
        friend bool operator==(const Event&, const Event&) = default;
    };
    using Events = std::vector<Event>;

    explicit Writes(Mode mode) : mode_(mode) {}

    // Before a byte of it is forwarded: `begun` follows. Only with Mode::strict is there anything to wait for; otherwise it has begun. Numbers are the caller's,
    // each used once.
    void begin(Intent intent);
    // Not forwarded after all, or it has changed nothing: nothing follows. Also of one that has waited too long.
    void withdraw(WriteId write);
    // `ticked` follows, once for each. The intent stands until the last one.
    void tick(Tick tick);
    // Of something that was never announced, since it has happened elsewhere.
    void tick_alone(Tick tick);

    // --- turns: one at a time ---

    bool has_something_to_say() const noexcept { return !queue_.empty(); }
    // At most so many of them; the turn says of which incarnation it is.
    void fill(Turn& turn, std::size_t limit);
    void note_answer(const Turn& turn, const Answer& answer, Events& events);
    // No answer came: whether anything was done nobody knows. It is said again; what is done twice does no harm.
    void note_no_answer(const Turn& turn);

    // The tick that all members had acknowledged, and that which is applied here.
    void note_heard(Clock floor, Clock applied, bool is_settled, Events& events);
    // Another incarnation began: its members have not heard of what was ticked, and know of no intent.
    void note_incarnation();
    // This node's record was removed, and its intents with it.
    void note_removed();

    std::size_t size() const noexcept { return writes_.size(); }

private:
    friend struct WritesState;  // of the exhaustive test

    enum class Stage : std::uint8_t {
        announcing,
        begun,
        withdrawing,
        ticking,
        waiting,  // ticked, and not heard of by all
    };
    struct Write {
        Stage stage = Stage::announcing;
        bool may_stand = false;  // its intent, in Redis
        Intent intent{};
        Tick tick{};
        Ticked ticked{};
    };
    struct Waiting {
        Clock tick = 0;
        WriteId write = 0;
    };

    void requeue(const Turn& turn);
    void finish(WriteId write, Events& events);

    Mode mode_;
    std::map<WriteId, Write> writes_;
    std::deque<WriteId> queue_;    // have something to say
    std::deque<Waiting> waiting_;  // by tick
};

}  // namespace sidecache::fleet
