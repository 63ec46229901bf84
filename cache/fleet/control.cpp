#include "cache/fleet/control.hpp"

#include "cache/fleet/random_number.hpp"

#include <algorithm>
#include <utility>

namespace sidecache::fleet {

using runtime::Task;
using std::chrono::steady_clock;

namespace {

// Each incarnation has a table of its own, of which the last eight are kept for who still looks at one: they must not follow each other faster than that.
constexpr std::chrono::milliseconds between_incarnations{250};
// Over it one of everything stands for the holds that go along into another incarnation.
constexpr std::size_t most_holds_told = 256;

}  // namespace

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
      writes_(options_.mode, options_.writes),
      pause_(options_.back_off) {
    // A mirror from the beginning, of an incarnation that nobody shares: nothing is trusted before the fleet's is here.
    mirror_.mirror(random_number(), options_.parameters.slots);
}

Control::~Control() { stop(); }

void Control::start() {
    running_ = 2;
    loop_.spawn("fleet turns", keep_up("fleet turns", &Control::take_turns, turns_));
    loop_.spawn("fleet stream", keep_up("fleet stream", &Control::read_stream, stream_));
    thread_ = std::thread([this] { loop_.run(); });
}

Task<> Control::keep_up(std::string_view name, Task<> (Control::*part)(), redis::Link& link) {
    for (bool is_over = false; !is_over;) {
        std::string failure;
        try {
            co_await (this->*part)();
            is_over = true;
        } catch (const std::exception& error) {
            failure = error.what();
        }
        if (is_over) break;
        tell_(std::string(name) + ": " + failure);
        link.close();
        member_.lose_mirror();
        tell_trust();
        co_await pause();
    }
    if (--running_ == 0) loop_.stop();
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
    is_stopped_.store(true);
    // What they would tell lives on other loops, which go after this.
    waiting_.clear();
}

void Control::post(std::function<void()> call) {
    if (!is_stopped_.load(std::memory_order_relaxed)) loop_.post(std::move(call));
}

void Control::begin(Intent intent, OnReached on_reached) {
    post([this, intent = std::move(intent), on_reached = std::move(on_reached)]() mutable {
        const WriteId write = intent.write;
        if (!writes_.begin(std::move(intent))) {
            on_reached(Writes::Reached::refused, {});
            return;
        }
        if (options_.mode != Writes::Mode::strict) on_reached(Writes::Reached::begun, {});
        waiting_[write] = std::move(on_reached);
        turn_wanted_.set();
    });
}

void Control::withdraw(WriteId write) {
    post([this, write] {
        waiting_.erase(write);
        writes_.withdraw(write);
        turn_wanted_.set();
    });
}

void Control::tick(Tick tick) {
    post([this, tick = std::move(tick)]() mutable {
        writes_.tick(std::move(tick));
        turn_wanted_.set();
    });
}

void Control::tick_alone(Tick tick, OnReached on_reached) {
    post([this, tick = std::move(tick), on_reached = std::move(on_reached)]() mutable {
        if (!writes_.has_room()) {
            on_reached(Writes::Reached::refused, {});
            return;
        }
        waiting_[tick.write] = std::move(on_reached);
        tick.is_last = true;
        writes_.tick(std::move(tick));
        turn_wanted_.set();
    });
}

void Control::forget(WriteId write) {
    post([this, write] { waiting_.erase(write); });
}

void Control::adopt_rules(std::uint64_t rules) {
    post([this, rules] {
        if (mirror_.stamp().rules == rules) return;
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

void Control::tell_trouble(std::string_view what) {
    if (!std::exchange(is_troubled_, true)) tell_("Redis at " + options_.redis.address.text() + " refuses: " + std::string(what));
}

Task<> Control::pause() {
    runtime::Event nobody_sets(loop_);
    const auto until = steady_clock::now() + pause_;
    pause_ = std::min(pause_ * 2, options_.longest_back_off);
    if (!is_stopping_) co_await nobody_sets.wait(until);
}

bool Control::may_adopt() const noexcept { return adopted_ == BootTime{} || epochs::BootClock::now() - adopted_ >= between_incarnations; }

void Control::adopt(const Answer& answer) {
    adopted_ = epochs::BootClock::now();
    counts_.incarnations.fetch_add(1, std::memory_order_relaxed);
    if (answer.parameters.lease != options_.parameters.lease) {
        const auto lease = std::chrono::ceil<std::chrono::milliseconds>(answer.parameters.lease);
        tell_("the fleet goes by a lease of " + std::to_string(lease.count()) + " ms, with which its first node began, and not by redis.lease; writes wait for " +
              std::to_string(options_.write_deadline.count()) + " ms (redis.deadline), which should be twice that at least");
    }
    member_.adopt(answer.incarnation, answer.parameters, adopted_);
    mirror_.mirror(answer.incarnation, answer.parameters.slots);
    writes_.note_incarnation();
    acknowledged_ = floor_ = 0;
    settled_id_ = "0";
    tick_holds_again();
    table_wanted_.set();
    stream_.cancel();  // it waits for messages of the last one
}

// Of the last incarnation: nodes that come to the new one know of no hold that began before it. Whoever knows of one tells it again.
void Control::tick_holds_again() {
    const Hold everything{0, {}, {options_.limits.everything}};
    Hold longest = everything;
    std::erase_if(holds_, [&](const Hold& hold) { return hold.end <= adopted_; });
    const bool are_too_many = holds_.size() > most_holds_told;
    for (const Hold& hold : holds_) longest.end = std::max(longest.end, hold.end);
    if (are_too_many) holds_.assign(1, longest);
    for (const Hold& hold : holds_) {
        Tick again;
        again.write = next_write();
        again.groups = hold.groups;
        again.hold = std::chrono::ceil<std::chrono::milliseconds>(hold.end - adopted_);
        again.rules = mirror_.stamp().rules;
        writes_.tick(std::move(again));
    }
    holds_.clear();
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
