// The commands that the query door knows: name, arguments, keys, and what each may run beside.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace sidecache::query {

struct Call;
using Arguments = std::span<const std::string_view>;  // the command's name first

struct Command {
    enum class Pass : std::uint8_t {
        none,     // touches no value
        beside,   // one key, which it reads or writes once: beside other workers' commands
        by_keys,  // so with one key, alone with several
        by_options,  // SET: alone where it reads before it writes
        alone,
    };
    enum class In : std::uint8_t { queued, at_once };  // between MULTI and EXEC

    std::string_view name;  // in lower case
    int arity;              // arguments with the name; negative: at least so many
    void (*run)(Call&);
    Pass pass = Pass::none;
    bool is_write = false;
    struct Keys {
        int first = 0;  // 0: it has none
        int last = 0;   // negative: from the end
        int step = 0;
    } keys{};
    In in_transaction = In::queued;
    bool needs_password = true;

    bool has_arity(std::size_t arguments) const noexcept;
    bool runs_alone(Arguments arguments) const noexcept;
};

inline constexpr std::size_t command_count = 65;

std::span<const Command, command_count> commands() noexcept;

// Without regard to case; null: there is no such command.
const Command* find_command(std::string_view name) noexcept;

}  // namespace sidecache::query
