#include "cache/secret/keyed_digest.hpp"

#include <gtest/gtest.h>

#include <set>
#include <string>
#include <thread>

namespace sidecache::secret {
namespace {

TEST(KeyedDigest, IsTheSameForTheSamePartsInEveryThread) {
    const Digest here = keyed_digest({"user", "secret"});
    EXPECT_EQ(here, keyed_digest({"user", "secret"}));
    Digest there{};
    std::thread([&] { there = keyed_digest({"user", "secret"}); }).join();
    EXPECT_EQ(here, there);
}

TEST(KeyedDigest, DiffersWhereAnyPartDiffersOrIsCutElsewhere) {
    std::set<Digest> digests{keyed_digest({}), keyed_digest({""}), keyed_digest({"", ""}), keyed_digest({"ab", "c"}), keyed_digest({"a", "bc"}), keyed_digest({"abc"}),
                             keyed_digest({"abC"}), keyed_digest({std::string_view("abc\0", 4)})};
    EXPECT_EQ(digests.size(), 8U);
}

TEST(KeyedDigest, HoldsNothingOfTheText) {
    const std::string secret = "0123456789abcdef";
    const Digest digest = keyed_digest({secret});
    EXPECT_EQ(secret.find(view_of(digest)), std::string::npos);
    EXPECT_NE(view_of(digest), secret);
}

}  // namespace
}  // namespace sidecache::secret
