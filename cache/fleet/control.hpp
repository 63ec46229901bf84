// The thread that keeps this node's part in the fleet: it takes turns at the state in Redis, reads the stream of ticks into the mirror, and tells writes how far
// they have come (CONSISTENCY 1.3, 1.5). What it does when, Member and Writes say.
#pragma once

#include "cache/epochs/epochs.hpp"
#include "cache/fleet/member.hpp"
#include "cache/fleet/options.hpp"
#include "cache/redis/link.hpp"
#include "proxy/runtime/event.hpp"
#include "proxy/runtime/loop.hpp"
#include "proxy/telemetry/histogram.hpp"

#include <atomic>
#include <chrono>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace sidecache::fleet {

// Counted facts; telemetry reads them at scrape.
struct ControlCounts {
    std::atomic<std::uint64_t> turns{0};
    std::atomic<std::uint64_t> failed_turns{0};
    std::atomic<std::uint64_t> messages{0};
    std::atomic<std::uint64_t> tables{0};        // read whole
    std::atomic<std::uint64_t> incarnations{0};  // adopted
    std::atomic<std::uint64_t> removals{0};      // of others, asked for
    std::atomic<std::uint64_t> applied{0};
    std::atomic<std::uint64_t> clock{0};         // of the last turn; beside `applied`: by how much the mirror lags
    std::atomic<std::uint64_t> members{0};
    std::atomic<BootTime::rep> lease_begun{0};   // when the last probe that counted was sent
    std::atomic<BootTime::rep> lease_end{0};     // until then it counts, if all before it is applied here
    redis::Traffic redis{};                      // of both connections
    telemetry::Histogram turn_times{};           // of those that were answered
    telemetry::Histogram announced{};            // how long writes waited for their intent to stand,
    telemetry::Histogram heard{};                // and for their tick to be heard of by all
};

class Control {
public:
    // `tell` hears what an operator should know, in the control thread: a sentence.
    using Tell = std::function<void(std::string_view)>;
    // How far a write has come: on the control thread, so briefly.
    using OnReached = std::function<void(Writes::Reached, const Ticked&)>;

    // The mirror is this thread's from here on.
    Control(ControlOptions options, epochs::Epochs& mirror, Tell tell);
    ~Control();  // as `stop`
    Control(const Control&) = delete;
    Control& operator=(const Control&) = delete;

    void start();
    // Ends trust, tells the fleet what it has not heard of yet, says goodbye, all within `deadline`, and ends the thread. Writes that wait are told nothing more.
    void stop();

    std::chrono::milliseconds write_deadline() const noexcept { return options_.write_deadline; }
    // As it is configured here; that of the fleet is its first node's.
    std::chrono::milliseconds lease() const noexcept { return std::chrono::ceil<std::chrono::milliseconds>(options_.parameters.lease); }
    // CONSISTENCY 1.4 verified: nothing is reused by time alone, but for requests for which `prove` said yes.
    bool verifies() const noexcept { return options_.mode == Writes::Mode::verified; }
    std::chrono::milliseconds proof_deadline() const noexcept { return options_.proof_deadline; }

    // --- any thread; nothing happens any more once it is stopped ---

    // Of no two writes the same.
    WriteId next_write() noexcept { return last_write_.fetch_add(1, std::memory_order_relaxed) + 1; }
    void begin(Intent intent, OnReached on_reached);
    void withdraw(WriteId write);  // nothing was forwarded, or nothing has changed
    void tick(Tick tick);
    void tick_alone(Tick tick, OnReached on_reached);  // what was never announced
    // True: all that Redis had ticked when this was called is applied here. False: that cannot be known. On the control thread, so briefly; of what waits when it stops,
    // never.
    using OnKnown = std::function<void(bool)>;
    void prove(OnKnown on_known);
    // Whoever waited for this write hears no more of it; it goes on by itself. OnReached may run once more, so it owns what it touches.
    void forget(WriteId write);
    // The rules that name groups have changed: the mirror is read again.
    void adopt_rules(std::uint64_t rules);

    const ControlCounts& counts() const noexcept { return counts_; }

private:
    struct Hold {
        Clock tick = 0;
        BootTime end{};
        Groups groups;
    };

    struct Waiting {
        OnReached on_reached;
        runtime::SteadyTime since{};  // what it waits for now
    };

    // Does it again after a failure that escaped it: trust has ended then, and everything is read anew.
    runtime::Task<> keep_up(std::string_view name, runtime::Task<> (Control::*part)(), redis::Link& link);
    void post(std::function<void()> call);
    runtime::Task<> take_turns();
    runtime::Task<bool> take_turn();
    redis::Command wait_command(unsigned replicas) const;
    runtime::Task<bool> wait_for_replicas(unsigned replicas);
    runtime::Task<bool> renew();
    // And then waits for so many replicas to have it: `acknowledged` by how many they do.
    struct Ran {
        std::optional<resp::Value> reply{};  // nullopt: nobody knows whether it was run
        std::int64_t acknowledged = 0;
    };
    runtime::Task<Ran> run(std::string_view script, std::string& digest, std::vector<std::string> arguments, unsigned replicas);
    void prove_from(Clock clock);
    void give_up_asked();
    void give_up_proofs();
    void note_kept(const Turn& turn, const Answer& answer, BootTime sent);
    runtime::Task<> leave();

    runtime::Task<> read_stream();
    // Of the mirror that `losses` tells; false once it is another one.
    runtime::Task<bool> read_table();
    runtime::Task<bool> read_slots(std::uint64_t losses);
    runtime::Task<bool> read_holds(std::uint64_t losses);
    runtime::Task<bool> read_messages();
    void hear_refusal(const resp::Value& reply);
    bool apply_message(const resp::Value& message);
    void apply_hold(std::string_view kept);
    void hear_floor(const resp::Value& message);

    runtime::Task<bool> connect(redis::Link& link);
    runtime::Task<> pause();
    runtime::Task<> wait_for_turn();
    bool wants_turn(BootTime now) const;
    bool may_adopt() const noexcept;
    void adopt(const Answer& answer);
    void tick_holds_again();
    void tell_writes(Clock floor, Writes::Events events);
    runtime::Task<> tell_rest();
    void tell_some();
    void tell_some(std::deque<Writes::Event>& events);
    std::size_t how_many_to_tell(const std::deque<Writes::Event>& events, std::chrono::steady_clock::time_point now) const;
    void note_no_answer(const Turn& turn);
    bool has_whole_mirror() const noexcept { return member_.has_mirror() && !member_.is_draining(); }
    void publish_trust() noexcept;
    void tell_trust();  // and what is proven by now
    void tell_trouble(std::string_view what);  // once, until Redis answers again

    ControlOptions options_;
    epochs::Epochs& mirror_;
    Tell tell_;
    StateKeys keys_;
    ControlCounts counts_;

    // Of the control thread alone, once it runs.
    runtime::Loop loop_;
    redis::Link turns_;
    redis::Link stream_;
    runtime::Event turn_wanted_;
    runtime::Event table_wanted_;
    Member member_;
    Writes writes_;
    std::map<WriteId, Waiting> waiting_;
    // To be told. Apart, so that no announcement waits behind ticks that are told slowly.
    std::deque<Writes::Event> announced_;  // and refused
    std::deque<Writes::Event> heard_of_;
    bool is_telling_ = false;  // a task does
    struct Proof {
        Clock clock = 0;  // to be applied
        OnKnown on_known;
    };
    std::vector<OnKnown> asking_;  // for the next turn
    std::vector<OnKnown> asked_;   // for the one under way
    std::vector<Proof> proofs_;    // by clock
    std::deque<Hold> holds_;  // of ticks that were applied here, as far as the fleet knows of them
    BootTime adopted_{};      // when the last incarnation was
    std::string turn_digest_;
    std::string renew_digest_;
    std::string settled_id_ = "0";
    Clock acknowledged_ = 0;
    unsigned replicas_ = 0;  // that the last turn had to be held by
    Clock floor_ = 0;
    bool has_missed_answer_ = false;  // since the last turn that counted: a removal may have gone unseen
    std::chrono::milliseconds pause_;
    bool is_stopping_ = false;
    bool is_troubled_ = false;  // and that was told
    int running_ = 0;           // coroutines

    std::atomic<WriteId> last_write_{0};
    std::atomic<bool> is_stopped_{false};
    std::thread thread_;
};

}  // namespace sidecache::fleet
