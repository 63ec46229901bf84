// A stored form put together part by part, as docs/stored-form.md has it: whatever a writer could never say.
#pragma once

#include "cache/forms/envelope.hpp"
#include "cache/forms/octet_writer.hpp"

#include <xxhash.h>

#include <chrono>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace sidecache::testing {

// With the length and the checksum that are right for what stands in it.
inline std::string resealed(std::string form) {
    for (unsigned i = 0; i < 4; ++i) form.at(7 + i) = static_cast<char>(form.size() >> (8 * i));
    const std::uint64_t sum = XXH3_64bits(form.data(), form.size() - 8);
    for (unsigned i = 0; i < 8; ++i) form.at(form.size() - 8 + i) = static_cast<char>(sum >> (8 * i));
    return form;
}

// What is good as it stands.
struct Composed {
    forms::Flags flags = 0;
    std::string key = "GET\norigin\napi.example\n/patients";
    std::uint64_t status = 200;
    std::string reason = "OK";
    std::uint64_t facts_status = 200;
    std::uint64_t bits = 0;
    std::uint8_t source = 3;
    std::vector<std::uint64_t> durations{60, 0, 0, 0, 3600};
    std::uint64_t age_value = 0;
    std::int64_t response_age = 1'000'000;
    std::int64_t date_age = 0;
    std::int64_t last_modified_age = 0;  // if the bits say so
    std::vector<std::uint64_t> groups{3, 4};
    std::uint64_t group_count = 2;
    std::uint64_t begun_age = 2'000'000;
    std::int64_t recheck_in = 5'000'000;  // if the flags say so
    std::string cache_control{};
    std::string etag{};
    std::vector<std::pair<std::string, std::string>> fields{{"Content-Type", "text/plain"}, {"Date", "d"}};
    std::uint64_t field_count = 2;
    std::uint64_t withheld = 0;
    std::string trailers{};
    std::uint64_t size = 5;
    std::string content = "hello";

    std::string form(std::chrono::system_clock::time_point written) const {
        std::string out;
        const std::size_t begin = forms::begin_form(out, forms::Kind::response, flags, written);
        forms::OctetWriter writer(out);
        writer.text(key);
        writer.varint(status);
        writer.text(reason);
        writer.varint(facts_status);
        writer.varint(bits);
        writer.octet(source);
        for (const std::uint64_t duration : durations) writer.varint(duration);
        writer.varint(age_value);
        writer.signed_varint(response_age);
        writer.signed_varint(date_age);
        if ((bits & 256) != 0) writer.signed_varint(last_modified_age);
        writer.varint(7);
        writer.word(8);
        writer.word(9);
        writer.varint(10);
        writer.varint(group_count);
        for (const std::uint64_t group : groups) writer.word(group);
        if ((flags & forms::is_begun_unknown) == 0) writer.varint(begun_age);
        if ((flags & forms::has_recheck) != 0) writer.signed_varint(recheck_in);
        writer.text(cache_control);
        writer.text(etag);
        writer.varint(field_count);
        writer.varint(withheld);
        for (const auto& [name, value] : fields) {
            writer.text(name);
            writer.text(value);
        }
        writer.text(trailers);
        writer.varint(size);
        writer.octets(content);
        forms::end_form(out, begin);
        return out;
    }
};

}  // namespace sidecache::testing
