// One response as the cache keeps it: an immutable unit of epoch, groups, fields and content (CONSISTENCY 1.1). Its content may still be
// arriving: then it is a response that is not complete yet.
#pragma once

#include "cache/epochs/epochs.hpp"
#include "cache/fill/content.hpp"
#include "cache/fill/packed_facts.hpp"
#include "cache/http/message.hpp"
#include "cache/http/no_vary_search.hpp"
#include "cache/memory/entry.hpp"
#include "cache/policy/client_fields.hpp"
#include "cache/policy/response_facts.hpp"
#include "cache/policy/vary.hpp"

#include <boost/container/small_vector.hpp>

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace sidecache::fill {

// What HTTP files in the memory tier; a tag instead of a dynamic_cast, since every hit asks.
class Filed : public memory::Entry {
public:
    enum class Kind : std::uint8_t { response, parts, vary_mark, search_mark };
    Kind kind() const noexcept { return kind_; }

protected:
    Filed(Kind kind, policy::Hash128 hash, std::string_view key, memory::Time kept_until, std::size_t key_at) noexcept
        : Entry(hash, key, kept_until, key_at, kind == Kind::vary_mark || kind == Kind::search_mark), kind_(kind) {}

private:
    const Kind kind_;
};

class StoredResponse;
using StoredResponsePtr = boost::intrusive_ptr<const StoredResponse>;

// A stored response with its fields one by one, for who looks at them: views into its head. The list of them stands in here: never copy it into a plain view.
class UnpackedResponse : public http::ResponseView {
public:
    UnpackedResponse(const UnpackedResponse&) = delete;
    UnpackedResponse& operator=(const UnpackedResponse&) = delete;

private:
    friend class StoredResponse;
    // Of its fields' lines all but the first `skipped`, up to the octet `end` of its head.
    UnpackedResponse(const StoredResponse& response, std::size_t skipped, std::size_t end);
    boost::container::small_vector<http::Field, 24> list_;
};

class StoredResponse final : public Filed {
public:
    struct Parts {
        int status = 0;
        std::string head;                  // the status line, with its end; the fields come behind it, without framing and empty line
        policy::ResponseFacts facts;
        epochs::Stamp stamp;
        std::uint64_t fill_number = 0;     // order of the fills' starts
        policy::Groups groups;
        epochs::BootTime begun = epochs::BootTime::min();  // what it shows the origin had then, or later
        epochs::BootTime recheck_at = epochs::BootTime::max();  // from then on the origin has to accept the credential again that it was fetched with
        ContentPtr content;                // null: it is `packed_content`, all of it, which is copied
        std::string_view packed_content{};
    };

    // `fields` are the origin's end-to-end fields; their texts, and those that clients get instead, are copied.
    static boost::intrusive_ptr<StoredResponse> make(policy::Hash128 hash, std::string_view key, const Parts& parts, http::HeaderView fields, const policy::ClientFields& clients = {});
    // Another one like it: with another content, of which no tag is made yet, of another epoch, or told to clients otherwise.
    boost::intrusive_ptr<StoredResponse> with(const ContentPtr& content) const;
    boost::intrusive_ptr<StoredResponse> with(const epochs::Stamp& stamp) const;
    boost::intrusive_ptr<StoredResponse> with(const policy::ClientFields& clients) const;

    // What is judged, and asked about at the origin: what it said itself.
    UnpackedResponse view() const { return {*this, added(), head_size_}; }
    // What clients get, and have: the same, unless the route tells them otherwise of keeping it.
    UnpackedResponse sent() const { return {*this, 0, sent_size_}; }
    // Do clients get an entity tag that was made of its content?
    bool has_made_tag() const noexcept { return has_made_tag_; }
    // How the two differ; views into this.
    policy::ClientFields clients() const;
    // Status line and fields as they are sent, without framing and empty line.
    std::string_view head() const noexcept { return {head_begin(), sent_size_}; }
    int status() const noexcept { return facts_.status(); }
    policy::ResponseFacts facts() const noexcept { return facts_.facts(); }
    const epochs::Stamp& stamp() const noexcept { return stamp_; }
    std::uint64_t fill_number() const noexcept { return fill_number_; }
    std::span<const policy::Group> groups() const noexcept { return {reinterpret_cast<const policy::Group*>(packed()), group_count()}; }
    epochs::BootTime begun() const noexcept { return begun_; }
    epochs::BootTime recheck_at() const noexcept;

    // Null where all of it stands in this response: that of most which are stored.
    const ContentPtr& content() const noexcept { return content_; }
    bool is_whole() const { return content_ == nullptr || (content_->state() == Content::State::complete && content_->is_kept()); }
    // Of one whose content is complete.
    std::uint64_t content_size() const noexcept { return content_ == nullptr ? packed_content_size_ : content_->complete_size(); }
    std::string_view trailers() const noexcept { return content_ == nullptr ? std::string_view() : content_->trailers(); }
    // Of one that is whole: its bytes from `offset` on, as many as stand in one piece; empty at its end.
    std::string_view bytes_from(std::uint64_t offset) const noexcept {
        if (content_ != nullptr) return content_->contiguous(offset);
        return packed_content().substr(std::min<std::uint64_t>(offset, packed_content_size_));
    }
    template <typename Each>
    void for_each_piece(Each&& each) const {
        if (content_ == nullptr) {
            if (packed_content_size_ != 0) each(packed_content());
            return;
        }
        for (const ChunkPtr& chunk : content_->chunks()) each(std::string_view(chunk->data(), chunk->size()));
    }
    // The whole in one piece: as it stands, or put together in `room`.
    std::string_view whole_content(std::string& room) const;
    std::string_view packed_content() const noexcept { return {head_begin() + head_size_, packed_content_size_}; }

    // Consistency's question, asked before RFC 9111's: may this still be reused, or is it a validator and nothing else?
    bool is_trusted(const epochs::Epochs& epochs) const noexcept { return !must_recheck() && epochs.is_reusable(stamp(), groups(), memo_); }

    // Once for each request that finds it, if that may not reuse it.
    void note_refused(const epochs::Epochs& epochs) const noexcept { epochs.note_refused(stamp(), groups()); }

    // For how long it has been stale by a soft invalidation, in whole seconds; nullopt: it is not.
    std::optional<std::chrono::seconds> softened_for(const epochs::Epochs& epochs, epochs::BootTime now) const noexcept {
        const auto time = epochs.softened_for(groups(), begun(), now);
        return time ? std::optional(std::chrono::floor<std::chrono::seconds>(*time)) : std::nullopt;
    }

    // Has the origin to accept the credential again?
    bool must_recheck() const noexcept { return is_rechecked_ && epochs::BootClock::now() >= recheck_at(); }

    // What the clock says of it, with its reason; noted and counted nowhere.
    epochs::Standing standing(const epochs::Epochs& epochs) const noexcept { return epochs.standing_of(stamp(), groups()); }

    // How often it has answered without the origin, about; counted no further than `most_hits`.
    static constexpr std::uint8_t most_hits = 255;
    std::uint8_t hits() const noexcept { return hits_.load(std::memory_order_relaxed); }
    // It answers. True once, for what was fetched before anybody asked.
    bool note_hit() const noexcept {
        const std::uint8_t hits = hits_.load(std::memory_order_relaxed);
        if (hits == most_hits) return false;
        hits_.store(hits + 1, std::memory_order_relaxed);
        return is_unasked_.load(std::memory_order_relaxed) && is_unasked_.exchange(false, std::memory_order_relaxed);
    }
    void mark_unasked() const noexcept { is_unasked_.store(true, std::memory_order_relaxed); }
    bool is_unasked() const noexcept { return is_unasked_.load(std::memory_order_relaxed); }

    std::size_t charge() const noexcept override;

private:
    friend class UnpackedResponse;

    friend StoredResponsePtr packed(const StoredResponsePtr& response);

    struct Sizes;
    StoredResponse(policy::Hash128 hash, std::string_view key, const Parts& parts, http::HeaderView fields, const policy::ClientFields& clients, const Sizes& sizes);

    Parts parts_with(const ContentPtr& content, const epochs::Stamp& stamp) const;
    policy::ClientFields clients_without_tag() const;

    // Behind this: the groups; when it is to be rechecked, if ever; its key; the status line and the fields, as lines; and the content, if it is small. Of the fields
    // the first `added` are for clients alone, those behind `sent_size_` not for them.
    const char* packed() const noexcept { return block() + sizeof(StoredResponse); }
    std::size_t group_count() const noexcept { return (key_at() - sizeof(StoredResponse)) / sizeof(policy::Group) - is_rechecked_; }
    const char* head_begin() const noexcept { return block() + key_end(); }
    std::size_t added() const noexcept { return std::size_t{has_made_tag_} + has_made_control_; }

    // In this order there are no gaps; begins within the last word of what it is derived from.
    const bool is_rechecked_ : 1;
    const bool has_made_control_ : 1;
    const bool has_made_tag_ : 1;
    mutable std::atomic<std::uint8_t> hits_{0};
    mutable std::atomic<bool> is_unasked_{false};
    std::uint32_t head_size_ = 0;  // octets: of the status line and all fields
    std::uint32_t sent_size_ = 0;  // of these, those that clients get
    [[no_unique_address]] const PackedFacts facts_;
    const std::uint32_t packed_content_size_;
    const epochs::Stamp stamp_;
    const std::uint64_t fill_number_;
    const epochs::BootTime begun_;
    const ContentPtr content_;
    mutable std::atomic<std::uint64_t> memo_{0};
};
static_assert(sizeof(StoredResponse) == 168, "each stored response has all of it: benchmarks/RESULTS.md tells what it costs");

// The same for the store: all of it in one place if it is whole, small and without trailers. Then a hit looks nowhere else, and the blocks that a content that arrives
// needs are not kept.
StoredResponsePtr packed(const StoredResponsePtr& response);
inline constexpr std::size_t largest_packed = 16 * 1024;  // bytes of content: a copy of them is a microsecond, at each change of the head too

// Marks are kept as long as the last of what they lead to, or a little longer.

// What stands under a primary key whose responses vary: the latest specs, newest first, and which secondary keys are stored.
class VaryMark final : public Filed {
public:
    VaryMark(memory::Room, policy::Hash128 hash, std::string_view key, memory::Time kept_until, std::vector<policy::VarySpec> specs, std::vector<policy::Hash128> variants) noexcept;

    const std::vector<policy::VarySpec>& specs() const noexcept { return specs_; }
    const std::vector<policy::Hash128>& variants() const noexcept { return variants_; }  // oldest first
    std::size_t charge() const noexcept override;

private:
    std::vector<policy::VarySpec> specs_;
    std::vector<policy::Hash128> variants_;
};

// What stands for a path some of whose responses say that part of the query does not matter: the latest specs, oldest first.
class SearchMark final : public Filed {
public:
    SearchMark(memory::Room, policy::Hash128 hash, std::string_view key, memory::Time kept_until, std::vector<http::NoVarySearch> specs);

    const std::vector<http::NoVarySearch>& specs() const noexcept { return specs_; }
    std::size_t charge() const noexcept override;

private:
    std::vector<http::NoVarySearch> specs_;
};

}  // namespace sidecache::fill
