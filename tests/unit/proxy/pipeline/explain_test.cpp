// What is told of a request at /explain: each answer, and the rule behind it.
#include "proxy/pipeline/explain.hpp"

#include "cache/policy/reasons.hpp"
#include "proxy/pipeline/filing.hpp"
#include "proxy/pipeline/finder.hpp"
#include "proxy/pipeline/way.hpp"
#include "proxy/pipeline/write_fence.hpp"
#include "tests/unit/cache/http/fields.hpp"
#include "tests/unit/proxy/pipeline/snapshots.hpp"

#include <boost/json/parse.hpp>

#include <gtest/gtest.h>

#include <utility>

namespace sidecache::pipeline {
namespace {

namespace json = boost::json;
using namespace std::chrono_literals;
using policy::Storage;
using std::chrono::seconds;
using testing::Fields;

class Explaining : public ::testing::Test {
protected:
    // As a fill `age` ago would have stored it.
    void store(std::string_view target, const Fields& fields, std::string_view request_fields = {}, seconds age = 0s, int status = 200) {
        const OwnedRequest message = testing::make_message(request_fields, "GET " + std::string(target) + " HTTP/1.1");
        Finder finder(std::as_const(shared));
        std::string path;
        finder.find(snapshot, snapshot.routes.rules(route_of(snapshot, message.view(), path)).keys, message.view(), {}, testing::stranger, now.wall);
        const auto response = testing::make_response(status, fields);
        const auto vary = policy::parse_vary(fields);
        fill::StoredResponse::Parts parts;
        parts.status = status;
        parts.facts = policy::assess_response(response, {}, now.wall - age, now.wall - age);
        parts.stamp = shared.epochs.stamp();
        policy::groups_of_request(parts.groups, group_space(snapshot), message.view());
        policy::add_groups_of_response(parts.groups, group_space(snapshot), response);
        parts.content = fill::Content::make_complete("the patient's secret");
        const std::string primary(finder.primary_key());
        const std::string key = variant_key(primary, *vary, message.view().fields);
        const fill::StoredResponsePtr stored = fill::StoredResponse::make(policy::hash_key(key), key, parts, fields);
        ASSERT_TRUE(install(shared, stored, primary, *vary, 32, now.wall));
    }
    void write(std::string_view target, std::chrono::nanoseconds hold = 0s) {
        policy::Groups groups;
        policy::groups_of_write(groups, group_space(snapshot), testing::make_request("PATCH", target, Fields{}), nullptr);
        shared.epochs.tick(std::span(groups.data(), groups.size()), hold, now.boot);
    }
    void remember_uncacheable(std::string_view target, Storage why, std::string_view request_fields = {}) {
        const OwnedRequest message = testing::make_message(request_fields, "GET " + std::string(target) + " HTTP/1.1");
        Finder finder(std::as_const(shared));
        const Found found = finder.find(snapshot, {}, message.view(), {}, testing::stranger, now.wall);
        shared.uncacheable.remember(uncacheable_hash(found.hash, policy::assess_request(message.view(), {})), now.steady, now.steady + 7s, why);
    }
    std::string ask_text(const std::string& query) {
        const Explanation told = explain(shared, snapshot, {}, query + "&host=api.example", now);
        EXPECT_EQ(told.status, 200) << query << told.json;
        return told.json;
    }
    json::object ask(const std::string& query) { return json::parse(ask_text(query)).as_object(); }

    static std::string text(const json::value& value) { return std::string(value.as_string().c_str()); }
    void expect(const std::string& query, std::string_view would, std::string_view clause, std::string_view cache_status) {
        const json::object told = ask(query);
        EXPECT_EQ(text(told.at("would")), would) << query;
        const json::object& decision = told.at("decision").as_object();
        EXPECT_EQ(text(decision.at("clause")), clause) << query;
        EXPECT_EQ(decision.contains("cache_status") ? text(decision.at("cache_status")) : "", cache_status) << query;
    }

    Snapshot snapshot = testing::make_snapshot();
    Shared shared{{}, {.slots = 1024, .holds = 64}, 1, 64};
    const Arrival now{epochs::BootTime(1000s), std::chrono::sys_days{std::chrono::year{2026} / 11 / 21}, std::chrono::steady_clock::time_point(1000s)};
};

TEST_F(Explaining, BeginsWithTheSummary) {
    for (const std::string query : {"url=/a", "url=/a&method=POST", "url=/a&method=TRACE"}) EXPECT_EQ(ask_text(query).substr(0, 12), "{\"summary\":\"") << query;
}

TEST_F(Explaining, TellsWhatWouldHappenAndByWhichRule) {
    const Fields fresh{{"Cache-Control", "max-age=60"}, {"ETag", "\"1\""}};
    store("/fresh", fresh, {}, 12s);
    store("/stale", fresh, {}, 61s);
    store("/swr", Fields{{"Cache-Control", "max-age=60, stale-while-revalidate=30"}}, {}, 70s);
    store("/must", Fields{{"Cache-Control", "max-age=60, must-revalidate"}, {"ETag", "\"1\""}}, {}, 70s);
    store("/no-cache", Fields{{"Cache-Control", "no-cache"}, {"ETag", "\"1\""}});
    store("/no-validator", Fields{{"Cache-Control", "max-age=60"}}, {}, 61s);
    store("/vary", Fields{{"Cache-Control", "max-age=60"}, {"Vary", "Accept"}}, "Accept: a\r\n");
    struct Case {
        std::string query, would, clause, cache_status;
    };
    for (const Case& c : {
             Case{"url=/fresh", "hit", "RFC 9111 §4.2", "sidecache; hit; ttl=48"},
             Case{"url=/fresh&method=HEAD", "hit", "RFC 9111 §4.2", "sidecache; hit; ttl=48"},
             Case{"url=/stale", "validate", "RFC 9111 §4.2.4", "sidecache; fwd=stale"},
             Case{"url=/stale&header=Cache-Control:max-stale", "stale hit", "RFC 9111 §5.2.1.2", "sidecache; hit; ttl=-1"},
             Case{"url=/swr", "stale hit", "RFC 5861 §3", "sidecache; hit; ttl=-10"},
             Case{"url=/must", "validate", "RFC 9111 §4.2.4", "sidecache; fwd=stale"},
             Case{"url=/no-cache", "validate", "RFC 9111 §5.2.2.4", "sidecache; fwd=stale"},
             Case{"url=/no-validator", "fetch", "RFC 9111 §4.2.4", "sidecache; fwd=stale"},
             Case{"url=/fresh&header=Cache-Control:no-cache", "validate", "RFC 9111 §5.2.1.4", "sidecache; fwd=request"},
             Case{"url=/fresh&header=Cache-Control:max-age%3D5", "validate", "RFC 9111 §5.2.1.1", "sidecache; fwd=request"},
             Case{"url=/fresh&header=Cache-Control:min-fresh%3D50", "validate", "RFC 9111 §5.2.1.3", "sidecache; fwd=request"},
             Case{"url=/fresh&header=Range:bytes%3D0-1", "hit", "RFC 9111 §4.2", "sidecache; hit; ttl=48"},
             Case{"url=/none&header=Range:bytes%3D0-1", "fetch", "RFC 9111 §4", "sidecache; fwd=uri-miss"},
             Case{"url=/fresh&header=If-Match:*", "pass", "RFC 9111 §4.3.2", "sidecache; fwd=bypass"},
             Case{"url=/none", "fetch", "RFC 9111 §4", "sidecache; fwd=uri-miss"},
             Case{"url=/none&method=HEAD", "pass", "RFC 9110 §9.3.2", "sidecache; fwd=uri-miss"},
             Case{"url=/none&header=Cache-Control:no-store", "pass", "RFC 9111 §5.2.1.5", "sidecache; fwd=uri-miss"},
             Case{"url=/none&header=Cache-Control:only-if-cached", "refuse", "RFC 9111 §5.2.1.7", ""},
             Case{"url=/stale&header=Cache-Control:only-if-cached", "refuse", "RFC 9111 §5.2.1.7", ""},
             Case{"url=/vary&header=Accept:a", "hit", "RFC 9111 §4.2", "sidecache; hit; ttl=60"},
             Case{"url=/vary&header=Accept:b", "fetch", "RFC 9111 §4.1", "sidecache; fwd=vary-miss"},
             Case{"url=/a%25zz", "pass", "RFC 3986 §6.2.2", "sidecache; fwd=bypass; detail=unkeyable"},
             Case{"url=/fresh&method=PATCH", "write", "RFC 9111 §4.4", "sidecache; fwd=method"},
             Case{"url=/fresh&method=REPLACE", "write", "RFC 9111 §4.4", "sidecache; fwd=method"},
             Case{"url=/fresh&method=OPTIONS", "pass", "RFC 9110 §9.3.7", "sidecache; fwd=method"},
             Case{"url=/fresh&method=OPTIONS&header=Max-Forwards:0", "refuse", "RFC 9110 §7.6.2", ""},
             Case{"url=/fresh&method=TRACE", "refuse", "RFC 9110 §9.3.8", ""},
             Case{"url=/fresh&method=CONNECT", "refuse", "RFC 9112", ""},
             Case{"url=/fresh&header=Content-Length:5", "pass", "RFC 9110 §9.3.1", "sidecache; fwd=bypass"},
             Case{"url=/fresh&header=Transfer-Encoding:x", "refuse", "RFC 9112", ""},
         }) {
        expect(c.query, c.would, c.clause, c.cache_status);
    }
}

TEST_F(Explaining, OfARouteWithoutTheCacheNamesTheRoute) {
    std::vector<routes::Route> routes;
    routes.push_back({routes::PathTemplate("/quiet/{rest...}"), policy::Rules{.cache = false}});
    snapshot.routes = routes::RouteTable(std::move(routes));
    expect("url=/quiet/5/", "pass", "routes: cache", "sidecache; fwd=bypass; detail=route-off");
    EXPECT_EQ(text(ask("url=/quiet/5/").at("route").at("path")), "/quiet/{rest...}");
    EXPECT_EQ(text(ask("url=/loud").at("route").at("path")), "other");
}

TEST_F(Explaining, KeysARequestAsItsRouteDoes) {
    std::vector<routes::Route> routes;
    routes.push_back({routes::PathTemplate("/few/"), policy::Rules{.keys = {.drop = {"from"}, .defaults = {{"page", "0"}}, .clamp = {{"size", 10}}}}});
    snapshot.routes = routes::RouteTable(std::move(routes), policy::Rules{.keys = {.drop = {}, .defaults = {{"page", "1"}}, .clamp = {}}});
    store("/few/?size=10", Fields{{"Cache-Control", "max-age=60"}});
    const auto key_of = [this](const std::string& query) { return text(ask(query).at("key").at("text")); };
    expect("url=/few/?size%3D11%26page%3D0%26from%3Dx", "hit", "RFC 9111 §4.2", "sidecache; hit; ttl=60");
    EXPECT_EQ(key_of("url=/few/?size%3D11%26page%3D1%26from%3Dx"), "GET origin api.example /few/?page=1&size=10");
    EXPECT_EQ(key_of("url=/else/?size%3D11%26page%3D1%26from%3Dx"), "GET origin api.example /else/?from=x&size=11");
}

TEST_F(Explaining, TellsTheKeyThatTheCacheStatusWouldShow) {
    snapshot.options.cache_status_key = true;
    store("/a?b=1&token=hunter2", Fields{{"Cache-Control", "max-age=60"}, {"Vary", "Accept"}}, "Accept: json\r\n");
    expect("url=/a?token%3Dhunter2%26b%3D1&header=Accept:json", "hit", "RFC 9111 §4.2", "sidecache; hit; ttl=60; key=\"GET origin api.example /a?b=1&token=(masked)\"");
    expect("url=/b", "fetch", "RFC 9111 §4", "sidecache; fwd=uri-miss; key=\"GET origin api.example /b\"");
    expect("url=/a&method=PUT", "write", "RFC 9111 §4.4", "sidecache; fwd=method");
    expect("url=/a%25zz", "pass", "RFC 3986 §6.2.2", "sidecache; fwd=bypass; detail=unkeyable");
}

TEST_F(Explaining, OfADrainTellsThatNothingIsReusedAndNoWriteTaken) {
    store("/a", Fields{{"Cache-Control", "max-age=60"}, {"ETag", "\"1\""}});
    shared.is_draining = true;
    shared.epochs.end_trust();
    expect("url=/a", "validate", "epochs", "sidecache; fwd=stale; detail=invalidated");
    expect("url=/a&method=PUT", "refuse", "epochs", "");
}

TEST_F(Explaining, CountsFreshnessAsTheRfcDoes) {
    store("/a", Fields{{"Cache-Control", "max-age=60"}, {"Age", "5"}}, {}, 12s);
    const json::object told = ask("url=/a").at("freshness").as_object();
    const auto number = [&told](const char* name) { return told.at(name).at("seconds").as_int64(); };
    EXPECT_EQ(number("lifetime"), 60);
    EXPECT_EQ(text(told.at("lifetime").at("source")), "max-age");
    EXPECT_EQ(text(told.at("lifetime").at("clause")), "RFC 9111 §5.2.2.1");
    EXPECT_EQ(number("corrected_initial_age"), 5);
    EXPECT_EQ(told.at("corrected_initial_age").at("age_field").as_int64(), 5);
    EXPECT_EQ(number("resident_time"), 12);
    EXPECT_EQ(number("current_age"), 17);
    EXPECT_EQ(number("ttl"), 43);
}

TEST_F(Explaining, NamesTheGroupThatAWriteInvalidated) {
    store("/doctors/5/", Fields{{"Cache-Control", "max-age=60"}, {"ETag", "\"1\""}});
    write("/elsewhere/");
    expect("url=/doctors/5/", "hit", "RFC 9111 §4.2", "sidecache; hit; ttl=60");
    write("/doctors/5/");
    expect("url=/doctors/5/", "validate", "epochs", "sidecache; fwd=stale; detail=invalidated");
    const json::object told = ask("url=/doctors/5/");
    EXPECT_EQ(text(told.at("summary")),
              "A response is stored, fresh for 60 s more (age 0 s, lifetime 60 s from max-age), but a write invalidated its group \"own /doctors/5\" at clock 2, after it was asked "
              "for at clock 0; the origin is asked whether it still holds.");
    const json::object& consistency = told.at("consistency").as_object();
    EXPECT_EQ(text(consistency.at("trust")), "invalidated");
    EXPECT_EQ(consistency.at("epoch").as_int64(), 0);
    EXPECT_EQ(consistency.at("clock").as_int64(), 2);
    std::size_t invalidated = 0;
    for (const json::value& group : consistency.at("groups").as_array()) {
        const bool is_of_row = text(group.at("group")) == "own /doctors/5" || text(group.at("group")) == "tree /doctors/5";
        EXPECT_EQ(group.at("is_invalidated").as_bool(), is_of_row) << group;
        invalidated += is_of_row ? 1 : 0;
    }
    EXPECT_EQ(invalidated, 2u);
}

TEST_F(Explaining, TellsHowLongAHoldKeepsAnswersOutOfTheStore) {
    write("/doctors/5/", 60s);
    const json::object told = ask("url=/doctors/5/");
    EXPECT_EQ(text(told.at("would")), "fetch");
    EXPECT_NE(text(told.at("summary")).find("not stored for 60 s more"), std::string::npos) << told.at("summary");
    EXPECT_EQ(text(told.at("storage").at("judgement")), "held");
    EXPECT_EQ(text(told.at("storage").at("clause")), "writes.settle");
}

TEST_F(Explaining, TellsWhyAnAnswerIsNeverStored) {
    for (const Storage why : {Storage::no_store, Storage::set_cookie, Storage::is_private, Storage::vary_star, Storage::too_large}) {
        remember_uncacheable("/a", why);
        expect("url=/a", "pass", policy::reason_of(why).clause, "sidecache; fwd=uri-miss; detail=uncacheable");
        const json::object storage = ask("url=/a").at("storage").as_object();
        EXPECT_EQ(text(storage.at("judgement")), policy::name_of(why));
        EXPECT_EQ(storage.at("remembered_for").as_int64(), 7);
    }
    remember_uncacheable("/b", Storage::authorization, "Authorization: x\r\n");
    expect("url=/b&header=Authorization:x", "pass", "RFC 9111 §3.5", "sidecache; fwd=uri-miss; detail=uncacheable");
    expect("url=/b", "fetch", "RFC 9111 §4", "sidecache; fwd=uri-miss");
}

TEST_F(Explaining, ListsVariantsAndWhatChoosesThem) {
    const Fields by_both{{"Cache-Control", "max-age=60"}, {"Vary", "Accept, Cookie"}};
    store("/a", by_both, "Accept: json\r\n");
    store("/a", by_both, "Accept: html\r\nCookie: session=hunter2\r\n");
    const json::object vary = ask("url=/a&header=Accept:json").at("vary").as_object();
    EXPECT_EQ(vary.at("specs"), json::parse(R"([["accept","cookie"]])"));
    const json::array& variants = vary.at("variants").as_array();
    ASSERT_EQ(variants.size(), 2u);
    EXPECT_EQ(variants[0].at("fields"), json::parse(R"x({"accept":"html","cookie":"(masked)"})x"));
    EXPECT_FALSE(variants[0].at("is_of_this_request").as_bool());
    EXPECT_EQ(variants[1].at("fields"), json::parse(R"({"accept":"json","cookie":null})"));
    EXPECT_TRUE(variants[1].at("is_of_this_request").as_bool());
}

TEST_F(Explaining, ListsAtMost64Variants) {
    for (int i = 0; i < 32; ++i) store("/a", Fields{{"Cache-Control", "max-age=60"}, {"Vary", "Accept"}}, "Accept: " + std::to_string(i) + "\r\n");
    EXPECT_EQ(ask("url=/a").at("vary").at("variants").as_array().size(), 32u);
    snapshot.options.variants = 200;
    for (int i = 0; i < 100; ++i) {
        const std::string accept = std::to_string(i);
        const OwnedRequest message = testing::make_message("Accept: " + accept + "\r\n", "GET /b HTTP/1.1");
        Finder finder(std::as_const(shared));
        finder.find(snapshot, {}, message.view(), {}, testing::stranger, now.wall);
        const std::string primary(finder.primary_key());
        const Fields fields{{"Vary", "Accept"}};
        const auto vary = policy::parse_vary(fields);
        fill::StoredResponse::Parts parts;
        parts.facts.response_time = now.wall;
        parts.facts.keep = 1h;
        parts.content = fill::Content::make_complete("x");
        const std::string key = variant_key(primary, *vary, message.view().fields);
        install(shared, fill::StoredResponse::make(policy::hash_key(key), key, parts, fields), primary, *vary, 200, now.wall);
    }
    const json::object vary = ask("url=/b").at("vary").as_object();
    EXPECT_EQ(vary.at("variants").as_array().size(), 64u);
    EXPECT_EQ(vary.at("known").as_int64(), 100);
}

TEST_F(Explaining, OfAWriteListsWhatItWouldInvalidate) {
    const json::object told = ask("url=/doctors/5/&method=PATCH").at("invalidates").as_object();
    std::vector<std::string> groups;
    for (const json::value& group : told.at("groups").as_array()) groups.push_back(text(group.at("group")));
    EXPECT_EQ(groups, (std::vector<std::string>{"own /doctors/5", "own /doctors", "own /", "absent", "tree /doctors/5"}));
    EXPECT_EQ(shared.epochs.clock(), 0u);
}

TEST_F(Explaining, ShowsNeitherContentNorCredentials) {
    const std::string secret = "hunter2";
    const Fields fields{{"Cache-Control", "max-age=60, public"}, {"Vary", "Authorization, Cookie, X-Api-Key"}, {"Set-Cookie", "id=hunter2"}, {"ETag", "\"hunter2\""}};
    const std::string lines = "Authorization: Bearer hunter2\r\nCookie: a=hunter2\r\nX-Api-Key: hunter2\r\n";
    store("/a?token=hunter2", fields, lines);
    const std::string headers = "&header=Authorization:Bearer+hunter2&header=Cookie:a%3Dhunter2&header=X-Api-Key:hunter2&header=If-None-Match:%22hunter2%22";
    const std::string hit = ask_text("url=/a?token%3Dhunter2" + headers);
    EXPECT_EQ(text(json::parse(hit).at("would")), "hit");
    for (const std::string& told : {hit, ask_text("url=/a?token%3Dhunter2"), ask_text("url=/b" + headers), ask_text("url=/a?token%3Dhunter2&method=POST" + headers),
                                    ask_text("url=/a?token%3Dhunter2&header=Content-Length:hunter2"), ask_text("url=/a&header=hunter2:hunter2:hunter2&header=Connection:hunter2")}) {
        EXPECT_EQ(told.find("=hunter2"), std::string::npos) << told;
        EXPECT_EQ(told.find(" hunter2"), std::string::npos) << told;
        EXPECT_EQ(told.find("\"hunter2\\"), std::string::npos) << told;
        EXPECT_EQ(told.find("patient"), std::string::npos) << told;
    }
    EXPECT_EQ(hit.find("hunter2"), std::string::npos) << hit;
}

TEST_F(Explaining, ChangesNothing) {
    store("/a", Fields{{"Cache-Control", "max-age=60"}, {"ETag", "\"1\""}});
    write("/a");
    const auto before = shared.epochs.clock();
    for (const std::string query : {"url=/a", "url=/b", "url=/a&method=PUT"}) ask(query);
    EXPECT_EQ(shared.epochs.clock(), before);
    EXPECT_EQ(shared.epochs.counts().refused.load(), 0u);
    EXPECT_EQ(shared.counts.fills.load(), 0u);
    EXPECT_EQ(shared.store.stats().entries, 1u);
}

TEST_F(Explaining, OfAQuestionThatIsUnclearIs400) {
    for (const std::string query : {"", "url=/a", "url=/a&host=b&nonsense=1", "url=nothing&host=b", "url=/a%0a&host=b"}) {
        const Explanation told = explain(shared, snapshot, {}, query, now);
        EXPECT_EQ(told.status, 400) << query;
        EXPECT_TRUE(json::parse(told.json).as_object().contains("detail"));
    }
}

TEST_F(Explaining, KnowsTheLimitsOfHeads) {
    const Explanation told = explain(shared, snapshot, {.target = 10}, "url=/12345678901&host=a", now);
    EXPECT_EQ(json::parse(told.json).at("decision").at("status").as_int64(), 414);
}

TEST_F(Explaining, IsWellFormedWhateverBytesAreAsked) {
    for (const std::string query : {"url=/a&header=Accept:%FF%C0", "url=/a&header=X:%22%5C", "url=/a?%2522%255C%25FF"}) EXPECT_TRUE(ask(query).contains("would")) << query;
}

}  // namespace
}  // namespace sidecache::pipeline
