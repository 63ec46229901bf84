#include "proxy/pipeline/explain_words.hpp"

namespace sidecache::pipeline {
namespace {

using policy::Reason;
using std::chrono::seconds;

std::string freshness_in_words(const policy::ResponseFacts& facts, const policy::ReuseDecision& decision) {
    const std::string numbers = "age " + in_seconds(decision.age) + ", lifetime " + in_seconds(facts.lifetime) + " from " + std::string(policy::name_of(facts.source));
    if (decision.ttl > seconds(0)) return "fresh for " + in_seconds(decision.ttl) + " more (" + numbers + ")";
    return "stale since " + in_seconds(-decision.ttl) + " (" + numbers + ")";
}

}  // namespace

std::string in_seconds(seconds time) { return std::to_string(time.count()) + " s"; }
std::string since(const Reason& reason) { return ", since " + std::string(reason.sentence) + "."; }

Reason reason_of(const Trust& trust) noexcept {
    if (trust.must_recheck) return {"the origin has to accept its credential again", "principals: recheck"};
    switch (trust.standing) {
        case epochs::Standing::trusted: return {"consistency trusts it", "epochs"};
        case epochs::Standing::unproven: return {"this node cannot prove that it has heard of every write of the fleet", "epochs"};
        case epochs::Standing::ended: return {"this process is stopping, and nothing is reused any more", "epochs"};
        case epochs::Standing::incarnation: return {"it is of another clock", "epochs"};
        case epochs::Standing::rules: return {"a reload changed the rules that name groups", "epochs"};
        case epochs::Standing::invalidated: return {"a write invalidated one of its groups after it was asked for", "epochs"};
    }
    return {};
}

Reason reason_of_alone(const Judgement& judged) noexcept {
    switch (judged.alone) {
        case Alone::no: return {};
        case Alone::unkeyable: return {"its path cannot be normalised to a key", "RFC 3986 §6.2.2"};
        case Alone::head: return {"a HEAD fetches nothing that could be stored", "RFC 9110 §9.3.2"};
        case Alone::precondition: return policy::reason_of(policy::ReuseRule::precondition);
        case Alone::no_store: return policy::reason_of(policy::Storage::request_no_store);
        case Alone::uncacheable: return policy::reason_of(judged.uncacheable->why);
    }
    return {};
}

Reason reason_of_principal(std::string_view detail) noexcept {
    if (detail == "principal-refused") return {"the origin refused this credential", "principals"};
    if (detail == "principal-without-role") return {"the origin has not told the role of this credential yet", "principals"};
    return {"its credential cannot be read in one way, is not believed, or is not of the route's principal", "principals"};
}

std::string summary_of_stored(const Judgement& judged, const fill::StoredResponse& stored, bool is_partial, const Trust& trust, const GroupsTold& groups) {
    std::string text = std::string(is_partial ? "Parts of a response are" : "A response is") + " stored, " + freshness_in_words(stored.facts(), *judged.decision);
    if (trust.standing == epochs::Standing::invalidated && !groups.culprit.empty()) {
        return text + ", but a write invalidated its group \"" + groups.culprit + "\" at clock " + std::to_string(groups.culprit_tick) + ", after it was asked for at clock " +
               std::to_string(stored.stamp().epoch);
    }
    if (!trust.is_given()) return text + ", but " + std::string(reason_of(trust).sentence);
    return text;
}

std::string end_of_summary(const Judgement& judged, std::string_view would, bool has_stored) {
    if (would == "hit") return ": it is the answer.";
    if (judged.then == Judgement::Then::reuse) return ": it is the answer" + since(policy::reason_of(judged.decision->rule));
    if (judged.then == Judgement::Then::reuse_and_refresh) return ": it is the answer while a fresh one is fetched" + since(policy::reason_of(judged.decision->rule));
    if (judged.then == Judgement::Then::refuse) return "; the request says only-if-cached, so it is answered 504.";
    if (judged.alone != Alone::no) {
        if (judged.alone != Alone::uncacheable) return "; the request goes to the origin by itself and nothing is stored" + since(reason_of_alone(judged));
        return "; the last answer was not stored, since " + std::string(reason_of_alone(judged).sentence) + ", and for " + in_seconds(judged.uncacheable->left) +
               " more each request goes to the origin by itself.";
    }
    if (!has_stored) return ": it is fetched, and stored if the answer allows.";
    if (would == "complete") return "; what is missing of it is fetched (RFC 9111 §3.3).";
    if (judged.decision->reuse == policy::Reuse::fresh) return "; what is asked for is not wholly within them, and is fetched (RFC 9111 §3.3).";
    const std::string how = would == "validate" ? "the origin is asked whether it still holds" : "it is fetched whole";
    const bool is_said = judged.decision->rule == policy::ReuseRule::untrusted;
    return "; " + how + (is_said ? "." : since(policy::reason_of(judged.decision->rule)));
}

}  // namespace sidecache::pipeline
