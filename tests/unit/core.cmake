# The pure core: tables of what is seen and what must be decided.
add_executable(core_tests
  core_claim_walk_test.cc
  core_dead_nodes_test.cc
  core_disk_trend_test.cc
  core_fe_good_test.cc
  core_fe_stop_test.cc
  core_first_start_test.cc
  core_ghost_rows_test.cc
  core_fixture.cc
  core_hold_test.cc
  core_host_check_test.cc
  core_leader_test.cc
  core_for_good_test.cc
  core_leaving_good_test.cc
  core_leaving_test.cc
  core_leaving_walk_test.cc
  core_membership_test.cc
  core_meta_test.cc
  core_consent_test.cc
  core_peer_test.cc
  core_pod_condition_test.cc
  core_probe_test.cc
  core_readiness_test.cc
  core_reason_test.cc
  core_row_goes_test.cc
  core_start_found_test.cc
  core_start_join_test.cc
  core_start_meta_test.cc
  core_startup_test.cc
  core_text_test.cc)
target_compile_definitions(core_tests PRIVATE SRAGENT_DOCS_DIR="${PROJECT_SOURCE_DIR}/docs")
target_link_libraries(core_tests PRIVATE sragent_core GTest::gtest_main sragent_options)
gtest_discover_tests(core_tests NO_PRETTY_VALUES DISCOVERY_MODE PRE_TEST
  PROPERTIES LABELS unit TIMEOUT 60)

# The linker holds it: the core asks for nothing but the language.
add_test(NAME Core.AsksTheLinkerForNothingButTheLanguage
  COMMAND ${CMAKE_COMMAND} -DNM=${CMAKE_NM} -DLIBRARY=$<TARGET_FILE:sragent_core>
    -P ${CMAKE_CURRENT_LIST_DIR}/core_symbols.cmake)
set_tests_properties(Core.AsksTheLinkerForNothingButTheLanguage PROPERTIES
  LABELS unit TIMEOUT 60)
