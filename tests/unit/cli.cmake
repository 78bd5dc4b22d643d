add_executable(cli_tests cli_config_test.cc cli_node_verbs_test.cc cli_verbs_test.cc)
target_link_libraries(cli_tests PRIVATE sragent_cli sragent_options nlohmann_json::nlohmann_json GTest::gtest_main)
target_compile_definitions(cli_tests PRIVATE SRAGENT_SOURCE_DIR="${PROJECT_SOURCE_DIR}")
gtest_discover_tests(cli_tests NO_PRETTY_VALUES DISCOVERY_MODE PRE_TEST
  PROPERTIES LABELS unit TIMEOUT 60)
