// What the script does with the fleet's state in Redis, in C++: for the exhaustive model, and held to what the script itself does by scripts_test.cpp.
#pragma once

#include "cache/fleet/turn.hpp"

#include <algorithm>
#include <cstdint>
#include <map>
#include <set>
#include <utility>
#include <vector>

namespace sidecache::fleet {

struct StateModel {
    struct Record {
        Grant grant = 0;
        Clock acknowledged = 0;
        std::uint64_t rules = 0;
        bool verifies = false;
    };
    struct Message {
        Clock tick = 0;
        Groups groups;
        std::chrono::milliseconds hold{0};
    };
    struct Hold {
        Groups groups;
        std::chrono::milliseconds duration{0};
    };

    Incarnation incarnation = 0;  // 0: missing
    std::uint64_t history = 0;    // of which it was made
    Clock clock = 0;
    Clock floor = 0;
    Grant grants = 0;
    bool is_settled = false;
    std::map<NodeId, Record> nodes;
    std::map<std::pair<NodeId, WriteId>, Intent> intents;
    std::map<Clock, Hold> holds;
    std::map<std::uint64_t, Clock> slots;  // by index
    std::vector<Message> stream;           // the message of tick n is stream[n - 1]

    // By whose rules all groups were named since the last tick of everything.
    static constexpr std::uint64_t nobody = 0, mixed = ~std::uint64_t{0};
    std::uint64_t named_by = nobody;

    static constexpr std::uint64_t size = 16;  // of the table
    static constexpr policy::Group everything = 0;

    bool is_whole(std::uint64_t server_history) const { return incarnation != 0 && history == server_history; }

    void renew(Incarnation next, std::uint64_t server_history) {
        if (is_whole(server_history)) return;
        *this = {};
        incarnation = next;
        history = server_history;
    }

    Clock slot(policy::Group group) const {
        const auto found = slots.find(group % size);
        return found == slots.end() ? 0 : found->second;
    }

    void tick(const Groups& groups, std::chrono::milliseconds hold) {
        ++clock;
        for (const policy::Group group : groups) slots[group % size] = clock;
        if (hold.count() > 0) holds[clock] = {groups, hold};
        stream.push_back({clock, groups, hold});
    }

    bool is_mixed(std::uint64_t rules) const {
        return std::ranges::any_of(nodes, [rules](const auto& node) { return node.second.rules != rules; });
    }
    // What was stored by other rules may have other names: then it is of everything.
    void tick_named(const Groups& named, std::chrono::milliseconds hold, std::uint64_t by, std::uint64_t rules) {
        if (named_by == nobody) named_by = rules;
        Groups groups(named.begin(), named.end());
        if (by != named_by || is_mixed(rules)) {
            groups.push_back(everything);
            named_by = is_mixed(rules) ? mixed : rules;
        }
        tick(groups, hold);
    }
    void adopt_rules(std::uint64_t rules) {
        if (named_by == nobody) {
            named_by = rules;
        } else if (named_by != rules) {
            tick_named({}, {}, rules, rules);
        }
    }

    void remove(NodeId node, std::uint64_t rules) {
        nodes.erase(node);
        for (auto intent = intents.begin(); intent != intents.end();) {
            if (intent->first.first != node) {
                ++intent;
                continue;
            }
            tick_named(intent->second.groups, intent->second.hold, intent->second.rules, rules);
            intent = intents.erase(intent);
        }
    }

    bool is_good(const OldValue& old, NodeId node, WriteId write) const {
        if (!is_settled || std::ranges::any_of(old.groups, [&](policy::Group group) { return slot(group) > old.epoch; })) return false;
        return std::ranges::none_of(intents, [&](const auto& each) {
            if (each.first == std::pair(node, write)) return false;
            const Groups& named = each.second.groups;
            return std::ranges::any_of(old.groups, [&](policy::Group group) { return std::ranges::find(named, group) != named.end(); });
        });
    }

    // Who asks for each read has heard of all ticks then.
    Clock lowest() const {
        Clock low = clock;
        for (const auto& [node, record] : nodes) {
            if (!record.verifies) low = std::min(low, record.acknowledged);
        }
        return low;
    }

    Answer take(const Turn& turn, std::uint64_t server_history) {
        Answer answer;
        if (!is_whole(server_history)) return answer;
        answer.incarnation = incarnation;
        answer.state = Answer::State::other;
        if (incarnation != turn.incarnation) return answer;
        answer.state = Answer::State::kept;
        if (turn.settles) is_settled = true;
        const auto own = nodes.find(turn.node);
        answer.was_member = own != nodes.end();
        if (own != nodes.end()) {
            own->second.acknowledged = std::max(own->second.acknowledged, turn.applied);
            if (own->second.rules != turn.rules) {
                own->second.rules = turn.rules;
                adopt_rules(turn.rules);
            }
        }
        for (const Removal& removal : turn.removals) {
            const auto other = nodes.find(removal.node);
            if (other != nodes.end() && other->second.grant == removal.grant) remove(removal.node, turn.rules);
        }
        for (const WriteId write : turn.withdrawn) intents.erase({turn.node, write});
        for (const Tick& each : turn.ticks) {
            Ticked ticked;
            for (const policy::Group group : each.watched) ticked.previous = std::max(ticked.previous, slot(group));
            Groups groups = each.groups;
            if (each.old) {
                ticked.was_good = is_good(*each.old, turn.node, each.write);
                const Groups& more = ticked.was_good ? each.old->if_good : each.old->otherwise;
                groups.insert(groups.end(), more.begin(), more.end());
            }
            tick_named(groups, each.hold, each.rules, turn.rules);
            ticked.now = clock;
            answer.ticks.push_back(ticked);
            if (each.is_last) intents.erase({turn.node, each.write});
        }
        if (turn.leaves) {
            remove(turn.node, turn.rules);
        } else if (turn.is_probe) {
            const bool is_new = !nodes.contains(turn.node);
            Record& record = nodes[turn.node];
            record.grant = ++grants;
            record.acknowledged = std::max(record.acknowledged, turn.applied);
            record.rules = turn.rules;
            record.verifies = turn.verifies;
            if (is_new) adopt_rules(turn.rules);
        }
        answer.is_member = nodes.contains(turn.node);
        answer.took_intents = answer.is_member && is_settled;
        if (answer.took_intents) {
            for (const Intent& intent : turn.intents) intents[{turn.node, intent.write}] = intent;
        }
        for (const Clock each : turn.holds_over) holds.erase(each);
        floor = std::max(floor, lowest());
        answer.clock = clock;
        answer.floor = floor;
        answer.is_settled = is_settled;
        for (const auto& [node, record] : nodes) answer.members.push_back({node, record.grant});
        return answer;
    }
};

}  // namespace sidecache::fleet
