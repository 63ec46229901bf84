// What somebody asks at the admin door: which request is to be explained.
#pragma once

#include <string>
#include <string_view>

namespace sidecache::pipeline {

struct Question {
    std::string head;     // of the request, as a client would send it
    std::string problem;  // else a sentence: what was expected. Nothing of what was given stands in it
};

// From the query `url=...&method=...&host=...&header=Name: value`: `url` a path, or absolute with http or https; `header` any number of times.
Question read_question(std::string_view query);

}  // namespace sidecache::pipeline
