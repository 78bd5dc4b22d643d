# TLS and passwords: the agent's own parts against a real mariadbd, without pods.
find_package(OpenSSL REQUIRED)
add_library(mariadblab STATIC
  mariadb_server.cc
  test_certs.cc
  ${PROJECT_SOURCE_DIR}/tests/unit/io_peer.cc)
target_include_directories(mariadblab
  PUBLIC ${CMAKE_CURRENT_SOURCE_DIR} ${PROJECT_SOURCE_DIR}/tests/unit)
target_link_libraries(mariadblab
  PUBLIC sragent_io PRIVATE PkgConfig::MARIADB OpenSSL::Crypto sragent_options)

foreach(name tls_server_test tls_probe_test credentials_login_test)
  add_executable(${name} ${name}.cc)
  target_link_libraries(${name}
    PRIVATE mariadblab sragent_runtime GTest::gtest_main sragent_options)
  gtest_discover_tests(${name} NO_PRETTY_VALUES DISCOVERY_MODE PRE_TEST
    PROPERTIES LABELS integration TIMEOUT 240)
endforeach()
target_link_libraries(tls_probe_test PRIVATE OpenSSL::SSL)
