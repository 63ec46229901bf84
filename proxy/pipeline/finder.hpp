// From a request to what is stored for it: primary key, then the variant that its fields choose (RFC 9111 §4, §4.1); where that finds nothing, the keys under
// which responses are filed that say that part of the query does not matter (No-Vary-Search).
#pragma once

#include "cache/fill/stored_parts.hpp"
#include "cache/memory/store.hpp"
#include "cache/policy/key.hpp"
#include "cache/policy/request_facts.hpp"
#include "cache/policy/search_key.hpp"
#include "proxy/pipeline/exchange.hpp"
#include "proxy/pipeline/shared.hpp"
#include "proxy/pipeline/who.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace sidecache::pipeline {

template <typename Response, typename Parts>
struct FoundAs {
    bool has_key = false;       // the request can be keyed at all
    bool is_vary_miss = false;  // other variants are stored, this one is not
    policy::Hash128 hash;       // of the finder's key
    Response response{};        // null: nothing stored that may serve who asks
    Response passed_over{};     // what stands under the key and is not what answers: a fill replaces it
    bool is_ended = false;      // since it serves who asks no more
    Parts parts{};              // where no response is found: parts of it

    // What is judged: the response, or that of which parts are stored; null: nothing.
    const fill::StoredResponse* judged() const noexcept { return response != nullptr ? &*response : parts != nullptr ? &parts->response() : nullptr; }
};

// Stays as long as the look by which it was found.
using Sighting = FoundAs<const fill::StoredResponse*, const fill::StoredParts*>;

// Owns what was found.
struct Found : FoundAs<fill::StoredResponsePtr, fill::StoredPartsPtr> {
    Found() = default;
    explicit Found(const Sighting& seen) : FoundAs{seen.has_key, seen.is_vary_miss, seen.hash, seen.response, seen.passed_over, seen.is_ended, seen.parts} {}
};

// One worker's: it keeps its buffers, so that finding allocates nothing.
class Finder {
public:
    explicit Finder(Shared& shared) : shared_(shared), is_counting_(true), reader_(shared.store.readers()) {}
    // Of what is constant: leaves no trace of its looks.
    explicit Finder(const Shared& shared) : shared_(shared), is_counting_(false), reader_(shared.store.readers()) {}

    [[nodiscard]] memory::Reader::Look begin_look() noexcept { return memory::Reader::Look(reader_); }

    // In the partition of who asks, and where that has nothing, among what the origin says serves everybody. `content_key`: of a QUERY, what its
    // content adds to the primary key. `rules`: of the request's route. What is not kept any more `now` is not there. Of several that fit, `facts` decide.
    // Takes no lock, and writes nothing that other workers read.
    Sighting see(const memory::Reader::Look& look, const Snapshot& snapshot, const policy::KeyRules& rules, const http::RequestView& request, const policy::RequestFacts& facts, const Peer& peer,
             WallTime now, const Who& who = {}, std::string_view content_key = {});
    Found find(const Snapshot& snapshot, const policy::KeyRules& rules, const http::RequestView& request, const policy::RequestFacts& facts, const Peer& peer, WallTime now,
               const Who& who = {}, std::string_view content_key = {});

    // Of the last find: the text that a fill goes by: the variant's key where the spec is known, else the primary one.
    std::string_view key() const noexcept { return key_; }
    std::string_view primary_key() const noexcept { return std::string_view(key_).substr(0, primary_size_); }
    policy::ExactKey exact_key() const;
    // A fill of a part goes by a key of its own: `which` tells it from those of other parts. Nothing is found under it.
    void narrow(Found& found, std::string_view which);
    // The exact key as far as its target: what its content, its partition and its variant add is left out. Until the next find.
    std::string_view target_key() const noexcept { return std::string_view(is_exact_ ? key_ : exact_.text).substr(0, target_end_); }

    // Both without looking for anything, and leaving what was found last as it is. False: the request has no key.
    bool append_target_key(std::string& out, const Snapshot& snapshot, const policy::KeyRules& rules, const http::RequestView& request, const Peer& peer);
    // Of a request that has one.
    policy::ExactKey make_exact_key(const Snapshot& snapshot, const policy::KeyRules& rules, const http::RequestView& request, const Peer& peer, const Who& who,
                                    std::string_view content_key);

private:
    void look_up(Sighting& seen, const policy::KeyRules& rules, const http::RequestView& request, const Who& who);
    void look_up_by_search(Sighting& seen, const policy::KeyRules& rules, const http::RequestView& request, const Who& who);
    const fill::StoredResponse* find_variant(std::string& key, policy::Hash128& hash, bool& is_vary_miss, const http::RequestView& request, const policy::Covered& covered,
                                             const policy::Languages& languages);

    bool is_better(const fill::StoredResponse& one, const fill::StoredResponse* other) const;

    void look_up_parts(Sighting& seen, const Who& who);
    const fill::Filed* look(policy::Hash128 hash, std::string_view key) const noexcept;

    const Shared& shared_;
    const bool is_counting_;
    memory::Reader reader_;
    const memory::Reader::Look* look_ = nullptr;  // while it sees to a request, as the next two
    const policy::RequestFacts* facts_ = nullptr;
    WallTime now_;
    std::string space_;
    std::string key_;
    std::string shared_key_;
    std::size_t primary_size_ = 0;
    std::size_t target_end_ = 0;  // in the exact key, as the next one
    std::size_t shared_end_ = 0;
    bool is_exact_ = true;        // the primary key is the exact one; else that stands here:
    policy::ExactKey exact_;
    std::string mark_key_;
    std::string parts_key_;
    policy::KeyScratch scratch_;
    policy::VaryMemo vary_memo_;
};

// Where the parts of a response are stored that is filed under `key` when it is whole.
void append_parts_key(std::string& out, std::string_view key);

// What is remembered as uncacheable: a key, apart for requests with credentials, whose answers are rarely like the others'.
policy::Hash128 uncacheable_hash(policy::Hash128 hash, const policy::RequestFacts& facts) noexcept;

// The key of the variant that `spec` makes of this request; the primary key itself for an empty spec.
std::string variant_key(std::string_view primary_key, const policy::VarySpec& spec, http::HeaderView request_fields, const policy::Covered& covered = {},
                        const policy::Languages& languages = {});

// What is stored under a primary key that this request's fields choose, by whichever of its specs. Counted as no hit.
std::vector<fill::StoredResponsePtr> variants_for(const memory::Store& store, std::string_view primary_key, WallTime now, http::HeaderView request_fields,
                                                  const policy::Covered& covered, const policy::Languages& languages);

// What stands under a primary key whose responses vary; null: nothing, or they do not.
boost::intrusive_ptr<const fill::VaryMark> vary_mark(const Shared& shared, std::string_view primary_key);

// May the other nodes have it? Not what is one principal's, or may be: keys hold that by digests of this process, nobody else could find it, and a logout here would not end it there.
bool is_everybodys(std::string_view key, const policy::VarySpec& spec) noexcept;

}  // namespace sidecache::pipeline
