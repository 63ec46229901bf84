// Whole nodes' parts beside a real Redis.
#include "cache/fleet/control.hpp"
#include "tests/unit/cache/redis/redis_process.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <condition_variable>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

namespace sidecache::fleet {
namespace {

using namespace std::chrono_literals;

constexpr policy::Group patients = 11;
constexpr policy::Group doctors = 12;
constexpr std::uint64_t rules = 1;
constexpr auto patience = 60s;

template <typename Condition>
bool eventually(Condition condition) {
    const auto until = std::chrono::steady_clock::now() + patience;
    while (!condition()) {
        if (std::chrono::steady_clock::now() > until) return false;
        std::this_thread::sleep_for(1ms);
    }
    return true;
}

// What a write is told, waited for.
class Progress {
public:
    Control::OnReached listener() {
        return [this](Writes::Reached reached, const Ticked& ticked) {
            const std::scoped_lock guard(lock_);
            (reached == Writes::Reached::begun ? is_begun_ : is_ticked_) = true;
            ticked_ = ticked;
            changed_.notify_all();
        };
    }
    bool begins() { return waits_for(is_begun_); }
    bool ticks() { return waits_for(is_ticked_); }
    bool has_ticked() {
        const std::scoped_lock guard(lock_);
        return is_ticked_;
    }
    Ticked ticked() {
        const std::scoped_lock guard(lock_);
        return ticked_;
    }

private:
    bool waits_for(const bool& what) {
        std::unique_lock guard(lock_);
        return changed_.wait_for(guard, patience, [&] { return what; });
    }
    std::mutex lock_;
    std::condition_variable changed_;
    bool is_begun_ = false;
    bool is_ticked_ = false;
    Ticked ticked_;
};

struct Node {
    explicit Node(ControlOptions options) : control(std::move(options), epochs, [this](std::string_view sentence) { told.emplace_back(sentence); }) { control.start(); }

    epochs::Stamp stamp() const { return epochs.stamp(); }
    bool may_reuse(const epochs::Stamp& stamp, policy::Group group = patients) const {
        return epochs.standing_of(stamp, std::array{group}) == epochs::Standing::trusted;
    }
    bool trusts() const { return may_reuse(stamp()); }

    // Announced, forwarded and answered.
    bool write(policy::Group group) {
        Progress progress;
        const WriteId id = control.next_write();
        control.begin({id, {group}, 1s, epochs.stamp().rules}, progress.listener());
        if (!progress.begins()) return false;
        Tick tick;
        tick.write = id;
        tick.groups = tick.watched = {group};
        tick.rules = epochs.stamp().rules;
        control.tick(tick);
        return progress.ticks();
    }

    std::vector<std::string> told;  // by the control thread; read once that has ended
    epochs::Epochs epochs{{.slots = 1024, .holds = 64}, rules};
    Control control;
};

class Fleet : public ::testing::Test {
protected:
    explicit Fleet(testing::RedisProcess::Arguments arguments = {}) : redis(std::move(arguments)) {}

    virtual ControlOptions options() const {
        ControlOptions options;
        options.redis.address.unix_path = redis.socket();
        options.prefix = "records:";
        options.parameters.lease = 1s;
        options.parameters.margin = 50ms;
        options.parameters.slots = 16 * 1024;  // more than one piece
        options.deadline = 5s;
        return options;
    }
    std::unique_ptr<Node> node() {
        auto made = std::make_unique<Node>(options());
        EXPECT_TRUE(eventually([&] { return made->trusts(); }));
        return made;
    }
    std::string key(StateKeys::Name name) const { return StateKeys("records:")[name]; }
    // A member of whom nothing more is heard.
    void add_silent_member(const std::string& id) {
        redis.command({"EVAL",
                       "redis.call('HSET', KEYS[2], ARGV[1], '1000000 0 0000000000000001') redis.call('HINCRBY', KEYS[1], 'nodes', 1)", "2", key(StateKeys::ctl),
                       key(StateKeys::nodes), id});
    }

    testing::RedisProcess redis;
};

TEST_F(Fleet, EndsAtEachNodeWhatAWriteThroughOneHasReplaced) {
    const auto a = node(), b = node();
    ASSERT_TRUE(eventually([&] { return a->stamp().incarnation == b->stamp().incarnation && a->trusts() && b->trusts(); }));
    for (int i = 0; i < 20; ++i) {
        const epochs::Stamp old = b->stamp();
        ASSERT_TRUE(a->write(patients));
        EXPECT_FALSE(b->may_reuse(old)) << "the write is answered";
        EXPECT_FALSE(a->may_reuse(old));
        EXPECT_TRUE(eventually([&] { return b->may_reuse(old, doctors); }));
        ASSERT_TRUE(b->write(doctors));
        EXPECT_FALSE(a->may_reuse(old, doctors));
    }
    EXPECT_EQ(a->stamp().epoch, 40u);
}

TEST_F(Fleet, TellsAWriteWhichTickItsOwnIsAndWhichCameBefore) {
    const auto a = node();
    ASSERT_TRUE(a->write(patients));
    Progress progress;
    Tick tick;
    tick.write = a->control.next_write();
    tick.groups = tick.watched = {patients};
    tick.rules = rules;
    a->control.tick_alone(tick, progress.listener());
    ASSERT_TRUE(progress.ticks());
    EXPECT_EQ(progress.ticked(), (Ticked{2, 1, false}));
}

TEST_F(Fleet, ReusesNothingWhileRedisIsStoppedForLongerThanALease) {
    const auto a = node();
    const epochs::Stamp stamp = a->stamp();
    redis.pause();
    EXPECT_TRUE(eventually([&] { return !a->may_reuse(stamp); }));
    EXPECT_EQ(a->epochs.standing_of(stamp, std::array{patients}), epochs::Standing::unproven);
    redis.resume();
    EXPECT_TRUE(eventually([&] { return a->may_reuse(stamp); })) << "nothing was invalidated meanwhile";
}

TEST_F(Fleet, WaitsForASilentMemberUntilItMayTrustNoMore) {
    const auto a = node();
    ASSERT_TRUE(a->write(patients));
    add_silent_member("00000000000000ff");
    const auto begun = std::chrono::steady_clock::now();
    ASSERT_TRUE(a->write(patients));
    EXPECT_GE(std::chrono::steady_clock::now() - begun, options().parameters.lease);
    EXPECT_EQ(redis.command({"HLEN", key(StateKeys::nodes)}).integer, 1) << "it was removed";
    EXPECT_GE(a->control.counts().removals.load(), 1u);
}

TEST_F(Fleet, EndsWhatARemovedMemberHadAnnounced) {
    const auto a = node();
    const epochs::Stamp old = a->stamp();
    add_silent_member("00000000000000ff");
    redis.command({"EVAL", "redis.call('HSET', KEYS[2], '00000000000000ff:1', '60000 0000000000000001 ' .. ARGV[1]) redis.call('HINCRBY', KEYS[1], 'intents', 1)", "2", key(StateKeys::ctl),
                   key(StateKeys::intents), groups_text({patients})});
    EXPECT_TRUE(eventually([&] { return !a->may_reuse(old) && a->trusts(); }));
    EXPECT_TRUE(a->epochs.is_held(std::array{patients}, epochs::BootClock::now())) << "it may be committed yet";
    EXPECT_TRUE(eventually([&] { return a->may_reuse(old, doctors); }));
}

TEST_F(Fleet, BeginsAnotherIncarnationWhereRedisHasForgotten) {
    const auto a = node(), b = node();
    const epochs::Stamp old = b->stamp();
    redis.command({"FLUSHALL"});
    ASSERT_TRUE(a->write(patients));
    EXPECT_FALSE(b->may_reuse(old)) << "the write is answered";
    EXPECT_TRUE(eventually([&] { return a->trusts() && b->trusts() && a->stamp().incarnation == b->stamp().incarnation; }));
    EXPECT_NE(a->stamp().incarnation, old.incarnation);
    EXPECT_FALSE(b->may_reuse(old, doctors)) << "of another incarnation";
}

TEST_F(Fleet, GoesOnAfterRedisWasKilledAndStartedAnew) {
    const auto a = node(), b = node();
    const epochs::Stamp old = b->stamp();
    redis.kill();
    EXPECT_TRUE(eventually([&] { return !a->may_reuse(old) && !b->may_reuse(old); }));
    redis.start();
    ASSERT_TRUE(a->write(patients));
    EXPECT_TRUE(eventually([&] { return a->trusts() && b->trusts(); }));
    EXPECT_FALSE(b->may_reuse(old));
}

TEST_F(Fleet, ReadsTheTableWhereAMessageIsMissing) {
    const auto a = node();
    const epochs::Stamp old = a->stamp();
    const auto tables = a->control.counts().tables.load();
    // Two ticks, of which the stream has only the second.
    redis.command({"EVAL",
                   "redis.call('SETRANGE', KEYS[2], tonumber(ARGV[1]) * 8, struct.pack('>I8', 1)) redis.call('SETRANGE', KEYS[2], tonumber(ARGV[2]) * 8, struct.pack('>I8', 2)) "
                   "redis.call('HSET', KEYS[1], 'clock', 2) redis.call('XADD', KEYS[3], '2-0', 'i', redis.call('HGET', KEYS[1], 'incarnation'), 'h', '0', 'g', ARGV[3])",
                   "3", key(StateKeys::ctl), key(StateKeys::slots), key(StateKeys::stream), std::to_string(patients), std::to_string(doctors), groups_text({doctors})});
    EXPECT_TRUE(eventually([&] { return a->stamp().epoch == 2 && a->trusts(); }));
    EXPECT_FALSE(a->may_reuse(old, patients)) << "the tick whose message is missing";
    EXPECT_FALSE(a->may_reuse(old, doctors));
    EXPECT_EQ(a->control.counts().tables.load(), tables + 1);
}

TEST_F(Fleet, FindsWhatWasTickedBeforeItJoined) {
    const auto a = node();
    const epochs::Stamp old = a->stamp();
    ASSERT_TRUE(a->write(patients));
    Tick held;
    held.write = a->control.next_write();
    held.groups = {doctors};
    held.rules = rules;
    held.hold = 60s;
    Progress progress;
    a->control.tick_alone(held, progress.listener());
    ASSERT_TRUE(progress.ticks());
    const auto b = node();
    EXPECT_EQ(b->stamp().epoch, 2u);
    EXPECT_FALSE(b->may_reuse(old));
    EXPECT_TRUE(b->epochs.is_held(std::array{doctors}, epochs::BootClock::now()));
}

TEST_F(Fleet, LetsALeavingNodeGoAtOnce) {
    const auto a = node();
    auto b = node();
    ASSERT_TRUE(eventually([&] { return redis.command({"HLEN", key(StateKeys::nodes)}).integer == 2; }));
    b->control.stop();
    EXPECT_FALSE(b->trusts());
    EXPECT_EQ(redis.command({"HLEN", key(StateKeys::nodes)}).integer, 1);
    ASSERT_TRUE(a->write(patients));
}

TEST_F(Fleet, TakesAWriteBackThatWasNotForwarded) {
    const auto a = node();
    ASSERT_TRUE(a->write(patients));
    Progress progress;
    const WriteId id = a->control.next_write();
    a->control.begin({id, {patients}, 1s, rules}, progress.listener());
    ASSERT_TRUE(progress.begins());
    EXPECT_EQ(redis.command({"HLEN", key(StateKeys::intents)}).integer, 1);
    a->control.withdraw(id);
    EXPECT_TRUE(eventually([&] { return redis.command({"HLEN", key(StateKeys::intents)}).integer == 0; }));
}

TEST_F(Fleet, EndsEverythingWhileItsNodesNameGroupsByDifferentRules) {
    const auto a = node(), b = node();
    b->control.adopt_rules(rules + 1);
    ASSERT_TRUE(eventually([&] { return b->stamp().rules == rules + 1 && b->trusts(); }));
    const epochs::Stamp old = b->stamp();
    ASSERT_TRUE(a->write(patients));
    EXPECT_FALSE(b->may_reuse(old, options().limits.everything)) << "what is stored is of this group as well";
}

TEST_F(Fleet, TrustsNothingBeforeItHasFoundRedisWhateverIsReloaded) {
    redis.kill();
    Node a(options());
    EXPECT_FALSE(a.trusts());
    a.control.adopt_rules(rules + 1);
    EXPECT_TRUE(eventually([&] { return a.stamp().rules == rules + 1; }));
    EXPECT_FALSE(a.trusts());
    redis.start();
    EXPECT_TRUE(eventually([&] { return a.trusts(); }));
}

TEST_F(Fleet, SaysWhatIsWrongWithRedisAndWhenItIsOver) {
    auto a = node();
    redis.kill();
    EXPECT_TRUE(eventually([&] { return a->control.counts().failed_turns.load() > 0 && !a->trusts(); }));
    std::this_thread::sleep_for(100ms);
    redis.start();
    EXPECT_TRUE(eventually([&] { return a->trusts(); }));
    a->control.stop();
    ASSERT_EQ(a->told.size(), 2u);
    EXPECT_THAT(a->told[0], ::testing::HasSubstr("unreachable; until it answers, everything is validated with the origin"));
    EXPECT_THAT(a->told[1], ::testing::HasSubstr("answers again"));
}

class FleetWithAReplica : public Fleet {
protected:
    FleetWithAReplica() : FleetWithAReplica(std::make_shared<testing::ReservedPort>()) {}
    explicit FleetWithAReplica(const std::shared_ptr<testing::ReservedPort>& port)
        : Fleet({"--port", port->text(), "--bind", "127.0.0.1"}), port_(port), replica({"--replicaof", "127.0.0.1 " + port->text()}) {}

    ControlOptions options() const override {
        ControlOptions options = Fleet::options();
        options.deadline = 300ms;
        return options;
    }
    void SetUp() override {
        ASSERT_TRUE(eventually([&] { return redis.command({"INFO", "replication"}).text.find("state=online") != std::string::npos; }));
    }

    std::shared_ptr<testing::ReservedPort> port_;
    testing::RedisProcess replica;
};

TEST_F(FleetWithAReplica, CountsNothingThatTheReplicaDoesNotHold) {
    const auto a = node();
    ASSERT_TRUE(a->write(patients));
    EXPECT_EQ(redis.command({"HGET", key(StateKeys::ctl), "replicas"}).text, "1");
    replica.pause();
    EXPECT_TRUE(eventually([&] { return !a->trusts(); })) << "no probe counts";
    Progress progress;
    Tick tick;
    tick.write = a->control.next_write();
    tick.groups = tick.watched = {patients};
    tick.rules = rules;
    a->control.tick_alone(tick, progress.listener());
    const auto failed = a->control.counts().failed_turns.load();
    EXPECT_TRUE(eventually([&] { return a->control.counts().failed_turns.load() > failed + 1; }));
    EXPECT_FALSE(progress.has_ticked()) << "another master would not know of it";
    replica.resume();
    EXPECT_TRUE(progress.ticks());
    EXPECT_TRUE(eventually([&] { return a->trusts(); }));
}

TEST_F(FleetWithAReplica, BeginsAnotherIncarnationAtTheMasterThatTakesOverOnceItsReplicaIsBackOrNoLongerAskedFor) {
    const auto a = node();
    ASSERT_TRUE(a->write(patients));
    const epochs::Stamp old = a->stamp();
    redis.kill();
    replica.command({"REPLICAOF", "NO", "ONE"});
    ControlOptions moved = options();
    moved.redis.address.unix_path = replica.socket();
    Node b(moved);
    EXPECT_TRUE(eventually([&] { return b.control.counts().failed_turns.load() >= 3; }));
    EXPECT_FALSE(b.trusts()) << "another master may be going on";
    replica.command({"HSET", key(StateKeys::ctl), "replicas", "0"});
    EXPECT_TRUE(eventually([&] { return b.trusts(); }));
    EXPECT_NE(b.stamp().incarnation, old.incarnation) << "the state was there, but of another history";
}

}  // namespace
}  // namespace sidecache::fleet
