// Turns at the state in Redis, one after the other.
#include "cache/fleet/control.hpp"
#include "cache/fleet/random_number.hpp"
#include "cache/fleet/scripts.hpp"
#include "cache/switches/switches.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace sidecache::fleet {

using runtime::Task;
using std::chrono::steady_clock;
using switches::is_off;
using switches::Rule;

namespace {

constexpr std::size_t holds_per_turn = 100;

// Without the lines of a rule that is switched off: they end with its name.
std::string as_switched(std::string_view script) {
    constexpr std::array<std::pair<Rule, std::string_view>, 3> rules{
        {{Rule::bound_to_history, "-- bound_to_history\n"}, {Rule::keys_counted, "-- keys_counted\n"}, {Rule::named_alike, "-- named_alike\n"}}};
    std::string text(script);
    for (const auto& [rule, end] : rules) {
        if (!is_off(rule)) continue;
        for (std::size_t at = text.find(end); at != std::string::npos; at = text.find(end)) {
            const std::size_t begin = text.rfind('\n', at) + 1;
            text.erase(begin, at + end.size() - begin);
        }
    }
    return text;
}

}  // namespace

Task<> Control::take_turns() {
    while (!is_stopping_) {
        const bool is_connected = co_await connect(turns_);
        bool is_taken = false;
        if (is_connected) is_taken = co_await take_turn();
        if (is_taken) {
            pause_ = options_.back_off;
            if (std::exchange(is_troubled_, false)) tell_("Redis at " + options_.redis.address.text() + " answers again");
            co_await wait_for_turn();
        } else {
            writes_.note_no_turn();
            publish_trust();
            co_await pause();
        }
    }
    co_await leave();
}

// What waits is told before, and its record goes at once: nobody has to wait for a lease to pass.
Task<> Control::leave() {
    const auto until = steady_clock::now() + options_.deadline;
    bool is_taken = turns_.is_open();
    while (is_taken && writes_.has_something_to_say(false) && steady_clock::now() < until) is_taken = co_await take_turn();
    if (!is_taken) co_return;
    member_.leave();
    co_await take_turn();
}

bool Control::wants_turn(BootTime now) const {
    const bool has_news = member_.has_mirror() && member_.applied() > acknowledged_;
    return is_stopping_ || !asking_.empty() || writes_.has_something_to_say(member_.is_member() && member_.is_settled()) || has_news || member_.turn_due() <= now;
}

Task<> Control::wait_for_turn() {
    for (;;) {
        const BootTime now = epochs::BootClock::now();
        if (wants_turn(now)) co_return;
        const auto until = steady_clock::now() + std::chrono::duration_cast<steady_clock::duration>(member_.turn_due() - now);
        co_await turn_wanted_.wait(until);
    }
}

Task<Control::Ran> Control::run(std::string_view script, std::string& digest, std::vector<std::string> arguments, unsigned replicas) {
    for (int attempt = 0; attempt < 2; ++attempt) {
        if (digest.empty()) {
            std::vector<redis::Command> load{{"SCRIPT", "LOAD", as_switched(script)}};
            const auto loaded = co_await turns_.ask(std::move(load), options_.deadline);
            Ran refused;
            if (loaded.trouble != redis::Trouble::none) co_return refused;
            if (!loaded.values[0].is_text()) {
                refused.reply = loaded.values[0];
                co_return refused;
            }
            digest = loaded.values[0].text;
        }
        redis::Command command{"EVALSHA", digest, std::to_string(StateKeys::count)};
        command.insert(command.end(), keys_.all().begin(), keys_.all().end());
        command.insert(command.end(), arguments.begin(), arguments.end());
        std::vector<redis::Command> commands{std::move(command)};
        // In the same exchange: as many as the last turn had to be held by, which most often is what this one has to be.
        if (replicas > 0) commands.push_back(wait_command(replicas));
        auto replies = co_await turns_.ask(std::move(commands), replicas > 0 ? 2 * options_.deadline : options_.deadline);
        Ran ran;
        if (replies.trouble != redis::Trouble::none) co_return ran;
        if (replies.values[0].error_kind() == "NOSCRIPT") {
            digest.clear();  // another server, or one that was restarted
            continue;
        }
        ran.reply = std::move(replies.values[0]);
        if (replicas > 0) ran.acknowledged = replies.values[1].integer;
        co_return ran;
    }
    Ran unknown;
    co_return unknown;
}

redis::Command Control::wait_command(unsigned replicas) const { return {"WAIT", std::to_string(replicas), std::to_string(options_.deadline.count())}; }

Task<bool> Control::take_turn() {
    Turn turn;
    // Whatever ends it before an answer counts, an exception too: what it said is said again.
    struct Unanswered {
        Control& control;
        const Turn& turn;
        bool is_answered = false;
        ~Unanswered() {
            if (!is_answered) control.note_no_answer(turn);
            control.give_up_asked();
        }
    } said{*this, turn};
    asked_ = std::exchange(asking_, {});
    const BootTime sent = epochs::BootClock::now();
    member_.fill(turn, sent);
    turn.verifies = verifies();
    writes_.fill(turn, options_.per_turn);
    for (const Hold& hold : holds_) {
        if (hold.end < sent && turn.holds_over.size() < holds_per_turn) turn.holds_over.push_back(hold.tick);
    }
    counts_.turns.fetch_add(1, std::memory_order_relaxed);
    counts_.removals.fetch_add(turn.removals.size(), std::memory_order_relaxed);
    std::vector<std::string> arguments = turn_arguments(turn, options_.limits);
    const Ran ran = co_await run(turn_script, turn_digest_, std::move(arguments), is_off(Rule::held_by_replicas) ? 0 : replicas_);
    const auto answer = ran.reply ? parse_answer(*ran.reply, turn) : std::nullopt;
    bool counts = answer.has_value();
    if (ran.reply && !answer) tell_trouble(ran.reply->text);
    // It counts once all replicas hold it that were ever seen: another master would not know of it (CONSISTENCY F9).
    if (counts && answer->state == Answer::State::kept && !is_off(Rule::held_by_replicas)) {
        const unsigned had_to = std::exchange(replicas_, answer->replicas);
        if (ran.acknowledged < answer->replicas && had_to < answer->replicas) {
            counts = co_await wait_for_replicas(answer->replicas);
        } else {
            counts = ran.acknowledged >= answer->replicas;
        }
    }
    if (!counts) {
        has_missed_answer_ = true;
        counts_.failed_turns.fetch_add(1, std::memory_order_relaxed);
        replicas_ = 0;
        if (!is_off(Rule::asked_anew)) turns_.close();  // what refuses may be another server than it was: its name is looked up again
        co_return false;
    }
    switch (answer->state) {
        case Answer::State::kept:
            said.is_answered = true;
            // Of who is no member nobody knows by which rules it names groups.
            if (answer->is_member) prove_from(answer->clock);
            note_kept(turn, *answer, sent);
            co_return true;
        case Answer::State::other:
            if (!may_adopt()) co_return false;
            said.is_answered = true;
            note_no_answer(turn);
            adopt(*answer);
            co_return true;
        case Answer::State::broken:
            said.is_answered = true;
            note_no_answer(turn);
            break;
    }
    if (!may_adopt()) co_return false;
    const bool is_renewed = co_await renew();
    co_return is_renewed;
}

void Control::note_no_answer(const Turn& turn) {
    writes_.note_no_answer(turn);
    publish_trust();
}

Task<bool> Control::wait_for_replicas(unsigned replicas) {
    std::vector<redis::Command> commands{wait_command(replicas)};
    const auto replies = co_await turns_.ask(std::move(commands), 2 * options_.deadline);
    co_return replies.trouble == redis::Trouble::none && replies.values[0].is_integer() && replies.values[0].integer >= replicas;
}

void Control::note_kept(const Turn& turn, const Answer& answer, BootTime sent) {
    // After a turn whose answer was missed nobody knows: this node may have been removed, and be a member again by that very turn.
    const bool was_removed = member_.is_member() && (!answer.was_member || std::exchange(has_missed_answer_, false));
    const BootTime now = epochs::BootClock::now();
    member_.note_answer(turn, answer, sent, now);
    counts_.turn_times.observe(now - sent);
    if (turn.is_probe) counts_.lease_begun.store(sent.time_since_epoch().count(), std::memory_order_relaxed);
    acknowledged_ = std::max(acknowledged_, turn.applied);
    std::erase_if(holds_, [&](const Hold& hold) { return std::ranges::find(turn.holds_over, hold.tick) != turn.holds_over.end(); });
    Writes::Events events;
    writes_.note_answer(turn, answer, events);
    if (was_removed) writes_.note_removed();
    tell_trust();
    tell_writes(answer.floor, std::move(events));
    counts_.clock.store(answer.clock, std::memory_order_relaxed);
    counts_.members.store(answer.members.size(), std::memory_order_relaxed);
}

Task<bool> Control::renew() {
    std::vector<std::string> arguments = renew_arguments(random_number(), options_.parameters);
    const Ran ran = co_await run(renew_script, renew_digest_, std::move(arguments), 0);
    const auto answer = ran.reply ? parse_answer(*ran.reply, {}) : std::nullopt;
    if (!answer || answer->state != Answer::State::other) {
        counts_.failed_turns.fetch_add(1, std::memory_order_relaxed);
        co_return false;
    }
    adopt(*answer);
    co_return false;  // not at once again: what broke it may go on
}

}  // namespace sidecache::fleet
