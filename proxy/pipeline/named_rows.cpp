#include "proxy/pipeline/named_rows.hpp"

#include "cache/http/list.hpp"
#include "cache/json/strict.hpp"
#include "proxy/pipeline/write_fence.hpp"

#include <boost/json/value.hpp>

#include <utility>

namespace sidecache::pipeline {
namespace {

// RFC 9110 §8.3; RFC 6839 §3.1 for "+json".
bool is_json(http::HeaderView fields) {
    if (http::value_of(fields, http::FieldName::content_encoding)) return false;
    const auto value = http::value_of(fields, http::FieldName::content_type);
    if (!value || http::count(fields, http::FieldName::content_type) != 1) return false;
    const std::string_view type = http::trim(value->substr(0, value->find(';')));
    constexpr std::string_view suffix = "+json";
    return http::iequals(type, "application/json") || (type.size() > suffix.size() && http::iequals(type.substr(type.size() - suffix.size()), suffix));
}

}  // namespace

NamedRows::NamedRows(std::shared_ptr<const Snapshot> snapshot, const http::RequestView& request)
    : snapshot_(std::move(snapshot)), relations_(snapshot_->write_rules, request), query_(request.query) {}

NamedRows::Document NamedRows::read(std::string_view content, http::HeaderView fields) const {
    if (content.size() > snapshot_->options.json || !is_json(fields)) return nullptr;
    auto value = strict_json::parse_value(content);
    return value ? std::make_shared<const boost::json::value>(*std::move(value)) : nullptr;
}

void NamedRows::set_request(std::string_view content, http::HeaderView fields) { request_ = read(content, fields); }

void NamedRows::set_answer(std::string_view content, http::HeaderView fields) { answer_ = read(content, fields); }

void NamedRows::set_stored(fill::StoredResponsePtr stored) {
    if (stored == nullptr || stored->status() != 200) return;
    const std::uint64_t size = stored->content()->complete_size();  // what is stored is complete
    if (size > snapshot_->options.json) return;
    std::string content;
    while (content.size() < size) content.append(stored->content()->contiguous(content.size()));
    old_ = read(content, stored->view().fields);
    stored_ = std::move(stored);
}

void NamedRows::append_groups(policy::Groups& out, const policy::GroupSpace& space, bool with_stored) const {
    relations::Known known = this->known();
    if (with_stored) known.stored = old_.get();
    relations_.append_groups(out, space, known);
}

void NamedRows::append_known(policy::Groups& out, const policy::GroupSpace& space) const { relations_.append_groups(out, space, known(), false); }

relations::Known NamedRows::known() const noexcept { return {.query = query_, .request = request_.get(), .response = answer_.get()}; }

bool groups_of_read(policy::Groups& out, const Snapshot& snapshot, std::size_t route, const http::RequestView& request, policy::GroupNames* names) {
    const policy::GroupSpace space = group_space(snapshot);
    if (!policy::groups_of_request(out, space, request, names)) return false;
    if (route >= snapshot.route_groups.size()) return true;  // that which no configured route matches
    return snapshot.route_groups[route].append(out, space, request, names);
}

}  // namespace sidecache::pipeline
