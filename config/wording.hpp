// The words in which problems are told.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace sidecache::config {

// 'text', shortened and without control characters, so that a message stays one line.
std::string in_quotes(std::string_view text);

std::string joined(const std::vector<std::string>& words);  // "a, b, c"
std::string any_of(const std::vector<std::string>& words);  // "a, b or c"

// "expected <expected>, got '<text>'"
std::string expected_got(std::string_view expected, std::string_view text);

// The candidate that was probably meant, by edit distance; empty if none is near.
std::string_view nearest(std::string_view word, const std::vector<std::string>& candidates);

// "did you mean 'timeouts'?", or empty.
std::string did_you_mean(std::string_view word, const std::vector<std::string>& candidates);

}  // namespace sidecache::config
