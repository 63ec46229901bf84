#include "config/addresses.hpp"
#include "config/sections.hpp"

#include <algorithm>
#include <utility>

namespace sidecache::config {
namespace {

using Admin = std::optional<ListenAddress>;

Form<Admin> admin_address() {
    auto address = listen_address();
    return {address.expected + ", or off", [parse = std::move(address.parse)](std::string_view text) -> Parsed<Admin> {
                if (is_off(text)) return {Admin{}, {}, {}};
                auto parsed = parse(text);
                if (!parsed.value) return {std::nullopt, std::move(parsed.what), std::move(parsed.hint)};
                return {std::move(parsed.value), {}, {}};
            }};
}

void refuse_overlaps(Reader& top, const std::vector<Given<ListenAddress>>& listen, const std::optional<Given<Admin>>& admin) {
    for (std::size_t i = 0; i < listen.size(); ++i) {
        for (std::size_t j = 0; j < i; ++j) {
            if (!overlap(listen[i].value, listen[j].value)) continue;
            top.problem(listen[i].place, "listen",
                        in_quotes(listen[i].value.text) + " overlaps " + in_quotes(listen[j].value.text));
        }
        if (admin && admin->value && overlap(*admin->value, listen[i].value)) {
            top.problem(admin->place, "admin",
                        in_quotes(admin->value->text) + " overlaps the listen address " + in_quotes(listen[i].value.text),
                        "the admin door needs an address of its own");
        }
    }
}

}  // namespace

void read_addresses(Reader& top, Settings& settings) {
    std::vector<Given<ListenAddress>> listen;
    const std::size_t problems = top.problems();
    if (auto given = top.list("listen", listen_address())) {
        if (given->value.empty() && top.problems() == problems) {
            top.problem(given->place, "listen", "expected at least one address, got an empty list");
        }
        listen = std::move(given->value);
    } else {
        listen.push_back({*listen_address().parse("127.0.0.1:8080").value, {}});
    }
    if (const auto mode = top.get("listen_mode", permissions())) {
        for (auto& [address, place] : listen) {
            if (!address.unix_path.empty()) address.unix_mode = mode->value;
        }
        const bool has_unix = std::ranges::any_of(listen, [](const auto& each) { return !each.value.unix_path.empty(); });
        if (!has_unix) top.problem(mode->place, "listen_mode", "it is of Unix sockets, and none is listened on");
    }
    const auto admin = top.get("admin", admin_address());
    refuse_overlaps(top, listen, admin);
    for (auto& [address, place] : listen) settings.listen.push_back(std::move(address));
    if (admin) settings.admin = admin->value;
}

}  // namespace sidecache::config
