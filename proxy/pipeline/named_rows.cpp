#include "proxy/pipeline/named_rows.hpp"

#include "cache/http/list.hpp"
#include "cache/http/target.hpp"
#include "cache/json/strict.hpp"
#include "proxy/pipeline/write_fence.hpp"

#include <boost/json/value.hpp>

#include <utility>

namespace sidecache::pipeline {
NamedRows::NamedRows(std::shared_ptr<const Snapshot> snapshot, const http::RequestView& request, bool is_overridden)
    : snapshot_(std::move(snapshot)), relations_(snapshot_->write_rules, request, is_overridden), query_(request.query) {}

NamedRows::Document NamedRows::read(std::string_view content, http::HeaderView fields) const {
    if (content.size() > snapshot_->options.json || !is_json(fields)) return nullptr;
    auto value = strict_json::parse_value(content);
    return value ? std::make_shared<const boost::json::value>(*std::move(value)) : nullptr;
}

bool NamedRows::is_json(http::HeaderView fields) {
    if (http::value_of(fields, http::FieldName::content_encoding)) return false;
    const auto value = http::value_of(fields, http::FieldName::content_type);
    if (!value || http::count(fields, http::FieldName::content_type) != 1) return false;
    const std::string_view type = http::trim(value->substr(0, value->find(';')));
    constexpr std::string_view suffix = "+json";
    return http::iequals(type, "application/json") || (type.size() > suffix.size() && http::iequals(type.substr(type.size() - suffix.size()), suffix));
}

void NamedRows::set_request(std::string_view content, http::HeaderView fields) { request_ = read(content, fields); }

void NamedRows::set_answer(std::string_view content, http::HeaderView fields) { answer_ = read(content, fields); }

void NamedRows::set_stored(fill::StoredResponsePtr stored) {
    if (stored == nullptr || stored->status() != 200) return;
    if (stored->content_size() > snapshot_->options.json) return;  // what is stored is complete
    std::string room;
    old_ = read(stored->whole_content(room), stored->view().fields);
    stored_ = std::move(stored);
}

void NamedRows::append_groups(policy::Groups& out, const policy::GroupSpace& space, bool with_stored) const {
    relations::Known known = this->known();
    if (with_stored) known.stored = old_.get();
    relations_.append_groups(out, space, known);
    if (relations_.has_plain_names()) append_families(out, space);
}

void append_families(policy::Groups& out, const Snapshot& snapshot, const policy::GroupSpace& space) {
    for (const relations::RouteGroups& route : snapshot.route_groups) {
        for (const relations::NameTemplate& each : route.groups) {
            if (const auto family = each.family(space)) policy::add_group(out, *family);
        }
    }
}

void NamedRows::append_families(policy::Groups& out, const policy::GroupSpace& space) const { pipeline::append_families(out, *snapshot_, space); }

void NamedRows::append_known(policy::Groups& out, const policy::GroupSpace& space) const { relations_.append_groups(out, space, known(), false); }

relations::Known NamedRows::known() const noexcept { return {.query = query_, .request = request_.get(), .response = answer_.get()}; }

bool groups_of_read(policy::Groups& out, const Snapshot& snapshot, std::size_t route, const http::RequestView& request, policy::GroupNames* names) {
    const policy::GroupSpace space = group_space(snapshot);
    if (!policy::groups_of_request(out, space, request, names)) return false;
    std::string group_path;
    if (!http::append_group_path(group_path, request.path)) return false;
    // Whatever route gave the rules: in another spelling the same resource may go by another one, or by none (S12).
    for (std::size_t each = 0; each < snapshot.route_groups.size(); ++each) {
        const relations::RouteGroups& named = snapshot.route_groups[each];
        if (named.groups.empty()) continue;
        const auto variables = named.path.match_group_path(group_path);
        if (!variables && each != route) continue;
        if (!named.append(out, space, variables ? &*variables : nullptr, request.query, names)) return false;
    }
    return true;
}

}  // namespace sidecache::pipeline
