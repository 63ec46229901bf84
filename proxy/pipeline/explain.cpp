#include "proxy/pipeline/explain.hpp"

#include "cache/policy/cache_status_key.hpp"
#include "proxy/pipeline/explain_json.hpp"
#include "proxy/pipeline/explain_words.hpp"
#include "proxy/pipeline/mask.hpp"
#include "proxy/pipeline/question.hpp"
#include "proxy/pipeline/stored_answer.hpp"
#include "proxy/pipeline/way.hpp"

#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>

#include <optional>

namespace sidecache::pipeline {
namespace {

namespace json = boost::json;
using policy::Reason;
using policy::Storage;
using std::chrono::seconds;

// What is said first, and the decision behind it.
struct Verdict {
    std::string summary;
    std::string_view would;
    Reason reason;
    std::optional<policy::Outcome> outcome{};  // of an exchange that would be answered so
    int status = 0;                            // of an answer that is made here
    std::string_view reuse{};
    std::string key{};                         // that Cache-Status shows
};

json::object tell_verdict(const Verdict& verdict) {
    json::object told{{"because", json_text(verdict.reason.sentence)}, {"clause", json_text(verdict.reason.clause)}};
    if (!verdict.reuse.empty()) told["reuse"] = json_text(verdict.reuse);
    if (verdict.status != 0) told["status"] = verdict.status;
    if (verdict.outcome) {
        char text[policy::cache_status_max + policy::cache_status_key_max];
        std::size_t size = policy::write_cache_status(text, *verdict.outcome);
        if (!verdict.key.empty()) size += policy::write_cache_status_key(text + size, verdict.key);
        if (verdict.outcome->forward != policy::Forward::none) told["fwd"] = json_text(policy::name_of(verdict.outcome->forward));
        // Of what goes forward, the origin's answer adds its status and what became of it.
        told["cache_status"] = json_text({text, size});
    }
    return told;
}

Explanation answer(const Verdict& verdict, json::object rest) {
    json::object all{{"summary", json_text(verdict.summary)}, {"would", json_text(verdict.would)}, {"decision", tell_verdict(verdict)}};
    for (auto& member : rest) all[member.key()] = std::move(member.value());
    return {200, json::serialize(all) + "\n"};
}

Explanation answer_problem(int status, std::string_view sentence) { return {status, json::serialize(json::object{{"detail", json_text(sentence)}}) + "\n"}; }

policy::Outcome passed(policy::Forward forward, std::string_view detail = {}) {
    policy::Outcome outcome;
    outcome.served = policy::Served::pass;
    outcome.forward = forward;
    outcome.detail = detail;
    return outcome;
}

// Of requests that do not go through the cache; nullopt for a read.
std::optional<Verdict> judge_way(Way way, const Case& asked) {
    using policy::Forward;
    const bool is_draining = asked.shared.is_draining.load(std::memory_order_relaxed);
    switch (way) {
        case Way::read: return std::nullopt;
        case Way::loop: return Verdict{"Refused: its Via says that this proxy stands before itself.", "refuse", {"Via names this proxy again and again", "RFC 9110 §7.6.3"}, {}, 502};
        case Way::trace: return Verdict{"Refused: TRACE is not forwarded.", "refuse", {"it would echo credentials to whoever asks", "RFC 9110 §9.3.8"}, {}, 405};
        case Way::last_hop: return Verdict{"Answered by this proxy itself: Max-Forwards is 0.", "refuse", {"the request was to end here", "RFC 9110 §7.6.2"}, {}, 200};
        case Way::purge: return Verdict{"Answered by this proxy itself: what is stored of the target is invalidated, if the address may ask for that.", "refuse", {"PURGE is ours where it is allowed", "purge.allow"}, {}, 200};
        case Way::write:
            if (is_draining) return Verdict{"Refused: this process is stopping and takes no more writes.", "refuse", {"the process that takes over would not hear of it", "epochs"}, {}, 503};
            return Verdict{"A write: it goes to the origin, and unless that refuses it (4xx), what is stored in the groups below is invalidated before the answer is delivered.",
                           "write", {"the method is not safe", "RFC 9111 §4.4"}, passed(Forward::method)};
        case Way::query: return Verdict{"Goes through the cache by its content, which cannot be asked about here.", "fetch", {"the content stands in the key", "RFC 10008 §2.7"}, passed(Forward::none)};
        case Way::options: return Verdict{"Goes to the origin past the cache: no answer to OPTIONS is stored.", "pass", {"the method is neither GET nor HEAD", "RFC 9110 §9.3.7"}, passed(Forward::method)};
        case Way::past: return Verdict{"Goes to the origin past the cache: it has content, a field that can be read in two ways, or asks for an upgrade.", "pass", {"no key can hold that", "RFC 9110 §9.3.1"}, passed(Forward::bypass)};
        case Way::alone: {
            const Reason reason = reason_of_principal(asked.who.detail);
            return Verdict{"Goes to the origin past the cache" + since(reason), "pass", reason, passed(Forward::bypass, asked.who.detail)};
        }
        case Way::route_off: {
            const Reason reason = policy::reason_of(Storage::route_off);
            return Verdict{"Goes to the origin past the cache" + since(reason), "pass", reason, passed(Forward::bypass, "route-off")};
        }
    }
    return std::nullopt;
}

Verdict judge_stored(const Case& asked, const Found& found, const Judgement& judged, const Trust& trust, const GroupsTold& groups) {
    const fill::StoredResponse* stored = found.judged();
    Verdict verdict;
    verdict.outcome = judged.outcome;
    if (judged.decision) {
        verdict.reuse = policy::name_of(judged.decision->reuse);
        verdict.reason = judged.decision->rule == policy::ReuseRule::untrusted ? reason_of(trust) : policy::reason_of(judged.decision->rule);
    } else if (found.has_key) {
        verdict.reason = found.is_ended ? Reason{"what is stored serves this credential no more, after a logout or a refusal", "principals"} : found.is_vary_miss ? Reason{"other variants are stored, not that of these fields", "RFC 9111 §4.1"} : Reason{"nothing is stored under this key", "RFC 9111 §4"};
    }
    if (judged.then == Judgement::Then::refuse) {
        verdict.would = "refuse";
        verdict.status = 504;
        verdict.outcome.reset();
        verdict.reason.clause = "RFC 9111 §5.2.1.7";
    } else if (judged.then != Judgement::Then::ask) {
        verdict.would = judged.decision->reuse == policy::Reuse::fresh ? "hit" : "stale hit";
        verdict.status = found.response != nullptr ? stored_answer_of(asked.request(), *stored, asked.now.wall).status : 206;
    } else if (judged.alone != Alone::no) {
        verdict.would = "pass";
        if (!judged.decision || judged.alone != Alone::uncacheable) verdict.reason = reason_of_alone(judged);
    } else {
        const bool has_validator = found.response != nullptr && (stored->facts().has_etag || stored->facts().has_last_modified);
        verdict.would = has_validator && may_validate(*stored, trust.is_given()) ? "validate" : judged.partial.use == policy::PartialUse::ask ? "complete" : "fetch";
    }
    if (stored != nullptr) {
        verdict.summary = summary_of_stored(judged, *stored, found.parts != nullptr, trust, groups);
    } else {
        verdict.summary = !found.has_key ? "The request has no key" : found.is_ended ? "What is stored serves this credential no more, after a logout or a refusal" : found.is_vary_miss ? "Other variants are stored, not that of these fields (Vary)" : "Nothing is stored under this key";
    }
    verdict.summary += end_of_summary(judged, verdict.would, stored != nullptr);
    if (judged.then == Judgement::Then::ask && judged.alone == Alone::no && groups.held_for > seconds(0)) {
        verdict.summary += " What is fetched is not stored for " + in_seconds(groups.held_for) + " more, since " + std::string(policy::reason_of(Storage::held).sentence) + ".";
    }
    return verdict;
}

// Whether the answer may be stored: of what is stored, of what was answered last, or of what is known before anyone is asked.
json::object judge_storage(const Case& asked, const fill::StoredResponse* stored, const Judgement& judged, const GroupsTold& groups) {
    http::RequestView as_get = asked.request();
    if (as_get.method == http::Method::head) as_get.method = http::Method::get;  // what is stored answered a GET
    std::optional<Storage> judgement;
    if (stored != nullptr) {
        const auto control = http::parse_response_cache_control(stored->view().fields);
        judgement = policy::assess_storage(as_get, asked.facts, stored->view(), control, stored->facts(), asked.rules(), asked.who.audience());
    }
    if (judged.uncacheable) judgement = judged.uncacheable->why;
    if (!judgement && asked.facts.cache_control.no_store) judgement = Storage::request_no_store;
    if ((!judgement || *judgement == Storage::store) && groups.held_for > seconds(0)) judgement = Storage::held;
    if (!judgement) return {{"judgement", "unknown"}, {"because", "the origin's answer decides"}, {"is_remembered", false}, {"clause", "RFC 9111 §3"}};
    const Reason reason = policy::reason_of(*judgement);
    json::object told{{"judgement", json_text(policy::name_of(*judgement))}, {"because", json_text(reason.sentence)}, {"is_remembered", judged.uncacheable.has_value()}};
    if (judged.uncacheable) told["remembered_for"] = judged.uncacheable->left.count();
    told["clause"] = json_text(reason.clause);
    return told;
}

Explanation explain_read(const Case& asked, json::object rest) {
    Finder finder(asked.shared);
    const Peer nobody{"127.0.0.1", false};
    const Found found = finder.find(asked.snapshot, asked.rules().keys, asked.request(), asked.facts, nobody, asked.now.wall, asked.who);
    const fill::StoredResponse* stored = found.judged();
    const Trust trust(stored, asked.shared.epochs);
    const bool is_trusted = stored != nullptr && trust.is_given();
    const auto softened_for = found.judged() != nullptr ? found.judged()->softened_for(asked.shared.epochs, asked.now.boot) : std::nullopt;
    const Judgement judged = judge_read(asked.request(), asked.facts, found, is_trusted, softened_for, asked.shared.uncacheable, asked.now.wall, asked.now.steady);
    GroupsTold groups = tell_groups(asked, stored);
    Verdict verdict = judge_stored(asked, found, judged, trust, groups);
    if (found.has_key) {
        rest["key"] = tell_key(finder.target_key());
        if (asked.snapshot.options.cache_status_key) verdict.key = masked_key(finder.target_key());
        // What serves everybody stands outside of the partition.
        const std::string_view chosen = stored != nullptr ? stored->key() : finder.key();
        rest["vary"] = tell_vary(asked, chosen.substr(0, chosen.find("\nvary\n")), chosen);
    }
    rest["stored"] = nullptr;
    if (stored != nullptr) {
        rest["stored"] = tell_stored(*stored);
        rest["freshness"] = tell_freshness(stored->facts(), asked.now.wall);
        rest["stale"] = tell_stale(asked, *stored, is_trusted);
    }
    rest["consistency"] = std::move(groups.json);
    rest["storage"] = judge_storage(asked, stored, judged, groups);
    return answer(verdict, std::move(rest));
}

}  // namespace

Explanation explain(const Shared& shared, const Snapshot& snapshot, const http1::HeadLimits& limits, std::string_view query, const Arrival& now) {
    const Question question = read_question(query);
    if (!question.problem.empty()) return answer_problem(400, question.problem);
    http1::Fields fields;
    http1::RequestHead head;
    if (const auto refused = http1::parse_request_head(question.head, limits, fields, head)) {
        const Verdict verdict{"Refused with " + std::to_string(refused->status) + ": " + std::string(refused->detail), "refuse", {refused->detail, "RFC 9112"}, {}, refused->status};
        return answer(verdict, {});
    }
    std::string path;
    const std::size_t route = route_of(snapshot, head.view, path);
    principals::Identifier identifier(1);
    const Who who = who_asks(snapshot, snapshot.routes.rules(route), head.view, identifier, shared.standings);
    const Case asked{shared, snapshot, head, route, policy::assess_request(head.view, snapshot.routes.rules(route)), who, now};
    json::object rest{{"request", tell_request(head.view)}, {"route", tell_route(asked)}, {"principal", tell_principal(who)}};
    const Way way = way_of(head, snapshot, asked.route, who);
    const std::optional<Verdict> verdict = judge_way(way, asked);
    if (!verdict) return explain_read(asked, std::move(rest));
    if (way == Way::write) rest["invalidates"] = tell_write(asked);
    return answer(*verdict, std::move(rest));
}

}  // namespace sidecache::pipeline
