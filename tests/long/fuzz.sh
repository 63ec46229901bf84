#!/usr/bin/env bash
# fuzz.sh <name> [seconds]: fuzzes with tests/fuzz/<name>_fuzz.cpp for some minutes. The corpus stays in build/fuzz/<name>/corpus
# and grows from run to run; what breaks it is left in build/fuzz/<name>/.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
name=$1
seconds=${2:-300}
folder=$root/build/fuzz/$name

# What each is made of, rooms or single files of them: libFuzzer is clang's, and clang 14 does not compile what has coroutines.
declare -A rooms=(
    [config]="config cache/http cache/secret cache/policy cache/routes cache/json cache/jwt cache/relations cache/seal cache/redis/address.cpp cache/redis/tls.cpp"
    [http1]="proxy/http1 cache/http"
    [jwt]="cache/jwt cache/json cache/http"
    [resp_request]="cache/resp cache/keyspace cache/memory cache/policy cache/http cache/secret cache/switches proxy/query/call.cpp proxy/query/command.cpp proxy/query/session.cpp
        proxy/query/strings.cpp proxy/query/numbers.cpp proxy/query/keys.cpp proxy/query/expiring.cpp proxy/query/transactions.cpp proxy/query/scripts.cpp
        proxy/query/connections.cpp proxy/query/server_commands.cpp"
    [stored_form]="cache/forms cache/fill cache/memory cache/epochs cache/policy cache/secret cache/http cache/switches"
)
declare -A libraries=([config]="-lyaml-cpp -lxxhash -lssl -lcrypto" [http1]="" [jwt]="-lcrypto" [resp_request]="-lhiredis -lxxhash -lcrypto" [stored_form]="-lzstd -lxxhash -lcrypto")
if [[ -z ${rooms[$name]:-} ]]; then
    echo "Tell in ${BASH_SOURCE[0]} which rooms $name is made of." >&2
    exit 1
fi

flags=(-std=c++20 -O1 -g '-fsanitize=fuzzer,address,undefined' -fno-sanitize-recover=undefined -I. -DSIDECACHE_VERSION='"fuzzed"'
    -DBOOST_ASIO_SEPARATE_COMPILATION -DBOOST_ASIO_NO_DEPRECATED -DBOOST_BEAST_SEPARATE_COMPILATION)
cd "$root"
mkdir -p "$folder/objects" "$folder/corpus"
sources=("tests/fuzz/${name}_fuzz.cpp" cmake/asio.cpp cmake/beast.cpp cmake/json.cpp)
for place in ${rooms[$name]}; do
    if [[ $place == *.cpp ]]; then sources+=("$place"); else sources+=("$place"/*.cpp); fi
done
objects=()
for source in "${sources[@]}"; do objects+=("$folder/objects/${source//\//_}.o"); done
paste -d '\n' <(printf '%s\n' "${objects[@]}") <(printf '%s\n' "${sources[@]}") |
    CCACHE_BASEDIR=$root CCACHE_NOHASHDIR=1 xargs -P "${CMAKE_BUILD_PARALLEL_LEVEL:-2}" -n 2 ccache clang++ "${flags[@]}" -c -o
# shellcheck disable=SC2086  # several words
clang++ "${flags[@]}" -o "$folder/fuzz" "${objects[@]}" ${libraries[$name]}

seeds=()
if [[ $name == config ]]; then seeds=(config); fi
# <name>.seeds has one in each line, with escapes as of printf.
if [[ -f tests/fuzz/$name.seeds ]]; then
    rm -rf "$folder/seeds"
    mkdir "$folder/seeds"
    while IFS= read -r line; do printf '%b' "$line" >"$folder/seeds/$(sha256sum <<<"$line" | cut -c1-16)"; done <"tests/fuzz/$name.seeds"
    seeds=("$folder/seeds")
fi
options=()
if [[ -f tests/fuzz/$name.dict ]]; then options=(-dict="tests/fuzz/$name.dict"); fi
if "$folder/fuzz" "${options[@]}" -max_total_time="$seconds" -timeout=10 -rss_limit_mb=2048 -print_final_stats=1 -verbosity=1 \
    -artifact_prefix="$folder/" "$folder/corpus" "${seeds[@]}" 2>"$folder/fuzz.log"; then
    grep -E 'number_of_executed_units|peak_rss_mb' "$folder/fuzz.log"
    echo "1 passed, 0 failed"
else
    grep -v -E '^#[0-9]+' "$folder/fuzz.log" | tail -n 60
    echo "0 passed, 1 failed"
    exit 1
fi
