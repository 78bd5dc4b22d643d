# What a node says of itself; the library is made in worker.cmake.
find_program(SRAGENT_PROMTOOL promtool HINTS ${PROJECT_SOURCE_DIR}/build/tools)
if(NOT SRAGENT_PROMTOOL)
  set(promtool "")
else()
  set(promtool ${SRAGENT_PROMTOOL})
endif()
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
# The dashboard at a real Prometheus, as scripts/setup takes it out of Debian's package.
find_program(SRAGENT_PROMETHEUS prometheus HINTS ${PROJECT_SOURCE_DIR}/build/tools)
if(NOT SRAGENT_PROMETHEUS)
  set(prometheus "")
else()
  set(prometheus ${SRAGENT_PROMETHEUS})
endif()
integration_test(dashboard_test
  dashboard_test.cc
  prometheus_server.cc
  ${PROJECT_SOURCE_DIR}/tests/unit/io_peer.cc)
target_include_directories(dashboard_test PRIVATE ${PROJECT_SOURCE_DIR}/tests/unit)
target_link_libraries(dashboard_test PRIVATE workerlab sragent_io)
target_compile_definitions(dashboard_test PRIVATE SRAGENT_PROMETHEUS="${prometheus}"
  SRAGENT_SOURCE_DIR="${PROJECT_SOURCE_DIR}")
