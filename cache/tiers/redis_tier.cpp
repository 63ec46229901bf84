#include "cache/tiers/redis_tier.hpp"

#include "cache/seal/name.hpp"
#include "cache/seal/seal.hpp"

#include <pthread.h>
#include <xxhash.h>

#include <algorithm>
#include <random>
#include <utility>

namespace sidecache::tiers {
namespace {

using runtime::Task;

constexpr std::size_t written_at_once = 32;
constexpr std::size_t size_at_once = std::size_t{1} << 20;  // octets of content, but for one that is larger

std::string hex_of(const XXH128_hash_t& hash) {
    XXH128_canonical_t octets;
    XXH128_canonicalFromHash(&octets, hash);
    constexpr std::string_view digits = "0123456789abcdef";
    std::string text;
    for (const unsigned char octet : octets.digest) text.append({digits[octet >> 4], digits[octet & 15]});
    return text;
}

std::string name_from(const TierOptions& options, std::string_view digest) { return options.prefix + "r:" + std::string(digest); }

std::string random_token() {
    std::random_device device;
    return std::to_string(std::uint64_t{device()} << 32 | device());
}

// Only whoever has it ends it: it may have passed to another node.
constexpr std::string_view release_script = "if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('DEL', KEYS[1]) end return 0";

// Nobody waits for what is written.
redis::PipeOptions patient(redis::PipeOptions options) {
    options.deadline = options.stuck;
    options.waiting = std::max<std::size_t>(options.waiting, 4 * written_at_once);
    return options;
}

forms::Moment moment() { return {std::chrono::system_clock::now(), epochs::BootClock::now()}; }

}  // namespace

std::vector<std::string> tier_names(const TierOptions& options, std::string_view key) {
    std::vector<std::string> names;
    if (options.keys == nullptr) {
        // Not seeded, since every node has to find it. Two keys of one name cost each other a miss: the form says whose it is.
        names.push_back(name_from(options, hex_of(XXH3_128bits(key.data(), key.size()))));
        return names;
    }
    const auto sealed = seal::names_of(*options.keys, "response " + std::string(key));
    if (!sealed) return names;  // OpenSSL failed: nothing is found, nothing is written
    for (const seal::Name& name : sealed->all()) names.push_back(name_from(options, name));
    return names;
}

TierReader::Asked TierReader::append_reads(std::vector<redis::Command>& commands, const std::vector<std::string>& keys) const {
    Asked asked;
    for (const std::string& key : keys) {
        const auto found = tier_names(options_, key);
        asked.names_of_key.push_back(found.size());
        for (const std::string& name : found) commands.push_back({"GET", name});
        asked.names.insert(asked.names.end(), found.begin(), found.end());
    }
    return asked;
}

// The first of a key's names under which something stands that can be opened.
std::vector<std::string> TierReader::forms_of(const Asked& asked, std::span<resp::Value> values) {
    std::vector<std::string> forms(asked.names_of_key.size());
    for (std::size_t key = 0, at = 0; key < forms.size(); ++key) {
        for (const std::size_t end = at + asked.names_of_key[key]; at < end; ++at) {
            resp::Value& value = values[at];
            if (!value.is_text() || !forms[key].empty()) continue;
            if (options_.keys == nullptr) {
                forms[key] = std::move(value.text);
                continue;
            }
            auto opened = seal::open(*options_.keys, value.text, asked.names[at]);
            if (opened) {
                forms[key] = *std::move(opened);
            } else {
                counts_.unsealed.fetch_add(1, std::memory_order_relaxed);
            }
        }
    }
    return forms;
}

Task<std::optional<std::vector<std::string>>> TierReader::read(std::vector<std::string> keys) {
    std::vector<redis::Command> commands;
    const Asked asked = append_reads(commands, keys);
    if (commands.empty()) co_return std::vector<std::string>(keys.size());
    auto replies = co_await pool_.ask(std::move(commands));
    if (replies.trouble == redis::Trouble::none) co_return forms_of(asked, replies.values);
    counts_.failures.fetch_add(1, std::memory_order_relaxed);
    co_return std::nullopt;
}

Task<std::optional<TierReader::Leased>> TierReader::read_or_lease(std::vector<std::string> keys, std::chrono::milliseconds time) {
    const auto names = tier_names(options_, "lease " + keys.front());
    if (names.empty()) co_return std::nullopt;
    Lease lease{names.front(), random_token()};
    std::vector<redis::Command> commands;
    commands.push_back({"SET", lease.name, lease.token, "NX", "PX", std::to_string(time.count())});
    const Asked asked = append_reads(commands, keys);
    auto replies = co_await pool_.ask(std::move(commands));
    if (replies.trouble != redis::Trouble::none || replies.values.front().is_error()) {
        counts_.failures.fetch_add(1, std::memory_order_relaxed);
        co_return std::nullopt;
    }
    Leased leased;
    if (replies.values.front().is_status("OK")) leased.lease = std::move(lease);  // nil where it is taken
    leased.forms = forms_of(asked, std::span(replies.values).subspan(1));
    co_return leased;
}

TierWriter::TierWriter(const TierOptions& options, TierCounts& counts, Tell tell)
    : options_(options),
      counts_(counts),
      tell_(std::move(tell)),
      loop_([this](std::string_view task, std::string_view what) { tell_(std::string(task) + ": " + std::string(what)); }),
      pool_(loop_, patient(options.pipe)),
      has_more_(loop_) {}

TierWriter::~TierWriter() { stop(); }

void TierWriter::start() {
    loop_.spawn("tier writes", write_until_stopped());
    thread_ = std::thread([this] { loop_.run(); });
    pthread_setname_np(thread_.native_handle(), "tier");
}

void TierWriter::stop() {
    if (!thread_.joinable()) return;
    loop_.post([this] {
        is_stopping_ = true;
        pool_.close();
        has_more_.set();
    });
    thread_.join();
    const std::scoped_lock guard(lock_);
    offers_.clear();
}

void TierWriter::offer(fill::StoredResponsePtr response, boost::intrusive_ptr<const fill::VaryMark> mark) {
    const std::size_t size = response->content_size();
    if (size > options_.max_object) {
        counts_.too_large.fetch_add(1, std::memory_order_relaxed);
        return;
    }
    {
        const std::scoped_lock guard(lock_);
        if (offers_.size() >= options_.queue || offered_size_ + size > options_.queue_size) {
            counts_.dropped.fetch_add(1, std::memory_order_relaxed);
            return;
        }
        Offer& offer = offers_.emplace_back();
        offer.response = std::move(response);
        offer.mark = std::move(mark);
        offered_size_ += size;
    }
    has_more_.set();
}

void TierWriter::offer_mark(boost::intrusive_ptr<const fill::SearchMark> mark) {
    if (mark == nullptr) return;
    Offer offer;
    offer.search_mark = std::move(mark);
    add_unlimited(std::move(offer));
}

void TierWriter::release(Lease lease) {
    Offer offer;
    offer.ended = std::move(lease);
    add_unlimited(std::move(offer));
}

void TierWriter::erase(std::string_view key) {
    Offer offer;
    offer.erased = key;
    add_unlimited(std::move(offer));
}

// Twice as many as of responses: a lease ends by itself, and what is not erased is as good as it is on a node that has not heard of it.
void TierWriter::add_unlimited(Offer offer) {
    {
        const std::scoped_lock guard(lock_);
        if (offers_.size() >= 2 * options_.queue) {
            counts_.dropped.fetch_add(1, std::memory_order_relaxed);
            return;
        }
        offers_.push_back(std::move(offer));
    }
    has_more_.set();
}

std::vector<TierWriter::Offer> TierWriter::take() {
    std::vector<Offer> taken;
    const std::scoped_lock guard(lock_);
    std::size_t size = 0;
    for (; !offers_.empty() && taken.size() < written_at_once && size < size_at_once; offers_.pop_front()) {
        const std::size_t content = offers_.front().response == nullptr ? 0 : offers_.front().response->content_size();
        offered_size_ -= content;
        size += content;
        taken.push_back(std::move(offers_.front()));
    }
    return taken;
}

// What fails is not written, and the next is.
Task<> TierWriter::write_until_stopped() {
    while (!is_stopping_) {
        std::string failure;
        try {
            co_await write_all();
        } catch (const std::exception& error) {
            failure = error.what();
        }
        if (!failure.empty()) tell_("tier writes: " + failure);
    }
    loop_.stop();
}

Task<> TierWriter::write_all() {
    while (!is_stopping_) {
        std::vector<Offer> offers = take();
        if (offers.empty()) {
            co_await has_more_.wait(runtime::SteadyTime::max());
        } else {
            co_await write(std::move(offers));
        }
    }
}

// Kept as long as it is kept here (freshness, and what may come after it), under the first key's name.
template <typename Filed>
void TierWriter::add(std::vector<redis::Command>& commands, const Filed& filed, const forms::Moment& now) const {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(filed.kept_until() - now.wall).count();
    std::string form;
    bool is_made = false;
    if constexpr (std::is_same_v<Filed, fill::StoredResponse>) {
        is_made = forms::append_form(form, filed, now, options_.compression);
    } else {
        is_made = forms::append_form(form, filed, now);
    }
    const std::vector<std::string> names = tier_names(options_, filed.key());
    if (left <= 0 || !is_made || names.empty()) return;
    if (options_.keys != nullptr) {
        auto sealed = seal::seal(*options_.keys, form, names.front());
        if (!sealed) return;
        form = *std::move(sealed);
    }
    commands.push_back({"SET", names.front(), std::move(form), "PX", std::to_string(left)});
}

Task<> TierWriter::write(std::vector<Offer> offers) {
    const forms::Moment now = moment();
    std::vector<redis::Command> commands;
    for (const Offer& offer : offers) {
        if (offer.mark != nullptr) add(commands, *offer.mark, now);
        if (offer.response != nullptr) add(commands, *offer.response, now);
        if (offer.search_mark != nullptr) add(commands, *offer.search_mark, now);
        if (!offer.erased.empty()) {
            for (std::string& name : tier_names(options_, offer.erased)) commands.push_back({"UNLINK", std::move(name)});
        }
        if (offer.ended) commands.push_back({"EVAL", std::string(release_script), "1", offer.ended->name, offer.ended->token});
    }
    offers.clear();
    if (commands.empty()) co_return;
    std::vector<bool> is_write;
    for (const redis::Command& command : commands) is_write.push_back(command.front() == "SET");
    const auto replies = co_await pool_.ask(std::move(commands));
    for (std::size_t i = 0; i < is_write.size(); ++i) {
        const bool is_done = replies.trouble == redis::Trouble::none && !replies.values[i].is_error();  // as OOM
        if (is_write[i]) (is_done ? counts_.written : counts_.write_failures).fetch_add(1, std::memory_order_relaxed);
    }
}

}  // namespace sidecache::tiers
