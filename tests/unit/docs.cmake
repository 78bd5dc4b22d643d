# The documents that people act on, against the code.
add_executable(docs_test docs_test.cc)
target_compile_definitions(docs_test PRIVATE SRAGENT_SOURCE_DIR="${PROJECT_SOURCE_DIR}")
target_link_libraries(docs_test PRIVATE sragent_core GTest::gtest_main sragent_options)
gtest_discover_tests(docs_test NO_PRETTY_VALUES DISCOVERY_MODE PRE_TEST
  PROPERTIES LABELS unit TIMEOUT 60)
