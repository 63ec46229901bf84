// load() from a YAML text, flags and variables as a test writes them.
#pragma once

#include "config/load.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <map>
#include <optional>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

namespace sidecache::config {

using Variables = std::map<std::string, std::string, std::less<>>;

// A file that is gone with the test. Problems name it "f.yaml", whatever its directory.
class TemporaryFile {
public:
    explicit TemporaryFile(std::string_view text) {
        std::string directory = ::testing::TempDir() + "sidecache-XXXXXX";
        if (::mkdtemp(directory.data()) == nullptr) std::abort();
        directory_ = directory;
        std::ofstream(path(), std::ios::binary) << text;
    }
    ~TemporaryFile() {
        ::unlink(path().c_str());
        ::rmdir(directory_.c_str());
    }
    TemporaryFile(const TemporaryFile&) = delete;
    TemporaryFile& operator=(const TemporaryFile&) = delete;

    std::string path() const { return directory_ + "/f.yaml"; }
    const std::string& directory() const { return directory_; }

private:
    std::string directory_;
};

inline Invocation load_flags(const std::vector<std::string>& flags, const Variables& variables = {}) {
    std::vector<const char*> arguments{"sidecache"};
    for (const auto& flag : flags) arguments.push_back(flag.c_str());
    return load(static_cast<int>(arguments.size()), arguments.data(), [&](std::string_view name) -> std::optional<std::string> {
        const auto found = variables.find(name);
        return found == variables.end() ? std::nullopt : std::optional(found->second);
    });
}

inline Invocation load_yaml(std::string_view yaml, std::vector<std::string> flags = {}, const Variables& variables = {}) {
    const TemporaryFile file(yaml);
    flags.insert(flags.begin(), {"--config", file.path()});
    auto invocation = load_flags(flags, variables);
    for (auto& problem : invocation.problems) {
        if (problem.file == file.path()) problem.file = "f.yaml";
    }
    return invocation;
}

// The problems as the operator reads them.
inline std::vector<std::string> told(const Invocation& invocation) {
    std::vector<std::string> lines;
    for (const auto& problem : invocation.problems) lines.push_back(to_string(problem));
    return lines;
}

inline std::string text_of(const std::string& path) {
    std::ifstream file(std::string(SIDECACHE_SOURCE_DIR) + "/" + path, std::ios::binary);
    EXPECT_TRUE(file) << path;
    std::ostringstream text;
    text << file.rdbuf();
    return text.str();
}

// With it, a text of the test needs no more.
constexpr const char* an_origin = "--origin=http://127.0.0.1:8000";

}  // namespace sidecache::config
