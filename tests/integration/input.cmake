# Peers that answer badly: scripted servers and a scripted name server from tests/unit.
add_library(peerlab STATIC bad_input.cc ${PROJECT_SOURCE_DIR}/tests/unit/io_peer.cc)
target_include_directories(peerlab PUBLIC ${PROJECT_SOURCE_DIR}/tests/unit)
target_link_libraries(peerlab PUBLIC workerlab sragent_io nlohmann_json::nlohmann_json PRIVATE sragent_options)

foreach(subject fe_peers fe_rows dns login meta)
  integration_test(bad_${subject}_test bad_${subject}_test.cc)
  target_link_libraries(bad_${subject}_test PRIVATE peerlab)
endforeach()
