#include "proxy/pipeline/way.hpp"

#include "cache/http/list.hpp"
#include "cache/http/target.hpp"

namespace sidecache::pipeline {
namespace {

bool is_last_hop(const http::RequestView& request) {
    const auto value = http::value_of(request.fields, http::FieldName::max_forwards);
    return value && (*value == "0");
}

}  // namespace

bool is_in_loop(const http::RequestView& request, const Snapshot& snapshot) {
    constexpr int most = 8;  // a few of them one behind the other are an edge and its sidecars
    if (!request.names.has(http::FieldName::via)) return false;
    const std::string pseudonym = " " + snapshot.options.via;
    int passed = 0;
    for (const http::Field& field : request.fields) {
        if (field.id != http::FieldName::via) continue;
        std::string_view rest = field.value;
        while (const auto hop = http::next_member(rest)) passed += hop->ends_with(pseudonym) ? 1 : 0;
    }
    return passed >= most;
}

Way way_of(const http1::RequestHead& head, const Snapshot& snapshot, std::size_t route, const Who& who) {
    const http::RequestView& view = head.view;
    if (is_in_loop(view, snapshot)) return Way::loop;
    if (view.method == http::Method::trace) return Way::trace;
    if (view.method == http::Method::options && is_last_hop(view)) return Way::last_hop;
    if (view.method_text == "PURGE" && !snapshot.options.purgers.empty()) return Way::purge;
    if (policy::is_write(view, snapshot.routes.rules(route))) return Way::write;
    const bool is_query = view.method == http::Method::query && !head.wants_upgrade && !head.is_ambiguous;
    if (!is_query && !may_be_cached(head)) return view.method == http::Method::options ? Way::options : Way::past;
    if (!snapshot.routes.rules(route).cache) return Way::route_off;
    if (who.kind == Who::Kind::alone) return Way::alone;
    return is_query ? Way::query : Way::read;
}

std::size_t route_of(const Snapshot& snapshot, const http::RequestView& request, std::string& path) {
    path.clear();
    return snapshot.routes.find(http::append_key_path(path, request.path) ? std::string_view(path) : request.path);
}

}  // namespace sidecache::pipeline
