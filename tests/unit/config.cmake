# GCC bug 105651: a short literal assigned to a std::string warns once it is optimised.
set_source_files_properties(${CMAKE_CURRENT_SOURCE_DIR}/config_load_test.cc
  PROPERTIES COMPILE_OPTIONS "$<$<CXX_COMPILER_ID:GNU>:-Wno-restrict>")
add_executable(config_tests
  config_environment_test.cc
  config_keys_test.cc
  config_load_test.cc
  config_mistakes_test.cc
  config_probe_test.cc
  config_value_test.cc)
target_link_libraries(config_tests PRIVATE sragent_config sragent_options GTest::gtest_main)
target_compile_definitions(config_tests PRIVATE SRAGENT_SOURCE_DIR="${PROJECT_SOURCE_DIR}")
gtest_discover_tests(config_tests NO_PRETTY_VALUES DISCOVERY_MODE PRE_TEST
  PROPERTIES LABELS unit TIMEOUT 60)
