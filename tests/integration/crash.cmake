# The agent is killed at its side effects, by the tree whose agent has the hooks (agent/io/side_effect.h).
if(SRAGENT_TESTS_FROM)
  add_executable(crash_test IMPORTED)
  set_target_properties(crash_test PROPERTIES IMPORTED_LOCATION ${SRAGENT_TESTS_FROM}/crash_test)
else()
  add_executable(crash_test crash_test.cc crash_lab.cc)
  target_compile_definitions(crash_test PRIVATE
    CRASH_POINTS="${CMAKE_CURRENT_SOURCE_DIR}/crash_points.txt"
    CRASH_END_STATES="${CMAKE_CURRENT_SOURCE_DIR}/crash_end_states.txt")
  target_link_libraries(crash_test
    PRIVATE workerlab podlab nlohmann_json::nlohmann_json sragent_options)
endif()
if(NOT SRAGENT_SANITIZE STREQUAL "address,undefined")
  return()
endif()

# The first passage of each effect on every run, all others under `long`.
gtest_discover_tests(crash_test NO_PRETTY_VALUES DISCOVERY_MODE PRE_TEST TEST_FILTER -Later/*
  PROPERTIES LABELS integration TIMEOUT 600)
gtest_discover_tests(crash_test NO_PRETTY_VALUES DISCOVERY_MODE PRE_TEST TEST_FILTER Later/*
  TEST_LIST crash_test_later PROPERTIES LABELS long TIMEOUT 600)
