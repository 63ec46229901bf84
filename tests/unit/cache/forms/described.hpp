// All that can be asked of something stored, as a text: two of the same text are told apart by nobody.
#pragma once

#include "cache/fill/stored_response.hpp"

#include <cstdint>
#include <sstream>
#include <string>
#include <vector>

namespace sidecache::testing {

inline void describe(std::ostringstream& out, const memory::Entry& entry) {
    out << "key " << entry.key() << "\nplace " << entry.place().slot << ' ' << unsigned{entry.place().shard} << "\nkept until " << entry.kept_until().time_since_epoch().count() << '\n';
}

inline void describe(std::ostringstream& out, const http::ResponseView& view) {
    out << "status " << view.status << "\nnames";
    for (unsigned id = 0; id < static_cast<unsigned>(http::FieldName::count_); ++id) out << (view.names.has(static_cast<http::FieldName>(id)) ? '1' : '0');
    for (const http::Field& field : view.fields) out << "\n" << static_cast<unsigned>(field.id) << ' ' << field.name << ": " << field.value;
    out << '\n';
}

inline void describe(std::ostringstream& out, const policy::ResponseFacts& facts) {
    out << "facts " << facts.status << ' ' << facts.lifetime.count() << ' ' << static_cast<unsigned>(facts.source) << ' ' << facts.corrected_initial_age.count() << ' '
        << facts.response_time.time_since_epoch().count() << ' ' << facts.date.time_since_epoch().count() << ' ' << facts.had_age << facts.is_shared << facts.always_validate
        << facts.never_stale << facts.has_strong_etag << facts.has_etag << facts.has_last_modified << facts.last_modified_is_strong << ' ' << facts.age_value.count() << ' '
        << facts.while_revalidate.count() << ' ' << facts.if_error.count() << ' ' << facts.keep.count() << ' ';
    if (facts.last_modified) out << facts.last_modified->time_since_epoch().count();
    out << '\n';
}

inline std::string described(const fill::StoredResponse& response) {
    std::ostringstream out;
    describe(out, response);
    out << static_cast<unsigned>(response.kind()) << "\nhead " << response.head();
    describe(out, response.view());
    describe(out, response.sent());
    describe(out, response.facts());
    out << "stamp " << response.stamp().epoch << ' ' << response.stamp().incarnation << ' ' << response.stamp().rules << " fill " << response.fill_number() << "\ngroups";
    for (const policy::Group group : response.groups()) out << ' ' << group;
    out << "\nbegun " << response.begun().time_since_epoch().count() << " recheck " << response.recheck_at().time_since_epoch().count();
    std::string room;
    out << "\ncontent " << response.is_whole() << ' ' << response.content_size() << '\n' << response.whole_content(room) << "\ntrailers " << response.trailers();
    return out.str();
}

// But for its variants, which are of one process.
inline std::string described(const fill::VaryMark& mark) {
    std::ostringstream out;
    describe(out, mark);
    for (const policy::VarySpec& spec : mark.specs()) {
        out << "spec";
        for (std::size_t i = 0; i < spec.names.size(); ++i) out << ' ' << spec.names[i] << '=' << static_cast<unsigned>(spec.ids.at(i));
        out << '\n';
    }
    return out.str();
}

inline std::string described(const fill::SearchMark& mark) {
    std::ostringstream out;
    describe(out, mark);
    for (const http::NoVarySearch& spec : mark.specs()) {
        out << "spec " << spec.matter;
        for (const std::string& name : spec.names) out << ' ' << name.size() << ':' << name;
        out << '\n';
    }
    return out.str();
}

}  // namespace sidecache::testing
