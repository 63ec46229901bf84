// May what is stored answer (cache/policy/reuse)? With what it is asked about: the facts of a request.
#include "benchmarks/micro/inputs.hpp"
#include "benchmarks/micro/measure.hpp"
#include "cache/policy/reuse.hpp"
#include "cache/policy/validation.hpp"

namespace sidecache::micro {
namespace {

using namespace std::chrono_literals;
using policy::Reuse;

const policy::Time stored_at = std::chrono::sys_days(std::chrono::January / 31 / 2026);

policy::ResponseFacts stored_facts(const policy::Rules& rules = {}) {
    http1::Fields fields;
    http1::ResponseHead head;
    http1::parse_response_head(response_head, {}, http::Method::get, fields, head);
    return policy::assess_response(head.view, rules, stored_at, stored_at);
}

// The origin's Date is of 1994; it is read, and what comes of it is put right here: the response came as it was made.
policy::ResponseFacts fresh_facts(std::chrono::seconds while_revalidate = 0s) {
    policy::ResponseFacts facts = stored_facts();
    facts.date = std::chrono::floor<std::chrono::seconds>(stored_at);
    facts.corrected_initial_age = 0s;
    facts.while_revalidate = while_revalidate;
    return facts;
}

void decide(benchmark::State& state, const std::string& text, std::chrono::seconds age, std::chrono::seconds while_revalidate, Reuse expected) {
    const ParsedRequest request(text);
    policy::RequestFacts facts = policy::assess_request(request.head.view, {});
    policy::ResponseFacts stored = fresh_facts(while_revalidate);
    Reuse reuse{};
    measure(state, [&] {
        benchmark::DoNotOptimize(&facts);
        benchmark::DoNotOptimize(&stored);
        benchmark::ClobberMemory();
        const policy::ReuseDecision decision = policy::decide_reuse(facts, stored, true, stored_at + age);
        reuse = decision.reuse;
        return decision;
    });
    insist(state, reuse == expected, "another decision than expected");
}
BENCHMARK_CAPTURE(decide, fresh, std::string(browser_head), 10s, 0s, Reuse::fresh)->Name("reuse/decide/fresh");
BENCHMARK_CAPTURE(decide, swr, std::string(browser_head), 70s, 30s, Reuse::stale_while_revalidate)->Name("reuse/decide/while_revalidate");
BENCHMARK_CAPTURE(decide, stale, std::string(browser_head), 70s, 0s, Reuse::validate)->Name("reuse/decide/stale");
BENCHMARK_CAPTURE(decide, reload, with_line("Cache-Control: max-age=0"), 10s, 0s, Reuse::validate)->Name("reuse/decide/reload");

void assess_request(benchmark::State& state, const std::string& text) {
    const ParsedRequest request(text);
    const policy::Rules rules;
    policy::RequestFacts facts;
    measure(state, [&] {
        facts = policy::assess_request(request.head.view, rules);
        return facts.has_range;
    });
    insist(state, request.is_good, "the head was refused");
}
BENCHMARK_CAPTURE(assess_request, browser, std::string(browser_head))->Name("reuse/assess_request/browser");
BENCHMARK_CAPTURE(assess_request, reload, with_line("Cache-Control: max-age=0"))->Name("reuse/assess_request/reload");

void assess_response(benchmark::State& state) {
    http1::Fields fields;
    http1::ResponseHead head;
    const bool is_good = http1::parse_response_head(response_head, {}, http::Method::get, fields, head);
    const policy::Rules rules;
    policy::ResponseFacts facts;
    measure(state, [&] {
        facts = policy::assess_response(head.view, rules, stored_at, stored_at);
        return facts.lifetime;
    });
    insist(state, is_good && facts.lifetime == 60s, "another lifetime than expected");
}
BENCHMARK(assess_response)->Name("reuse/assess_response");

void client_has_it(benchmark::State& state, const std::string& text, bool expected) {
    const ParsedRequest request(text);
    http1::Fields fields;
    http1::ResponseHead head;
    http1::parse_response_head(response_head, {}, http::Method::get, fields, head);
    const policy::ResponseFacts facts = fresh_facts();
    bool has_it = !expected;
    measure(state, [&] { return has_it = policy::client_has_it(request.head.view, head.view, facts, facts.date + 10s); });
    insist(state, has_it == expected, "another answer than expected");
}
BENCHMARK_CAPTURE(client_has_it, no, std::string(browser_head), false)->Name("reuse/client_has_it/not_asked");
BENCHMARK_CAPTURE(client_has_it, yes, with_line("If-None-Match: \"5d41402abc4b2a76b9719d911017c592\""), true)->Name("reuse/client_has_it/by_etag");

}  // namespace
}  // namespace sidecache::micro
