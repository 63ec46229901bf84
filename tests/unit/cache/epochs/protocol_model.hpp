// The steps of tick, reuse, fill and share as cache/epochs and the pipeline take them, small enough to run through every interleaving of two
// writers, two readers and a fill over two groups (CONSISTENCY T1). Each rule has a switch that breaks it.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>
#include <unordered_set>
#include <utility>
#include <vector>

namespace sidecache::testing {

struct Switches {
    bool clock_before_slots = false;   // S1: tick stores the clock first
    bool memo_after_slots = false;     // reuse remembers the clock as it stands after the comparison
    bool stamp_after_request = false;  // a fill reads the clock when its request has left
    bool share_unasked = false;        // S2: who joined a fill takes what it brings
    bool reuse_unasked = false;        // freshness is all that is asked
    bool answer_before_tick = false;   // the client hears of the write first
};

class ProtocolModel {
public:
    explicit ProtocolModel(const Switches& switches) : switches_(switches) {}

    // Runs through all states that any interleaving reaches. True if none of them shows a client what an answered write had replaced.
    bool is_safe() {
        visit(State{});
        while (!open_.empty() && !is_violated_) {
            const State state = open_.back();
            open_.pop_back();
            for (std::size_t writer = 0; writer < 2; ++writer) step_writer(state, writer);
            for (std::size_t reader = 0; reader < 2; ++reader) step_reader(state, reader);
            step_fill(state);
        }
        return !is_violated_;
    }
    std::size_t states() const { return seen_.size(); }

private:
    using Byte = std::uint8_t;
    using Pair = std::array<Byte, 2>;  // one of each group

    struct Entry {
        Byte epoch = 0;
        Byte memo = 0;
        Pair value{};  // versions of the rows that its content shows
    };
    struct Writer {
        Byte at = 0;
        Byte tick = 0;
        Pair wrote{};
    };
    struct Reader {
        Byte at = 0;
        Byte clock = 0;
        Byte entry = 0;
        bool is_following = false;
        bool fill_began_later = false;
        Pair needs{};  // what had been answered when its request was received
    };
    // All of one byte each: no padding, so that states compare as bytes.
    struct State {
        Pair slots{};
        Byte clock = 0;
        bool is_locked = false;
        Pair origin{};    // versions that the origin has committed
        Pair answered{};  // versions that clients of writes have been told of
        std::array<Entry, 4> entries{};  // what was stored before all this; the fill's; each reader's own
        Byte stored = 0;                 // which of them stands under the key
        std::array<Writer, 2> writers{};
        std::array<Reader, 2> readers{};
        Byte fill_at = 0;
    };
    struct Hash {
        std::size_t operator()(const State& state) const {
            return std::hash<std::string_view>()({reinterpret_cast<const char*>(&state), sizeof state});
        }
    };
    struct Same {
        bool operator()(const State& a, const State& b) const { return std::memcmp(&a, &b, sizeof a) == 0; }
    };

    void visit(State state) {
        forget_what_nobody_reads(state);
        if (seen_.insert(state).second) open_.push_back(state);
    }
    static void forget_what_nobody_reads(State& state) {
        std::array<bool, 4> is_read{};
        is_read[state.stored] = true;
        is_read[1] = is_read[1] || state.fill_at != filled;
        for (std::size_t index = 0; index < 2; ++index) {
            Reader& reader = state.readers[index];
            if (state.writers[index].at == written) state.writers[index] = {written, 0, {}};
            if (reader.at == done) {
                reader = {};
                reader.at = done;
                continue;
            }
            if (reader.at >= read_clock && reader.at <= remember) is_read[reader.entry] = true;
            if (reader.at >= own_fetch) is_read[2 + index] = true;
            if (reader.at == await) is_read[1] = true;
        }
        for (std::size_t entry = 0; entry < 4; ++entry) {
            if (!is_read[entry]) state.entries[entry] = {};
        }
        // Which reader is called the first makes no difference.
        if (std::memcmp(&state.readers[0], &state.readers[1], sizeof(Reader)) <= 0) return;
        std::swap(state.readers[0], state.readers[1]);
        std::swap(state.entries[2], state.entries[3]);
        const auto rename = [](Byte& entry) { entry = entry < 2 ? entry : static_cast<Byte>(5 - entry); };
        rename(state.stored);
        for (Reader& reader : state.readers) rename(reader.entry);
    }

    // Writer 0 writes both groups, writer 1 the second.
    static bool writes(std::size_t writer, std::size_t group) { return writer == 0 || group == 1; }

    enum WriterStep : Byte { commit, lock, first, second, third, answer, written };
    void step_writer(State next, std::size_t index) {
        Writer& writer = next.writers[index];
        const Byte at = writer.at;
        if (at == written) return;
        ++writer.at;
        const auto set_slot = [&](std::size_t group) {
            if (writes(index, group)) next.slots[group] = writer.tick;
        };
        const auto tell = [&] {
            for (std::size_t group = 0; group < 2; ++group) {
                if (writes(index, group) && next.answered[group] < writer.wrote[group]) next.answered[group] = writer.wrote[group];
            }
        };
        switch (at) {
            case commit:
                for (std::size_t group = 0; group < 2; ++group) {
                    if (writes(index, group)) writer.wrote[group] = ++next.origin[group];
                }
                if (switches_.answer_before_tick) tell();
                break;
            case lock:
                if (next.is_locked) return;  // waits
                next.is_locked = true;
                writer.tick = static_cast<Byte>(next.clock + 1);  // nobody else moves the clock now
                break;
            case first:
                if (switches_.clock_before_slots) next.clock = writer.tick;
                else set_slot(0);
                break;
            case second: set_slot(switches_.clock_before_slots ? 0 : 1); break;
            case third:
                if (switches_.clock_before_slots) set_slot(1);
                else next.clock = writer.tick;
                next.is_locked = false;
                break;
            case answer: tell(); break;
        }
        visit(next);
    }

    enum FillStep : Byte { begin, fetch, install_it, filled };
    void step_fill(State next) {
        Entry& entry = next.entries[1];
        switch (next.fill_at) {
            case begin:
                for (Reader& reader : next.readers) reader.fill_began_later = reader.at != receive;
                if (!switches_.stamp_after_request) entry.epoch = next.clock;
                else entry.value = next.origin;
                break;
            case fetch:
                if (!switches_.stamp_after_request) entry.value = next.origin;
                else entry.epoch = next.clock;
                break;
            case install_it: install(next, 1); break;
            default: return;
        }
        ++next.fill_at;
        visit(next);
    }

    static bool is_live(const State& state, const Entry& entry) {
        return state.slots[0] <= entry.epoch && state.slots[1] <= entry.epoch;
    }
    static void install(State& state, Byte index) {
        const Entry& present = state.entries[state.stored];
        if (present.epoch > state.entries[index].epoch && is_live(state, present)) return;
        state.stored = index;
    }

    enum ReaderStep : Byte { receive, find, read_clock, ask_memo, ask_first, ask_second, remember, join, await, own_begin, own_fetch, own_install, done };
    void step_reader(State next, std::size_t index) {
        Reader& reader = next.readers[index];
        Entry& entry = next.entries[reader.entry];
        const auto own = static_cast<Byte>(2 + index);
        const auto accept = [&] {
            reader.at = done;
            for (std::size_t group = 0; group < 2; ++group) is_violated_ |= entry.value[group] < reader.needs[group];
        };
        const auto refuse = [&] { reader.at = reader.is_following ? own_begin : join; };
        switch (reader.at) {
            case receive:
                reader.needs = next.answered;
                reader.at = find;
                break;
            case find:
                reader.entry = next.stored;
                reader.at = read_clock;
                break;
            case read_clock:
                reader.clock = next.clock;
                reader.at = ask_memo;
                break;
            case ask_memo:
                if (switches_.reuse_unasked || entry.memo == reader.clock + 1) accept();
                else reader.at = ask_first;
                break;
            case ask_first:
                if (next.slots[0] > entry.epoch) refuse();
                else reader.at = ask_second;
                break;
            case ask_second:
                if (next.slots[1] > entry.epoch) refuse();
                else reader.at = remember;
                break;
            case remember:
                entry.memo = static_cast<Byte>((switches_.memo_after_slots ? next.clock : reader.clock) + 1);
                accept();
                break;
            case join: {
                // Of the fill's groups only the first is known before its head.
                const bool is_under_way = next.fill_at != begin && next.fill_at != filled;
                const bool may_wait = reader.fill_began_later || next.slots[0] <= next.entries[1].epoch || switches_.share_unasked;
                reader.at = is_under_way && may_wait ? await : own_begin;
                break;
            }
            case await:
                if (next.fill_at < install_it) return;  // waits for the head
                reader.entry = 1;
                reader.is_following = true;
                if (reader.fill_began_later || switches_.share_unasked) {
                    for (std::size_t group = 0; group < 2; ++group) is_violated_ |= next.entries[1].value[group] < reader.needs[group];
                    reader.at = done;
                } else {
                    reader.at = read_clock;
                }
                break;
            case own_begin:
                if (!switches_.stamp_after_request) next.entries[own].epoch = next.clock;
                else next.entries[own].value = next.origin;
                reader.at = own_fetch;
                break;
            case own_fetch:
                if (!switches_.stamp_after_request) next.entries[own].value = next.origin;
                else next.entries[own].epoch = next.clock;
                reader.at = own_install;
                break;
            case own_install:
                install(next, own);
                reader.at = done;
                break;
            default: return;
        }
        visit(next);
    }

    const Switches switches_;
    std::vector<State> open_;
    std::unordered_set<State, Hash, Same> seen_;
    bool is_violated_ = false;
};

}  // namespace sidecache::testing
