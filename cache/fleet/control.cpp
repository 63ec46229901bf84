#include "cache/fleet/control.hpp"

#include "cache/fleet/random_number.hpp"

#include <algorithm>
#include <utility>

namespace sidecache::fleet {

using runtime::Task;
using std::chrono::steady_clock;

Control::Control(ControlOptions options, epochs::Epochs& mirror, Tell tell)
    : options_(std::move(options)),
      mirror_(mirror),
      tell_(std::move(tell)),
      keys_(options_.prefix),
      loop_([this](std::string_view task, std::string_view what) { tell_(std::string(task) + ": " + std::string(what)); }),
      turns_(loop_, options_.redis),
      stream_(loop_, options_.redis),
      turn_wanted_(loop_),
      table_wanted_(loop_),
      member_(random_number(), mirror.stamp().rules, options_.parameters),
      writes_(options_.mode),
      pause_(options_.back_off) {
    // A mirror from the beginning, of an incarnation that nobody shares: nothing is trusted before the fleet's is here.
    mirror_.mirror(random_number(), options_.parameters.slots);
}

Control::~Control() { stop(); }

void Control::start() {
    running_ = 2;
    loop_.spawn("fleet turns", take_turns());
    loop_.spawn("fleet stream", read_stream());
    thread_ = std::thread([this] { loop_.run(); });
}

void Control::stop() {
    if (!thread_.joinable()) return;
    loop_.post([this] {
        is_stopping_ = true;
        member_.end_trust();
        tell_trust();
        turn_wanted_.set();
        table_wanted_.set();
        stream_.cancel();
    });
    thread_.join();
}

void Control::end_loop_if_done() {
    if (--running_ == 0) loop_.stop();
}

void Control::begin(Intent intent, OnReached on_reached) {
    loop_.post([this, intent = std::move(intent), on_reached = std::move(on_reached)]() mutable {
        waiting_[intent.write] = std::move(on_reached);
        writes_.begin(std::move(intent));
        turn_wanted_.set();
    });
}

void Control::withdraw(WriteId write) {
    loop_.post([this, write] {
        waiting_.erase(write);
        writes_.withdraw(write);
        turn_wanted_.set();
    });
}

void Control::tick(Tick tick) {
    loop_.post([this, tick = std::move(tick)]() mutable {
        writes_.tick(std::move(tick));
        turn_wanted_.set();
    });
}

void Control::tick_alone(Tick tick, OnReached on_reached) {
    loop_.post([this, tick = std::move(tick), on_reached = std::move(on_reached)]() mutable {
        waiting_[tick.write] = std::move(on_reached);
        tick.is_last = true;
        writes_.tick(std::move(tick));
        turn_wanted_.set();
    });
}

void Control::forget(WriteId write) {
    loop_.post([this, write] { waiting_.erase(write); });
}

void Control::adopt_rules(std::uint64_t rules) {
    loop_.post([this, rules] {
        mirror_.adopt_rules(rules);
        member_.adopt_rules(rules);
        member_.lose_mirror();
        tell_trust();
        table_wanted_.set();
        stream_.cancel();
        turn_wanted_.set();
    });
}

// --- both connections ---

Task<bool> Control::connect(redis::Link& link) {
    if (link.is_open()) co_return true;
    const redis::Trouble trouble = co_await link.open();
    if (trouble == redis::Trouble::none) co_return true;
    if (!is_troubled_) tell_("Redis at " + options_.redis.address.text() + ": " + std::string(name_of(trouble)) + "; until it answers, everything is validated with the origin");
    is_troubled_ = true;
    co_return false;
}

Task<> Control::pause() {
    runtime::Event nobody_sets(loop_);
    const auto until = steady_clock::now() + pause_;
    pause_ = std::min(pause_ * 2, options_.longest_back_off);
    if (!is_stopping_) co_await nobody_sets.wait(until);
}

void Control::adopt(const Answer& answer) {
    counts_.incarnations.fetch_add(1, std::memory_order_relaxed);
    member_.adopt(answer.incarnation, answer.parameters, epochs::BootClock::now());
    mirror_.mirror(answer.incarnation, answer.parameters.slots);
    writes_.note_incarnation();
    acknowledged_ = floor_ = 0;
    settled_id_ = "0";
    holds_.clear();
    table_wanted_.set();
    stream_.cancel();  // it waits for messages of the last one
}

void Control::tell_trust() { mirror_.trust_until(member_.trust_end()); }

void Control::tell_writes(Clock floor, Writes::Events events) {
    floor_ = std::max(floor_, floor);
    writes_.note_heard(floor_, member_.applied(), member_.is_settled(), events);
    for (const Writes::Event& event : events) {
        const auto found = waiting_.find(event.write);
        if (found == waiting_.end()) continue;
        found->second(event.reached, event.ticked);
        if (event.is_over) waiting_.erase(found);
    }
}

}  // namespace sidecache::fleet
