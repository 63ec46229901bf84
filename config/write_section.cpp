#include "config/sections.hpp"
#include "config/templates.hpp"
#include "config/units.hpp"

#include <algorithm>
#include <chrono>

namespace sidecache::config {
namespace {

using namespace std::chrono_literals;
using relations::WriteRule;

Form<std::string> write_method() {
    const std::string expected = "a method that writes, such as POST";
    return {expected, [expected](std::string_view text) -> Parsed<std::string> {
                const bool is_name = !text.empty() && std::ranges::all_of(text, [](char c) { return (c >= 'A' && c <= 'Z') || c == '-' || c == '_'; });
                const bool is_read = text == "GET" || text == "HEAD" || text == "OPTIONS" || text == "TRACE" || text == "QUERY";
                return is_name && !is_read ? Parsed<std::string>{std::string(text), {}, {}} : refused<std::string>(expected, text);
            }};
}

void read_rule(Reader& rule, std::vector<WriteRule>& rules) {
    const auto path = rule.get("path", path_template());
    if (!path && rule.is_left_out("path")) rule.missing("path", "missing", "expected such as path: /api/appointments/{id}/");
    WriteRule out{path ? path->value : routes::PathTemplate("/")};
    if (const auto methods = rule.list("methods", write_method())) {
        for (const auto& each : methods->value) out.methods.push_back(each.value);
    }
    if (const auto groups = rule.list("groups", name_template(out.path, true)); groups && path) {
        for (const auto& each : groups->value) out.groups.push_back(each.value);
    }
    const auto otherwise = rule.list("otherwise", path_template());
    if (otherwise) {
        for (const auto& each : otherwise->value) out.otherwise.push_back(each.value);
    }
    rule.read("invalidate", out.is_everything, choice<bool>({{"named", false}, {"everything", true}}));
    rule.read("hold", out.hold, duration(0ms, 24h));
    rule.read("fence", out.fences_begin, choice<bool>({{"answer", false}, {"begin", true}}));
    const auto safe = rule.read("safe", out.is_safe, boolean());
    const bool says_more = !out.groups.empty() || out.is_everything || out.hold > 0ms || out.fences_begin;
    if (safe && out.is_safe && says_more) rule.problem(*safe, "safe", "the rule says what its writes change as well", "leave one of them out: what is safe is no write");
    if (path) rules.push_back(std::move(out));
}

void read_refresh(Reader& refresh, pipeline::RefreshOptions& options) {
    refresh.read("concurrency", options.concurrency, number(1, 1'000));
    refresh.read("rate", options.rate, number(1, 100'000));
    refresh.read("hits", options.hits, number(0, pipeline::RefreshOptions::most_hits));
    refresh.read("candidates", options.candidates, number(0, 10'000));
}

}  // namespace

void read_writes(Reader& writes, Settings& settings) {
    writes.read("failed", settings.unmatched.keep_on_failed_write, choice<bool>({{"invalidate", false}, {"keep", true}}));
    writes.read("absent", settings.pipeline.keep_absent, choice<bool>({{"invalidate", false}, {"keep", true}}));
    writes.read("settle", settings.pipeline.settle, duration(0ms, 24h));
    writes.read("answer_wait", settings.pipeline.answer_wait, duration(0ms, 10s));
    writes.read("answer_size", settings.pipeline.answer_size, size(0, 16 << 20));
    writes.read("slots", settings.epochs.slots, number(1'024, 1'073'741'824));
    writes.read("holds", settings.epochs.holds, number(0, 1'048'576));
    writes.section("refresh", [&](Reader& refresh) { read_refresh(refresh, settings.pipeline.refresh); });
    writes.sections("rules", [&](Reader& rule) { read_rule(rule, settings.write_rules); });
}

}  // namespace sidecache::config
