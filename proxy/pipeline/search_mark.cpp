#include "proxy/pipeline/search_mark.hpp"

#include <algorithm>
#include <utility>
#include <vector>

namespace sidecache::pipeline {
namespace {

// Each costs a lookup at a miss. The draft (§7) has applications send one for a path.
constexpr std::size_t spec_limit = 4;

std::vector<http::NoVarySearch> specs_of(const memory::EntryPtr& entry) {
    if (entry == nullptr || static_cast<const fill::Filed&>(*entry).kind() != fill::Filed::Kind::search_mark) return {};
    return static_cast<const fill::SearchMark&>(*entry).specs();
}

}  // namespace

std::string filing_key(const policy::ExactKey& exact, const std::optional<http::NoVarySearch>& search, bool is_shared) {
    std::string key;
    policy::KeyScratch scratch;
    if (!search || !policy::append_search_key(key, exact, *search, scratch)) key = exact.shared();
    if (!is_shared) key.append(exact.partition());
    return key;
}

void file_search_mark(Shared& shared, const policy::ExactKey& exact, const http::NoVarySearch& search, bool is_shared, memory::Time kept_until) {
    shared.has_search_marks.store(true, std::memory_order_relaxed);
    shared.store.erase(policy::hash_key(exact.text), exact.text);
    if (is_shared) shared.store.erase(policy::hash_key(exact.shared()), exact.shared());
    std::string key;
    policy::append_search_mark_key(key, exact);
    const policy::Hash128 hash = policy::hash_key(key);
    shared.store.update(hash, key, [&](const memory::EntryPtr& present) -> memory::EntryPtr {
        std::vector<http::NoVarySearch> specs = specs_of(present);
        const memory::Time last = present != nullptr ? std::max(kept_until, present->kept_until()) : kept_until;
        if (!specs.empty() && specs.back() == search && last == present->kept_until()) return nullptr;
        std::erase(specs, search);
        specs.push_back(search);
        if (specs.size() > spec_limit) specs.erase(specs.begin());
        return memory::make_entry<fill::SearchMark>(hash, key, last, std::move(specs));
    });
}

boost::intrusive_ptr<const fill::SearchMark> search_mark(const Shared& shared, const policy::ExactKey& exact) {
    std::string key;
    policy::append_search_mark_key(key, exact);
    const memory::EntryPtr entry = shared.store.peek(policy::hash_key(key), key);
    if (entry == nullptr || specs_of(entry).empty()) return nullptr;
    return static_cast<const fill::SearchMark*>(entry.get());
}

}  // namespace sidecache::pipeline
