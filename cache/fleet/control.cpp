#include "cache/fleet/control.hpp"

#include "cache/fleet/pace.hpp"
#include "cache/fleet/random_number.hpp"
#include "cache/switches/switches.hpp"
#include "proxy/runtime/rest.hpp"

#include <pthread.h>

#include <algorithm>
#include <iterator>
#include <utility>

namespace sidecache::fleet {

using runtime::Task;
using std::chrono::steady_clock;

namespace {

// Each incarnation has a table of its own, of which the last eight are kept for who still looks at one: they must not follow each other faster than that.
constexpr std::chrono::milliseconds between_incarnations{250};
// Over it one of everything stands for the holds that go along into another incarnation.
constexpr std::size_t most_holds_told = 256;
// Of a cluster: all keys of the state are of one slot.
redis::Options to_owner_of(const std::string& key, redis::Options options) {
    options.key = key;
    return options;
}

}  // namespace

Control::Control(ControlOptions options, epochs::Epochs& mirror, Tell tell)
    : options_(std::move(options)),
      mirror_(mirror),
      tell_(std::move(tell)),
      keys_(options_.prefix),
      loop_([this](std::string_view task, std::string_view what) { tell_(std::string(task) + ": " + std::string(what)); }),
      turns_(loop_, to_owner_of(keys_[StateKeys::ctl], options_.redis), &counts_.redis),
      stream_(loop_, to_owner_of(keys_[StateKeys::ctl], options_.redis), &counts_.redis),
      turn_wanted_(loop_),
      table_wanted_(loop_),
      member_(random_number(), mirror.stamp().rules, options_.parameters),
      writes_(options_.mode, options_.writes),
      pause_(options_.back_off) {
    counts_.lease_begun.store(epochs::BootClock::now().time_since_epoch().count());
    // A mirror from the beginning, of an incarnation that nobody shares: nothing is trusted before the fleet's is here.
    mirror_.mirror(random_number(), options_.parameters.slots);
}

Control::~Control() { stop(); }

void Control::start() {
    running_ = 2;
    loop_.spawn("fleet turns", keep_up("fleet turns", &Control::take_turns, turns_));
    loop_.spawn("fleet stream", keep_up("fleet stream", &Control::read_stream, stream_));
    thread_ = std::thread([this] { loop_.run(); });
    pthread_setname_np(thread_.native_handle(), "fleet");
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
        stream_.give_up();
        if (!turns_.is_open()) turns_.give_up();  // else it says goodbye
    });
    thread_.join();
    is_stopped_.store(true);
    // What they would tell lives on other loops, which go after this.
    waiting_.clear();
    asking_.clear();
    asked_.clear();
    proofs_.clear();
}

void Control::post(std::function<void()> call) {
    if (!is_stopped_.load(std::memory_order_relaxed)) loop_.post(std::move(call));
}

void Control::begin(Intent intent, OnReached on_reached) {
    post([this, intent = std::move(intent), on_reached = std::move(on_reached), since = steady_clock::now()]() mutable {
        const WriteId write = intent.write;
        if (!writes_.begin(std::move(intent))) {
            on_reached(Writes::Reached::refused, {});
            return;
        }
        if (options_.mode == Writes::Mode::bounded) on_reached(Writes::Reached::begun, {});
        waiting_[write] = Waiting{std::move(on_reached), since};
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
    post([this, tick = std::move(tick), since = steady_clock::now()]() mutable {
        if (const auto waiting = waiting_.find(tick.write); waiting != waiting_.end()) waiting->second.since = since;
        writes_.tick(std::move(tick));
        turn_wanted_.set();
    });
}

void Control::tick_alone(Tick tick, OnReached on_reached) {
    post([this, tick = std::move(tick), on_reached = std::move(on_reached), since = steady_clock::now()]() mutable {
        if (!writes_.has_room()) {
            on_reached(Writes::Reached::refused, {});
            return;
        }
        waiting_[tick.write] = Waiting{std::move(on_reached), since};
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
        give_up_proofs();
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
    const auto until = steady_clock::now() + pause_;
    pause_ = std::min(pause_ * 2, options_.longest_back_off);
    if (!is_stopping_) co_await runtime::rest_until(loop_, until);
}

bool Control::may_adopt() const noexcept { return adopted_ == BootTime{} || epochs::BootClock::now() - adopted_ >= between_incarnations; }

void Control::adopt(const Answer& answer) {
    adopted_ = epochs::BootClock::now();
    counts_.incarnations.fetch_add(1, std::memory_order_relaxed);
    give_up_proofs();
    if (answer.parameters.lease != options_.parameters.lease) {
        const auto lease = std::chrono::ceil<std::chrono::milliseconds>(answer.parameters.lease);
        tell_("the fleet goes by a lease of " + std::to_string(lease.count()) + " ms, with which its first node began, and not by redis.lease; writes wait for " +
              std::to_string(options_.write_deadline.count()) + " ms (redis.deadline), which should be twice that at least");
    }
    member_.adopt(answer.incarnation, answer.parameters, adopted_);
    mirror_.mirror(answer.incarnation, answer.parameters.slots);
    writes_.note_incarnation();
    acknowledged_ = floor_ = 0;
    replicas_ = 0;
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

void Control::publish_trust() noexcept {
    // What was ticked here in vain is known here and to nobody else: it has gone through, or nothing is reused (CONSISTENCY 1.4).
    const bool has_failed = options_.mode == Writes::Mode::bounded && writes_.has_failed_tick() && !switches::is_off(switches::Rule::tick_gone_through);
    const BootTime end = has_failed ? BootTime{} : member_.trust_end();
    counts_.lease_end.store(end.time_since_epoch().count(), std::memory_order_relaxed);
    if (verifies()) {
        mirror_.trust_until(has_whole_mirror() ? BootTime::max() : BootTime{});  // for as long as each request is proven
    } else {
        mirror_.trust_until(end);
    }
}

void Control::tell_trust() {
    publish_trust();
    if (!has_whole_mirror()) return;
    const auto first_left = std::ranges::find_if(proofs_, [&](const Proof& proof) { return proof.clock > member_.applied(); });
    std::vector<Proof> known(std::move_iterator(proofs_.begin()), std::move_iterator(first_left));
    proofs_.erase(proofs_.begin(), first_left);
    for (const Proof& proof : known) proof.on_known(true);
}

void Control::prove(OnKnown on_known) {
    post([this, on_known = std::move(on_known)]() mutable {
        // Without a mirror it takes a table first; nobody waits for that.
        const bool has_room = member_.has_mirror() && asking_.size() + asked_.size() + proofs_.size() < options_.proofs;
        if (is_troubled_ || is_stopping_ || !has_room) {
            on_known(false);
            return;
        }
        asking_.push_back(std::move(on_known));
        turn_wanted_.set();
    });
}

// Of a turn that counts, by its answer: in one incarnation clocks only rise.
void Control::prove_from(Clock clock) {
    for (OnKnown& on_known : std::exchange(asked_, {})) proofs_.push_back(Proof{clock, std::move(on_known)});
}

void Control::give_up_asked() {
    for (const OnKnown& on_known : std::exchange(asked_, {})) on_known(false);
}

void Control::give_up_proofs() {
    for (const Proof& proof : std::exchange(proofs_, {})) proof.on_known(false);
}

void Control::tell_writes(Clock floor, Writes::Events events) {
    floor_ = std::max(floor_, floor);
    writes_.note_heard(floor_, member_.applied(), member_.is_settled(), events);
    for (Writes::Event& event : events) (event.reached == Writes::Reached::ticked ? heard_of_ : announced_).push_back(std::move(event));
    if (is_telling_) return;
    tell_some();
    if (announced_.empty() && heard_of_.empty()) return;
    is_telling_ = true;
    loop_.spawn("fleet events", tell_rest());
}

Task<> Control::tell_rest() {
    while (!announced_.empty() || !heard_of_.empty()) {
        co_await runtime::rest_until(loop_, steady_clock::now() + between_tellings);
        tell_some();
    }
    is_telling_ = false;
}

void Control::tell_some() {
    tell_some(announced_);
    tell_some(heard_of_);
}

void Control::tell_some(std::deque<Writes::Event>& events) {
    const auto now = steady_clock::now();
    for (std::size_t left = how_many_to_tell(events, now); left > 0; --left) {
        const Writes::Event event = std::move(events.front());
        events.pop_front();
        const auto found = waiting_.find(event.write);
        if (found == waiting_.end()) continue;
        const auto waited = now - found->second.since;
        if (event.reached == Writes::Reached::begun) counts_.announced.observe(waited);
        if (event.reached == Writes::Reached::ticked) counts_.heard.observe(waited);
        found->second.on_reached(event.reached, event.ticked);
        if (event.is_over) waiting_.erase(found);
    }
}

// Nobody waits for what is forgotten: that goes as fast as it can.
std::size_t Control::how_many_to_tell(const std::deque<Writes::Event>& events, steady_clock::time_point now) const {
    const auto first = events.empty() ? waiting_.end() : waiting_.find(events.front().write);
    const auto waited = first == waiting_.end() ? steady_clock::duration{} : now - first->second.since;
    return told_at_a_time(events.size(), waited, options_.write_deadline - waited);
}

}  // namespace sidecache::fleet
