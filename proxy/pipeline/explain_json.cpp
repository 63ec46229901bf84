#include "proxy/pipeline/explain_json.hpp"

#include "cache/policy/vary.hpp"
#include "proxy/pipeline/mask.hpp"
#include "proxy/pipeline/named_rows.hpp"
#include "proxy/pipeline/write_fence.hpp"
#include "proxy/telemetry/text.hpp"

#include <boost/json/array.hpp>
#include <boost/json/value.hpp>

#include <algorithm>

namespace sidecache::pipeline {
namespace {

namespace json = boost::json;
using std::chrono::seconds;

constexpr std::size_t variant_limit = 64;
constexpr std::size_t group_limit = 64;

// A name of a group shows a path: masked as in a key.
std::string shown_group(std::string_view name) {
    const std::size_t slash = name.find('/');
    const bool is_path = name.starts_with("own ") || name.starts_with("tree ");
    return is_path ? std::string(name.substr(0, slash)) + masked_path(name.substr(slash)) : std::string(name);
}

json::object tell_choices(std::string_view encoded) {
    json::object told;
    for (const policy::VaryChoice& choice : policy::split_vary_key(encoded)) {
        json::value& value = told[json_text(choice.name)];
        if (choice.is_covered) value = "(of the principal)";
        if (choice.value) value = json_text(may_show_value_of(choice.name) ? *choice.value : masked);
    }
    return told;
}

json::object tell_variant(const Case& asked, const fill::StoredResponse& stored, std::string_view encoded, bool is_chosen) {
    const seconds age = policy::current_age(stored.facts(), asked.now.wall);
    return {{"fields", tell_choices(encoded)},
            {"is_of_this_request", is_chosen},
            {"age", age.count()},
            {"ttl", (stored.facts().lifetime - age).count()},
            {"trust", json_text(name_of(stored.standing(asked.shared.epochs)))}};
}

seconds left_until(epochs::BootTime end, epochs::BootTime now) {
    return end > now ? std::chrono::ceil<seconds>(end - now) : seconds{0};
}

}  // namespace

json::string json_text(std::string_view bytes) {
    const std::string text = telemetry::to_utf8(bytes);
    return json::string(text.data(), text.size());
}

json::object tell_request(const http::RequestView& request) {
    std::string target(request.path);
    if (request.has_query) target.append("?").append(request.query);
    json::array fields;
    for (const http::Field& field : request.fields) {
        if (field.id == http::FieldName::host) continue;
        fields.push_back(json::object{{"name", json_text(field.name)}, {"value", json_text(may_show_value_of(field.name) ? field.value : masked)}});
    }
    return {{"method", json_text(request.method_text)}, {"host", json_text(request.authority)}, {"target", json_text(masked_target(target))}, {"fields", std::move(fields)}};
}

json::object tell_route(const Case& asked) {
    const policy::Rules& rules = asked.rules();
    return {{"path", json_text(asked.snapshot.routes.label(asked.route))},
            {"cache", rules.cache},
            {"fresh", rules.fresh ? json::value(rules.fresh->count()) : json::value("origin")},
            {"stale_while_revalidate", rules.stale.while_revalidate.count()},
            {"stale_if_error", rules.stale.if_error.count()},
            {"keep", rules.stale.keep.count()},
            {"principal", rules.principal ? json::value(json_text(asked.snapshot.principals[*rules.principal].name)) : json::value()},
            {"ends_principal", rules.ends_principal == policy::EndsPrincipal::everybody ? json::value("all") : json::value(rules.ends_principal == policy::EndsPrincipal::sender)},
            {"reload", rules.ignore_reload ? "ignore" : "obey"},
            {"clients", rules.clients == policy::ClientCopies::revalidate ? "revalidate" : "origin"},
            {"refresh_on_write", rules.refresh_on_write},
            {"write_through", rules.write_through},
            {"lease_ms", rules.lease.count()},
            {"method_override", rules.method_override.has_any(http::method_overrides)},
            {"set_cookie", rules.share_set_cookie ? "share" : "refuse"},
            {"failed_writes", rules.keep_on_failed_write ? "keep" : "invalidate"},
            {"clause", "routes"}};
}

json::value tell_principal(const Who& who) {
    const auto tell = [&who](std::string_view kind, std::string_view because) {
        return json::object{{"name", json_text(who.principal->name)}, {"kind", json_text(kind)}, {"because", json_text(because)}, {"clause", "principals"}};
    };
    switch (who.kind) {
        case Who::Kind::anyone: return nullptr;
        case Who::Kind::anonymous: return tell("anonymous", "no credential is there: a partition that all such requests share");
        case Who::Kind::known: return tell("known", "a partition for who asks, beside what the origin says serves everybody");
        case Who::Kind::alone: return tell("alone", who.detail);
    }
    return nullptr;
}

json::object tell_key(std::string_view target_key) { return {{"text", json_text(masked_key(target_key))}, {"clause", "RFC 9111 §2"}}; }

json::value tell_vary(const Case& asked, std::string_view primary_key, std::string_view chosen) {
    const memory::EntryPtr entry = asked.shared.store.peek(policy::hash_key(primary_key), primary_key);
    if (entry == nullptr || !entry->is_kept(asked.now.wall)) return nullptr;
    if (static_cast<const fill::Filed&>(*entry).kind() != fill::Filed::Kind::vary_mark) return nullptr;
    const auto& mark = static_cast<const fill::VaryMark&>(*entry);
    json::array specs;
    for (auto spec = mark.specs().rbegin(); spec != mark.specs().rend(); ++spec) {
        json::array names;
        for (const std::string& name : spec->names) names.push_back(json_text(name));
        specs.push_back(std::move(names));
    }
    const std::string prefix = std::string(primary_key) + "\nvary\n";
    json::array variants;
    for (auto hash = mark.variants().rbegin(); hash != mark.variants().rend() && variants.size() < variant_limit; ++hash) {
        const memory::EntryPtr variant = asked.shared.store.peek(*hash);
        if (variant == nullptr || !variant->key().starts_with(prefix) || !variant->is_kept(asked.now.wall)) continue;  // evicted
        const auto& stored = static_cast<const fill::StoredResponse&>(*variant);
        variants.push_back(tell_variant(asked, stored, variant->key().substr(prefix.size()), variant->key() == chosen));
    }
    return json::object{{"specs", std::move(specs)}, {"variants", std::move(variants)}, {"known", mark.variants().size()}, {"clause", "RFC 9111 §4.1"}};
}

json::object tell_freshness(const policy::ResponseFacts& facts, policy::Time now) {
    const seconds age = policy::current_age(facts, now);
    const policy::Reason source = policy::reason_of(facts.source);
    return {{"lifetime", {{"seconds", facts.lifetime.count()}, {"source", json_text(policy::name_of(facts.source))}, {"because", json_text(source.sentence)}, {"clause", json_text(source.clause)}}},
            {"corrected_initial_age", {{"seconds", facts.corrected_initial_age.count()}, {"age_field", facts.had_age ? json::value(facts.age_value.count()) : json::value()}, {"clause", "RFC 9111 §4.2.3"}}},
            {"resident_time", {{"seconds", policy::resident_time(facts, now).count()}, {"clause", "RFC 9111 §4.2.3"}}},
            {"current_age", {{"seconds", age.count()}, {"clause", "RFC 9111 §4.2.3"}}},
            {"ttl", {{"seconds", (facts.lifetime - age).count()}, {"clause", "RFC 9111 §4.2"}}}};
}

json::object tell_stale(const Case& asked, const fill::StoredResponse& stored, bool is_trusted) {
    const policy::ResponseFacts& facts = stored.facts();
    const auto softened_for = stored.softened_for(asked.shared.epochs, asked.now.boot);
    return {{"softened", {{"seconds", softened_for ? json::value(softened_for->count()) : json::value()}, {"clause", "POST /invalidate"}}},
            {"while_revalidate", {{"seconds", facts.while_revalidate.count()}, {"clause", "RFC 5861 §3"}}},
            {"if_error", {{"seconds", facts.if_error.count()}, {"would_serve", policy::may_serve_on_error(asked.facts, facts, is_trusted, asked.now.wall, softened_for)}, {"clause", "RFC 5861 §4"}}},
            {"keep", {{"seconds", facts.keep.count()}, {"left", std::chrono::duration_cast<seconds>(stored.kept_until() - asked.now.wall).count()}, {"clause", "RFC 9111 §4.3"}}},
            {"never_stale", {{"is", facts.never_stale}, {"clause", "RFC 9111 §4.2.4"}}},
            {"always_validate", {{"is", facts.always_validate}, {"clause", "RFC 9111 §5.2.2.4"}}}};
}

json::object tell_stored(const fill::StoredResponse& stored) {
    const policy::ResponseFacts& facts = stored.facts();
    const char* etag = facts.has_strong_etag ? "strong" : facts.has_etag ? "weak" : "none";
    const char* modified = !facts.has_last_modified ? "none" : facts.last_modified_is_strong ? "strong" : "weak";
    const bool has_made_etag = stored.has_made_tag();
    return {{"status", stored.status()}, {"bytes", stored.content_size()}, {"etag", etag}, {"made_etag", has_made_etag}, {"last_modified", modified}, {"clause", "RFC 9110 §8.8"}};
}

GroupsTold tell_groups(const Case& asked, const fill::StoredResponse* stored) {
    const epochs::Epochs& epochs = asked.shared.epochs;
    const policy::GroupSpace space = group_space(asked.snapshot);
    policy::Groups groups;
    policy::GroupNames names;
    const bool is_readable = groups_of_read(groups, asked.snapshot, asked.route, asked.request(), &names);
    const bool is_complete = is_readable && (stored == nullptr || policy::add_groups_of_response(groups, space, stored->view(), &names));
    std::span<const policy::Group> judged = stored != nullptr ? stored->groups() : std::span<const policy::Group>(groups);

    GroupsTold told;
    json::array list;
    for (const policy::Group group : judged) {
        const auto at = std::find(groups.begin(), groups.end(), group) - groups.begin();
        const std::string name = static_cast<std::size_t>(at) < names.size() ? shown_group(names[static_cast<std::size_t>(at)]) : "of earlier rules";
        const std::uint64_t tick = epochs.last_tick(group);
        const bool is_invalidated = stored != nullptr && tick > stored->stamp().epoch;
        if (is_invalidated && tick > told.culprit_tick) {
            told.culprit = name;
            told.culprit_tick = tick;
        }
        const seconds held = left_until(epochs.held_until(group), asked.now.boot);
        told.held_for = std::max(told.held_for, held);
        if (list.size() < (is_invalidated ? 2 * group_limit : group_limit)) {
            list.push_back(json::object{{"group", json_text(name)}, {"invalidated_at", tick}, {"is_invalidated", is_invalidated}, {"held_for", held.count()}});
        }
    }
    told.json = {{"clock", epochs.clock()},
                 {"epoch", stored != nullptr ? json::value(stored->stamp().epoch) : json::value()},
                 {"trust", stored != nullptr ? json::value(json_text(name_of(stored->standing(epochs)))) : json::value()},
                 {"is_complete", is_complete},
                 {"groups", std::move(list)},
                 {"clause", "epochs"}};
    return told;
}

json::object tell_write(const Case& asked) {
    policy::Groups groups;
    policy::GroupNames names;
    const bool is_overridden = policy::is_overridden(asked.request(), asked.rules());
    policy::groups_of_write(groups, group_space(asked.snapshot), asked.request(), nullptr, &names, is_overridden);
    json::array list;
    for (std::size_t i = 0; i < groups.size(); ++i) {
        list.push_back(json::object{{"group", json_text(shown_group(names[i]))}, {"invalidated_at", asked.shared.epochs.last_tick(groups[i])}});
    }
    const relations::Relations relations(asked.snapshot.write_rules, asked.request(), is_overridden);
    json::array rules;
    for (const std::string_view path : relations.paths()) rules.push_back(json_text(path));
    return {{"clock", asked.shared.epochs.clock()}, {"groups", std::move(list)}, {"rules", std::move(rules)}, {"held_if_unknown", std::chrono::ceil<seconds>(asked.snapshot.options.settle).count()}, {"clause", "RFC 9111 §4.4"}};
}

std::string_view name_of(epochs::Standing standing) noexcept {
    switch (standing) {
        case epochs::Standing::trusted: return "trusted";
        case epochs::Standing::ended: return "draining";
        case epochs::Standing::unproven: return "unproven";
        case epochs::Standing::incarnation: return "other-clock";
        case epochs::Standing::rules: return "earlier-rules";
        case epochs::Standing::invalidated: return "invalidated";
    }
    return "";
}

}  // namespace sidecache::pipeline
