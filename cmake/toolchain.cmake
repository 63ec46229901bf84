# Compiler options, ccache, mold, and the libraries; Asio, Beast and JSON are compiled once, here.
find_package(Threads REQUIRED)
find_package(Boost 1.81 REQUIRED COMPONENTS json)
find_package(OpenSSL 3.0 REQUIRED COMPONENTS Crypto SSL)
find_package(PkgConfig REQUIRED)
pkg_check_modules(xxhash REQUIRED IMPORTED_TARGET libxxhash)
pkg_check_modules(hiredis REQUIRED IMPORTED_TARGET hiredis)
pkg_check_modules(zstd REQUIRED IMPORTED_TARGET libzstd)
find_package(prometheus-cpp CONFIG REQUIRED)
find_package(spdlog REQUIRED)
find_package(yaml-cpp REQUIRED)
find_package(CLI11 REQUIRED)
if(SIDECACHE_TESTS)
  find_package(GTest REQUIRED)
endif()

find_program(CCACHE ccache)
if(CCACHE)
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CCACHE})
endif()

add_library(sidecache_options INTERFACE)
target_include_directories(sidecache_options INTERFACE ${CMAKE_SOURCE_DIR})
target_compile_options(sidecache_options INTERFACE -Wall -Wextra -Wpedantic -Wshadow=local -Werror -fno-plt)
target_link_libraries(sidecache_options INTERFACE Threads::Threads)
set(CMAKE_CXX_FLAGS_RELEASE "-O2 -g1 -DNDEBUG")

if(SIDECACHE_SANITIZE)
  target_compile_options(sidecache_options INTERFACE -fsanitize=${SIDECACHE_SANITIZE} -fno-sanitize-recover=undefined -fno-omit-frame-pointer -O1 -g1 -UNDEBUG)
  target_link_options(sidecache_options INTERFACE -fsanitize=${SIDECACHE_SANITIZE})
  if(SIDECACHE_SANITIZE STREQUAL "thread")
    # Asio fences with atomic_thread_fence, of which the thread sanitizer knows nothing; a warning, not a finding.
    target_compile_options(sidecache_options INTERFACE -Wno-tsan)
  endif()
endif()

if(SIDECACHE_SWITCHES)
  target_compile_definitions(sidecache_options INTERFACE SIDECACHE_SWITCHES)
endif()

find_program(MOLD mold)
if(MOLD)
  target_link_options(sidecache_options INTERFACE -fuse-ld=mold)
endif()

# Asio and Beast are header libraries that can be compiled once: everyone else sees declarations only.
add_library(sidecache_asio STATIC ${CMAKE_SOURCE_DIR}/cmake/asio.cpp)
# Blocks of operator new: those of aligned_alloc, which Asio would take, come past the thread's own list of free ones (glibc 2.36). Nothing that Asio keeps is over-aligned.
# Eight frames of coroutines are kept for each thread instead of two: benchmarks/RESULTS.md has what that gives.
target_compile_definitions(sidecache_asio PUBLIC BOOST_ASIO_SEPARATE_COMPILATION BOOST_ASIO_NO_DEPRECATED BOOST_ASIO_DISABLE_STD_ALIGNED_ALLOC BOOST_ASIO_DISABLE_BOOST_ALIGN BOOST_ASIO_RECYCLING_ALLOCATOR_CACHE_SIZE=8)
# GCC 12 takes the frame allocator of Asio's awaitables for a mismatched pair.
target_compile_options(sidecache_asio PUBLIC -Wno-mismatched-new-delete)
target_link_libraries(sidecache_asio PUBLIC Boost::headers sidecache_options)

add_library(sidecache_beast STATIC ${CMAKE_SOURCE_DIR}/cmake/beast.cpp)
target_compile_definitions(sidecache_beast PUBLIC BOOST_BEAST_SEPARATE_COMPILATION)
target_link_libraries(sidecache_beast PUBLIC sidecache_asio)

add_library(sidecache_json STATIC ${CMAKE_SOURCE_DIR}/cmake/json.cpp)
target_link_libraries(sidecache_json PUBLIC Boost::headers sidecache_options)
