// A fleet of two nodes, its state in Redis and a replica, an origin and one write, small enough to run through every order of their steps (CONSISTENCY 4, model). The nodes' parts are
// `Member` and `Writes` themselves; Redis is StateModel. Two states that differ only in the time of day, or in how grants are numbered, are one: so all runs of any
// length are gone through.
#pragma once

#include "tests/unit/cache/fleet/reader_steps.hpp"
#include "tests/unit/cache/fleet/world_octets.hpp"
#include "tests/unit/cache/fleet/writer_steps.hpp"

#include <boost/unordered/unordered_flat_set.hpp>

#include <cstddef>
#include <utility>
#include <vector>

namespace sidecache::fleet::model {

class FleetModel {
public:
    explicit FleetModel(const Faults& faults) : faults_(faults) {}

    // Runs through all states that any order reaches. True if in none of them the reader may reuse what an answered write has replaced, nor what the write of a
    // removed node has.
    bool is_safe() {
        std::vector<World> open;
        open.push_back(start(faults_));
        while (!open.empty() && !is_violated_ && seen_.size() < most_states) {
            const World world = std::move(open.back());
            open.pop_back();
            course_.next.clear();
            step(world);
            for (World& each : course_.next) {
                if (!seen_.insert(digest_of(each, faults_)).second) continue;
                is_violated_ = is_violated_ || may_show_old(each);
                const bool is_reused = may_reuse(each);
                course_.happened.were_reused = course_.happened.were_reused || is_reused;
                course_.happened.has_left = course_.happened.has_left || (is_reused && each.has_left);
                open.push_back(std::move(each));
            }
        }
        has_seen_all_ = open.empty();
        return !is_violated_;
    }
    std::size_t states() const { return seen_.size(); }
    const Happened& happened() const { return course_.happened; }
    bool has_seen_all() const { return has_seen_all_; }

private:
#if defined(__SANITIZE_THREAD__)
    static constexpr std::size_t most_states = 20'000;  // it has one thread: here only that it runs
#elif defined(__SANITIZE_ADDRESS__)
    static constexpr std::size_t most_states = 60'000;  // with a rule switched off, half of them show it
#else
    static constexpr std::size_t most_states = 20'000'000;
#endif

    void step(const World& world) {
        step_time(world, course_);
        step_origin(world, course_);
        step_redis(world, course_);
        step_replica(world, course_);
        step_writer(world, course_);
        step_reader(world, course_);
        step_fill(world, course_);
    }

    // By time, of a read that comes now; or because that which came is proven.
    bool is_trusted(const World& world) const {
        if (!faults_.verifies) return readers_time(world) < world.b.trust_end() || (faults_.ignores_trust_end && world.b.trust_end() > BootTime{});
        const bool is_proven = world.read.stage == Read::Stage::answered && world.b.applied() >= world.read.clock;
        return world.b.has_mirror() && (is_proven || (faults_.ignores_proofs && world.read.stage == Read::Stage::waits));
    }
    // CONSISTENCY 1.1 reuse, 2-4.
    bool may_reuse(const World& world) const {
        return world.entry && is_trusted(world) && world.entry->incarnation == world.b.incarnation() && world.slot <= world.entry->epoch;
    }
    // Of a read that comes now, or of that which came: nothing from before the write.
    bool is_promised(const World& world) const {
        if (faults_.verifies) return world.read.is_promised;
        if (faults_.is_bounded) return world.ticked && writers_time(world) - *world.ticked >= std::chrono::seconds(faults_.lease);
        return world.stage == Stage::answered;
    }
    bool may_show_old(const World& world) const {
        if (!may_reuse(world)) return false;
        // The write of a node that was removed is answered to nobody; who has heard of the removal reuses nothing that it may have replaced.
        const bool has_heard = world.was_removed && world.b.has_mirror() && world.b.applied() == world.redis->clock;
        return is_promised(world) || (world.is_committed && has_heard && world.b.incarnation() == world.redis->incarnation);
    }

    const Faults faults_;
    Course course_{.faults = faults_};
    boost::unordered_flat_set<Digest> seen_;
    bool is_violated_ = false;
    bool has_seen_all_ = false;
};

}  // namespace sidecache::fleet::model
