// The other rows that a write names by the rules, as far as its contents are known (CONSISTENCY 1.1 write, 2; 1.2).
#pragma once

#include "cache/epochs/epochs.hpp"
#include "cache/fill/stored_response.hpp"
#include "cache/policy/groups.hpp"
#include "cache/relations/write_rule.hpp"
#include "proxy/pipeline/shared.hpp"

#include <memory>
#include <string>
#include <string_view>

namespace boost::json {
class value;
}

namespace sidecache::pipeline {

class NamedRows {
public:
    NamedRows() = default;
    // `is_overridden`: the method is not known, rules of all methods count.
    NamedRows(std::shared_ptr<const Snapshot> snapshot, const http::RequestView& request, bool is_overridden = false);

    bool wants(relations::Source source) const noexcept { return relations_.uses(source); }
    const relations::Relations& rules() const noexcept { return relations_; }

    // RFC 9110 §8.3, RFC 6839 §3.1, and not coded.
    static bool is_json(http::HeaderView fields);

    // Whole contents and the fields that they came with: what is no JSON, or coded, or too large to have been kept, says nothing.
    void set_request(std::string_view content, http::HeaderView fields);
    void set_answer(std::string_view content, http::HeaderView fields);
    void set_stored(fill::StoredResponsePtr stored);

    // Null: nothing is known of the row from before.
    const fill::StoredResponse* stored() const noexcept { return old_ == nullptr ? nullptr : stored_.get(); }

    // Adds what the rules name; `with_stored`: also by what was stored, which is good.
    void append_groups(policy::Groups& out, const policy::GroupSpace& space, bool with_stored) const;
    // The families of all names of routes: where groups are named by other ways than templates.
    void append_families(policy::Groups& out, const policy::GroupSpace& space) const;
    // Only what is known, and nothing wider where a value is missing.
    void append_known(policy::Groups& out, const policy::GroupSpace& space) const;

private:
    using Document = std::shared_ptr<const boost::json::value>;
    relations::Known known() const noexcept;
    Document read(std::string_view content, http::HeaderView fields) const;

    std::shared_ptr<const Snapshot> snapshot_;  // keeps the rules
    relations::Relations relations_;
    std::string query_;
    Document request_;
    Document answer_;
    Document old_;
    fill::StoredResponsePtr stored_;
};

void append_families(policy::Groups& out, const Snapshot& snapshot, const policy::GroupSpace& space);

// The groups that a response of this route belongs to by the request alone (CONSISTENCY 1.1 fill). False: they cannot be told in full.
bool groups_of_read(policy::Groups& out, const Snapshot& snapshot, std::size_t route, const http::RequestView& request, policy::GroupNames* names = nullptr);

}  // namespace sidecache::pipeline
