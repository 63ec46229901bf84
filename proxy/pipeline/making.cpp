#include "proxy/pipeline/making.hpp"

#include "cache/policy/client_fields.hpp"
#include "proxy/pipeline/forwarding.hpp"

#include <utility>

namespace sidecache::pipeline {
namespace {

std::string tag_of(const fill::StoredResponse& response) {
    policy::ContentTag tag(response.view().fields);
    response.for_each_piece([&tag](std::string_view piece) { tag.add(piece); });
    return tag.finish();
}

policy::ClientFields fields_for_clients(const Inquiry& inquiry, http::HeaderView fields) {
    return policy::client_fields(inquiry.rules.clients, fields, withheld_from_clients(inquiry.snapshot));
}

}  // namespace

fill::StoredResponsePtr make_response(const Inquiry& inquiry, const Assessment& assessment, fill::StoredResponse::Parts parts, http::HeaderView fields, std::string_view tag) {
    const std::string key = assessment.storage == policy::Storage::store ? key_of(inquiry, assessment) : inquiry.start.key;
    policy::ClientFields clients = fields_for_clients(inquiry, fields);
    if (policy::wants_made_tag({parts.status, fields, http::names_of(fields)}, clients)) clients.etag = tag;
    return fill::StoredResponse::make(policy::hash_key(key), key, parts, fields, clients);
}

std::optional<policy::ContentTag> begin_tag(const Inquiry& inquiry, const fill::StoredResponse& response) {
    const fill::UnpackedResponse view = response.view();
    if (!policy::wants_made_tag(view, fields_for_clients(inquiry, view.fields))) return std::nullopt;
    return policy::ContentTag(view.fields);
}

fill::StoredResponsePtr tagged(const Inquiry& inquiry, const fill::StoredResponsePtr& response, std::string_view tag) {
    const fill::UnpackedResponse view = response->view();
    policy::ClientFields clients = fields_for_clients(inquiry, view.fields);
    if (!policy::wants_made_tag(view, clients)) return response;
    clients.etag = tag.empty() ? tag_of(*response) : std::string(tag);
    return response->with(clients);
}

std::string_view kept_tag(const fill::StoredResponse& stored, http::HeaderView fields) {
    if (!stored.has_made_tag() || !policy::is_described_alike(stored.view().fields, fields)) return {};
    return http::value_of(stored.sent().fields, http::FieldName::etag).value_or(std::string_view());
}

}  // namespace sidecache::pipeline
