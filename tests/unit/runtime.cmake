# What the agent tells others: JSON, explain, endpoints, control socket.
add_executable(runtime_telling_test
  io_peer.cc
  runtime_ask_test.cc
  runtime_control_test.cc
  runtime_endpoints_test.cc
  runtime_explain_test.cc
  runtime_hold_asks_test.cc
  runtime_init_test.cc
  runtime_log_follow_test.cc
  runtime_log_line_test.cc
  runtime_meta_volume_test.cc
  runtime_metrics_test.cc
  runtime_node_identity_test.cc
  runtime_redact_test.cc
  runtime_server_beside_test.cc
  json_schema.cc
  runtime_state_folder_test.cc
  runtime_status_schema_test.cc
  runtime_stop_script_test.cc)
target_link_libraries(runtime_telling_test
  PRIVATE sragent_runtime sragent_options nlohmann_json::nlohmann_json GTest::gtest_main
          Threads::Threads)
target_compile_definitions(runtime_telling_test
  PRIVATE SRAGENT_SOURCE_DIR="${PROJECT_SOURCE_DIR}")
gtest_discover_tests(runtime_telling_test NO_PRETTY_VALUES DISCOVERY_MODE PRE_TEST
  PROPERTIES LABELS unit TIMEOUT 120)

# A BE or CN: pure timing, and the part itself against an FE of the simulator.
add_executable(runtime_worker_test
  io_peer.cc
  runtime_pod_memory_test.cc
  runtime_work_count_test.cc
  runtime_worker_agent_test.cc
  runtime_worker_fixture.cc
  runtime_worker_pace_test.cc)
target_link_libraries(runtime_worker_test
  PRIVATE sragent_runtime srsim_dialect sragent_options GTest::gtest_main Threads::Threads)
gtest_discover_tests(runtime_worker_test NO_PRETTY_VALUES DISCOVERY_MODE PRE_TEST
  PROPERTIES LABELS unit TIMEOUT 120)

# Passwords, their files, and how often they may be refused.
add_executable(runtime_credentials_test io_peer.cc runtime_credentials_test.cc threads_end.cc)
target_link_libraries(runtime_credentials_test
  PRIVATE sragent_runtime sragent_options GTest::gtest_main Threads::Threads)
gtest_discover_tests(runtime_credentials_test NO_PRETTY_VALUES DISCOVERY_MODE PRE_TEST
  PROPERTIES LABELS unit TIMEOUT 60)

# The user's own probes, against servers and programs that behave in every way.
add_executable(runtime_probe_test
  io_peer.cc
  runtime_probe_test.cc
  runtime_probe_watch_test.cc
  threads_end.cc)
target_link_libraries(runtime_probe_test
  PRIVATE sragent_runtime sragent_options GTest::gtest_main Threads::Threads)
gtest_discover_tests(runtime_probe_test NO_PRETTY_VALUES DISCOVERY_MODE PRE_TEST
  PROPERTIES LABELS unit TIMEOUT 120)

# The host checks: planted machines, and a leader's clock.
add_executable(runtime_host_test
  io_peer.cc
  runtime_host_facts_test.cc
  runtime_host_text_test.cc
  runtime_host_watch_test.cc)
target_link_libraries(runtime_host_test
  PRIVATE sragent_runtime sragent_options GTest::gtest_main Threads::Threads)
gtest_discover_tests(runtime_host_test NO_PRETTY_VALUES DISCOVERY_MODE PRE_TEST
  PROPERTIES LABELS unit TIMEOUT 60)
