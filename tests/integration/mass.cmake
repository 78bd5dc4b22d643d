# Three hundred processes for four minutes: not in the sanitizer trees, whose processes are ten times as large.
if(SRAGENT_SANITIZE)
  return()
endif()
add_executable(mass_start_test mass_start_test.cc)
target_link_libraries(mass_start_test
  PRIVATE workerlab podlab nlohmann_json::nlohmann_json sragent_options)
gtest_discover_tests(mass_start_test NO_PRETTY_VALUES DISCOVERY_MODE PRE_TEST
  PROPERTIES LABELS long TIMEOUT 1200 RUN_SERIAL TRUE)
