// One node's part in the fleet: how far its mirror of the invalidations has come, until when it may trust that, and whom it removes (CONSISTENCY 1.3). Without I/O:
// what happens comes in with the time at which it did; what is to be done is put into the next turn.
#pragma once

#include "cache/epochs/boot_time.hpp"
#include "cache/fleet/parameters.hpp"
#include "cache/fleet/turn.hpp"

#include <optional>
#include <vector>

namespace sidecache::fleet {

using epochs::BootTime;

class Member {
public:
    Member(NodeId node, std::uint64_t rules, const Parameters& parameters) : node_(node), rules_(rules), parameters_(parameters) {}

    // Another incarnation began: its clock and table are not those of before, nor are the grants. Nothing is trusted until its table is here.
    void adopt(Incarnation incarnation, const Parameters& parameters, BootTime now);
    // Groups are named by other rules from now on.
    void adopt_rules(std::uint64_t rules) noexcept { rules_ = rules; }

    Incarnation incarnation() const noexcept { return incarnation_; }
    const Parameters& parameters() const noexcept { return parameters_; }

    // --- the mirror ---

    enum class Message : std::uint8_t {
        next,   // apply it, and then tell `note_applied`
        known,  // it is in the table already
        gap,    // one is missing before it: `lose_mirror`, and read the table
    };
    Message assess_message(Clock tick) const noexcept;
    void note_applied(Clock tick);  // its slots and holds are in the table
    void lose_mirror() noexcept;
    void note_table(Clock clock);   // read whole, after this clock was
    // How often the mirror was lost: who reads a table piece by piece compares it, since what was read before is not in the mirror of now.
    std::uint64_t losses() const noexcept { return losses_; }
    bool has_mirror() const noexcept { return has_mirror_; }
    Clock applied() const noexcept { return applied_; }

    // --- trust ---

    // Nothing is reused at or after it; BootTime{}: at no time.
    BootTime trust_end() const noexcept { return trust_end_; }
    // It drains: nothing is reused any more.
    void end_trust() noexcept;
    bool is_draining() const noexcept { return is_draining_; }
    // Its writes are done: its record goes with the next turn.
    void leave() noexcept { is_leaving_ = true; }

    // --- turns ---

    // From when on the next turn is due, if nothing else asks for one.
    BootTime turn_due() const noexcept { return turn_due_; }
    bool may_probe() const noexcept { return has_mirror_ && !is_leaving_ && applied_ >= probed_clock_; }
    void fill(Turn& turn, BootTime now);
    // `sent`: read before the turn was.
    void note_answer(const Turn& turn, const Answer& answer, BootTime sent, BootTime now);

    // No strict write is begun or answered before.
    bool is_settled() const noexcept { return is_settled_; }
    bool is_member() const noexcept { return is_member_; }
    std::size_t members() const noexcept { return observed_.size() + (is_member_ ? 1 : 0); }

private:
    friend struct MemberState;  // of the exhaustive test

    struct Probe {
        Clock clock = 0;
        BootTime sent{};
    };
    struct Observed {
        NodeId node = 0;
        Grant grant = 0;
        BootTime since{};
    };

    void try_to_trust();

    NodeId node_;
    std::uint64_t rules_;
    Parameters parameters_;
    Incarnation incarnation_ = 0;
    BootTime adopted_{};
    bool has_mirror_ = false;
    std::uint64_t losses_ = 0;
    bool is_draining_ = false;
    bool is_leaving_ = false;
    bool is_settled_ = false;
    bool is_member_ = false;
    Clock applied_ = 0;
    Clock probed_clock_ = 0;       // of the last probe: not sent again before it is applied
    std::optional<Probe> probe_;   // answered, and its clock not applied yet
    BootTime trust_end_{};
    BootTime turn_due_{};
    std::vector<Observed> observed_;  // the others
};

}  // namespace sidecache::fleet
