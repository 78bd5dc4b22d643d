# What a node says of itself; the library is made in worker.cmake.
# Of Debian's package prometheus, as scripts/setup takes them out; empty where one is missing.
foreach(tool promtool prometheus)
  string(TOUPPER SRAGENT_${tool} found)
  find_program(${found} ${tool} HINTS ${PROJECT_SOURCE_DIR}/build/tools)
  set(${tool} "")
  if(${found})
    set(${tool} ${${found}})
  endif()
endforeach()
integration_test(console_test console_test.cc)
target_link_libraries(console_test PRIVATE leavelab workerlab)
integration_test(status_schema_test
  status_schema_test.cc
  ${PROJECT_SOURCE_DIR}/tests/unit/json_schema.cc)
target_include_directories(status_schema_test PRIVATE ${PROJECT_SOURCE_DIR}/tests/unit)
target_link_libraries(status_schema_test PRIVATE leavelab workerlab)
target_compile_definitions(status_schema_test PRIVATE SRAGENT_SOURCE_DIR="${PROJECT_SOURCE_DIR}")
integration_test(support_test support_test.cc)
target_link_libraries(support_test PRIVATE leavelab workerlab)
integration_test(telling_test telling_test.cc)
target_link_libraries(telling_test PRIVATE leavelab workerlab)
target_compile_definitions(telling_test PRIVATE SRAGENT_PROMTOOL="${promtool}")
integration_test(dashboard_test
  dashboard_test.cc
  prometheus_server.cc
  ${PROJECT_SOURCE_DIR}/tests/unit/io_peer.cc)
target_include_directories(dashboard_test PRIVATE ${PROJECT_SOURCE_DIR}/tests/unit)
target_link_libraries(dashboard_test PRIVATE workerlab sragent_io)
target_compile_definitions(dashboard_test PRIVATE SRAGENT_PROMETHEUS="${prometheus}"
  SRAGENT_SOURCE_DIR="${PROJECT_SOURCE_DIR}")
