# room(<folder> [USES <folder>...] [LINKS <target>...] [EXECUTABLE <name>])
#
# Declares one room of the floor plan: a static library of the folder's own *.cpp (not of folders below it), which may use
# the rooms named. With EXECUTABLE, main.cpp is left out of the library and becomes the program.
# The room's unit tests stand in tests/unit/<folder>/*_test.cpp and become one test program.
function(room folder)
  cmake_parse_arguments(ROOM "" "EXECUTABLE" "USES;LINKS" ${ARGN})
  string(REPLACE "/" "_" name "room_${folder}")
  file(GLOB sources CONFIGURE_DEPENDS "${CMAKE_SOURCE_DIR}/${folder}/*.cpp")
  if(ROOM_EXECUTABLE)
    list(REMOVE_ITEM sources "${CMAKE_SOURCE_DIR}/${folder}/main.cpp")
  endif()
  set(uses ${ROOM_USES})
  list(TRANSFORM uses REPLACE "/" "_")
  list(TRANSFORM uses PREPEND "room_")

  if(sources)
    add_library(${name} STATIC ${sources})
    target_link_libraries(${name} PUBLIC sidecache_options ${uses} ${ROOM_LINKS})
  else()  # headers only
    add_library(${name} INTERFACE)
    target_link_libraries(${name} INTERFACE sidecache_options ${uses} ${ROOM_LINKS})
  endif()

  if(ROOM_EXECUTABLE AND EXISTS "${CMAKE_SOURCE_DIR}/${folder}/main.cpp")
    add_executable(${ROOM_EXECUTABLE} "${CMAKE_SOURCE_DIR}/${folder}/main.cpp")
    target_link_libraries(${ROOM_EXECUTABLE} PRIVATE ${name})
  endif()

  file(GLOB tests CONFIGURE_DEPENDS "${CMAKE_SOURCE_DIR}/tests/unit/${folder}/*_test.cpp")
  if(SIDECACHE_TESTS AND tests)
    string(REPLACE "/" "_" test_name "unit_${folder}")
    add_executable(${test_name} ${tests})
    target_link_libraries(${test_name} PRIVATE ${name} GTest::gmock GTest::gtest_main)
    target_compile_definitions(${test_name} PRIVATE SIDECACHE_SOURCE_DIR="${CMAKE_SOURCE_DIR}")
    enable_testing()
    add_test(NAME ${test_name} COMMAND ${test_name} --gtest_brief=1)
    set_tests_properties(${test_name} PROPERTIES LABELS unit TIMEOUT 300)
  endif()
endfunction()

# embed_lua(<folder> <name>...): the room's scripts.cpp.in, made with the text of each <name>.lua beside it, is one of its sources.
function(embed_lua folder)
  string(REPLACE "/" "_" name "room_${folder}")
  foreach(script ${ARGN})
    file(READ "${CMAKE_SOURCE_DIR}/${folder}/${script}.lua" ${script}_lua)
    set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS "${CMAKE_SOURCE_DIR}/${folder}/${script}.lua")
  endforeach()
  configure_file("${CMAKE_SOURCE_DIR}/${folder}/scripts.cpp.in" "${CMAKE_BINARY_DIR}/${folder}/scripts.cpp" @ONLY)
  target_sources(${name} PRIVATE "${CMAKE_BINARY_DIR}/${folder}/scripts.cpp")
endfunction()
