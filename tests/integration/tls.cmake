# TLS and passwords: a real mariadbd and scripted servers below, simulated FEs above.
find_package(OpenSSL REQUIRED)
add_library(mariadblab STATIC
  mariadb_server.cc
  test_certs.cc
  ${PROJECT_SOURCE_DIR}/tests/unit/io_peer.cc)
target_include_directories(mariadblab
  PUBLIC ${CMAKE_CURRENT_SOURCE_DIR} ${PROJECT_SOURCE_DIR}/tests/unit)
target_link_libraries(mariadblab
  PUBLIC sragent_io PRIVATE PkgConfig::MARIADB OpenSSL::Crypto sragent_options)

integration_test(tls_server_test tls_server_test.cc)
target_link_libraries(tls_server_test PRIVATE mariadblab)
