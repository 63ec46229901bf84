// The key of a request (cache/policy): its text, what Vary adds to it, and its hash.
#include "benchmarks/micro/inputs.hpp"
#include "benchmarks/micro/measure.hpp"
#include "cache/policy/key.hpp"
#include "cache/policy/vary.hpp"
#include "cache/secret/keyed_digest.hpp"

namespace sidecache::micro {
namespace {

// What config/sidecache.yaml's operator would say of a list with pages.
policy::KeyRules page_rules() {
    policy::KeyRules rules;
    rules.drop = {"utm_*", "fbclid", "gclid"};
    rules.defaults = {{"page", "1"}, {"ordering", "name"}};
    rules.clamp = {{"page_size", 100}};
    return rules;
}

void key(benchmark::State& state, std::string_view target, const policy::KeyRules& rules, std::string_view expected) {
    const std::string text = with_target(target);
    const ParsedRequest request(text);
    std::string out;
    policy::KeyScratch scratch;
    measure(state, [&] {
        out.clear();
        policy::append_key(out, "records", request.head.view, rules, scratch);
        return out.data();
    });
    insist(state, out == std::string("GET\nrecords\nrecords.example\n").append(expected), "another key than expected");
}
BENCHMARK_CAPTURE(key, path, "/api/doctors/4711/", policy::KeyRules{}, "/api/doctors/4711/")->Name("key/path");
BENCHMARK_CAPTURE(key, escapes, "/api/%64octors/./m%c3%bcller/", policy::KeyRules{}, "/api/doctors/m%C3%BCller/")->Name("key/path_to_normalise");
BENCHMARK_CAPTURE(key, query, "/api/doctors/?page=2", policy::KeyRules{}, "/api/doctors/?page=2")->Name("key/query");
BENCHMARK_CAPTURE(key, sort, "/api/doctors/?search=ada&page=2&ordering=-name&department=7", policy::KeyRules{},
                  "/api/doctors/?department=7&ordering=-name&page=2&search=ada")
    ->Name("key/query_to_sort");
BENCHMARK_CAPTURE(key, rules, "/api/doctors/?utm_source=mail&search=ada&page=1&page_size=500&ordering=name&utm_medium=x&department=7", page_rules(),
                  "/api/doctors/?department=7&page_size=100&search=ada")
    ->Name("key/query_with_rules");

void vary(benchmark::State& state, std::string_view names, const policy::Languages& languages) {
    secret::prepare();
    const http::Field vary{http::FieldName::vary, "Vary", names};
    const auto spec = policy::parse_vary({&vary, 1});
    const ParsedRequest request(browser_head);
    std::string out;
    measure(state, [&] {
        out.clear();
        policy::append_vary_key(out, *spec, request.head.view.fields, {}, languages);
        return out.data();
    });
    insist(state, policy::split_vary_key(out).size() == spec->names.size(), "another key than expected");
}
BENCHMARK_CAPTURE(vary, encoding, "Accept-Encoding", policy::Languages{})->Name("key/vary/encoding");
BENCHMARK_CAPTURE(vary, accept_encoding, "Accept, Accept-Encoding", policy::Languages{})->Name("key/vary/accept_encoding");
BENCHMARK_CAPTURE(vary, language, "Accept-Language", policy::Languages{.tags = {"de", "en", "fr"}})->Name("key/vary/language");
BENCHMARK_CAPTURE(vary, cookie, "Cookie", policy::Languages{})->Name("key/vary/cookie");

void hash(benchmark::State& state) {
    std::string text = "GET\nrecords\nrecords.example\n/api/doctors/?department=7&page=2";
    measure(state, [&] {
        benchmark::DoNotOptimize(text.data());
        return policy::hash_key(text);
    });
}
BENCHMARK(hash)->Name("key/hash");

}  // namespace
}  // namespace sidecache::micro
