# The dialect: parsers and texts, judged by recordings of real FEs (tests/sim/corpus).
add_executable(starrocks_tests
  starrocks_conf_links_test.cc
  starrocks_conf_test.cc
  starrocks_corpus.cc
  starrocks_corpus_test.cc
  starrocks_drain_rows_test.cc
  starrocks_errors_test.cc
  starrocks_http_test.cc
  starrocks_log_test.cc
  starrocks_start_log_test.cc
  starrocks_memory_conf_test.cc
  starrocks_meta_dir_test.cc
  starrocks_privileges_test.cc
  starrocks_properties_test.cc
  starrocks_rows_test.cc
  starrocks_scripts_test.cc
  starrocks_state_file_test.cc
  starrocks_versions_test.cc)
target_compile_definitions(starrocks_tests PRIVATE
  SRAGENT_CORPUS_DIR="${PROJECT_SOURCE_DIR}/tests/sim/corpus"
  SRAGENT_CORPUS_DIR_2="${PROJECT_SOURCE_DIR}/tests/unit/starrocks_corpus")
target_link_libraries(starrocks_tests PRIVATE
  sragent_starrocks nlohmann_json::nlohmann_json GTest::gtest_main sragent_options)
gtest_discover_tests(starrocks_tests NO_PRETTY_VALUES DISCOVERY_MODE PRE_TEST
  PROPERTIES LABELS unit TIMEOUT 60)
