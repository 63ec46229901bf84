// The numbers of a stored form: what a response's fields said when it came, and the times that are one machine's.
#pragma once

#include "cache/fill/stored_response.hpp"
#include "cache/policy/response_facts.hpp"
#include "cache/forms/moment.hpp"
#include "cache/forms/octet_reader.hpp"
#include "cache/forms/octet_writer.hpp"

namespace sidecache::forms {

bool is_final_status(int status) noexcept;

// Are they such as `read_facts` takes? Those of a response that came over HTTP are.
bool are_storable(const policy::ResponseFacts& facts) noexcept;
void append_facts(OctetWriter& writer, const policy::ResponseFacts& facts, memory::Time written);
policy::ResponseFacts read_facts(OctetReader& reader, memory::Time written, const Elapsed& elapsed) noexcept;

// `begun` and `recheck_at`.
Flags boot_flags(const fill::StoredResponse& response, const Moment& now) noexcept;
void append_boot_times(OctetWriter& writer, const fill::StoredResponse& response, const Moment& now);
void read_boot_times(OctetReader& reader, fill::StoredResponse::Parts& parts, Flags flags, const Elapsed& elapsed, epochs::BootTime now) noexcept;

}  // namespace sidecache::forms
