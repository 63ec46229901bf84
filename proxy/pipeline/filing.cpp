#include "proxy/pipeline/filing.hpp"

#include "cache/switches/switches.hpp"
#include "cache/tiers/redis_tier.hpp"
#include "proxy/pipeline/finder.hpp"

#include <algorithm>
#include <utility>
#include <vector>

namespace sidecache::pipeline {
namespace {

// One primary key keeps a handful of specs: more means that the application answers at random.
constexpr std::size_t spec_limit = 4;
// A mark may outlive what it leads to by so much: a variant that is renewed does not need a new one each time.
constexpr auto mark_grace = std::chrono::seconds(5);

}  // namespace

void note_variant(Shared& shared, policy::Hash128 variant, WallTime kept_until, std::string_view primary_key, const policy::VarySpec& spec, std::size_t variant_limit) {
    const policy::Hash128 hash = policy::hash_key(primary_key);
    std::vector<policy::Hash128> dropped;
    const bool is_changed = shared.store.update(hash, primary_key, [&](const memory::EntryPtr& present) -> memory::EntryPtr {
        std::vector<policy::VarySpec> specs;
        std::vector<policy::Hash128> variants;
        WallTime last = kept_until + mark_grace;
        if (present != nullptr && static_cast<const fill::Filed&>(*present).kind() == fill::Filed::Kind::vary_mark) {
            const auto& mark = static_cast<const fill::VaryMark&>(*present);
            specs = mark.specs();
            variants = mark.variants();
            const bool is_known = std::find(variants.begin(), variants.end(), variant) != variants.end();
            if (is_known && specs.back() == spec && kept_until <= mark.kept_until()) return nullptr;
            last = std::max(last, mark.kept_until());
        }
        std::erase(specs, spec);
        std::erase(variants, variant);
        specs.push_back(spec);
        variants.push_back(variant);
        if (specs.size() > spec_limit) specs.erase(specs.begin());
        const std::size_t excess = variants.size() - std::min(variants.size(), variant_limit);
        dropped.assign(variants.begin(), variants.begin() + static_cast<std::ptrdiff_t>(excess));
        variants.erase(variants.begin(), variants.begin() + static_cast<std::ptrdiff_t>(excess));
        return memory::make_entry<fill::VaryMark>(hash, primary_key, last, std::move(specs), std::move(variants));
    });
    if (!is_changed) return;
    for (const policy::Hash128& each : dropped) shared.store.erase(each);
    shared.counts.variants_dropped.fetch_add(dropped.size(), std::memory_order_relaxed);
}

bool put(Shared& shared, const fill::StoredResponsePtr& response, std::string_view primary_key, const policy::VarySpec& spec,
         std::size_t variant_limit, std::chrono::system_clock::time_point now) {
    const auto may_replace = [&](const memory::Entry& entry) {
        if (static_cast<const fill::Filed&>(entry).kind() != fill::Filed::Kind::response) return true;
        if (switches::is_off(switches::Rule::install_order)) return true;
        const auto& present = static_cast<const fill::StoredResponse&>(entry);
        if (present.stamp().incarnation != response->stamp().incarnation) return !present.is_trusted(shared.epochs);
        const bool is_newer = std::pair(present.stamp().epoch, present.fill_number()) > std::pair(response->stamp().epoch, response->fill_number());
        if (!is_newer || !present.is_trusted(shared.epochs)) return true;
        return policy::current_age(present.facts(), now) >= present.facts().lifetime;
    };
    const memory::EntryPtr entry(const_cast<fill::StoredResponse*>(response.get()));
    if (!shared.store.put(entry, may_replace)) {
        shared.counts.fills_refused.fetch_add(1, std::memory_order_relaxed);
        return false;
    }
    if (!spec.empty()) note_variant(shared, policy::hash_key(response->key()), response->kept_until(), primary_key, spec, variant_limit);
    return true;
}

bool install(Shared& shared, const fill::StoredResponsePtr& made, std::string_view primary_key, const policy::VarySpec& spec,
             std::size_t variant_limit, std::chrono::system_clock::time_point now) {
    const fill::StoredResponsePtr response = fill::packed(made);
    if (!put(shared, response, primary_key, spec, variant_limit, now)) return false;
    if (shared.tier != nullptr && is_everybodys(primary_key, spec)) shared.tier->offer(response, spec.empty() ? nullptr : vary_mark(shared, primary_key));
    return true;
}

void take_back(Shared& shared, const fill::StoredResponse& response) {
    shared.store.erase(response);
    if (shared.tier != nullptr) shared.tier->erase(response.key());
}

}  // namespace sidecache::pipeline
