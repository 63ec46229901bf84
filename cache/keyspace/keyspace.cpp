#include "cache/keyspace/keyspace.hpp"

#include <algorithm>
#include <bit>
#include <cstring>
#include <utility>

namespace sidecache::keyspace {
namespace {

// No key of HTTP begins with it: those begin with their method class (cache/policy/key.hpp).
constexpr char mark = '\1';

// Where a walk is: a step takes those of one shard whose hash ends up in one of 2^`parts` parts.
struct Cursor {
    std::uint64_t step = 0;
    unsigned parts = 0;

    static constexpr unsigned bits = 5;  // of `parts`
    static constexpr unsigned most_parts = 16;  // bits of a place that the store tells by
    static Cursor of(std::uint64_t number) noexcept { return {number >> bits, static_cast<unsigned>(number & ((1U << bits) - 1))}; }
    std::uint64_t number() const noexcept { return (step << bits) | parts; }
    std::uint64_t steps(std::size_t shards) const noexcept { return std::uint64_t{shards} << parts; }
    std::size_t shard() const noexcept { return step >> parts; }
    std::uint64_t part() const noexcept { return step & ((std::uint64_t{1} << parts) - 1); }
    bool has(std::uint16_t upper_bits) const noexcept { return std::uint64_t{upper_bits} >> (most_parts - parts) == part(); }
};

constexpr std::size_t least_shown = 1'000;   // a walk of many small steps looks at all of a shard in each of them
constexpr std::size_t most_looked_at = 16'384;  // values, and parts that have none

}  // namespace

Keyspace::KeyText::KeyText(std::uint64_t generation, std::string_view key) : size_(prefix + key.size()) {
    char* text = small_.data();
    if (size_ > small_.size()) {
        large_.resize(size_);
        text = large_.data();
    }
    text[0] = mark;
    std::memcpy(text + 1, &generation, sizeof generation);
    key.copy(text + prefix, key.size());
    hash_ = policy::hash_key({text, size_});
}

Keyspace::Keyspace(memory::Store& store, std::size_t databases, std::size_t workers) : store_(store), gate_(workers + 1), looker_on_(workers) {
    while (generations_.size() < databases) generations_.push_back(next_generation());
}

ValuePtr Keyspace::find(std::size_t database, std::string_view key, Time now) const {
    const KeyText text(generation(database).number(), key);
    memory::EntryPtr entry = store_.find(text.hash(), text.view());
    if (entry == nullptr || !entry->is_kept(now)) return nullptr;
    return ValuePtr(static_cast<const Value*>(entry.detach()), false);
}

const Value* Keyspace::find(const memory::Reader::Look& look, std::size_t database, std::string_view key, Time now) const {
    const KeyText text(generation(database).number(), key);
    const memory::Entry* const entry = store_.find(look, text.hash(), text.view());
    return entry != nullptr && entry->is_kept(now) ? static_cast<const Value*>(entry) : nullptr;
}

bool Keyspace::set(std::size_t database, std::string_view key, std::string_view text, Time expires) {
    const KeyText key_text(generation(database).number(), key);
    if (!store_.put(Value::make(key_text.hash(), key_text.view(), text, expires, generations_[database]))) return false;
    watches_.changed(database, key);
    return true;
}

bool Keyspace::erase(std::size_t database, std::string_view key, Time now) {
    const KeyText text(generation(database).number(), key);
    // Others may put another one in its place just now, or erase it: of two who erase, one did.
    while (const memory::EntryPtr entry = store_.find(text.hash(), text.view())) {
        if (!store_.erase(*entry)) continue;
        if (!entry->is_kept(now)) return false;
        watches_.changed(database, key);
        return true;
    }
    return false;
}

void Keyspace::flush(std::size_t database) {
    generations_[database]->end();
    generations_[database] = next_generation();
}

void Keyspace::swap(std::size_t one, std::size_t other, Time now) {
    if (one == other) return;
    watches_.changed_in(one, other, [&](std::string_view key) { return find(one, key, now) != nullptr || find(other, key, now) != nullptr; });
    std::swap(generations_[one], generations_[other]);
}

std::int64_t Keyspace::all_values() {
    const Gate::Pass pass = gate_.beside_others(looker_on_);
    std::int64_t sum = 0;
    for (const GenerationPtr& each : generations_) sum += each->values();
    return sum;
}

std::uint64_t Keyspace::scan(std::size_t database, std::uint64_t cursor, std::size_t count, Time now, const std::function<void(const Value&)>& show) const {
    Cursor at = Cursor::of(cursor);
    if (cursor == 0) {
        const std::size_t parts = store_.largest_shard() / std::max(count, least_shown);
        at.parts = std::min<unsigned>(std::bit_width(parts), Cursor::most_parts);
    }
    const KeyText any(generation(database).number(), {});
    std::size_t shown = 0;
    std::size_t looked_at = 0;
    while (at.parts <= Cursor::most_parts && at.step < at.steps(store_.shards())) {
        if (shown >= count || looked_at >= most_looked_at) return at.number();
        const auto is_of_this_part = [&](std::uint16_t upper_bits) { return at.has(upper_bits); };
        looked_at += 1 + store_.look_through(at.shard(), is_of_this_part, [&](const memory::Entry& entry) {
            if (!entry.is_kept(now) || !entry.key().starts_with(any.view())) return;
            ++shown;
            show(static_cast<const Value&>(entry));
        });
        ++at.step;
    }
    return 0;
}

}  // namespace sidecache::keyspace
