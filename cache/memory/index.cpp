#include "cache/memory/index.hpp"

#include <cassert>
#include <utility>

namespace sidecache::memory {
namespace {

constexpr std::size_t fewest_slots = 16;
constexpr std::size_t most_used(std::size_t slots) noexcept { return slots / 8 * 7; }
// With more than these it grows when it is full; with fewer it is freed of the erased ones.
constexpr std::size_t most_entries(std::size_t slots) noexcept { return slots / 4 * 3; }

}  // namespace

Index::Index() : owned_(std::make_shared<Table>(fewest_slots)), table_(owned_.get()) {}

Index::~Index() {
    for (std::size_t i = 0; i <= owned_->mask; ++i) {
        if (const Word word = owned_->words[i].load(std::memory_order_relaxed); is_entry(word)) intrusive_ptr_release(entry_of(word));
    }
}

Index::Word Index::word_of(const Entry& entry) noexcept {
    const Word address = reinterpret_cast<std::uintptr_t>(&entry);
    assert((address & ~pointer_mask) == 0);
    return Word{entry.slot_ >> 16} << pointer_bits | address;
}

// An entry never moves within a table, so that whoever looks finds it, whatever others insert and erase meanwhile.
template <typename IsIt>
Index::Found Index::search(std::uint32_t slot, IsIt&& is_it) const noexcept {
    const Table& table = *table_.load(std::memory_order_seq_cst);
    const Word mark = Word{slot >> 16} << pointer_bits;
    for (std::size_t looked = 0, at = slot & table.mask; looked <= table.mask; ++looked, at = (at + 1) & table.mask) {
        const Word word = table.words[at].load(std::memory_order_seq_cst);
        if (word == empty) break;
        if ((word & ~pointer_mask) != mark || !is_entry(word)) continue;
        if (Entry* const entry = entry_of(word); is_it(*entry)) return {&table.words[at], entry};
    }
    return {};
}

Entry* Index::find(Place place, std::string_view key) const noexcept {
    return search(place.slot, [&](const Entry& entry) { return entry.slot_ == place.slot && entry.key() == key; }).entry;
}

Entry* Index::find(Place place) const noexcept {
    return search(place.slot, [&](const Entry& entry) { return entry.place() == place; }).entry;
}

void Index::insert(Entry& entry, Removed& removed) {
    const std::size_t slots = owned_->mask + 1;
    if (used_ == most_used(slots)) rebuild(size_ < most_entries(slots) ? slots : 2 * slots, removed);
    std::atomic<Word>& word = word_for(entry);
    if (word.load(std::memory_order_relaxed) == empty) ++used_;
    intrusive_ptr_add_ref(&entry);
    word.store(word_of(entry), std::memory_order_seq_cst);
    ++size_;
}

// Free, or freed: the first one on the way from its place.
std::atomic<Index::Word>& Index::word_for(const Entry& entry) const noexcept {
    std::size_t at = entry.slot_ & owned_->mask;
    while (is_entry(owned_->words[at].load(std::memory_order_relaxed))) at = (at + 1) & owned_->mask;
    return owned_->words[at];
}

void Index::rebuild(std::size_t slots, Removed& removed) {
    auto grown = std::make_shared<Table>(slots);
    removed.tables.push_back(owned_);  // who looks is in it still: it must not go if this throws
    const auto old = std::exchange(owned_, std::move(grown));
    for (std::size_t i = 0; i <= old->mask; ++i) {
        const Word word = old->words[i].load(std::memory_order_relaxed);
        if (is_entry(word)) word_for(*entry_of(word)).store(word, std::memory_order_relaxed);
    }
    used_ = size_;
    table_.store(owned_.get(), std::memory_order_seq_cst);
}

EntryPtr Index::replace(const Entry& present, Entry& entry) noexcept {
    const Found found = search(present.slot_, [&](const Entry& each) { return &each == &present; });
    intrusive_ptr_add_ref(&entry);
    found.word->store(word_of(entry), std::memory_order_seq_cst);
    return EntryPtr(found.entry, false);
}

EntryPtr Index::erase(const Entry& entry) noexcept {
    const Found found = search(entry.slot_, [&](const Entry& each) { return &each == &entry; });
    found.word->store(erased, std::memory_order_seq_cst);
    --size_;
    // Nobody's way goes on behind the last one before an empty slot: these are free at once.
    const Table& table = *owned_;
    std::size_t at = static_cast<std::size_t>(found.word - table.words.get());
    if (table.words[(at + 1) & table.mask].load(std::memory_order_relaxed) != empty) return EntryPtr(found.entry, false);
    for (; table.words[at].load(std::memory_order_relaxed) == erased; at = (at + table.mask) & table.mask) {
        table.words[at].store(empty, std::memory_order_relaxed);
        --used_;
    }
    return EntryPtr(found.entry, false);
}

}  // namespace sidecache::memory
