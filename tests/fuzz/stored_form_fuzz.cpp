// Feeds arbitrary octets to what reads stored forms: as they are, with the length and the checksum that they should have, without which hardly any would be looked into, and as changes to
// forms that are good. What is read is written again and read as the same.
#include "cache/forms/stored_form.hpp"
#include "tests/unit/cache/forms/composed.hpp"
#include "tests/unit/cache/forms/described.hpp"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

namespace sidecache::forms {
namespace {

void require(bool condition, const char* what) {
    if (condition) return;
    std::fprintf(stderr, "broken invariant: %s\n", what);
    std::abort();
}

const Moment now{memory::Time(std::chrono::seconds(1'790'000'000)), epochs::BootTime(std::chrono::hours(100))};
constexpr FormLimits limits{.content = 1 << 16, .clock_error = std::chrono::nanoseconds(0)};

std::string sealed(std::string form) {
    if (form.size() < head_size + checksum_size) return form;
    form.replace(0, magic.size(), magic);
    form[magic.size()] = static_cast<char>(version);
    return testing::resealed(std::move(form));
}

// Whatever key it says: otherwise the fuzzer would have to find that.
std::string key_of(std::string_view form) {
    if (form.size() < head_size + checksum_size) return "key";
    const auto size = static_cast<unsigned char>(form[head_size]);
    return size < 0x80 ? std::string(form.substr(head_size + 1, size)) : "key";
}

std::vector<std::string> make_good_forms() {
    testing::Composed composed;
    composed.flags = has_recheck;
    composed.bits = 511;
    composed.cache_control = "private, no-cache";
    composed.etag = "\"sc-1\"";
    composed.fields.emplace_back("Cache-Control", "public");
    composed.field_count = 3;
    composed.withheld = 1;
    composed.trailers = "Digest: x\r\n";
    std::vector<std::string> forms{composed.form(now.wall)};
    composed.content.clear();
    if (!append_compressed(composed.content, std::string(300, 'a') + std::string(300, 'b'), 1)) std::abort();
    composed.size = 600;
    composed.flags |= is_compressed;
    forms.push_back(composed.form(now.wall));
    std::string mark;
    const std::vector<policy::VarySpec> specs{{{"accept", "cookie"}, {}}, {{"x-other"}, {}}};
    append_form(mark, *memory::make_entry<fill::VaryMark>({}, "key", now.wall, specs, std::vector<policy::Hash128>{}), now);
    forms.push_back(std::move(mark));
    mark.clear();
    const std::vector<http::NoVarySearch> searches{{true, {"a", "b"}}, {false, {}}};
    append_form(mark, *memory::make_entry<fill::SearchMark>({}, "key", now.wall, searches), now);
    forms.push_back(std::move(mark));
    for (const std::string& form : forms)
        require(decode_response(form, key_of(form), now, limits) || decode_vary_mark(form, "key", limits) || decode_search_mark(form, "key", limits), "what is good is taken");
    return forms;
}

// Each four octets of `changes` are one: where (two), how, and what.
std::string changed(std::string form, std::string_view changes) {
    for (; changes.size() >= 4 && !form.empty(); changes.remove_prefix(4)) {
        const auto octet = [changes](std::size_t i) { return static_cast<unsigned char>(changes[i]); };
        const std::size_t at = (octet(0) | octet(1) << 8) % form.size();
        switch (octet(2) % 3) {
            case 0: form[at] = changes[3]; break;
            case 1: form.insert(at, 1, changes[3]); break;
            case 2: form.erase(at, octet(3)); break;
        }
    }
    return form;
}

template <typename Thing>
std::string form_of(const Thing& thing) {
    std::string form;
    require(append_form(form, thing, now), "what was read can be written");
    return form;
}

void check_sendable(const fill::StoredResponse& response) {
    const std::string_view head = response.head();
    std::size_t lines = 0;
    for (std::size_t at = 0; at < head.size(); ++lines) {
        const std::size_t end = head.find("\r\n", at);
        require(end != std::string_view::npos, "a head is made of lines");
        require(head.substr(at, end - at).find_first_of(std::string_view("\r\n\0", 3)) == std::string_view::npos, "a line has no end within");
        at = end + 2;
    }
    require(lines == response.sent().fields.size() + 1, "a line for each field");
    require(response.content_size() <= limits.content, "a content is within its limit");
    require(response.begun() <= now.boot, "nothing began later than now");
}

void check(const std::string& form) {
    for (const std::string& key : {key_of(form), std::string("key")}) {
        if (const auto response = decode_response(form, key, now, limits)) {
            require((*response)->key() == key, "a response is of the key that was asked for");
            check_sendable(**response);
            const std::string again = form_of(**response);
            const auto same = decode_response(again, key, now, limits);
            require(same.has_value(), "what was written can be read");
            require(testing::described(**same) == testing::described(**response), "a response is read as it was written");
            require(form_of(**same) == again, "and written as it was read");
        } else {
            require(!name_of(response.error()).empty(), "a refusal has a name");
        }
        if (const auto mark = decode_vary_mark(form, key, limits))
            require(testing::described(*decode_vary_mark(form_of(**mark), key, limits).value()) == testing::described(**mark), "a mark is read as it was written");
        if (const auto mark = decode_search_mark(form, key, limits))
            require(testing::described(*decode_search_mark(form_of(**mark), key, limits).value()) == testing::described(**mark), "a mark is read as it was written");
    }
}

}  // namespace
}  // namespace sidecache::forms

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
    using namespace sidecache::forms;
    // In a block of its own size, so that reading past the end is seen.
    const std::string octets(reinterpret_cast<const char*>(data), size);
    check(octets);
    check(sealed(octets));
    static const std::vector<std::string> good = make_good_forms();
    for (const std::string& form : good) check(sealed(changed(form, octets)));
    return 0;
}
