// Responses of every shape that one that came over HTTP can have, from a seed.
#pragma once

#include "cache/fill/stored_response.hpp"
#include "cache/forms/moment.hpp"

#include <algorithm>
#include <array>
#include <random>
#include <string>
#include <vector>

namespace sidecache::testing {

inline forms::Moment moment() {
    return {memory::Time(std::chrono::seconds(1'790'000'000) + std::chrono::nanoseconds(123'456'789)), epochs::BootTime(std::chrono::hours(100) + std::chrono::nanoseconds(987))};
}

class Generated {
public:
    explicit Generated(std::uint64_t seed) : random_(seed) {}

    boost::intrusive_ptr<fill::StoredResponse> response() {
        constexpr std::array<int, 8> statuses{200, 203, 204, 301, 404, 410, 500, 599};
        const std::string key = "GET\norigin\napi.example\n/" + text(below(60));
        fill::StoredResponse::Parts parts;
        parts.status = statuses[below(statuses.size())];
        parts.head = "HTTP/1.1 " + std::to_string(parts.status) + " " + (chance() ? "OK" : text(below(20))) + "\r\n";
        parts.facts = facts(parts.status);
        parts.stamp = {below(1'000'000), random_(), random_()};
        parts.fill_number = chance() ? below(1000) : random_();
        for (std::size_t groups = below(71); parts.groups.size() < groups;) parts.groups.push_back(random_());
        if (chance()) parts.begun = moment().boot - std::chrono::nanoseconds(below(1'000'000'000'000));
        if (chance()) parts.recheck_at = moment().boot + std::chrono::seconds(below(1000)) - std::chrono::seconds(500);
        parts.content = content();
        std::vector<std::pair<std::string, std::string>> lines;
        for (std::size_t fields = below(30); lines.size() < fields;) lines.emplace_back(name(), below(4) == 0 ? "" : text(below(80)));
        std::vector<http::Field> fields;
        for (const auto& [line_name, value] : lines) fields.push_back({http::field_name(line_name), line_name, value});
        policy::ClientFields clients;
        if (chance()) clients.cache_control = "private, no-cache";
        if (chance()) clients.etag = "\"" + text(8) + "\"";
        if (chance()) clients.withheld = http::FieldSet::of(http::FieldName::cache_control, http::FieldName::expires, http::FieldName::xkey);
        return fill::StoredResponse::make(policy::hash_key(key), key, parts, fields, clients);
    }

    policy::ResponseFacts facts(int status) {
        policy::ResponseFacts facts;
        facts.status = status;
        for (auto* duration : {&facts.lifetime, &facts.corrected_initial_age, &facts.while_revalidate, &facts.if_error, &facts.keep, &facts.age_value})
            *duration = std::chrono::seconds(chance() ? below(100) : below(std::uint64_t{1} << 31));
        facts.source = static_cast<policy::LifetimeSource>(below(6));
        facts.response_time = moment().wall - std::chrono::nanoseconds(below(1'000'000'000'000'000));
        facts.date = std::chrono::floor<std::chrono::seconds>(facts.response_time) + std::chrono::seconds(below(20)) - std::chrono::seconds(10);
        if (below(8) == 0) facts.date = http::SystemTime(std::chrono::seconds(253'402'300'799));  // the last second of the year 9999
        for (bool* fact : {&facts.had_age, &facts.is_shared, &facts.always_validate, &facts.never_stale, &facts.has_strong_etag, &facts.has_etag, &facts.has_last_modified,
                           &facts.last_modified_is_strong})
            *fact = chance();
        if (chance()) facts.last_modified = facts.date - std::chrono::seconds(below(1'000'000'000));
        return facts;
    }

    fill::ContentPtr content() {
        std::string whole;
        switch (below(4)) {
            case 0: break;
            case 1: whole = text(below(500)); break;
            case 2: whole = std::string(below(200'000), 'x'); break;  // of which little is left
            case 3:
                for (std::size_t size = below(40'000); whole.size() < size;) whole += static_cast<char>(random_());
        }
        const auto expected = chance() ? std::optional<std::uint64_t>(whole.size()) : std::nullopt;
        fill::ContentPtr content(new fill::Content({std::size_t{1} << 20, 1}, expected, true));
        for (std::string_view rest = whole; !rest.empty();) {
            const std::string_view piece = rest.substr(0, 1 + below(30'000));
            content->append(piece);
            rest.remove_prefix(piece.size());
        }
        content->complete(chance() ? "" : "Digest: x\r\nX-Empty: \r\n");
        return content;
    }

    std::uint64_t below(std::uint64_t bound) { return random_() % bound; }
    bool chance() { return below(2) == 0; }

private:
    // Any octet that may stand in a value.
    std::string text(std::size_t size) {
        std::string text;
        while (text.size() < size) {
            const auto c = static_cast<char>(random_());
            if ((static_cast<unsigned char>(c) >= 0x20 && c != 0x7f) || c == '\t') text += c;
        }
        return text;
    }
    std::string name() {
        constexpr std::array<std::string_view, 12> names{"Cache-Control", "cache-control", "ETag", "Expires", "Vary", "Content-Type", "Content-Encoding", "Set-Cookie", "xkey", "X-Other", "x", "Date"};
        return std::string(names[below(names.size())]);
    }

    std::mt19937_64 random_;
};

}  // namespace sidecache::testing
