#include "cache/relations/row_texts.hpp"

#include <boost/json/value.hpp>

#include <algorithm>

namespace sidecache::relations {
namespace {

namespace json = boost::json;

bool append_scalar(const json::value& value, std::vector<std::string>& out) {
    switch (value.kind()) {
        case json::kind::null: return true;
        case json::kind::bool_: out.emplace_back(value.get_bool() ? "true" : "false"); return true;
        case json::kind::int64: out.push_back(std::to_string(value.get_int64())); return true;
        case json::kind::uint64: out.push_back(std::to_string(value.get_uint64())); return true;
        case json::kind::string: out.emplace_back(value.get_string()); return !value.get_string().empty();
        case json::kind::double_:
        case json::kind::array:
        case json::kind::object: break;
    }
    return false;
}

}  // namespace

bool append_row_texts(std::vector<std::string>& out, const strict_json::Pointer& pointer, const json::value& document) {
    if (const json::array* rows = document.if_array()) {
        return std::ranges::all_of(*rows, [&](const json::value& row) { return !row.is_array() && append_row_texts(out, pointer, row); });
    }
    const json::value* value = pointer.find(document);
    if (value == nullptr) return false;
    const json::array* list = value->if_array();
    if (list == nullptr) return append_scalar(*value, out);
    return std::ranges::all_of(*list, [&out](const json::value& each) { return append_scalar(each, out); });
}

}  // namespace sidecache::relations
