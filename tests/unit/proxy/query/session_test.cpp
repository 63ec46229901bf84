#include "tests/unit/proxy/query/talk.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <malloc.h>

#include <string>
#include <tuple>
#include <utility>
#include <vector>

namespace sidecache::query {
namespace {

using namespace std::chrono_literals;
using namespace std::string_literals;
using testing::Household;
using testing::Talk;
using ::testing::StartsWith;

using Exchange = std::vector<std::pair<std::string, std::string>>;  // each line and its reply

class ASession : public ::testing::Test {
protected:
    void expect(const Exchange& exchange) {
        for (const auto& [line, reply] : exchange) EXPECT_EQ(talk.say(line), reply) << line;
    }
    Household household;
    Talk talk{household};
    Talk other{household};
};

constexpr const char* syntax_error = "-ERR syntax error";
constexpr const char* no_integer = "-ERR value is not an integer or out of range";

TEST_F(ASession, AnswersNothingToARequestWithoutArguments) {
    EXPECT_EQ(talk.say(""), "");
    EXPECT_FALSE(talk.session.is_over());
}

TEST_F(ASession, TellsWhatItDoesNotKnowAndTheFirstOfItsArguments) {
    expect({{"FOO", "-ERR unknown command 'FOO', with args beginning with: "},
            {"lpush list 'a b'", "-ERR unknown command 'lpush', with args beginning with: 'list' 'a b' "},
            {R"("a\r\nb")", "-ERR unknown command 'a  b', with args beginning with: "},
            {"''", "-ERR unknown command '', with args beginning with: "}});
    const std::string long_one(10'000, 'x');
    EXPECT_LT(talk.say(long_one + " " + long_one + " " + long_one + " " + long_one).size(), 1'000u);
    EXPECT_EQ(household.tally.commands.back().value(), 5u);
    EXPECT_EQ(household.tally.errors.value(), 5u);
    EXPECT_FALSE(talk.session.is_over());
}

TEST_F(ASession, EndsWithoutAWordWhereABrowserTalksToIt) {
    EXPECT_EQ(talk.say("POST / HTTP/1.1"), "");
    EXPECT_TRUE(talk.session.is_over());
    EXPECT_EQ(other.say("host: 127.0.0.1:6380"), "");
    EXPECT_TRUE(other.session.is_over());
}

TEST_F(ASession, RefusesAWrongNumberOfArguments) {
    expect({{"GET", "-ERR wrong number of arguments for 'get' command"},
            {"Get a b", "-ERR wrong number of arguments for 'get' command"},
            {"MSET a b c", "-ERR wrong number of arguments for 'mset' command"},
            {"MSETNX a b c", "-ERR wrong number of arguments for 'msetnx' command"},
            {"PING a b", "-ERR wrong number of arguments for 'ping' command"}});
}

TEST_F(ASession, CountsWhatItWasAskedAndWhatItFound) {
    expect({{"SET a 1", "+OK"}, {"GET a", "$1 1"}, {"GET b", "$-1"}, {"MGET a b a", "*3 $1 1 $-1 $1 1"}, {"GET", "-ERR wrong number of arguments for 'get' command"}});
    const auto count = [&](std::string_view name) { return household.tally.commands[static_cast<std::size_t>(find_command(name) - commands().data())].value(); };
    EXPECT_EQ(count("set"), 1u);
    EXPECT_EQ(count("get"), 2u);
    EXPECT_EQ(count("mget"), 1u);
    EXPECT_EQ(household.tally.hits.value(), 3u);
    EXPECT_EQ(household.tally.misses.value(), 2u);
    EXPECT_EQ(household.tally.errors.value(), 1u);
}

TEST_F(ASession, IsOverAfterARequestThatCannotBeRead) {
    std::string out;
    Session session({household.keyspace, household.tally, household.reader, 0}, household.options, {1, "unix"}, out);
    session.refuse("expected '$', got '\n'");
    EXPECT_EQ(out, "-ERR Protocol error: expected '$', got ' '\r\n");
    EXPECT_TRUE(session.is_over());
}

TEST_F(ASession, IsOverOnceItsClientQuits) {
    EXPECT_EQ(talk.say("QUIT"), "+OK");
    EXPECT_TRUE(talk.session.is_over());
}

TEST_F(ASession, AnswersNothingLargerThanItMay) {
    household.options.reply = 200;
    expect({{"SET a " + std::string(150, 'x'), "+OK"},
            {"SET b " + std::string(195, 'x'), "+OK"},
            {"STRLEN a", ":150"},
            {"GET a", "$150 " + std::string(150, 'x')},
            {"GET b", "-ERR the reply is larger than query.reply allows"},
            {"MGET a a", "-ERR the reply is larger than query.reply allows"},
            {"MGET missing missing", "*2 $-1 $-1"}});
    for (int i = 0; i < 100; ++i) talk.say("SET key" + std::to_string(i) + " value");
    EXPECT_EQ(talk.say("KEYS *"), "-ERR the reply is larger than query.reply allows");
    EXPECT_EQ(talk.say("KEYS a"), "*1 $1 a");
}

TEST_F(ASession, StaysInTheDatabaseThatItSelected) {
    expect({{"SET a 0", "+OK"},
            {"SELECT 15", "+OK"},
            {"GET a", "$-1"},
            {"SET a 15", "+OK"},
            {"SELECT 16", "-ERR DB index is out of range"},
            {"SELECT -1", "-ERR DB index is out of range"},
            {"SELECT x", no_integer},
            {"GET a", "$2 15"}});
    EXPECT_EQ(other.say("GET a"), "$1 0");
    expect({{"SWAPDB 0 15", "+OK"}, {"GET a", "$1 0"}, {"SWAPDB 0 16", "-ERR DB index is out of range"}, {"SWAPDB x 0", "-ERR invalid first DB index"}, {"SWAPDB 0 x", "-ERR invalid second DB index"}});
    expect({{"FLUSHDB", "+OK"}, {"DBSIZE", ":0"}, {"FLUSHDB LATER", syntax_error}, {"SELECT 0", "+OK"}, {"DBSIZE", ":1"}, {"FLUSHALL ASYNC", "+OK"}, {"DBSIZE", ":0"}});
}

TEST_F(ASession, SpeaksTheProtocolThatItsClientAskedFor) {
    const std::string told = " $6 server $5 redis $7 version $6 7.0.15 $5 proto :";
    const std::string rest = " $2 id :7 $4 mode $10 standalone $4 role $6 master $7 modules *0";
    expect({{"HELLO", "*14" + told + "2" + rest},
            {"GET a", "$-1"},
            {"HELLO 3", "%7" + told + "3" + rest},
            {"GET a", "_"},
            {"HELLO", "%7" + told + "3" + rest},
            {"HELLO 4", "-NOPROTO unsupported protocol version"},
            {"HELLO x", "-ERR Protocol version is not an integer or out of range"},
            {"HELLO 2 SETNAME", "-ERR Syntax error in HELLO option 'SETNAME'"},
            {"HELLO 2 AUTH default", "-ERR Syntax error in HELLO option 'AUTH'"},
            {"GET a", "_"},
            {"HELLO 2 SETNAME me", "*14" + told + "2" + rest},
            {"CLIENT GETNAME", "$2 me"},
            {"GET a", "$-1"}});
}

TEST_F(ASession, KnowsItsClientByName) {
    expect({{"CLIENT GETNAME", "$-1"},
            {"CLIENT SETNAME me", "+OK"},
            {"CLIENT GETNAME", "$2 me"},
            {"CLIENT SETNAME 'a b'", "-ERR Client names cannot contain spaces, newlines or special characters."},
            {"CLIENT ID", ":7"},
            {"CLIENT SETINFO LIB-NAME redis-py", "+OK"},
            {"CLIENT SETINFO other x", "-ERR Unrecognized option 'other'"},
            {"CLIENT INFO", "$58 id=7 addr=127.0.0.1:5000 name=me db=0 resp=2 user=default\n"},
            {"CLIENT KILL x", "-ERR unknown subcommand 'KILL'. Try CLIENT HELP."},
            {"RESET", "+RESET"},
            {"CLIENT GETNAME", "$-1"}});
}

class ASessionWithAPassword : public ASession {
protected:
    Talk stranger{with_password()};

private:
    Household& with_password() {
        household.options.password = "secret";
        return household;
    }
};

TEST_F(ASessionWithAPassword, DoesNothingBeforeItIsGiven) {
    const Exchange exchange{{"GET a", "-NOAUTH Authentication required."},
                            {"PING", "-NOAUTH Authentication required."},
                            {"MULTI", "-NOAUTH Authentication required."},
                            {"EXEC", "-NOAUTH Authentication required."},
                            {"FOO", "-NOAUTH Authentication required."},
                            {"HELLO 3", "-NOAUTH HELLO must be called with the client already authenticated, otherwise the HELLO AUTH <user> <pass> option can be "
                                        "used to authenticate the client and select the RESP protocol version at the same time"},
                            {"AUTH wrong", "-WRONGPASS invalid username-password pair or user is disabled."},
                            {"AUTH ''", "-WRONGPASS invalid username-password pair or user is disabled."},
                            {"AUTH somebody secret", "-WRONGPASS invalid username-password pair or user is disabled."},
                            {"AUTH a b c", syntax_error},
                            {"GET a", "-NOAUTH Authentication required."},
                            {"AUTH secret", "+OK"},
                            {"GET a", "$-1"},
                            {"RESET", "+RESET"},
                            {"GET a", "-NOAUTH Authentication required."},
                            {"AUTH default secret", "+OK"},
                            {"AUTH wrong", "-WRONGPASS invalid username-password pair or user is disabled."},
                            {"GET a", "$-1"}};
    for (const auto& [line, reply] : exchange) EXPECT_EQ(stranger.say(line), reply) << line;
}

TEST_F(ASessionWithAPassword, TakesItWithHello) {
    EXPECT_THAT(stranger.say("HELLO 3 AUTH default wrong"), StartsWith("-WRONGPASS"));
    EXPECT_THAT(stranger.say("HELLO 3 AUTH default secret SETNAME me"), StartsWith("%7"));
    EXPECT_EQ(stranger.say("GET a"), "_");
}

TEST_F(ASessionWithAPassword, ListensToLittleBeforeItIsGiven) {
    EXPECT_EQ(stranger.session.request_limits().arguments, 10u);
    EXPECT_EQ(stranger.session.request_limits().argument, 16u * 1024);
    stranger.say("AUTH secret");
    EXPECT_EQ(stranger.session.request_limits().argument, household.options.request.argument);
    stranger.say("RESET");
    EXPECT_EQ(stranger.session.request_limits().arguments, 10u);
}

TEST_F(ASession, WithoutAPasswordTakesAnyOfItsOneUser) {
    EXPECT_THAT(talk.say("AUTH any"), StartsWith("-ERR AUTH <password> called without any password configured"));
    EXPECT_EQ(talk.say("AUTH default any"), "+OK");
    EXPECT_THAT(talk.say("AUTH other any"), StartsWith("-WRONGPASS"));
}

using ATransaction = ASession;

TEST_F(ATransaction, RunsAllThatWasQueuedAtOnce) {
    expect({{"MULTI", "+OK"}, {"SET a 1", "+QUEUED"}, {"INCR a", "+QUEUED"}, {"PING", "+QUEUED"}, {"SELECT 1", "+QUEUED"}, {"GET a", "+QUEUED"}});
    EXPECT_EQ(other.say("GET a"), "$-1");
    expect({{"EXEC", "*5 +OK :2 +PONG +OK $-1"}, {"SELECT 0", "+OK"}, {"GET a", "$1 2"}, {"EXEC", "-ERR EXEC without MULTI"}, {"MULTI", "+OK"}, {"EXEC", "*0"}});
}

TEST_F(ATransaction, GoesOnAfterACommandThatFails) {
    expect({{"SET a x", "+OK"}, {"MULTI", "+OK"}, {"INCR a", "+QUEUED"}, {"SET b 1", "+QUEUED"}, {"EXEC", std::string("*2 ") + no_integer + " +OK"}, {"GET b", "$1 1"}});
}

TEST_F(ATransaction, IsDiscardedOnDemand) {
    expect({{"DISCARD", "-ERR DISCARD without MULTI"}, {"MULTI", "+OK"}, {"SET a 1", "+QUEUED"}, {"DISCARD", "+OK"}, {"GET a", "$-1"}, {"EXEC", "-ERR EXEC without MULTI"}});
}

TEST_F(ATransaction, IsDiscardedWhereACommandCouldNotBeQueued) {
    for (const std::string wrong : {"FOO", "GET"}) {
        expect({{"MULTI", "+OK"}, {"SET a 1", "+QUEUED"}});
        EXPECT_THAT(talk.say(wrong), StartsWith("-ERR "));
        expect({{"SET a 2", "+QUEUED"},
                {"EXEC", "-EXECABORT Transaction discarded because of previous errors."},
                {"GET a", "$-1"},
                {"MULTI", "+OK"},
                {"PING", "+QUEUED"},
                {"EXEC", "*1 +PONG"}});
    }
}

TEST_F(ATransaction, LeavesNoMemoryBehindWhenItIsDiscarded) {
    const auto held = [] { return mallinfo2().uordblks + mallinfo2().hblkhd; };
    const std::size_t before = held();
    talk.say("MULTI");
    for (int i = 0; i < 10'000; ++i) talk.say("PING");
    talk.say("DISCARD");
    EXPECT_LT(held(), before + 64 * 1024);
}

TEST_F(ATransaction, HasNoOtherWithinAndWatchesNothing) {
    expect({{"MULTI", "+OK"},
            {"MULTI", "-ERR MULTI calls can not be nested"},
            {"WATCH a", "-ERR WATCH inside MULTI is not allowed"},
            {"UNWATCH", "+QUEUED"},
            {"EXEC", "*1 +OK"}});
}

TEST_F(ATransaction, EndsWithAReset) {
    expect({{"WATCH a", "+OK"}, {"MULTI", "+OK"}, {"SET a 1", "+QUEUED"}, {"RESET", "+RESET"}, {"EXEC", "-ERR EXEC without MULTI"}, {"GET a", "$-1"}});
    EXPECT_EQ(talk.session.watches(), 0u);
}

TEST_F(ATransaction, IsNoLargerThanItMayBe) {
    household.options.transaction = 1'000;
    expect({{"MULTI", "+OK"},
            {"SET a " + std::string(700, 'x'), "+QUEUED"},
            {"SET a " + std::string(700, 'x'), "-ERR the transaction is larger than query.transaction allows"},
            {"EXEC", "-EXECABORT Transaction discarded because of previous errors."},
            {"MULTI", "+OK"},
            {"SET a " + std::string(700, 'x'), "+QUEUED"},
            {"EXEC", "*1 +OK"}});
}

TEST_F(ATransaction, AnswersNothingLargerThanItMayAndTellsWhatWasDone) {
    household.options.reply = 400;
    talk.say("SET a " + std::string(300, 'x'));
    expect({{"MULTI", "+OK"},
            {"GET a", "+QUEUED"},
            {"GET a", "+QUEUED"},
            {"SET b 1", "+QUEUED"},
            {"EXEC", "*3 $300 " + std::string(300, 'x') + " -ERR the reply is larger than query.reply allows +OK"},
            {"GET b", "$1 1"}});
}

TEST_F(ATransaction, RunsWhereAllThatIsWatchedIsUnchanged) {
    expect({{"SET a 1", "+OK"}, {"SET b 1 EX 10", "+OK"}, {"WATCH a b missing", "+OK"}, {"WATCH a", "+OK"}, {"GET a", "$1 1"}});
    other.say("GET a");
    other.say("SET unrelated 1");
    other.say("SELECT 1");
    other.say("SET a elsewhere");
    expect({{"MULTI", "+OK"}, {"SET a 2", "+QUEUED"}, {"EXEC", "*1 +OK"}, {"GET a", "$1 2"}});
    EXPECT_EQ(talk.session.watches(), 0u);
}

TEST_F(ATransaction, RunsNotAtAllWhereAnythingThatIsWatchedIsNotAsItWas) {
    // What was there, what is watched, and what somebody else did.
    const std::vector<std::vector<std::string>> table{
        {"SET k old", "SET k new"},       {"SET k old", "SET k old"},   {"SET k old", "DEL k"},          {"SET k old", "EXPIRE k 100"},
        {"SET k old", "APPEND k more"},   {"SET k old", "FLUSHALL"},    {"SET k old", "FLUSHDB"},        {"SET k old", "SWAPDB 0 1"},
        {"SET k old", "RENAME k other"},  {"DEL k", "SET k new"},       {"DEL k", "INCR k"},             {"SET k old EX 100", "PERSIST k"},
        {"SET k old", "GETDEL k"},        {"SET k old", "MSET x 1 k 2"}, {"SET k old", "GETEX k EX 100"},
    };
    for (const auto& row : table) {
        talk.say(row[0]);
        ASSERT_EQ(talk.say("WATCH unrelated k"), "+OK");
        other.say(row[1]);
        expect({{"MULTI", "+OK"}, {"SET done 1", "+QUEUED"}, {"EXEC", "*-1"}, {"GET done", "$-1"}});
        expect({{"MULTI", "+OK"}, {"PING", "+QUEUED"}, {"EXEC", "*1 +PONG"}});
        talk.say("FLUSHALL");
    }
}

TEST_F(ATransaction, RunsNotAtAllWhereWhatIsWatchedExpired) {
    expect({{"SET k old PX 10", "+OK"}, {"WATCH k", "+OK"}, {"MULTI", "+OK"}, {"PING", "+QUEUED"}});
    household.now += 10ms;
    expect({{"EXEC", "*-1"}});
    expect({{"WATCH k", "+OK"}, {"MULTI", "+OK"}, {"PING", "+QUEUED"}});
    household.sweep();
    expect({{"EXEC", "*1 +PONG"}});
}

TEST_F(ATransaction, RunsWhereWhatChangedIsWatchedNoLonger) {
    for (const std::string end : {"UNWATCH", "DISCARD", "EXEC", "RESET"}) {
        talk.say("SET k old");
        talk.say("WATCH k");
        if (end == "DISCARD" || end == "EXEC") talk.say("MULTI");
        talk.say(end);
        other.say("SET k new");
        expect({{"MULTI", "+OK"}, {"PING", "+QUEUED"}, {"EXEC", "*1 +PONG"}});
    }
}

TEST_F(ATransaction, WatchesAKeyOfTheDatabaseThatWasSelectedThen) {
    expect({{"WATCH k", "+OK"}, {"SELECT 1", "+OK"}});
    other.say("SET k new");
    expect({{"MULTI", "+OK"}, {"PING", "+QUEUED"}, {"EXEC", "*-1"}});
}

TEST_F(ATransaction, WatchesAsManyKeysAsItMay) {
    household.options.watches = 3;
    expect({{"WATCH a b", "+OK"}, {"WATCH c d", "-ERR more keys are watched than query.watches allows"}, {"WATCH c", "+OK"}, {"UNWATCH", "+OK"}, {"WATCH a b c", "+OK"}});
}

TEST_F(ATransaction, ThatWatchesAKeyDoesNotKeepItForOthers) {
    expect({{"SET k old", "+OK"}, {"WATCH k", "+OK"}});
    other.say("DEL k");
    EXPECT_EQ(other.say("DBSIZE"), ":0");
}

using Set = ASession;

TEST_F(Set, DoesAsItsOptionsSay) {
    expect({{"SET k v1 XX", "$-1"},
            {"GET k", "$-1"},
            {"SET k v1 NX", "+OK"},
            {"SET k v2 NX", "$-1"},
            {"SET k v3 xx", "+OK"},
            {"GET k", "$2 v3"},
            {"SET k v4 GET", "$2 v3"},
            {"SET k v5 NX GET", "$2 v4"},
            {"GET k", "$2 v4"},
            {"SET k v6 GET XX", "$2 v4"},
            {"SET new v GET", "$-1"},
            {"GET new", "$1 v"},
            {"SET newer v NX GET", "$-1"},
            {"GET newer", "$1 v"},
            {"SET newest v XX GET", "$-1"},
            {"GET newest", "$-1"},
            {"SET k v NX NX", "$-1"}});
}

TEST_F(Set, HasTheTimeThatItsOptionsSay) {
    expect({{"SET k v EX 10", "+OK"},         {"PTTL k", ":10000"},  {"SET k v px 1500", "+OK"},       {"PTTL k", ":1500"},
            {"SET k v EXAT 1700000100", "+OK"}, {"PTTL k", ":100000"}, {"SET k v PXAT 1700000000001", "+OK"}, {"PTTL k", ":1"},
            {"SET k v KEEPTTL", "+OK"},         {"PTTL k", ":1"},      {"SET k v EX 10 XX", "+OK"},      {"SET k v GET KEEPTTL", "$1 v"},
            {"TTL k", ":10"},                   {"SET k v", "+OK"},    {"TTL k", ":-1"},                 {"SET k v KEEPTTL", "+OK"},
            {"TTL k", ":-1"},                   {"SET k v NX EX 5", "$-1"}, {"TTL k", ":-1"},            {"SET k v PXAT 9223372036854775807", "+OK"},
            {"GET k", "$1 v"},                  {"SET k v EXAT 9223372036854775", "+OK"}, {"GET k", "$1 v"}, {"SET absent v KEEPTTL", "+OK"},
            {"TTL absent", ":-1"}});
}

TEST_F(Set, OfAValueThatHasExpiredLeavesNothing) {
    expect({{"SET k old", "+OK"}, {"SET k v PXAT 1", "+OK"}, {"GET k", "$-1"}, {"SET k old", "+OK"}, {"SET k v EXAT 1700000000 GET", "$3 old"}, {"EXISTS k", ":0"}});
}

TEST_F(Set, RefusesOptionsThatDoNotGoTogether) {
    const std::string no_time = "-ERR invalid expire time in 'set' command";
    talk.say("SET k old");
    expect({{"SET k v NX XX", syntax_error},
            {"SET k v XX NX", syntax_error},
            {"SET k v EX", syntax_error},
            {"SET k v EX 10 PX 10", syntax_error},
            {"SET k v EX 10 KEEPTTL", syntax_error},
            {"SET k v KEEPTTL EX 10", syntax_error},
            {"SET k v KEEPTTL KEEPTTL", "+OK"},
            {"SET k old", "+OK"},
            {"SET k v PERSIST", syntax_error},
            {"SET k v ''", syntax_error},
            {"SET k v v", syntax_error},
            {"SET k v EX 1.5", no_integer},
            {"SET k v EX ''", no_integer},
            {"SET k v EX 9223372036854775808", no_integer},
            {"SET k v EX 0", no_time},
            {"SET k v PX -1", no_time},
            {"SET k v EXAT 0", no_time},
            {"SET k v EX 9223372036854775807", no_time},
            {"SET k v EX 9223372036854775", no_time},
            {"SET k v PX 9223372036854775807", no_time},
            {"SETEX k 0 v", "-ERR invalid expire time in 'setex' command"},
            {"PSETEX k x v", no_integer},
            {"GETEX k EX 0", "-ERR invalid expire time in 'getex' command"},
            {"GETEX k EX 1 PERSIST", syntax_error},
            {"GETEX k KEEPTTL", syntax_error},
            {"GET k", "$3 old"},
            {"TTL k", ":-1"}});
}

TEST_F(Set, RefusesWhatThereIsNoRoomFor) {
    const std::string larger_than_memory(9'000'000, 'x');
    talk.say("SET k old");
    EXPECT_EQ(talk.say_words(std::vector<std::string_view>{"SET", "k", larger_than_memory}), "-OOM command not allowed when used memory > 'maxmemory'.");
    EXPECT_EQ(talk.say("GET k"), "$3 old");
}

using Strings = ASession;

TEST_F(Strings, AreSetAndGotInManyWays) {
    expect({{"SETNX k a", ":1"},
            {"SETNX k b", ":0"},
            {"GETSET k b", "$1 a"},
            {"GETSET new b", "$-1"},
            {"SETEX k 10 c", "+OK"},
            {"GETEX k PERSIST", "$1 c"},
            {"TTL k", ":-1"},
            {"GETEX k PX 1500", "$1 c"},
            {"PTTL k", ":1500"},
            {"GETEX k", "$1 c"},
            {"PTTL k", ":1500"},
            {"GETEX k PXAT 1", "$1 c"},
            {"GET k", "$-1"},
            {"GETDEL new", "$1 b"},
            {"GETDEL new", "$-1"},
            {"MSET a 1 b 2 a 3", "+OK"},
            {"MGET a b c", "*3 $1 3 $1 2 $-1"},
            {"MSETNX c 1 a 1", ":0"},
            {"MSETNX c 1 d 1", ":1"},
            {"EXISTS a a c x", ":3"},
            {"TOUCH a x", ":1"},
            {"DEL a b x a", ":2"},
            {"UNLINK c d", ":2"},
            {"DBSIZE", ":0"}});
}

TEST_F(Strings, AreLengthenedCutAndOverwritten) {
    expect({{"APPEND k Hello", ":5"},
            {"APPEND k ' World'", ":11"},
            {"STRLEN k", ":11"},
            {"STRLEN x", ":0"},
            {"GETRANGE k 0 4", "$5 Hello"},
            {"GETRANGE k -5 -1", "$5 World"},
            {"GETRANGE k 0 -1", "$11 Hello World"},
            {"GETRANGE k 5 3", "$0 "},
            {"GETRANGE k 100 200", "$0 "},
            {"GETRANGE k -100 0", "$1 H"},
            {"GETRANGE k -1 -100", "$0 "},
            {"GETRANGE k -9223372036854775808 9223372036854775807", "$11 Hello World"},
            {"GETRANGE k 0 x", no_integer},
            {"GETRANGE x 0 -1", "$0 "},
            {"SETRANGE k 6 Redis", ":11"},
            {"GET k", "$11 Hello Redis"},
            {"SETRANGE k 11 !", ":12"},
            {"SETRANGE k 0 ''", ":12"},
            {"SETRANGE x 0 ''", ":0"},
            {"EXISTS x", ":0"},
            {"SETRANGE k -1 x", "-ERR offset is out of range"},
            {"SETRANGE k 9223372036854775807 x", "-ERR string exceeds maximum allowed size (query.value)"}});
    EXPECT_EQ(talk.say("SETRANGE pad 3 x"), ":4");
    EXPECT_EQ(talk.say("GET pad"), "$4 \0\0\0x"s);
    household.options.request.argument = 20;
    expect({{"APPEND k 12345678", ":20"}, {"APPEND k 9", "-ERR string exceeds maximum allowed size (query.value)"}, {"SETRANGE k 19 12", "-ERR string exceeds maximum allowed size (query.value)"},
            {"SETRANGE k 19 1", ":20"}});
}

TEST_F(Strings, KeepTheirTimeWhenTheyAreChanged) {
    for (const std::string change : {"APPEND k 1", "SETRANGE k 0 2", "INCR k", "DECRBY k 5", "INCRBYFLOAT k 2"}) {
        talk.say("SET k 1 EX 10");
        talk.say(change);
        EXPECT_EQ(talk.say("TTL k"), ":10") << change;
    }
}

using Numbers = ASession;

TEST_F(Numbers, AreCounted) {
    expect({{"INCR n", ":1"},
            {"INCRBY n 41", ":42"},
            {"DECR n", ":41"},
            {"DECRBY n 50", ":-9"},
            {"GET n", "$2 -9"},
            {"INCRBY n -1", ":-10"},
            {"INCRBY n x", no_integer},
            {"INCRBY n 1.5", no_integer},
            {"SET n 9223372036854775807", "+OK"},
            {"INCR n", "-ERR increment or decrement would overflow"},
            {"SET n -9223372036854775808", "+OK"},
            {"DECR n", "-ERR increment or decrement would overflow"},
            {"DECRBY n -9223372036854775808", "-ERR decrement would overflow"},
            {"INCRBY n 9223372036854775807", ":-1"},
            {"SET n ' 1'", "+OK"},
            {"INCR n", no_integer},
            {"SET n ''", "+OK"},
            {"INCR n", no_integer},
            {"SET n 01", "+OK"},
            {"INCR n", no_integer}});
}

TEST_F(Numbers, ThatAreNoIntegersAreWrittenAsPeopleDo) {
    const std::vector<std::tuple<std::string, std::string, std::string>> table{
        {"10.50", "0.1", "10.6"}, {"5.0e3", "2.0e2", "5200"}, {"3.0", "1", "4"},   {"1", "-1", "0"},           {"0", "-0", "0"},
        {"0.1", "0.2", "0.3"},    {"-1.5", "0.25", "-1.25"},  {".5", "1.", "1.5"}, {"0", "1e-17", "0.00000000000000001"}, {"0", "1e-18", "0"},
        {"0", "-1e-18", "0"},     {"0", "1e20", "100000000000000000000"}, {"0", "0x10", "16"}, {"100", "0", "100"}, {"0", "1e3", "1000"},
    };
    for (const auto& [before, amount, sum] : table) {
        talk.say("SET n " + before);
        EXPECT_EQ(talk.say("INCRBYFLOAT n " + amount), "$" + std::to_string(sum.size()) + " " + sum) << before << " + " << amount;
        EXPECT_EQ(talk.say("GET n"), "$" + std::to_string(sum.size()) + " " + sum);
    }
    EXPECT_EQ(talk.say("INCRBYFLOAT new 1.5"), "$3 1.5");
}

TEST_F(Numbers, ThatAreNoIntegersMayHaveManyDigits) {
    const std::string first = talk.say("INCRBYFLOAT n 1e300");
    EXPECT_THAT(first, StartsWith("$301 10000000000000000"));
    EXPECT_EQ(talk.say("INCRBYFLOAT n 0"), first);
    EXPECT_THAT(talk.say("INCRBYFLOAT n 1e4931"), StartsWith("$4932 "));
    EXPECT_THAT(talk.say("INCRBYFLOAT n 1e4931"), StartsWith("$4932 2"));
}

TEST_F(Numbers, AreNothingElse) {
    const std::string no_float = "-ERR value is not a valid float";
    for (const std::string text : {"x", "''", "' 1'", "'1 '", "1x", "nan", "1,5", "--1", R"("1\x00")", "1e99999", "1e-5000", "0x"}) {
        EXPECT_EQ(talk.say("INCRBYFLOAT n " + text), no_float) << text;
        talk.say("SET n " + text);
        EXPECT_EQ(talk.say("INCRBYFLOAT n 1"), no_float) << text;
        talk.say("DEL n");
    }
    EXPECT_EQ(talk.say_words(std::vector<std::string_view>{"INCRBYFLOAT", "n", std::string(6'000, '1')}), no_float);
    EXPECT_EQ(talk.say("INCRBYFLOAT n inf"), "-ERR increment would produce NaN or Infinity");
    EXPECT_EQ(talk.say("EXISTS n"), ":0");
}

using Expiring = ASession;

TEST_F(Expiring, IsToldInSecondsAndMilliseconds) {
    expect({{"SET k v", "+OK"},
            {"TTL k", ":-1"},
            {"PTTL x", ":-2"},
            {"EXPIRE k 10", ":1"},
            {"TTL k", ":10"},
            {"PTTL k", ":10000"},
            {"EXPIRETIME k", ":1700000010"},
            {"PEXPIRETIME k", ":1700000010000"},
            {"EXPIRETIME x", ":-2"},
            {"PEXPIRE k 1499", ":1"},
            {"TTL k", ":1"},
            {"PEXPIRE k 1500", ":1"},
            {"TTL k", ":2"},
            {"EXPIREAT k 1700000020", ":1"},
            {"TTL k", ":20"},
            {"PEXPIREAT k 1700000000005", ":1"},
            {"PTTL k", ":5"},
            {"PERSIST k", ":1"},
            {"PERSIST k", ":0"},
            {"PERSIST x", ":0"},
            {"PEXPIRETIME k", ":-1"},
            {"EXPIRE x 10", ":0"},
            {"EXPIRE k x", no_integer},
            {"EXPIRE k 10 SOON", "-ERR Unsupported option SOON"},
            {"EXPIRE k 9223372036854775807", "-ERR invalid expire time in 'expire' command"},
            {"EXPIRE k -9223372036854775808", "-ERR invalid expire time in 'expire' command"},
            {"PEXPIRE k 9223372036854775807", "-ERR invalid expire time in 'pexpire' command"},
            {"GET k", "$1 v"}});
}

TEST_F(Expiring, HappensWhenItsTimeHasCome) {
    expect({{"SET k v PX 10", "+OK"}});
    household.now += 9ms + 999us;
    expect({{"GET k", "$1 v"}});
    household.now += 1us;
    expect({{"GET k", "$-1"}, {"TTL k", ":-2"}, {"TYPE k", "+none"}, {"DEL k", ":0"}});
}

TEST_F(Expiring, InThePastHappensAtOnce) {
    for (const std::string past : {"EXPIRE k 0", "EXPIRE k -1", "PEXPIRE k -9223372036854775808", "EXPIREAT k 1", "PEXPIREAT k 1700000000000"}) {
        talk.say("SET k v");
        EXPECT_EQ(talk.say(past), ":1") << past;
        EXPECT_EQ(talk.say("EXISTS k"), ":0") << past;
    }
}

TEST_F(Expiring, IsChangedOnItsConditionsAlone) {
    const std::string not_together = "-ERR NX and XX, GT or LT options at the same time are not compatible";
    expect({{"SET k v", "+OK"},
            {"EXPIRE k 10 XX", ":0"},
            {"EXPIRE k 10 GT", ":0"},
            {"EXPIRE k 10 NX", ":1"},
            {"EXPIRE k 20 NX", ":0"},
            {"EXPIRE k 20 LT", ":0"},
            {"EXPIRE k 10 GT", ":0"},
            {"EXPIRE k 10 LT", ":0"},
            {"EXPIRE k 20 GT", ":1"},
            {"EXPIRE k 5 xx lt", ":1"},
            {"TTL k", ":5"},
            {"PERSIST k", ":1"},
            {"EXPIRE k 10 LT", ":1"},
            {"EXPIRE k 10 NX XX", not_together},
            {"EXPIRE k 10 GT NX", not_together},
            {"EXPIRE k 10 GT LT", "-ERR GT and LT options at the same time are not compatible"}});
}

using Keys = ASession;

TEST_F(Keys, KeepTheirTimeWhenTheyAreRenamedOrCopied) {
    expect({{"SET k v EX 10", "+OK"},
            {"SET other w", "+OK"},
            {"RENAME k k2", "+OK"},
            {"EXISTS k", ":0"},
            {"TTL k2", ":10"},
            {"RENAMENX k2 other", ":0"},
            {"RENAMENX k2 k3", ":1"},
            {"TTL k3", ":10"},
            {"COPY k3 k4", ":1"},
            {"TTL k3", ":10"},
            {"TTL k4", ":10"},
            {"COPY other k4", ":0"},
            {"COPY other k4 REPLACE", ":1"},
            {"TTL k4", ":-1"},
            {"GET k4", "$1 w"},
            {"COPY k3 k3 DB 1", ":1"},
            {"COPY k3 k3", "-ERR source and destination objects are the same"},
            {"COPY missing x", ":0"},
            {"COPY k3 x DB 16", "-ERR DB index is out of range"},
            {"COPY k3 x DB x", no_integer},
            {"COPY k3 x DB", syntax_error},
            {"RENAME missing x", "-ERR no such key"},
            {"RENAME k3 k3", "+OK"},
            {"RENAMENX k3 k3", ":0"},
            {"TTL k3", ":10"},
            {"SELECT 1", "+OK"},
            {"TTL k3", ":10"}});
}

TEST_F(Keys, AreShownByPatternAndByWalk) {
    for (const std::string name : {"a1", "a2", "b1"}) talk.say("SET " + name + " v");
    expect({{"KEYS b*", "*1 $2 b1"},
            {"KEYS x", "*0"},
            {"SCAN 0 MATCH b*", "*2 $1 0 *1 $2 b1"},
            {"SCAN 0 MATCH a? TYPE string COUNT 100 MATCH b?", "*2 $1 0 *1 $2 b1"},
            {"SCAN 0 TYPE hash", "*2 $1 0 *0"},
            {"SCAN 18446744073709551615", "*2 $1 0 *0"},
            {"SCAN 18446744073709551616", "-ERR invalid cursor"},
            {"SCAN -1", "-ERR invalid cursor"},
            {"SCAN x", "-ERR invalid cursor"},
            {"SCAN 0 COUNT 0", syntax_error},
            {"SCAN 0 COUNT x", no_integer},
            {"SCAN 0 COUNT", syntax_error},
            {"SCAN 0 OTHER x", syntax_error}});
}

using Scripts = ASession;

TEST_F(Scripts, AreKnownByTheHashOfTheirText) {
    expect({{"SCRIPT EXISTS c3f8721cbb97f72bc19e972846bd7aaf91901658 a4e8783852e6b949f9ef3a97212805108459a890 1cac51482acf5858da00f6d685d68f886cd6b6b2 "
             "f4a7da3e5d8ea3b46642af08427151cae0190400 4d15273b16b10c15e1d9202cbe93c959ab7d250b",
             "*5 :1 :1 :1 :1 :1"},
            {"SCRIPT EXISTS C3F8721CBB97F72BC19E972846BD7AAF91901658 da39a3ee5e6b4b0d3255bfef95601890afd80709 x", "*3 :1 :0 :0"},
            {"SCRIPT FLUSH", "+OK"},
            {"SCRIPT EXISTS c3f8721cbb97f72bc19e972846bd7aaf91901658", "*1 :1"}});
}

TEST_F(Scripts, OfNobodyWeKnowAreNotRun) {
    EXPECT_EQ(talk.say("EVALSHA da39a3ee5e6b4b0d3255bfef95601890afd80709 0"), "-NOSCRIPT No matching script. Please use EVAL.");
    EXPECT_THAT(talk.say("EVAL 'return 1' 0"), StartsWith("-ERR this script is none of those"));
    EXPECT_THAT(talk.say("SCRIPT LOAD 'return 1'"), StartsWith("-ERR this script is none of those"));
    expect({{"EVALSHA c3f8721cbb97f72bc19e972846bd7aaf91901658 x", no_integer},
            {"EVALSHA c3f8721cbb97f72bc19e972846bd7aaf91901658 -1", "-ERR Number of keys can't be negative"},
            {"EVALSHA c3f8721cbb97f72bc19e972846bd7aaf91901658 2 k", "-ERR Number of keys can't be greater than number of args"},
            {"EVALSHA c3f8721cbb97f72bc19e972846bd7aaf91901658 9223372036854775807 k", "-ERR Number of keys can't be greater than number of args"},
            {"EVALSHA c3f8721cbb97f72bc19e972846bd7aaf91901658 1 k", "-ERR this script needs a key and 1 arguments"},
            {"EVALSHA c3f8721cbb97f72bc19e972846bd7aaf91901658 0 k", "-ERR this script needs a key and 1 arguments"}});
}

TEST_F(Scripts, ReleaseExtendAndReacquireALockOfTheirCaller) {
    const std::string release = "EVALSHA c3f8721cbb97f72bc19e972846bd7aaf91901658 1 lock ";
    const std::string extend = "EVALSHA a4e8783852e6b949f9ef3a97212805108459a890 1 lock ";
    const std::string reacquire = "EVALSHA 1cac51482acf5858da00f6d685d68f886cd6b6b2 1 lock ";
    expect({{release + "mine", ":0"},
            {"SET lock mine NX PX 1000", "+OK"},
            {release + "theirs", ":0"},
            {extend + "theirs 500 0", ":0"},
            {reacquire + "theirs 500", ":0"},
            {"PTTL lock", ":1000"},
            {extend + "mine 500 0", ":1"},
            {"PTTL lock", ":1500"},
            {extend + "mine 500 1", ":1"},
            {"PTTL lock", ":500"},
            {extend + "mine x 1", no_integer},
            {extend + "mine 9223372036854775807 0", no_integer},
            {reacquire + "mine 2000", ":1"},
            {"PTTL lock", ":2000"},
            {"GET lock", "$4 mine"},
            {"PERSIST lock", ":1"},
            {extend + "mine 500 0", ":0"},
            {"TTL lock", ":-1"},
            {reacquire + "mine 2000", ":1"},
            {release + "mine", ":1"},
            {"EXISTS lock", ":0"},
            {extend + "mine 500 0", ":0"},
            {reacquire + "mine 500", ":0"}});
}

TEST_F(Scripts, AddToCounters) {
    const std::string add_to_present = "EVALSHA f4a7da3e5d8ea3b46642af08427151cae0190400 1 n ";
    const std::string add = "EVALSHA 4d15273b16b10c15e1d9202cbe93c959ab7d250b 1 n ";
    expect({{add_to_present + "5", "$-1"},
            {"EXISTS n", ":0"},
            {add + "5", ":5"},
            {add_to_present + "-7", ":-2"},
            {add + "x", no_integer},
            {"EXPIRE n 10", ":1"},
            {add + "1", ":-1"},
            {"TTL n", ":10"},
            {"SET n x", "+OK"},
            {add_to_present + "1", no_integer}});
}

using Server = ASession;

TEST_F(Server, TellsTheKeysOfACommand) {
    const std::string no_keys = "-ERR The command has no key arguments";
    expect({{"COMMAND GETKEYS GET a", "*1 $1 a"},
            {"COMMAND GETKEYS MSET a 1 b 2", "*2 $1 a $1 b"},
            {"COMMAND GETKEYS MSET a 1 b", "*2 $1 a $1 b"},
            {"COMMAND GETKEYS DEL a b c", "*3 $1 a $1 b $1 c"},
            {"COMMAND GETKEYS RENAME a b", "*2 $1 a $1 b"},
            {"COMMAND GETKEYS COPY a b DB 1", "*2 $1 a $1 b"},
            {"COMMAND GETKEYS SET a 1 EX 10", "*1 $1 a"},
            {"COMMAND GETKEYS OBJECT ENCODING a", "*1 $1 a"},
            {"COMMAND GETKEYS OBJECT HELP", no_keys},
            {"COMMAND GETKEYS PING", no_keys},
            {"COMMAND GETKEYS GET", "-ERR Invalid number of arguments specified for command"},
            {"COMMAND GETKEYS FOO", "-ERR Invalid command specified"}});
}

TEST_F(Server, TellsWhatCommandsItHas) {
    expect({{"COMMAND COUNT", ":" + std::to_string(command_count)},
            {"COMMAND INFO get foo", "*2 *6 $3 get :2 *1 +readonly :1 :1 :1 *-1"},
            {"COMMAND DOCS get", "*0"},
            {"COMMAND FOO", "-ERR unknown subcommand 'FOO'. Try COMMAND HELP."}});
    EXPECT_THAT(talk.say("COMMAND"), StartsWith("*" + std::to_string(command_count) + " *6 $6 append :3 *1 +write :1 :1 :1 "));
    EXPECT_THAT(talk.say("COMMAND LIST"), StartsWith("*" + std::to_string(command_count) + " $6 append $4 auth "));
}

TEST_F(Server, TellsOfItselfWhatClientsLookAt) {
    expect({{"SET a 1", "+OK"},
            {"SET b 1 EX 10", "+OK"},
            {"INFO keyspace", "$44 # Keyspace db0:keys=2,expires=1,avg_ttl=0 "},
            {"INFO nothing", "$0 "},
            {"CONFIG GET databases", "*2 $9 databases $2 16"},
            {"CONFIG GET maxmemory*", "*4 $9 maxmemory $7 8000000 $16 maxmemory-policy $11 allkeys-lfu"},
            {"CONFIG GET nothing", "*0"},
            {"CONFIG SET save ''", "-ERR unknown subcommand 'SET'. Try CONFIG HELP."},
            {"OBJECT ENCODING a", "$3 int"},
            {"OBJECT ENCODING x", "$-1"},
            {"MEMORY USAGE x", "$-1"},
            {"TYPE a", "+string"},
            {"TYPE x", "+none"},
            {"TIME", "*2 $10 1700000000 $1 0"},
            {"ECHO 'a b'", "$3 a b"},
            {"PING", "+PONG"},
            {"PING 'a b'", "$3 a b"}});
    EXPECT_THAT(talk.say("INFO"), ::testing::HasSubstr("redis_version:7.0.15"));
    EXPECT_THAT(talk.say("MEMORY USAGE a"), StartsWith(":"));
}

}  // namespace
}  // namespace sidecache::query
