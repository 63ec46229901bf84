#include "cache/resp/command.hpp"

#include <hiredis/hiredis.h>

#include <memory>
#include <new>
#include <vector>

namespace sidecache::resp {

void append_command(std::string& out, std::span<const std::string_view> arguments) {
    std::vector<const char*> texts;
    std::vector<std::size_t> sizes;
    texts.reserve(arguments.size());
    sizes.reserve(arguments.size());
    for (const std::string_view argument : arguments) {
        texts.push_back(argument.data());
        sizes.push_back(argument.size());
    }
    char* command = nullptr;
    const int size = redisFormatCommandArgv(&command, static_cast<int>(texts.size()), texts.data(), sizes.data());
    if (size < 0) throw std::bad_alloc();
    const std::unique_ptr<char, void (*)(char*)> owner(command, redisFreeCommand);
    out.append(command, static_cast<std::size_t>(size));
}

}  // namespace sidecache::resp
