add_executable(io_test
  io_clock_test.cc
  io_control_test.cc
  io_dns_message_test.cc
  io_file_follower_test.cc
  io_files_test.cc
  io_http_client_test.cc
  io_http_request_test.cc
  io_http_server_test.cc
  io_listeners_test.cc
  io_memory_test.cc
  io_peer.cc
  io_process_test.cc
  io_supervise_test.cc
  io_worker_test.cc
  io_write_lines_test.cc
  threads_end.cc)
target_link_libraries(io_test PRIVATE sragent_io sragent_options GTest::gtest_main Threads::Threads)
gtest_discover_tests(io_test NO_PRETTY_VALUES DISCOVERY_MODE PRE_TEST
  PROPERTIES LABELS unit TIMEOUT 120)

# Real clients against scripted servers, and a real dnsmasq where there is one.
add_executable(io_net_test
  io_dns_test.cc
  io_dnsmasq_test.cc
  io_peer.cc
  io_sql_login_test.cc
  io_sql_test.cc
  threads_end.cc)
target_link_libraries(io_net_test
  PRIVATE sragent_io sragent_options GTest::gtest_main Threads::Threads)
gtest_discover_tests(io_net_test NO_PRETTY_VALUES DISCOVERY_MODE PRE_TEST
  PROPERTIES LABELS integration TIMEOUT 120)

# Whatever agent/io changes outside itself can be interrupted by the crash tests, and by nothing else.
find_package(Python3 REQUIRED COMPONENTS Interpreter)
set(SIDE_EFFECTS ${Python3_EXECUTABLE} -B ${CMAKE_CURRENT_LIST_DIR}/side_effects.py --source ${PROJECT_SOURCE_DIR})
set(crash_hooks no-hooks)
if(SRAGENT_SANITIZE STREQUAL "address,undefined")
  set(crash_hooks hooks)
endif()
add_test(NAME SideEffects.EachHasItsHook COMMAND ${SIDE_EFFECTS} check)
add_test(NAME SideEffects.OneWithoutHookIsFound COMMAND ${SIDE_EFFECTS} planted)
add_test(NAME SideEffects.EachHasItsLine
  COMMAND ${SIDE_EFFECTS} table ${PROJECT_SOURCE_DIR}/tests/integration/crash_points.txt)
add_test(NAME SideEffects.EveryLibraryFunctionIsKnown
  COMMAND ${SIDE_EFFECTS} library $<TARGET_FILE:sragent_io> ${crash_hooks})
set_tests_properties(SideEffects.EachHasItsHook SideEffects.OneWithoutHookIsFound
  SideEffects.EachHasItsLine SideEffects.EveryLibraryFunctionIsKnown PROPERTIES LABELS unit TIMEOUT 60)
